"""The uv that a build is given, where one of ours can run in the image: nothing is pulled, and it works offline."""

import os
import shutil
import sys

from caliban.compiler.facts.tools import UV_VERSION
from caliban.runtime.execute import answer
from caliban.runtime.say import say
from caliban.runtime.state.folder import make_private
from caliban.runtime.state.temporary import temporary_folder

_IMPATIENT = {"UV_HTTP_RETRIES": "0"}  # without a network, the one that is here has to do


def uv_folder(state: str, platform: str, *, anywhere: bool) -> str | None:
    """A folder with nothing but uv; None where the machine is another than the image's, and uv's own image serves.

    `anywhere` asks for the one that needs no C library: nobody knows what a base that the user names has.
    """
    machine = os.uname().machine
    if os.uname().sysname != "Linux" or platform.split("/")[1] != {"x86_64": "amd64", "aarch64": "arm64"}.get(machine):
        return None
    if anywhere and (static := _static(state, machine)) is not None:
        return static
    from uv import find_uv_bin

    return _kept(state, f"uv-{UV_VERSION}", find_uv_bin())


def _static(state: str, machine: str) -> str | None:
    """The wheel for musl holds a static program; it is fetched once, from where the host's uv fetches its packages."""
    name = f"uv-{UV_VERSION}-static"
    if os.path.exists(os.path.join(state, name, "uv")):
        return os.path.join(state, name)
    from uv import find_uv_bin

    say("fetching, once, a uv that runs in any base image")
    with temporary_folder(state) as fetched:
        fetch = (
            "pip",
            "install",
            "--directory",
            fetched,
            "--python",
            sys.executable,
            "--target",
            fetched,
            "--no-deps",
        )
        platform = ("--python-platform", f"{machine}-unknown-linux-musl")
        outcome = answer((find_uv_bin(), *fetch, *platform, f"uv=={UV_VERSION}"), environment=_IMPATIENT)
        program = os.path.join(fetched, "bin", "uv")
        return _kept(state, name, program) if outcome.code == 0 and os.path.exists(program) else None


def _kept(state: str, name: str, program: str) -> str:
    """The folder in which a copy of the program stays."""
    folder = os.path.join(state, name)
    if not os.path.exists(os.path.join(folder, "uv")):
        make_private(folder)
        with temporary_folder(state) as fetched:  # so that no other caliban finds half of it
            copy = shutil.copy2(program, os.path.join(fetched, "uv"))
            os.replace(copy, os.path.join(folder, "uv"))
    return folder
