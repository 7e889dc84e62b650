"""MODULE into what runs and what is copied: SPEC §2."""

import posixpath
from typing import NamedTuple

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.disk import Disk
from caliban.compiler.problems import target as problems


class Target(NamedTuple):
    """What MODULE means in this project."""

    argv: tuple[str, ...]  # ('python', '-m', 'trainer.train')
    file: str  # 'trainer/train.py': what is run
    folder: str  # 'trainer': what is copied; '.' is the whole project
    import_path: str | None = None  # 'src': a copied folder that is to be on the import path


def resolve(disk: Disk, typed: str, root: str) -> Target:
    """Finds the file that MODULE names; a file wins over a module of that name.

    `root` is the absolute path of the project: an absolute MODULE inside it works. Raises Rejected.
    """
    if not typed or not typed.isprintable():
        raise Rejected(problems.not_a_name(typed))
    path = posixpath.normpath(_relative(typed, root))
    if path == ".." or path.startswith(("../", "/")):
        raise Rejected(problems.outside(typed))
    if disk.is_file(path):
        if disk.inside(path) is None:
            raise Rejected(problems.link_outside(typed))
        return _script(disk, path)
    if module := _module(disk, path.rstrip("/")):
        return module
    if disk.is_folder(path):
        raise Rejected(problems.folder(typed, path, runnable(disk, path)))
    raise Rejected(problems.unknown_target(typed, (*runnable(disk, "."), *_below(disk))))


def runnable(disk: Disk, folder: str) -> tuple[str, ...]:
    """The Python files directly in a folder, as they would be typed after `caliban run`."""
    prefix = "" if folder == "." else f"{folder}/"
    return tuple(
        prefix + name for name in disk.names(folder) if name.endswith((".py", ".sh")) and name != "__init__.py"
    )


def _relative(typed: str, root: str) -> str:
    if typed == root:
        return "."
    return typed.removeprefix(root.rstrip("/") + "/")


def _script(disk: Disk, path: str) -> Target:
    if path.endswith(".ipynb"):
        raise Rejected(problems.notebook(path))
    word = f"./{path}" if path.startswith("-") else path
    interpreter = ("python",) if path.endswith(".py") else _shebang(disk, path)
    return Target(argv=(*interpreter, word), file=path, folder=_first(path))


def _shebang(disk: Disk, path: str) -> tuple[str, ...]:
    """What the kernel would run: the interpreter and at most one argument (execve(2)); else bash, as a shell would."""
    line = disk.head(path, 256).split(b"\n", 1)[0]
    if not line.startswith(b"#!"):
        return ("/bin/bash",)
    words = line[2:].decode("utf-8", "replace").strip().split(maxsplit=1)  # strip: a script from Windows ends in \r
    return tuple(words) or ("/bin/bash",)


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


def _first(path: str) -> str:
    head, slash, _ = path.partition("/")
    return head if slash else "."


def _below(disk: Disk) -> tuple[str, ...]:
    """What could have been meant one folder down, as paths and as modules."""
    paths = [path for name in disk.names(".") if disk.is_folder(name) for path in runnable(disk, name)]
    return (*paths, *(path.removesuffix(".py").replace("/", ".") for path in paths if path.endswith(".py")))
