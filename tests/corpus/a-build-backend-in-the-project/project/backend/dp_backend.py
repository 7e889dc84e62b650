import pathlib

from setuptools.build_meta import *
from setuptools import build_meta as original


def _write():
    version = pathlib.Path("VERSION").read_text().strip()
    pathlib.Path("deeptoy/_version.py").write_text(f"version = {version!r}\n")


def build_wheel(*arguments, **more):
    _write()
    return original.build_wheel(*arguments, **more)


def build_editable(*arguments, **more):
    _write()
    return original.build_editable(*arguments, **more)
