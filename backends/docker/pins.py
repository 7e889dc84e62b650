"""The pins of a lock: the RUN that installs them stands for itself, no lock is needed to build it."""

import posixpath
from collections.abc import Iterator, Sequence

from caliban.backends.docker.host_wheels import wheel_group
from caliban.backends.docker.torch_mirror import index_of
from caliban.backends.docker.uv import bind, environment, install, pip_uninstall, run, uv_mounts
from caliban.backends.docker.words import shell_words
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.steps.locked import InstallPins, LockedPin


def render_pins(step: InstallPins, base: BaseImage) -> str:
    """One line per package; the list stays in the image, for what is installed later."""
    commands = [shell_words("mkdir", "-p", posixpath.dirname(step.listing)), _list(step)]
    commands += [f"{environment(base)} {pip_uninstall(base, step.removed)}"] if step.removed else []
    if step.pins:
        command = f"{install(base, step.resolution, cached=bool(step.caches), files=bool(step.files))} {_options(step)}"
        if step.resolution.torch_mirrored:  # the pins have hashes, so any index has the same
            command = f'UV_INDEX="$torch_index" UV_INDEX_STRATEGY=unsafe-best-match {command}'
            commands.append(index_of(step.resolution))
        commands.append(command)
    mounts = [
        *uv_mounts(
            base,
            step.caches,
            step.resolution.secrets,
            mirrored=step.resolution.torch_mirrored,
            wheels=wheel_group(step),
        ),
        *(bind(f"source={path}", f"target=/tmp/{path}") for path in step.files),
    ]
    return run(mounts, " && \\\n    ".join((" && ".join(commands[:2]), *commands[2:])), note="; ".join(_notes(step)))


def _list(step: InstallPins) -> str:
    if not step.pins:
        return f": > {shell_words(step.listing)}"
    lines = "".join(f" \\\n      {shell_words(_line(pin))}" for pin in step.pins)
    return f"printf '%s\\n'{lines} \\\n      > {shell_words(step.listing)}"


def _options(step: InstallPins) -> str:
    options = [word for index in step.indexes for word in ("--index", index)]
    if step.indexes:  # each package is where its hash is: what another index has under the name is not taken
        options += ["--index-strategy", "unsafe-best-match"]
    return shell_words("--no-deps", *options, "--requirements", step.listing)


def _line(pin: LockedPin) -> str:
    return " ".join((pin.text, *(f"--hash={each}" for each in pin.hashes)))


def _notes(step: InstallPins) -> Iterator[str]:
    if step.band == "delta":
        parts = [_exactly(step)] if step.pins else []
        parts += [f"{_counted(step.removed)} removed"] if step.removed else []
        yield f"{step.path}, what is different since the layers above were built: {', '.join(parts)}"
        yield "in a layer of its own until it grows, or until --no_cache rebuilds all"
        return
    kind = {"all": "", "heavy": ", the heavy ones", "light": ", the others", "delta": ""}[step.band]
    part = f", part {step.part}" if step.part > 1 and step.band == "all" else ""
    yield f"{step.path}{kind}{part}: {_exactly(step)}"
    yield "rebuilt when one of these changes"


def _exactly(step: InstallPins) -> str:
    hashed = sum(bool(pin.hashes) for pin in step.pins)
    hashes = "with hashes" if hashed == len(step.pins) else f"{hashed} with hashes" if hashed else "without hashes"
    return f"{_counted(step.pins)} exactly as locked, {hashes}{_size(step)}"


def _counted(packages: Sequence[object]) -> str:
    return "1 package" if len(packages) == 1 else f"{len(packages)} packages"


def _size(step: InstallPins) -> str:
    """Return the size of the download, as far as the lock reports sizes."""
    megabytes = step.effects.size / 1_000_000
    if megabytes < 0.1:
        return ""
    return f", {megabytes / 1000:.1f} GB to download" if megabytes >= 1000 else f", {megabytes:.1f} MB to download"
