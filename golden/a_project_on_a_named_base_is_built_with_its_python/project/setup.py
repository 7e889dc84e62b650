from setuptools import setup

setup(name="example", version="1.0", packages=["pkg"], install_requires=open("reqs.txt").read().split())
