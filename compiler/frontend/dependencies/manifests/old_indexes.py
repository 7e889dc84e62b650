"""Addresses of package indexes that are no more, or only forward: an index option in, the problem with it out."""

import re

from caliban.compiler.diagnostics import Diagnostic, Place
from caliban.compiler.facts.data_files import table
from caliban.compiler.frontend.dependencies.manifests import requirement_problems as problems

_HOST = r"https?://(?:[^/@]*@)?([^/:?#]+)"


def old_index(url: str, place: Place) -> Diagnostic | None:
    """A warning, or an error where nothing answers there any more; None of an index that may be asked."""
    host = re.match(_HOST, url)
    old = table("traps")["indexes"].get(host[1].lower()) if host is not None else None
    if host is None or old is None:
        return None
    return problems.old_index(place, host[1], old["why"], gone=not old.get("warns"))
