import pathlib

from setuptools import setup

setup(version=pathlib.Path("VERSION").read_text().strip(), install_requires=["six==1.17.0"])
