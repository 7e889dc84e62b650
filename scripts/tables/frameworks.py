"""What an index says of frameworks, merged into `data/frameworks.json`: curated facts stay, the rest is read again."""

from collections.abc import Iterable, Mapping
from typing import Any

from packaging.version import Version

Rows = list[dict[str, Any]]

_RUNTIMES = ("cuda-toolkit", "nvidia-cuda-runtime")


def merged(rows: Rows, served: Mapping[Version, Iterable[str]], read: Mapping[str, Mapping[str, str]]) -> Rows:
    """The rows with the Pythons that each release has wheels for, and with what was read of some releases' metadata.

    Of a release that no row knows, the rest is as in the release before it, but for what is wrong with that one.
    """
    known = {Version(version): row for row in rows for version in row["versions"]}
    releases = dict(known)
    for version, pythons in served.items():
        if version in known or (pythons and version > min(known)):
            row = known[max(other for other in known if other <= version)]
            curated = {key: value for key, value in row.items() if key != "trap" or version in known}
            releases[version] = curated | dict(read.get(str(version), {})) | {"pythons": sorted(pythons, key=Version)}
    return _grouped(releases)


def newer(known: Iterable[str], served: Mapping[Version, Iterable[str]]) -> list[str]:
    """The releases with wheels that are newer than all that are known, oldest first."""
    newest = max(map(Version, known))
    return [str(version) for version in sorted(served) if version > newest and served[version]]


def cuda_of(dependencies: Mapping[str, str]) -> dict[str, str]:
    """The CUDA and cuDNN that the wheels of a release bring, by what its metadata demands: {'cuda-toolkit': …}."""
    runtime = next((pin for name, pin in dependencies.items() if name.partition("-cu1")[0] in _RUNTIMES), "")
    cudnn = next((pin for name, pin in dependencies.items() if name.startswith("nvidia-cudnn")), "")
    found = {"cuda": _leading(runtime, 2 if _exact(runtime) else 1), "cudnn": _leading(cudnn, 1)}
    return {name: value for name, value in found.items() if value}


def torch_of(dependencies: Mapping[str, str]) -> str | None:
    """The one torch that a release requires; None where it may be another."""
    return _exact(dependencies.get("torch", ""))


def _exact(pin: str) -> str | None:
    """'12.8.90' of uv's '>=12.8.90, <12.8.90+', which is '==12.8.90'."""
    low, _, high = pin.partition(", ")
    version = low.removeprefix(">=")
    return version if high == f"<{version}+" else None


def _leading(pin: str, count: int) -> str:
    """'12.8' of '>=12.8.90, <12.8.90+'."""
    return ".".join(pin.partition(",")[0].removeprefix(">=").split(".")[:count])


def _grouped(releases: Mapping[Version, Mapping[str, Any]]) -> Rows:
    """One row for releases that follow each other and are alike."""
    rows: Rows = []
    for version in sorted(releases):
        row = {**releases[version], "versions": [str(version)]}
        if rows and {**rows[-1], "versions": []} == {**row, "versions": []}:
            rows[-1]["versions"].append(str(version))
        else:
            rows.append({"versions": row["versions"], **row})
    return rows
