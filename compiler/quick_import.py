"""Imports packages without the modules that they import and we do not use: some cost a tenth of a start."""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader, find_spec, module_from_spec
from types import ModuleType
from typing import Any


class LazyModules:
    """Finds modules of ours that most commands never use, and loads each when an attribute of it is used."""

    def __init__(self, names: str) -> None:
        """`names`: a pattern that their full names match."""
        self._names = re.compile(names)

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return None for a module that is loaded as usual (docs.python.org/3/library/importlib.html, `LazyLoader`)."""
        spec = PathFinder.find_spec(name, path, target) if self._names.fullmatch(name) else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


@contextmanager
def loading_late(*names: str) -> Iterator[None]:
    """While this lasts, an import of one of these modules does not load it; the first use of an attribute does.

    `LazyLoader` alone does not do: to import a module twice, as packages do, loads it (import_ensure_initialized in
    CPython's import.c). So a stand-in takes its place meanwhile; afterwards, the packages that were imported hold the
    module itself, which `LazyLoader` loads. A module that is loaded already is left alone.
    """
    stand_ins = {name: _StandIn(name) for name in names if name not in sys.modules}
    before = set(sys.modules)
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, module in stand_ins.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
        for name in sys.modules.keys() - before:
            _replace_stand_ins(sys.modules[name])


@contextmanager
def importing_without(name: str) -> Iterator[None]:
    """While this lasts, a package that is not imported yet seems not to be installed.

    `None` in `sys.modules` says so: https://docs.python.org/3/reference/import.html#the-module-cache
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


class _StandIn(ModuleType):
    """Stands for a module while others are imported; a use of it imports the module."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import system's own questions
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def _replace_stand_ins(module: ModuleType) -> None:
    for name, value in list(vars(module).items()):
        if type(value) is _StandIn:  # isinstance asks for `__class__`, which loads what waits
            setattr(module, name, _lazily_loaded(value.__name__))


def _lazily_loaded(name: str) -> ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    spec = find_spec(name)
    assert spec is not None and spec.loader is not None, f"{name} was imported by that name"
    spec.loader = loader = LazyLoader(spec.loader)
    module = sys.modules[name] = module_from_spec(spec)
    loader.exec_module(module)
    package, _, child = name.rpartition(".")
    if package:  # as the import system does
        setattr(sys.modules[package], child, module)
    return module
