from setuptools import setup

setup(name="demo", version="1", install_requires=["click==8.1.7", "six"], py_modules=["train"])
