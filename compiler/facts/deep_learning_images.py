"""Aliases of Google's deep-learning images, as the older tool had them: `dlvm:pytorch-cpu-1.4` in, an image out."""

import re

ALIAS = "dlvm:"
_REGISTRY = "gcr.io/deeplearning-platform-release"
_FORM = rf"{ALIAS}(?P<name>(?:pytorch|tf2?)-[cg]pu)(?:-(?P<major>\d+)\.(?P<minor>\d+))?"


def deep_learning_image(alias: str) -> str | None:
    """The image of an alias, or None where the alias is none of the older tool's.

    https://github.com/google/caliban, caliban/config/__init__.py: `DLVMS`; the releases of each name are Google's.
    """
    found = re.fullmatch(_FORM, alias, re.ASCII)
    if found is None:
        return None
    release = f".{found['major']}-{found['minor']}" if found["major"] else ""
    return f"{_REGISTRY}/{found['name']}{release}"
