"""Imports without what nobody has use for: each such part of a package would be a tenth of a start."""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType
from typing import Any


class Later(ModuleType):
    """Stands for a module that is imported when somebody asks for something of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import system's own questions
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:  # asked while others are still given the stand-in
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


class Unused(ModuleType):
    """Stands for a module from which we want nothing: whatever is asked of it, or called, is the stand-in again."""

    def __getattr__(self, name: str) -> "Unused":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: object, **__: object) -> "Unused":
        """Return the stand-in for the result of a module-level call."""
        return self


class LazyModules:
    """Finds modules of ours that most commands never use, and has each loaded when something is asked of it."""

    def __init__(self, names: str) -> None:
        """`names`: a pattern that their full names match."""
        self._names = re.compile(names)

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """None for a module that is loaded as usual (docs.python.org/3/library/importlib.html, `LazyLoader`)."""
        spec = PathFinder.find_spec(name, path, target) if self._names.fullmatch(name) else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


@contextmanager
def stand_in(name: str, module: ModuleType | None) -> Iterator[None]:
    """While this lasts, whoever imports a module that nobody has imported yet gets this one; None: there is none.

    What the import system makes of it: https://docs.python.org/3/reference/import.html#the-module-cache
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = module  # type: ignore[assignment]
    try:
        yield
    finally:
        if sys.modules.get(name) is module:
            del sys.modules[name]


@contextmanager
def importing_less(*, later: tuple[str, ...] = (), unused: tuple[str, ...] = ()) -> Iterator[None]:
    """While this lasts, whoever imports one of these modules gets what stands for it.

    `platform` has the two answers that packages ask for when they are imported, without `uname -p` for a third.
    """
    platform = Later("platform")
    vars(platform).update(uname=os.uname, system=sys.platform.capitalize)
    modules = (platform, *(Later(name) for name in later), *(Unused(name) for name in unused))
    with ExitStack() as stack:
        for module in modules:
            stack.enter_context(stand_in(module.__name__, module))
        yield


def import_msgspec() -> None:
    """Imports it without JSON schemas and types of values that we have none of; its formats come when they are used.

    It goes without typing_extensions, as where that is not installed: another package may have brought it, its import
    takes 20 ms, and on Python 3.11 `typing` has all that msgspec takes from it.
    """
    formats, schemas = ("msgspec.msgpack", "msgspec.toml", "msgspec.yaml"), ("msgspec._json_schema", "msgspec.inspect")
    with stand_in("typing_extensions", None), importing_less(later=formats, unused=("decimal", *schemas)):
        import msgspec  # noqa: F401
