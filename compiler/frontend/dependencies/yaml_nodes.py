"""A YAML text into its nodes, which know their lines; nothing is constructed, so no tag is ever evaluated."""

from typing import TYPE_CHECKING

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.problems import conda as problems

if TYPE_CHECKING:
    from yaml import Node

_PLAIN = "tag:yaml.org,2002:"
_KNOWN = frozenset(f"{_PLAIN}{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map"))


def read_nodes(text: str, path: str) -> "Node | None":
    """The root, None of an empty file. Raises Rejected where it is no YAML."""
    import yaml

    try:
        # The reader in C has no limit on depth: it overflows the stack where this one raises.
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Rejected(problems.bad_yaml(path, line, error.reason)) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise Rejected(problems.bad_yaml(path, line, error.problem or "not understood")) from None
    except RecursionError:
        raise Rejected(problems.bad_yaml(path, None, "it is nested too deeply")) from None


def place_of(node: "Node", path: str) -> Place:
    """Where a node starts."""
    return Place(source=path, line=node.start_mark.line + 1)


def value_of(root: "Node | None", key: str) -> "Node | None":
    """What stands under a key of a table; None where there is none, or no table."""
    pairs = root.value if root is not None and root.id == "mapping" else []
    return next((value for name, value in pairs if name.value == key), None)


def list_of(node: "Node | None", path: str, key: str) -> "list[Node]":
    """The items of a list; none where nothing stands there. Raises Rejected where something else does."""
    if node is None or node.tag == f"{_PLAIN}null":
        return []
    check_tag(node, path)
    if node.id != "sequence":
        raise Rejected(problems.not_a_list(place_of(node, path), key))
    items: list[Node] = node.value
    for item in items:
        check_tag(item, path)
    return items


def check_tag(node: "Node", path: str) -> None:
    """Raises Rejected where a tag asks for more than plain data."""
    if node.tag not in _KNOWN:
        raise Rejected(problems.yaml_tag(place_of(node, path), node.tag.replace(_PLAIN, "!!")))
