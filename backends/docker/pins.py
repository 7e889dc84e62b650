"""The pins of a lock: the RUN that installs them stands for itself, no lock is needed to build it."""

from collections.abc import Iterator

from caliban.backends.docker.uv import bind, environment, pip_install, run, uv_mounts
from caliban.backends.docker.words import shell_words
from caliban.compiler.bases import BaseImage
from caliban.compiler.effects import LISTS
from caliban.compiler.locks.steps import InstallPins, LockedPin


def spell_pins(step: InstallPins, base: BaseImage) -> str:
    """One line per package; the list stays in the image, for what is installed later."""
    lines = "".join(f" \\\n      {shell_words(_line(pin))}" for pin in step.pins)
    options = [word for index in step.indexes for word in ("--index", index)]
    if step.indexes:  # each package is where its hash is: what another index has under the name is not taken
        options += ["--index-strategy", "unsafe-best-match"]
    install = shell_words("--no-deps", *options, "--requirements", step.listing)
    return run(
        [
            *uv_mounts(base, step.resolution.secrets),
            *(bind(f"source={path}", f"target=/tmp/{path}") for path in step.files),
        ],
        f"mkdir -p {LISTS} && printf '%s\\n'{lines} \\\n      > {shell_words(step.listing)} && \\\n"
        f"    {environment(base)} {pip_install(base, step.resolution)} {install}",
        note="; ".join(_notes(step)),
    )


def _line(pin: LockedPin) -> str:
    return " ".join((pin.text, *(f"--hash={each}" for each in pin.hashes)))


def _notes(step: InstallPins) -> Iterator[str]:
    part = f", part {step.part}" if step.part > 1 else ""
    noun = "package" if len(step.pins) == 1 else "packages"
    hashed = sum(bool(pin.hashes) for pin in step.pins)
    hashes = "with hashes" if hashed == len(step.pins) else f"{hashed} with hashes" if hashed else "without hashes"
    yield f"{step.path}{part}: {len(step.pins)} {noun} exactly as locked, {hashes}{_size(step)}"
    yield "rebuilt when one of these changes"


def _size(step: InstallPins) -> str:
    """What is downloaded, as far as the lock tells sizes."""
    megabytes = step.effects.size / 1_000_000
    if megabytes < 0.1:
        return ""
    return f", {megabytes / 1000:.1f} GB to download" if megabytes >= 1000 else f", {megabytes:.1f} MB to download"
