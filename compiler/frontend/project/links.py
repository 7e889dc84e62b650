"""Links among what is copied that lead to nothing in the container: what each says in, warnings out.

A link is copied as a link. Only those that are the source of a copy themselves are followed.
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from caliban.compiler.diagnostics import Diagnostic
from caliban.compiler.facts.workdir import WORKDIR
from caliban.compiler.frontend.project import placeholder_problems as problems
from caliban.compiler.frontend.project.absence import COLON, InContainer, absence
from caliban.compiler.frontend.project.disk import Disk

_MOST = 2000  # links that are followed
_ANNEX = ".git/annex/objects/"  # https://git-annex.branchable.com/internals: where it keeps what its links lead to


class _Link(NamedTuple):
    path: str  # 'data/images'
    target: str  # as it says: '../../shared', '/data/imagenet'


def broken_links(
    disk: Disk, links: Mapping[str, str], container: InContainer, root: str, mounted: Sequence[str]
) -> Iterator[Diagnostic]:
    """A warning for each kind of link that leads nowhere in the container. `root` is the project's absolute path.

    `mounted` are the absolute paths in the container at which something is mounted.
    """
    kinds: dict[str, list[_Link]] = {}
    remedies: dict[str, str] = {}
    copied = (_Link(path, target) for path, target in sorted(links.items()) if container.has(path))
    doubtful = [link for link in copied if not _leads_to_copy(link, container)]
    for link in doubtful[:_MOST]:
        places = (f"{WORKDIR}/{link.path}/", f"{_in_container(link)}/")
        if any(path.startswith(f"{place}/") for place in mounted for path in places):
            continue
        real = disk.inside(link.path)
        if not disk.leads_somewhere(link.path):
            kind = "annexed" if _ANNEX in link.target else "dangling"
        elif _ANNEX in link.target:
            kind = "locked"
        elif link.target.startswith(f"{root}/"):
            kind = "absolute"
        elif real is None:
            kind = "outside"
        elif found := absence(disk, real, container):
            kind = "absent"
            remedies.setdefault(found.remedy, link.path)
        else:
            continue
        kinds.setdefault(kind, []).append(link)
    for kind, found_links in kinds.items():
        paths = [link.path for link in found_links if not posixpath.basename(link.path).startswith(".#")]  # of Emacs
        first = found_links[0]
        match kind:
            case _ if not paths:
                pass
            case "dangling":
                yield problems.dangling_links(paths, first.target)
            case "annexed" | "locked":
                yield problems.annexed_links(paths, is_there=kind == "locked")
            case "absolute":
                yield problems.absolute_links(paths, first.target, first.target.removeprefix(f"{root}/"))
            case "outside":
                yield problems.links_outside(paths, first.target, _mount(found_links))
            case _:
                yield problems.links_to_absent(paths, first.target, tuple(remedies))


def _leads_to_copy(link: _Link, container: InContainer) -> bool:
    """Return whether a link certainly leads to a copied path, by its text alone."""
    if link.target.startswith("/"):
        return False
    path = posixpath.normpath(posixpath.join(posixpath.dirname(link.path), link.target))
    if path in ("..", link.path) or path.startswith("../"):
        return False
    return path == "." or container.has(path)


def _in_container(link: _Link) -> str:
    """Return the target of a link in the container, as an absolute path."""
    return posixpath.normpath(posixpath.join(WORKDIR, posixpath.dirname(link.path), link.target))


def _mount(links: Sequence[_Link]) -> str:
    """The DIR:PATH of a mount by which links out of the project, at least the first, lead somewhere."""
    absolute = [link.target for link in links if link.target.startswith("/")]
    if len(absolute) == len(links) and len(absolute) > 1:
        common = posixpath.commonpath([posixpath.dirname(target) for target in absolute])
        if common.count("/") > 1:
            return _spelled(common, common)
    first = links[0]
    source = posixpath.normpath(posixpath.join(posixpath.dirname(first.path), first.target))
    return _spelled(source, first.path)


def _spelled(source: str, target: str) -> str:
    return f"{source.replace(':', COLON)}:{target}"
