"""Problems of a build of the project that are known before it starts."""

from caliban.compiler.diagnostics import Diagnostic, Place, printable

NOT_INSTALLED = "--no_install_project"


def no_build_file(place: Place, key: str, name: str) -> Diagnostic:
    """A readme or license that the manifest names, and that nobody wrote."""
    return Diagnostic(
        code="missing-build-file",
        message=f"the {key} '{printable(name)}' does not exist, and without it the project cannot be built",
        place=place,
        hint=f"write the file, remove the line, or run the code without installing it: {NOT_INSTALLED}",
    )


def build_file_ignored(place: Place, key: str, path: str, named: str, exception: str) -> Diagnostic:
    """One that is there, and that .dockerignore leaves out of the build."""
    return Diagnostic(
        code="missing-build-file",
        message=f"this line leaves out '{printable(path)}', the {key} that {printable(named)} names: "
        "without it the project cannot be built",
        place=place,
        hint=f"add a line below it: {exception}",
    )
