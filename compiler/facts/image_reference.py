"""Names of images as the engine reads them: https://pkg.go.dev/github.com/distribution/reference."""

import re

_REGISTRY = r"(localhost|[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*|\[[0-9a-fA-F:]+\])(:[0-9]+)?"
_PART = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*([-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_LONGEST = 255  # characters of registry and path


def flaw(reference: str) -> str | None:
    """Return the reason for which this is no image reference, or None."""
    name, at, digest = reference.partition("@")
    if reference == "scratch":
        return "it stands for an empty one, and only a Dockerfile can build on that"
    if at and not re.fullmatch(_DIGEST, digest):
        return "a digest is sha256: and 64 hexadecimal digits"
    head, slash, rest = name.partition("/")
    registry = head if slash and (set(head) & {".", ":", "["} or head == "localhost") else None
    if registry is not None and not re.fullmatch(_REGISTRY, registry):
        return f"'{registry}' is no registry"
    path, colon, tag = (rest if registry is not None else name).partition(":")
    if colon and not re.fullmatch(_TAG, tag):
        return "a tag has up to 128 letters, digits, '.', '_' and '-', and begins with none of the latter two"
    if path != path.lower():
        return "only lower-case letters may be in it before the tag"
    if not all(re.fullmatch(_PART, part) for part in path.split("/")):
        return "each of its parts has lower-case letters and digits, with single '.', '_' or '-' between them"
    if len(name) - len(colon + tag) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    return None


def by_digest(reference: str, digest: str) -> str:
    """The name with a digest instead of its tag; one that has a digest already stays as it is."""
    name, at, _ = reference.partition("@")
    head, slash, last = name.rpartition("/")
    return reference if at else f"{head}{slash}{last.partition(':')[0]}@{digest}"
