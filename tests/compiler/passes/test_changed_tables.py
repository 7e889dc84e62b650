"""Whatever a user's tables say, the passes answer with an image or a refusal."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec.structs import replace
from recipes import DEMAND, base_of, chosen, recipe

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.data_files import table
from caliban.compiler.facts.python_versions import known_minors
from caliban.compiler.facts.tables import SHIPPED, with_changes

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
SERVED = st.dictionaries(
    st.sampled_from(("0.1", "1.26.0", "9.0", "9rc1")), st.sampled_from(("3.8-3.11", "3.9+", "", "3.8,3.12", None))
)
PACKAGE = st.fixed_dictionaries(
    {}, optional={"newest": st.sampled_from(("9.0", "9rc1")), "amd64": SERVED, "arm64": SERVED, "source": SERVED}
)
WHEELS = st.dictionaries(st.sampled_from(("numpy", "mine")), st.none() | PACKAGE)
TEXTS = ("torch", "torch==2.8.0", "torch==99rc1", "torch>=2.9", "tensorflow==2.12.1", "tensorflow-gpu", "jax==0.4.6")
OTHERS = ("jax[cuda12-local]", "tensorflow[and-cuda]", "numpy==1.26.4", "numpy<9", "mine==0.2", "mine~=9.0")
REQUIREMENTS = st.lists(st.sampled_from((*TEXTS, *OTHERS)), unique=True)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(FRAMEWORKS, TAGS, WHEELS, REQUIREMENTS, st.none() | st.just("550.54.15"))
def test_with_any_tables_a_project_gets_a_base_or_a_refusal(
    frameworks: dict[str, Any],
    tags: dict[str, bool | None],
    wheels: dict[str, Any],
    requirements: list[str],
    driver: str | None,
) -> None:
    file = {"frameworks": frameworks, "cuda_tags": {"tags": tags}, "wheels": {"packages": wheels}}
    assert list(Draft202012Validator(table("tables.schema")).iter_errors(file)) == []
    tables = with_changes(SHIPPED, file, "tables.json")
    try:
        after = chosen(recipe(*requirements, demand=replace(DEMAND, tables=tables, driver=driver)))
    except Rejected as rejected:
        assert all(problem.hint for problem in rejected.diagnostics)
    else:
        assert base_of(after).python in known_minors(tables)
