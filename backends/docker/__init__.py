"""The Docker backend: a Dockerfile and the command lines of `docker`."""

from typing import TYPE_CHECKING

from caliban.compiler.quick_import import later_within

if not TYPE_CHECKING:
    __getattr__ = later_within(__name__, __path__)  # a Dockerfile has steps of few kinds
