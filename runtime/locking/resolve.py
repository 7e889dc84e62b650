"""Resolves requirements to packages: by this machine's uv, with the indexes that a build would have.

Nothing is built here: an sdist runs code of its authors, and that is for containers.
"""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import quote

from msgspec.structs import replace

from caliban.backends.docker.uv import TORCH_INDEX
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.frameworks.torch_at_hand import ON_TORCH_INDEX
from caliban.compiler.facts.pep508 import machine
from caliban.compiler.frontend.dependencies.locks.pylock import read_pylock
from caliban.compiler.frontend.dependencies.manifests.toml import toml_of
from caliban.compiler.locks.lock import Artifact, LockedPackage, LockFile, LockIndex
from caliban.compiler.locks.pins import pins_of
from caliban.compiler.locks.resolved import Answer, ResolutionRequest
from caliban.runtime.execute import answer
from caliban.runtime.locking import problems
from caliban.runtime.say import plain_words
from caliban.runtime.settings.host_settings import HostSettings
from caliban.runtime.settings.lent import NOTHING_LENT, LentWheels, copy_wheels

_LIBC = "manylinux_2_28"  # as for other locks: every base that caliban chooses has at least this, but for Ubuntu 20.04
_ON_COMMAND_LINE = ("-i ", "--index-url ", "--extra-index-url ", "--default-index ", "--find-links ")


def resolve(asked: ResolutionRequest, settings: HostSettings, root: str, wheels: LentWheels = NOTHING_LENT) -> Answer:
    """The packages, with the hashes of their files. Raises Rejected with uv's words where there is no answer."""
    if not asked.requirements:
        return Answer(pins=())
    from uv import find_uv_bin

    mirror = settings.texts.get(TORCH_INDEX)
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(settings, folder)
        flat = os.path.join(folder, "wheels")
        copy_wheels(wheels.files, flat)
        links = ("--find-links", flat) if wheels.files else ()

        def ask(asked: ResolutionRequest, more: Mapping[str, str]) -> str:
            words = (find_uv_bin(), *_words(asked, folder), *links, "--directory", root)
            outcome = answer(words, environment={**environment, **more})
            if outcome.code:
                raise Rejected(problems.unresolved(plain_words(outcome.stderr).strip().splitlines()))
            return outcome.stdout

        output = ask(asked, {}) if mirror is None else _by_mirror(asked, mirror, settings, ask)
    text = re.sub(r"(?<=://)[^/\s\"']*@", "", output)  # the passwords of indexes are the machine's
    lock = read_pylock(toml_of("pylock.toml", text), None, ())
    found = pins_of(_as_anywhere(lock, root, _sizes(wheels)), (asked.python,), asked.platform, own_base=True)
    indexes = tuple(option.split(" ", 1)[1] for option in asked.options if option.startswith(_ON_COMMAND_LINE[:-1]))
    return Answer(pins=found.pins, indexes=indexes, files=found.files)


def _by_mirror(
    asked: ResolutionRequest,
    mirror: str,
    settings: HostSettings,
    ask: Callable[[ResolutionRequest, Mapping[str, str]], str],
) -> str:
    """The answer with torch and its family from an index of their own, as the Dockerfile has it.

    Resolved with the mirror first, their versions are known; with it last, it gives nothing that another index has.
    """
    routed, url = replace(asked, torch_backend=None), f"{mirror}/{asked.torch_backend}"
    first = ask(routed, {"UV_INDEX": url, "UV_INDEX_STRATEGY": "unsafe-first-match"})
    packages = toml_of("pylock.toml", first).root.get("packages", ())
    pins = tuple(f"{each['name']}=={each['version']}" for each in packages if each["name"] in ON_TORCH_INDEX)
    indexes = toml_of("uv.toml", settings.texts.get("uv", "")).root.get("index", ())
    default = next((each["url"] for each in indexes if each.get("default")), None) or _default_index()
    last = {"UV_INDEX": default, "UV_DEFAULT_INDEX": url, "UV_INDEX_STRATEGY": "unsafe-first-match"}
    return ask(replace(routed, constraints=(*routed.constraints, *pins)), last)


def _default_index() -> str:
    """The index that uv asks where nobody names another one."""
    from uv import find_uv_bin

    outcome = answer(
        (find_uv_bin(), "pip", "compile", "--quiet", "--no-config", "--no-header", "--emit-index-url", os.devnull)
    )
    if outcome.code:
        raise Rejected(problems.unresolved(plain_words(outcome.stderr).strip().splitlines()))
    return outcome.stdout.strip().rpartition(" ")[2]


def _words(asked: ResolutionRequest, folder: str) -> Iterator[str]:
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


def _environment(settings: HostSettings, folder: str) -> Mapping[str, str]:
    """Return the variables that give uv the build's settings as the system's, and none of the user's."""
    os.makedirs(os.path.join(folder, "uv"))
    _written(os.path.join(folder, "uv"), "uv.toml", settings.texts.get("uv", "").splitlines())
    output = {"XDG_CONFIG_DIRS": folder, "XDG_CONFIG_HOME": os.path.join(folder, "none"), "UV_SYSTEM_CERTS": "1"}
    bundle = dict(settings.files).get("ca")
    return output if bundle is None else {**output, "SSL_CERT_FILE": bundle}


def _sizes(wheels: LentWheels) -> dict[str, int]:
    """Of files that uv found in a folder, by their names: it tells none."""
    return {file.file: os.path.getsize(file.path) for file in wheels.files if os.path.exists(file.path)}


def _as_anywhere(lock: LockFile, root: str, sizes: Mapping[str, int]) -> LockFile:
    """The lock without addresses that are those of this machine's indexes: the hashes say what is meant."""
    packages = {name: tuple(_package(each, root, sizes) for each in of_name) for name, of_name in lock.packages.items()}
    return replace(lock, packages=packages)


def _package(package: LockedPackage, root: str, sizes: Mapping[str, int]) -> LockedPackage:
    if not isinstance(package.source, LockIndex):
        return package
    return replace(
        package, source=LockIndex(), artifacts=tuple(_artifact(each, root, sizes) for each in package.artifacts)
    )


def _artifact(artifact: Artifact, root: str, sizes: Mapping[str, int]) -> Artifact:
    """A file of the project keeps its path in it."""
    inside = f"file://{quote(os.path.realpath(root))}/"
    url = artifact.url or ""
    return artifact._replace(
        url=url.removeprefix(inside) if url.startswith(inside) else None,
        size=artifact.size or sizes.get(artifact.name, 0),
    )
