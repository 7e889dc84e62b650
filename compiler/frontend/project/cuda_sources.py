"""Determines whether a distribution of the project compiles CUDA when it is built."""

import posixpath
import re
from collections.abc import Sequence

from msgspec.structs import replace

from caliban.compiler.diagnostics import Place
from caliban.compiler.frontend.dependencies.manifests.toml import read_toml
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import FileFact, Package

_CUDA = r"(?m)^[^#\n]*\b(?:CUDAExtension|CUDA_HOME|CUDA_PATH|nvcc)\b"
_EXTENSION = r"(?m)^[^#\n]*\b(?:cpp_extension|ext_modules|CMakeExtension)\b"
_BUILDERS = ("CMakeLists.txt", "meson.build")


def with_cuda_sources(disk: Disk, package: Package, facts: Sequence[FileFact]) -> Package:
    """The package with what is to be known of its build, if that compiles CUDA."""
    place = cuda_sources(disk, package, facts)
    if place is None:
        return package
    manifest = read_toml(disk, posixpath.normpath(posixpath.join(package.path, "pyproject.toml")))
    if manifest is None:
        return replace(package, cuda=place)
    requires = manifest.strings(manifest.table("build-system"), "requires", "build-system.requires")
    return replace(package, cuda=place, build_requires=requires)


def cuda_sources(disk: Disk, package: Package, facts: Sequence[FileFact]) -> Place | None:
    """Return the place where setup.py mentions CUDA, or the first CUDA source of a folder that builds extensions."""
    if not package.installable or package.editable is not None:  # what is installed in place compiles nothing
        return None
    setup = posixpath.normpath(posixpath.join(package.path, "setup.py"))
    text, _ = disk.encoded_text(setup) or ("", "")
    if found := re.search(_CUDA, text):
        return Place(source=setup, line=text.count("\n", 0, found.end()) + 1)
    prefix = "" if package.path == "." else f"{package.path}/"
    builds = re.search(_EXTENSION, text) or any(disk.is_file(f"{prefix}{name}") for name in _BUILDERS)
    sources = (fact.path for fact in facts if fact.path.startswith(prefix) and fact.path.endswith(".cu"))
    source = next(sources, None) if builds else None
    return Place(source=source) if source is not None else None
