import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from caliban.compiler.facts.pep508 import (
    allows,
    exclude_each_other,
    final_release,
    holds,
    is_name,
    is_newer,
    parse_requirement,
    read_specifier,
    read_version,
)

MANY_DIGITS = "1" * 5000


@pytest.mark.parametrize(
    ("specifiers", "excluded"),
    [
        (("==1.0+cu118", "==1.0"), False),
        (("==1.0+cu118", "==1.0+cu121"), True),
        ((">1.2,<1.2.1",), False),
        ((">1.2,<1.2.1", "!=1.2.*"), True),
        (("<0.dev1", "!=0.dev0"), True),
        (("===2004d", ">=1"), True),
        (("===2004d", ""), False),
        (("", ""), False),
        ((), False),
        ((">=1.0rc1", "<1.0.dev0"), True),
        ((">=2rc1", "<2rc2"), False),  # only pre-releases
        (("!=1.*,!=2.*", ">=1,<3"), True),
        ((">=1", "<2", "!=1.*"), True),  # no two of them do
    ],
)
def test_specifiers_exclude_each_other_where_no_version_satisfies_all(
    specifiers: tuple[str, ...], excluded: bool
) -> None:
    assert exclude_each_other([read_specifier(text) for text in specifiers]) == excluded


@pytest.mark.parametrize("text", ["~=1", ">=1.*", "=1", "1", ">= 1 2", "==1.0rc1.*", f"=={MANY_DIGITS}"])
def test_a_text_that_is_no_specifier_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"[Ii]nvalid specifier|many digits"):
        read_specifier(text)


@pytest.mark.parametrize(
    ("specifier", "version", "allowed"),
    [
        (">=1", "2.0rc1", True),
        (">=1", "0.9", False),
        (">=1", None, True),
        (">=1", "2004d", True),  # no version: who locked it knew what it is
        ("===2004d", "2004d", True),
    ],
)
def test_a_locked_version_is_allowed_unless_the_specifier_excludes_it(
    specifier: str, version: str | None, allowed: bool
) -> None:
    assert allows(SpecifierSet(specifier), version) == allowed


@pytest.mark.parametrize("text", ["1.2rc1", "1.2.dev3", "1.2+cpu", "v", "", "1.2.x", MANY_DIGITS])
def test_a_text_is_no_final_release(text: str) -> None:
    assert final_release(text) is None


def test_releases_are_compared_by_their_numbers() -> None:
    texts = ("1.9", "1.10", "1.10.0.post1", "2")
    releases = [release for text in texts if (release := final_release(text))]
    assert (len(releases), sorted(releases)) == (4, releases)
    assert final_release("1.10") == final_release("1.10.0")
    assert (is_newer("2.10.0", "2.9.1"), is_newer("2.9.1rc1", "2.9.1")) == (True, False)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("torch", ("torch", (), None, "", None)),
        ("Jax [b, a] (>=0.4,<1) ; os_name=='posix'", ("Jax", ("a", "b"), None, "<1,>=0.4", "os_name=='posix'")),
        ("foo @ ./libs/foo ; extra == 'x'", ("foo", (), "./libs/foo", "", "extra == 'x'")),
        ("foo @ git+ssh://git@host/foo;m", ("foo", (), "git+ssh://git@host/foo;m", "", None)),
        ("foo @ ./my libs/foo ; os_name == 'x'", ("foo", (), "./my libs/foo", "", "os_name == 'x'")),
        ("foo>=1,", ("foo", (), None, ">=1", None)),
    ],
)
def test_a_requirement_is_taken_apart(text: str, read: tuple[object, ...]) -> None:
    found = parse_requirement(text)
    assert found is not None
    assert (found.name, found.extras, found.url, str(found.specifier), found.marker) == read


TEXTS = st.lists(
    st.sampled_from(
        (
            *(
                "foo",
                "a.B",
                "[x]",
                "[x, y-z]",
                "[]",
                ">=1",
                "==1.0.*",
                "===2004d",
                "~=1",
                "<2rc1",
                "!= 1",
                ",",
                "(",
                ")",
            ),
            *(" ", "\t", ";", "os_name == 'x'", "@", "./x", "https://e.org/a;b", "-", "1.0+cpu", "é", "#"),
        )
    ),
    min_size=1,
    max_size=6,
).map("".join)


@given(TEXTS)
def test_requirements_are_those_that_packaging_reads(text: str) -> None:
    try:
        expected = Requirement(text)
    except InvalidRequirement:
        expected = None
    found = parse_requirement(text)
    if expected is None:
        assert found is None or " " in (found.url or ""), found  # as uv has it
        return
    assert found is not None
    assert (found.name, found.extras, found.url) == (expected.name, tuple(sorted(expected.extras)), expected.url)
    assert found.specifier == expected.specifier
    assert (found.marker is None) == (expected.marker is None)
    assert found.marker is None or Marker(found.marker) == expected.marker


@pytest.mark.parametrize(
    "text",
    ["", "./foo", "foo 1.2", "foo=1", "foo;", "foo @", "foo\nbar", "foo[é]", "-e foo", f"foo=={MANY_DIGITS}", "foo\0"],
)
def test_a_text_is_no_requirement(text: str) -> None:
    assert parse_requirement(text) is None


@pytest.mark.parametrize(("text", "is_one"), [("a", True), ("a.B_c-1", True), ("", False), ("a-", False), ("é", False)])
def test_names_are_those_of_pep_508(text: str, is_one: bool) -> None:
    assert is_name(text) == is_one


@pytest.mark.parametrize(
    ("marker", "answer"),
    [
        ("sys_platform == 'linux'", True),
        ("platform_system == 'Windows' or os_name == 'posix'", True),
        ("python_version < '3.11'", False),
        ("python_full_version < '3.11.3'", False),  # the image has the newest patch
        ("platform_machine == 'aarch64'", False),
        ("implementation_name == 'pypy'", False),
        ("extra == 'cpu'", True),
        ("extra != 'cpu'", False),
        ("'Fancy_One' == extra", True),
        ("extra == 'gpu' or extra == 'cpu'", True),  # several are wanted, and each comparison is of its own
        ("extra == 'cpu' and extra == 'fancy-one' and extra != 'gpu'", True),
        ("'cpu' in extras and 'gpu' not in extras", True),
        ("'dev' in dependency_groups", False),
        ("extra == 'extra-4-demo-cpu'", False),
        ("this is no marker", True),
        ("os_name ~= '1'", True),
        (f"python_version < '{MANY_DIGITS}'", True),
    ],
)
def test_a_marker_is_decided_for_the_image_and_the_extras_that_are_wanted(marker: str, answer: bool) -> None:
    assert holds(marker, "3.11", "linux/amd64", frozenset({"cpu", "fancy-one"})) is answer


def test_a_marker_is_decided_for_each_platform() -> None:
    marker, platforms = "platform_machine == 'aarch64'", ("linux/amd64", "linux/arm64", "linux/arm64/v8")
    assert [holds(marker, "3.11", platform) for platform in platforms] == [False, True, True]


def test_a_version_of_many_digits_is_none() -> None:
    assert read_version(MANY_DIGITS) is None
