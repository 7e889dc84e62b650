from setuptools import setup

setup(name="pkg", version=open("pkg/VERSION").read().strip(), packages=["pkg"])
