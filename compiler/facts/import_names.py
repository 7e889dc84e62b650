"""Distributions on PyPI by the modules that they bring.

>>> distributions("cv2")[0], distributions("google.cloud.storage.blob"), distributions("stable_baselines3.ppo")
('opencv-python', ('google-cloud-storage',), ('stable-baselines3',))
>>> distributions("mystery")
()
>>> requirement_for("sklearn.svm"), requirement_for("mystery_box")
('scikit-learn', 'mystery-box')
"""

from collections.abc import Collection
from functools import cache

from caliban.compiler.facts.data_files import table

_TELLING = 4  # letters of a distribution whose name, within the name of a module, may be no accident


def distributions(module: str) -> tuple[str, ...]:
    """Those that have it, the usual one first; none where the table does not know the module."""
    names, parts = table("import_names")["names"], module.split(".")
    for length in range(len(parts), 0, -1):
        if found := names.get(".".join(parts[:length])):
            return tuple(found)
    own = _as_distribution(parts[0])
    return (own,) if own in _same() else ()


def requirement_for(module: str) -> str:
    """Return the requirement to write for a module: by the table, else, as a guess, the module's own name."""
    top, *below = module.split(".")
    if top == "google" and not distributions(module):
        return "-".join((top, *below[:2]))
    trap = table("traps")["names"].get(_as_distribution(top), {})
    known = distributions(module)
    return str(known[0] if known else trap.get("write") or _as_distribution(top))


def is_missing(module: str, installed: Collection[str]) -> bool:
    """Return whether certainly none of these distributions, all that are installed, has the module.

    Where the table does not know the module, it must know all of them, and one of a similar name may always have it.
    """
    having, own = distributions(module), _as_distribution(module.partition(".")[0])
    if any(name in installed for name in (*having, own)):
        return False
    if any(own in name or (len(name) >= _TELLING and name in own) for name in installed):  # 'intel-tensorflow'
        return False
    return bool(having) or all(name in _known() for name in installed)


def _as_distribution(top: str) -> str:
    return top.lower().replace("_", "-")


@cache
def _same() -> frozenset[str]:
    return frozenset(table("import_names")["same"])


@cache
def _known() -> frozenset[str]:
    return _same().union(*table("import_names")["names"].values())
