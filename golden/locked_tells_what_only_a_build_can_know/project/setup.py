from setuptools import setup

setup(name="demo", install_requires=open("list.txt").read().split(), py_modules=["train"])
