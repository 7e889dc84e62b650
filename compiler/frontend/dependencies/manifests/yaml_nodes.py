"""A YAML text into its nodes, which know their lines; nothing is constructed, so no tag is ever evaluated.

Imported late: PyYAML takes 20 ms.
"""

from collections.abc import Sequence

import yaml
from yaml.reader import ReaderError

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies.manifests import conda_problems as problems

_PLAIN = "tag:yaml.org,2002:"
_KNOWN = frozenset(f"{_PLAIN}{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map"))


def read_nodes(text: str, path: str) -> yaml.Node | None:
    """The root, None of an empty file. Raises Rejected where it is no YAML."""
    try:
        # The reader in C has no limit on depth: it overflows the stack where this one raises.
        root: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Rejected(problems.bad_yaml(path, line, error.reason)) from None
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark.line + 1 if error.problem_mark else None
        raise Rejected(problems.bad_yaml(path, at, error.problem or "not understood")) from None
    except RecursionError:
        raise Rejected(problems.bad_yaml(path, None, "it is nested too deeply")) from None
    return root


def place_of(node: yaml.Node, path: str) -> Place:
    """Return the place of the start of a node."""
    return Place(source=path, line=node.start_mark.line + 1)


def text_of(node: yaml.Node) -> str | None:
    """Return the text of a scalar as it is written; None for lists and tables."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def value_of(root: yaml.Node | None, key: str) -> yaml.Node | None:
    """Return the node under a key of a table; None if there is no key or no table."""
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def keys_of(table: yaml.Node | None) -> tuple[str, ...]:
    """The keys of a table; none of anything else."""
    return tuple(str(name.value) for name, _ in table.value) if isinstance(table, yaml.MappingNode) else ()


def list_of(node: yaml.Node | None, path: str, key: str) -> Sequence[yaml.Node]:
    """The items of a list; none where nothing stands there. Raises Rejected where something else does."""
    if node is None or node.tag == f"{_PLAIN}null":
        return []
    _check_tag(node, path)
    if not isinstance(node, yaml.SequenceNode):
        raise Rejected(problems.not_a_list(place_of(node, path), key))
    items: list[yaml.Node] = node.value
    for item in items:
        _check_tag(item, path)
    return items


def _check_tag(node: yaml.Node, path: str) -> None:
    """Raises Rejected where a tag asks for more than plain data."""
    if node.tag not in _KNOWN:
        raise Rejected(problems.yaml_tag(place_of(node, path), node.tag.replace(_PLAIN, "!!")))
