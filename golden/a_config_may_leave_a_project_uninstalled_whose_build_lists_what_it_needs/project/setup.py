from setuptools import setup

setup(name="trainer", packages=["trainer"], install_requires=open("needs.txt").read().split())
