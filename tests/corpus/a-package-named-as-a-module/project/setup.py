import sys
from os.path import join

from setuptools import setup

assert sys.version_info >= (3, 6), "This repository is made for Python 3.6 and greater."

with open(join("spintoy", "version.py")) as version_file:
    exec(version_file.read())

setup(name="spintoy", py_modules=["spintoy"], version=__version__, install_requires=["six==1.17.0"])
