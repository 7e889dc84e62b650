"""Wheel folders and indexes of files, as pip and uv read them."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from caliban.runtime.settings.indexes import PackageIndex, PackageSources
from caliban.runtime.settings.local_packages import LocalPackages, PackageFile, read_name, unreadable

WHEEL = "Some_Pkg-1.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl"
SDIST = "some-pkg-1.1.tar.gz"


def found(sources: PackageSources, name: str = "some-pkg") -> list[tuple[str, str, str]]:
    return [(file.name, file.version, file.path) for file in LocalPackages(sources).files(name)]


@pytest.mark.parametrize(
    ("path", "package", "expected"),
    [
        (WHEEL, None, ("some-pkg", "1.0+cpu")),
        ("x-1.0-1build-py3-none-any.whl", None, ("x", "1.0")),
        (WHEEL.replace("+", "%2B"), None, ("some-pkg", "1.0+cpu")),
        (SDIST, None, ("some-pkg", "1.1")),
        ("a-b-2.0-1.zip", "a-b", ("a-b", "2.0-1")),
        ("a.b_c-2.0.tar.bz2", "a-b-c", ("a-b-c", "2.0")),
        ("other-2.0.zip", "a-b", None),
        ("x.whl", None, None),
        ("README.md", None, None),
        ("x.tar.gz", None, None),
        ("x-no_version-py3-none-any.whl", None, None),
        ("x-1.0-a-b.zip", "x", None),
    ],
)
def test_a_file_name_tells_the_package_and_its_version(
    path: str, package: str | None, expected: tuple[str, str] | None
) -> None:
    assert read_name(path, package) == (None if expected is None else PackageFile(*expected, path))


def test_a_wheel_folder_is_a_path_a_url_or_below_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my wheels").mkdir()
    (tmp_path / "my wheels" / WHEEL).touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    path = [("some-pkg", "1.0+cpu", f"{tmp_path}/my wheels/{WHEEL}")]
    spellings = (f"{tmp_path}/my wheels", f"file://{tmp_path}/my%20wheels", "~/my wheels", "my wheels")
    assert [found(PackageSources(find_links=(spelling,))) for spelling in spellings] == [path] * 4


def test_an_index_is_a_page_for_each_package_whose_links_may_lead_above_it(tmp_path: Path) -> None:
    page = tmp_path / "simple" / "some-pkg" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text(
        f"<a href=\"../../files/{WHEEL.replace('+', '%2B')}#sha256=00\" data-requires-python='&gt;=3.8'>x</a>"
        f'<A class=x HREF={SDIST}>y</A><a href="gone-1.0.zip" data-yanked="">z</a><a href="https://x.org/a-1.zip">w</a>'
    )
    for sources in (
        PackageSources(indexes=(PackageIndex(url=f"file://{tmp_path}/simple"),)),
        PackageSources(find_links=(str(page),)),
    ):
        assert found(sources) == [
            ("some-pkg", "1.0+cpu", f"{tmp_path}/files/{WHEEL}"),
            ("some-pkg", "1.1", f"{page.parent}/{SDIST}"),
        ]


def test_an_index_without_pages_is_its_folders(tmp_path: Path) -> None:
    (tmp_path / "some-pkg").mkdir()
    (tmp_path / "some-pkg" / SDIST).touch()
    assert found(PackageSources(indexes=(PackageIndex(url=str(tmp_path)),))) == [
        ("some-pkg", "1.1", f"{tmp_path}/some-pkg/{SDIST}")
    ]


def test_a_flat_index_of_uvs_is_a_wheel_folder(tmp_path: Path) -> None:
    (tmp_path / WHEEL).touch()
    flat = PackageIndex(url=str(tmp_path), options=(("format", "flat"),))
    assert found(PackageSources(indexes=(flat,))) == [("some-pkg", "1.0+cpu", f"{tmp_path}/{WHEEL}")]


def test_what_cannot_be_read_is_told_and_web_addresses_are_no_folders(tmp_path: Path) -> None:
    sources = PackageSources(
        indexes=(PackageIndex(url="https://x.org/simple"), PackageIndex(url="file://elsewhere/simple")),
        find_links=(str(tmp_path), "/nowhere/wheels", "https://x.org/links"),
    )
    assert (unreadable(sources), LocalPackages(sources).places) == (
        ("file://elsewhere/simple", "/nowhere/wheels"),
        (str(tmp_path),),
    )


@given(
    version=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), max_size=20),
    page=st.text(max_size=200),
    address=st.text(max_size=40),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_names_pages_and_addresses_hold_they_are_read_or_left_out(
    version: str, page: str, address: str, tmp_path: Path
) -> None:
    file = read_name(f"x-{version}-py3-none-any.whl")
    assert file is None or Version(file.version) in SpecifierSet(">=0", prereleases=True)
    (tmp_path / "index.html").write_text(f'<a href="{page}">{page}</a>', encoding="utf-8", errors="replace")
    sources = PackageSources(find_links=(str(tmp_path), address), indexes=(PackageIndex(url=f"file:{address}"),))
    assert all(name == "x" for name, _, _ in found(sources, "x"))
