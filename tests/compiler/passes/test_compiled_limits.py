"""What `data/wheels.json` says of a requirement, however that is written."""

import pytest
from msgspec.structs import replace
from packaging.version import Version
from recipes import DEMAND, pin

from caliban.compiler.facts.frameworks.compiled import compiled_limits
from caliban.compiler.facts.frameworks.wheel_limit import WheelLimit
from caliban.compiler.facts.python_versions import known_minors
from caliban.compiler.facts.tables import SHIPPED, with_changes

MINORS = known_minors(SHIPPED)
PACKAGES = SHIPPED["wheels"]["packages"]
ROW = {
    "newest": "1.4.0",
    "amd64": {"1.0.0": "3.8-3.9", "1.2.0": "3.9-3.11", "1.3.0": ""},
    "arm64": {"1.2.0": "3.9"},
    "source": {"1.2.0": "3.9+", "1.4.0": ""},
}


def limit_of(text: str, platform: str = "linux/amd64") -> WheelLimit | None:
    tables = with_changes(SHIPPED, {"wheels": {"packages": {"thing": ROW}}}, "tables.json")
    demand = replace(DEMAND, platform=platform, packages=(pin(text, 1),), tables=tables)
    return next(compiled_limits(demand, MINORS), None)


@pytest.mark.parametrize(
    ("text", "wheels", "compiled"),
    [
        ("thing==1.1.9", "3.8 3.9", ""),
        ("thing==1.2", "3.9 3.10 3.11", "3.12 3.13 3.14 3.15"),
        ("thing<1.3", "3.8 3.9 3.10 3.11", "3.12 3.13 3.14 3.15"),  # 3.8: no newer one allows it
        ("thing==1.3.*", "", "3.9 3.10 3.11 3.12 3.13 3.14 3.15"),
        ("thing~=1.2.0", "3.9 3.10 3.11", "3.12 3.13 3.14 3.15"),
        ("thing==1.4.0", "", ""),
        ("thing==1.1.9; python_version < '3.10'", "3.8 3.9 3.10 3.11 3.12 3.13 3.14 3.15", ""),
    ],
)
def test_a_bounded_requirement_leaves_the_pythons_of_its_newest_release(text: str, wheels: str, compiled: str) -> None:
    limit = limit_of(text)
    assert limit is not None
    assert (sorted(limit.pythons, key=Version), sorted(limit.others, key=Version)) == (wheels.split(), compiled.split())


@pytest.mark.parametrize(
    "text",
    [
        "thing",
        "thing>=1.2",
        "thing<2",
        "thing!=1.2.0",
        "thing==1.4.1",
        "thing==1.2.0rc1",
        "thing==0.9",
        "thing @ https://example.invalid/thing.whl",
        "thing ===",
        "other==1.0",
    ],
)
def test_what_allows_releases_that_no_table_knows_limits_nothing(text: str) -> None:
    assert limit_of(text) is None


def test_the_nearest_release_with_wheels_is_the_next_one_or_else_the_last() -> None:
    limit = limit_of("thing==1.1.9")
    assert limit is not None
    assert limit.releases == {
        "3.8": "thing==1.0.0",
        **dict.fromkeys(("3.9", "3.10", "3.11"), "thing==1.2.0"),
    }


@pytest.mark.parametrize(("platform", "wheels"), [("linux/arm64", {"3.9"}), ("linux/riscv64", set())])
def test_another_platform_has_wheels_of_its_own(platform: str, wheels: set[str]) -> None:
    limit = limit_of("thing==1.2.0", platform)
    assert limit is not None
    assert (limit.pythons, limit.pythons | limit.others) == (wheels, {*MINORS} - {"3.8"})
