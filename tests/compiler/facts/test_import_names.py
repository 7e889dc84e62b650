"""The table of modules and distributions is in order, and spelled as indexes spell names."""

from caliban.compiler.facts.data_files import table
from caliban.compiler.facts.pep508 import normalized

TABLE = table("import_names")


def test_distributions_are_spelled_as_indexes_compare_them_and_sorted() -> None:
    names = [name for row in TABLE["names"].values() for name in row] + TABLE["same"]
    assert [name for name in names if name != normalized(name)] == []
    assert TABLE["same"] == sorted(set(TABLE["same"]))
    assert list(TABLE["names"]) == sorted(TABLE["names"], key=str.lower)


def test_a_module_of_its_distributions_own_name_stands_in_one_place() -> None:
    both = [
        module for module, row in TABLE["names"].items() if module.replace("_", "-") in TABLE["same"] and len(row) == 1
    ]
    assert both == []
