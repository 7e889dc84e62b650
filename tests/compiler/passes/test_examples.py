"""The examples in the docstrings of passes; that what they print is true, pytest's doctests hold."""

import doctest
import inspect
from collections.abc import Mapping

import pytest

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.pipeline import PASSES, Pass


@pytest.mark.parametrize("function", PASSES, ids=lambda function: function.__name__)
def test_each_example_of_a_pass_shows_what_it_changes_or_refuses(
    function: Pass, doctest_namespace: Mapping[str, object]
) -> None:
    changed: list[bool] = []

    def observed(before: Recipe) -> Recipe:
        try:
            after = function(before)
        except Rejected:
            changed.append(True)
            raise
        changed.append(after != before)
        return after

    words = {**doctest_namespace, function.__name__: observed}
    for examples in doctest.DocTestFinder().find(inspect.getmodule(function), extraglobs=words):
        doctest.DocTestRunner().run(examples, out=lambda _: None)

    assert changed, "no example in its module's docstring calls it; the words of examples stand in conftest.py"
    assert all(changed), "an example in which nothing happens shows nothing"
