"""The driver and the card of a GPU, as the kernel and nvidia-smi report them."""

import os
import re
from collections.abc import Mapping

from caliban.runtime.settings.trust import engine_is_here

_PATIENCE = 5.0  # seconds; nvidia-smi wakes the card up
_VERSION = re.compile(r"Kernel Module\s.*?(\d+\.\d+(?:\.\d+)?)\s")


def driver() -> str | None:
    """The version of the NVIDIA driver, or None where no driver is loaded."""
    return (_text("/sys/module/nvidia/version") or "").strip() or read_driver(
        _text("/proc/driver/nvidia/version") or ""
    )


def read_driver(text: str) -> str | None:
    """The version in what the driver says of itself in /proc."""
    found = _VERSION.search(text)
    return found[1] if found else None


def capability() -> str | None:
    """The compute capability of the cards, or None where no card can be asked, or where they differ."""
    if not os.path.exists("/dev/nvidiactl"):
        return None
    from caliban.runtime.execute import answer_within

    outcome = answer_within(["nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader"], _PATIENCE)
    return read_capability(outcome.stdout) if outcome is not None and outcome.code == 0 else None


def read_capability(text: str) -> str | None:
    """The one capability of all lines: what is compiled for one card alone would not run on another."""
    found = {line.strip() for line in text.splitlines() if line.strip()}
    return found.pop() if len(found) == 1 and re.fullmatch(r"\d+\.\d+", min(found)) else None


def has_gpu(environment: Mapping[str, str]) -> bool:
    """Return whether a GPU may exist: a driver, its device (also WSL's), or a CDI specification that names one.

    An engine on another machine may have one that nobody here can see.
    """
    if not engine_is_here(environment):
        return True
    devices = (
        "/dev/nvidiactl",
        "/dev/nvidia0",
        "/dev/dxg",
        "/sys/module/nvidia/version",
        "/proc/driver/nvidia/version",
    )
    return any(os.path.exists(path) for path in devices) or any(
        "nvidia" in name for folder in ("/etc/cdi", "/var/run/cdi") for name in _names(folder)
    )


def has_amd_gpu() -> bool:
    """Return whether the kernel offers a GPU of AMD for computing."""
    return os.path.exists("/dev/kfd")


def _text(path: str) -> str | None:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return None


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
