"""Problems of the build of the project itself, which were found out by its failure."""

from collections.abc import Sequence

from caliban.compiler.context.patterns import escape_pattern
from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.facts.data_files import table
from caliban.compiler.frontend.dependencies.build_problems import NOT_INSTALLED
from caliban.compiler.words.quoting import quoted


def project_failed(reason: str, quotes: Sequence[str], place: Place | None, hint: str | None) -> Diagnostic:
    """The build raised an exception."""
    return Diagnostic(
        code="build-failed",
        message=f"the project cannot be built: {printable(reason)}",
        place=place,
        quotes=tuple(f"uv: {printable(line)}" for line in quotes),
        hint=hint,
    )


def without_it(is_known: bool) -> str | None:
    """The way out that is left, where the project's dependencies are known without a build."""
    return f"correct its build, or run its code without installing it: {NOT_INSTALLED}" if is_known else None


def variable_missing(raised: str, name: str, place: Place | None, quotes: Sequence[str]) -> Diagnostic:
    """`os.environ['NAME']` in setup.py."""
    hint = f"if it is a variable of your environment, lend it to the build: --build_secret {name}"
    return project_failed(raised, quotes, place, hint)


def no_backend(backend: str, manifest: str, quotes: Sequence[str]) -> Diagnostic:
    """A build-backend that does not exist, or that 'requires' does not bring."""
    return project_failed(
        f"its build requirements bring no backend '{backend}'",
        quotes,
        Place(source=manifest),
        "check 'build-backend' in [build-system], and name the package that has it in 'requires'; "
        'of setuptools it is "setuptools.build_meta"',
    )


def own_module_missing(module: str, place: Place | None, manifest: str, quotes: Sequence[str]) -> Diagnostic:
    """setup.py imports a module beside it, which only setuptools' older backend lets it find."""
    return project_failed(
        f"'{module}' is a module of the project, and its build does not look for modules there",
        quotes,
        place,
        f'in [build-system] of {printable(manifest)}, write: build-backend = "setuptools.build_meta:__legacy__"',
    )


def build_requirement_missing(
    module: str, place: Place | None, manifest: str, quotes: Sequence[str], *, has_backend: bool
) -> Diagnostic:
    """A build imports what none of its requirements brings."""
    if module == "torch":  # in CPU mode: where nvcc is, torch is there too
        return project_failed("it imports 'torch', which is not there in CPU mode", quotes, place, without_it(True))
    name = _distribution(module)
    hint = (
        f'in [build-system] of {printable(manifest)}, add to requires: "{name}"'
        if has_backend
        else f'write into {printable(manifest)}:\n[build-system]\nrequires = ["setuptools", "{name}"]'
    )
    return project_failed(f"it imports '{module}', which no build requirement brings", quotes, place, hint)


def _distribution(module: str) -> str:
    """The package that has a module of this name, as far as it is known to have another: 'opencv-python-headless'."""
    known = str(table("traps")["names"].get(module, {}).get("write", module))
    return module if " " in known else known


def program_missing(name: str, place: Place | None, quotes: Sequence[str]) -> Diagnostic:
    """The build starts a program that the image does not have."""
    hint = f'add the Debian package that has it to .calibanconfig.json: "apt_packages": ["{printable(name)}"]'
    return project_failed(f"it starts '{printable(name)}', which the image does not have", quotes, place, hint)


def file_missing(path: str, raised: str, place: Place | None, quotes: Sequence[str]) -> Diagnostic:
    """A file that is nowhere in the project."""
    name = printable(path)
    return project_failed(raised, quotes, place, f"'{name}' is not in the project: write it, or correct this line")


def file_ignored(
    path: str, pattern: str, ignored: Place | None, place: Place | None, quotes: Sequence[str]
) -> Diagnostic:
    """A file that the copy for the build leaves out: by .dockerignore, or by default (no place)."""
    reader = f"{place} reads" if place is not None else "it reads"
    if ignored is None:
        reason = f"{reader} '{printable(path)}', which is left out of every copy by default, as '{printable(pattern)}'"
        return project_failed(reason, quotes, place, f"bring it back: --include {quoted(path)}")
    reason = f"{reader} '{printable(path)}', which this line leaves out"
    return project_failed(reason, quotes, ignored, f"add a line below it: !{escape_pattern(path)}")
