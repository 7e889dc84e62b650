"""Names that the source of a COPY can have."""

import re

# Wildcards; what a line of a .dockerignore reads otherwise; a here-document (moby/buildkit, parseSourcesAndDest).
_ODD = r"[*?\[\\]|^[!#]|^\d*<<"


def is_copyable(path: str) -> bool:
    """Return whether COPY can name this path and no other: no wildcard, backslash or control character is in it."""
    return path.isprintable() and path == path.strip() and not re.search(_ODD, path)
