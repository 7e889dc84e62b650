"""The Debian packages of the compilers that calls in a project's own code start when it runs."""

from collections.abc import Mapping

_CPP = ("g++", "gcc")
# Triton compiles its launchers in C, whichever kernels it runs; libc's headers are only recommended by gcc.
COMPILERS: Mapping[str, tuple[str, ...]] = {
    "torch.compile": _CPP,
    "cpp_extension.load": _CPP,
    "triton": ("gcc", "libc6-dev"),
}
ALL_COMPILERS = tuple(sorted({package for packages in COMPILERS.values() for package in packages}))
