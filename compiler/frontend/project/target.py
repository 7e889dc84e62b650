"""MODULE into what runs and what is copied: SPEC §2."""

import posixpath
from collections.abc import Mapping
from typing import NamedTuple

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.project import problems
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.script_kinds import HEAD, kind_of

_DEPTH = 3  # folders below the project in which scripts are looked for, to guess at one
_MOST = 300  # of these folders


class Target(NamedTuple):
    """The meaning of MODULE in this project."""

    argv: tuple[str, ...]  # ('python', '-m', 'trainer.train')
    file: str  # 'trainer/train.py': what is run
    folder: str  # 'trainer': what is copied; '.' is the whole project
    import_path: str | None = None  # 'src': a copied folder that is to be on the import path
    script: Place | None = None  # where the command is declared, if it is one that the project's installation gives


def resolve(disk: Disk, typed: str, root: str) -> Target:
    """Finds the file that MODULE names; a file wins over a module of that name, and both over a command of the project.

    `root` is the absolute path of the project: an absolute MODULE inside it works. Raises Rejected.
    """
    if not typed or not typed.isprintable():
        raise Rejected(problems.not_a_name(typed))
    path = posixpath.normpath(_relative(typed, root))
    if path == ".." or path.startswith(("../", "/")):
        raise Rejected(problems.outside(typed))
    if disk.is_file(path):
        if disk.inside(path) is None:
            raise Rejected(problems.link_outside(typed, disk.link_target(path)))
        return _script(disk, path)
    if (target := disk.link_target(path)) is not None and not disk.is_folder(path):
        raise Rejected(problems.link_to_nothing(typed, target))
    if module := _module(disk, path.rstrip("/")):
        return module
    scripts = _scripts(disk)
    if typed in scripts:
        return scripts[typed]
    if disk.is_folder(path):
        raise Rejected(problems.folder(typed, path, runnable(disk, path)))
    known = (*runnable(disk, "."), *_below(disk), *scripts)
    raise Rejected(problems.unknown_target(typed, known, [name for name in disk.names(".") if disk.is_file(name)]))


def runnable(disk: Disk, folder: str) -> tuple[str, ...]:
    """The Python files directly in a folder, as they would be typed after `caliban run`."""
    prefix = "" if folder == "." else f"{folder}/"
    return tuple(
        _typed(prefix + name) for name in disk.names(folder) if name.endswith((".py", ".sh")) and name != "__init__.py"
    )


def _typed(path: str) -> str:
    """A path as a word that is no option."""
    return f"./{path}" if path.startswith("-") else path


def _relative(typed: str, root: str) -> str:
    if typed == root:
        return "."
    return typed.removeprefix(root.rstrip("/") + "/")


def _script(disk: Disk, path: str) -> Target:
    if path.endswith(".ipynb"):
        raise Rejected(problems.notebook(path))
    word = _typed(path)
    interpreter = ("python",) if path.endswith(".py") else _interpreter(disk, path)
    return Target(argv=(*interpreter, word), file=path, folder=_first(path))


def _interpreter(disk: Disk, path: str) -> tuple[str, ...]:
    """Return the interpreter and its one argument, as the kernel takes them (execve(2)); else bash, as a shell would.

    Raises Rejected for what bash cannot read.
    """
    head = disk.head(path, HEAD)
    if head.startswith(b"#!"):
        line = head.split(b"\n", 1)[0]
        words = line[2:].decode("utf-8", "replace").strip().split(maxsplit=1)  # strip: one from Windows ends in \r
        return tuple(words) or ("/bin/bash",)
    match kind_of(path, head):
        case "shell":
            return ("/bin/bash",)
        case "zipapp":
            return ("python",)
        case kind:
            raise Rejected(problems.no_script(path, kind))


def _module(disk: Disk, path: str) -> Target | None:
    """`trainer.train` or `trainer/train`, in the project or in its src folder."""
    parts = path.replace("/", ".").split(".")
    if not all(parts):
        return None
    for base in ("", "src/"):
        stem = base + "/".join(parts)
        for file in (f"{stem}.py", f"{stem}/__main__.py"):
            if disk.is_file(file) and disk.inside(file) is not None:
                import_path = "src" if base else None
                return Target(("python", "-m", ".".join(parts)), file, _first(file), import_path)
    return None


def _scripts(disk: Disk) -> Mapping[str, Target]:
    """The commands that the project declares and whose module it has."""
    from caliban.compiler.frontend.dependencies.manifests.console_scripts import console_scripts  # few name one

    modules = {name: (_module(disk, script.module), script.place) for name, script in console_scripts(disk).items()}
    return {
        name: module._replace(argv=(name,), script=place)
        for name, (module, place) in modules.items()
        if module is not None
    }


def _first(path: str) -> str:
    head, slash, _ = path.partition("/")
    return head if slash else "."


def _below(disk: Disk) -> tuple[str, ...]:
    """Return paths and modules up to three folders down that MODULE may have meant."""
    folders, paths = [("", _DEPTH)], list[str]()
    for folder, depth in folders:  # it grows meanwhile
        names = [name for name in disk.names(folder or ".") if name[0] not in "._-" or name == "__main__.py"]
        if folder:
            paths += runnable(disk, folder)
        below = [
            posixpath.join(folder, name) for name in names if depth and disk.is_folder(posixpath.join(folder, name))
        ]
        folders += [(path, depth - 1) for path in below if disk.inside(path) == path][: _MOST - len(folders)]
    modules = (
        path.removeprefix("src/").removesuffix(".py").replace("/", ".") for path in paths if path.endswith(".py")
    )
    return (*paths, *modules)
