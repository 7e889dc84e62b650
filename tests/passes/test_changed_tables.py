"""Whatever a user's tables say, the passes answer with an image or a refusal."""

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from recipes import NEED, base_of, chosen, recipe

from caliban.compiler.data_files import table
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.python_versions import known_minors
from caliban.compiler.tables import SHIPPED, with_changes

NEW = "11.8.9-cudnn8-runtime-ubuntu22.04"
MINORS = st.lists(st.sampled_from(known_minors(SHIPPED)), unique=True, max_size=3)
NUMBERS = st.sampled_from(("0", "9.1", "11.8", "12.8", "13", "99.0"))
RELEASE = st.fixed_dictionaries(
    {
        "versions": st.lists(
            st.sampled_from(("0.1", "2.8.0", "2.12.1", "0.4.6", "2.15.0.post1", "99rc1")), min_size=1, max_size=2
        )
    },
    optional={
        "pythons": MINORS,
        "cuda": st.none() | NUMBERS,
        "indexes": st.lists(st.sampled_from(("cu118", "cu130", "cu999")), max_size=2),
        "image": st.sampled_from(("cudnn-runtime", "devel", None)),
        "refused": st.sampled_from(("stub", None)),
        "local": st.dictionaries(st.sampled_from(("11", "13")), NUMBERS, min_size=1),
        "extra": st.none() | st.just("x"),
    },
)
FRAMEWORKS = st.dictionaries(
    st.sampled_from(("torch", "tensorflow", "tensorflow-gpu", "jax")), st.lists(RELEASE, max_size=2)
)
TAGS = st.dictionaries(st.sampled_from((*SHIPPED["cuda_tags"]["tags"], NEW)), st.sampled_from((True, None)))
REQUIREMENTS = st.lists(
    st.sampled_from(("torch", "torch==2.8.0", "torch==99rc1", "tensorflow==2.12.1", "tensorflow-gpu", "jax==0.4.6",
                     "jax[cuda12-local]", "tensorflow[and-cuda]", "torch>=2.9")), unique=True,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
@given(FRAMEWORKS, TAGS, REQUIREMENTS, st.none() | st.just("550.54.15"))
def test_with_any_tables_a_project_gets_a_base_or_a_refusal(
    frameworks: dict[str, Any], tags: dict[str, bool | None], requirements: list[str], driver: str | None
) -> None:
    file = {"frameworks": frameworks, "cuda_tags": {"tags": tags}}
    assert list(Draft202012Validator(table("tables.schema")).iter_errors(file)) == []
    tables = with_changes(SHIPPED, {"frameworks": frameworks, "cuda_tags": {"tags": tags}}, "tables.json")
    try:
        after = chosen(recipe(*requirements, need=replace(NEED, tables=tables, driver=driver)))
    except Rejected as rejected:
        assert all(problem.hint for problem in rejected.diagnostics)
    else:
        assert base_of(after).python in known_minors(tables)
