"""What is asked into the packages that it comes to: by this machine's uv, with the indexes that a build would have.

Nothing is built here: an sdist runs code of its authors, and that is for containers.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from msgspec.structs import replace

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.dependencies.pylock import read_pylock
from caliban.compiler.frontend.dependencies.toml import toml_of
from caliban.compiler.locks.lock import Artifact, Index, Lock, LockedPackage
from caliban.compiler.locks.pins import pins_of
from caliban.compiler.locks.resolved import Answer, Asked
from caliban.compiler.markers import machine
from caliban.compiler.problems import caliban_lock as problems
from caliban.runtime.execute import answer
from caliban.runtime.lending.loan import Loan
from caliban.runtime.say import without_passwords

_LIBC = "manylinux_2_28"  # as for other locks: every base that caliban chooses has at least this, but for Ubuntu 20.04
_ON_COMMAND_LINE = ("-i ", "--index-url ", "--extra-index-url ", "--default-index ", "--find-links ")


def resolve(asked: Asked, loan: Loan, root: str) -> Answer:
    """The packages, with the hashes of their files. Raises Rejected with uv's words where there is no answer."""
    if not asked.requirements:
        return Answer(pins=())
    from uv import find_uv_bin

    with tempfile.TemporaryDirectory() as folder:
        outcome = answer(
            (find_uv_bin(), *_words(asked, folder), "--directory", root), environment=_environment(loan, folder)
        )
    if outcome.code:
        raise Rejected(problems.unresolved(without_passwords(outcome.stderr).strip().splitlines()))
    text = re.sub(r"(?<=://)[^/\s\"']*@", "", outcome.stdout)  # the passwords of indexes are the machine's
    lock = read_pylock(toml_of("pylock.toml", text), None, ())
    found = pins_of(_as_anywhere(lock, root), (asked.python,), asked.platform, own_base=True)
    indexes = tuple(option.split(" ", 1)[1] for option in asked.options if option.startswith(_ON_COMMAND_LINE[:-1]))
    return Answer(pins=found.pins, indexes=indexes, files=found.files)


def _words(asked: Asked, folder: str) -> Iterator[str]:
    """The words of uv, and the files that they name."""
    yield from ("pip", "compile", "--quiet", "--format", "pylock.toml", "--no-header", "--no-build")
    yield from ("--python", sys.executable, "--python-version", asked.python)
    yield from ("--python-platform", f"{machine(asked.platform)}-{_LIBC}")
    if asked.torch_backend is not None:
        yield from ("--torch-backend", asked.torch_backend)
    for option in asked.options:
        if option.startswith(_ON_COMMAND_LINE):
            yield from option.split(" ", 1)
    others = [option for option in asked.options if not option.startswith(_ON_COMMAND_LINE)]
    files = {"--constraints": asked.constraints, "--overrides": asked.overrides, "--excludes": asked.excludes}
    for word, lines in files.items():
        if lines:
            yield from (word, _written(folder, f"{word[2:]}.txt", lines))
    yield _written(folder, "requirements.in", (*others, *asked.requirements))


def _written(folder: str, name: str, lines: Sequence[str]) -> str:
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.writelines(f"{line}\n" for line in lines)
    return path


def _environment(loan: Loan, folder: str) -> Mapping[str, str]:
    """What a build is lent, where uv looks for the configuration of the system; and none of the user's own."""
    os.makedirs(os.path.join(folder, "uv"))
    _written(os.path.join(folder, "uv"), "uv.toml", loan.texts.get("uv", "").splitlines())
    told = {"XDG_CONFIG_DIRS": folder, "XDG_CONFIG_HOME": os.path.join(folder, "none"), "UV_SYSTEM_CERTS": "1"}
    bundle = dict(loan.files).get("ca")
    return told if bundle is None else {**told, "SSL_CERT_FILE": bundle}


def _as_anywhere(lock: Lock, root: str) -> Lock:
    """The lock without addresses that are those of this machine's indexes: the hashes say what is meant."""
    packages = {name: tuple(_package(each, root) for each in of_name) for name, of_name in lock.packages.items()}
    return replace(lock, packages=packages)


def _package(package: LockedPackage, root: str) -> LockedPackage:
    if not isinstance(package.source, Index):
        return package
    return replace(package, source=Index(), artifacts=tuple(_artifact(each, root) for each in package.artifacts))


def _artifact(artifact: Artifact, root: str) -> Artifact:
    """A file of the project keeps its path in it."""
    inside = f"file://{quote(os.path.realpath(root))}/"
    url = artifact.url or ""
    return artifact._replace(url=url.removeprefix(inside) if url.startswith(inside) else None)
