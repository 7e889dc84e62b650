"""What releases of frameworks demand of packages that others demand too: `python -m tables.demands` reads it again.

Read for the oldest Python that a release has wheels for, where bounds are the widest.
"""

import json
import re
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from packaging.version import Version

from tables.index import dependencies
from tables.layout import spell

DATA = Path(__file__).resolve().parents[2] / "compiler" / "facts" / "data"
SHARED = ("h5py", "jaxlib", "keras", "ml-dtypes", "numpy", "protobuf", "scipy", "tensorboard", "typing-extensions")
# The frameworks, with the requirement whose demands are read, and the first release that counts.
READ = {
    "tensorflow": ("tensorflow=={}", "2.8.0"),
    "tensorflow[and-cuda]": ("tensorflow[and-cuda]=={}", "2.14.0"),
    "jax": ("jax=={}", "0.4.16"),
    "torch": ("torch=={}", "1.13.0"),
}
ABOUT = (
    "What releases of frameworks demand of packages that others demand too, by the metadata of their wheels on PyPI, "
    "written by scripts/tables/demands.py: {release: {package: specifier}}; a release that is not listed demands what "
    "the one before it does. newest: of the releases that were read. nvidia-*: of the CUDA that wheels of PyPI bring."
)
AT_ONCE = 4  # questions to the index


def specifier(pin: str) -> str:
    """'>=0.2.0,<0.3' of uv's '>=0.2.0, <0.3.dev0', the outer bounds of a union; '' where there is none."""
    parts = [part.strip() for part in pin.split("|")]
    low = re.search(r">=?([\w.]+)(\+?)", parts[0].partition("<")[0])
    high = re.search(r"<(=?)([\w.]+?)(\.dev0)?(\+?)$", parts[-1])
    if low is not None and high is not None and high[4] and not high[1] and low[1] == high[2]:
        return f"=={low[1]}"
    bounds = [f">={low[1]}"] if low is not None else []
    bounds += [f"<{'=' if high[1] or high[4] else ''}{high[2]}"] if high is not None else []
    return ",".join(bounds)


def demands(read: Mapping[str, str], *, cuda: bool) -> dict[str, str]:
    """Of all that a release depends on, what counts: shared packages, or NVIDIA's."""
    names = sorted(name for name in read if (name.startswith("nvidia-") if cuda else name in SHARED))
    return {name: text for name in names if (text := specifier(read[name]))}


def main() -> int:
    """Writes the table."""
    frameworks = json.loads((DATA / "frameworks.json").read_text("utf-8"))
    table: dict[str, object] = {"about": ABOUT}
    for name, (requirement, first) in READ.items():
        rows = frameworks[name.partition("[")[0]]
        releases = {
            Version(version): min(row["pythons"], key=Version)
            for row in rows
            for version in row["versions"]
            if row["pythons"] and Version(version) >= Version(first)
        }
        with ThreadPoolExecutor(AT_ONCE) as pool:
            texts = [requirement.format(version) for version in releases]
            read = list(pool.map(dependencies, texts, releases.values()))
        cuda = name in ("torch", "tensorflow[and-cuda]")
        found: dict[str, dict[str, str]] = {}
        last: dict[str, str] | None = None
        for version, answer in zip(releases, read, strict=True):
            if not answer:
                print(f"{name} {version}: nothing could be read", file=sys.stderr)
                continue
            each = demands(answer, cuda=cuda)
            if each != last:
                found[str(version)] = last = each
        table[name] = {"newest": str(max(releases)), "releases": found}
    (DATA / "demands.json").write_text(spell(table) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
