import pytest

from caliban.compiler.markers import holds


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
    ],
)
def test_a_marker_is_decided_for_the_image_and_the_extras_that_are_wanted(marker: str, answer: bool) -> None:
    assert holds(marker, "3.11", "linux/amd64", frozenset({"cpu", "fancy-one"})) is answer


def test_a_marker_is_decided_for_each_platform() -> None:
    marker = "platform_machine == 'aarch64'"
    assert [holds(marker, "3.11", platform) for platform in ("linux/amd64", "linux/arm64", "linux/arm64/v8")] == [
        False,
        True,
        True,
    ]
