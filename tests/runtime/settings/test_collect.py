"""Which files of wheel folders a build is lent: those that the install may choose, and no others."""

import zipfile
from pathlib import Path

import pytest
from demands import DEMAND
from msgspec.structs import replace

from caliban.compiler.diagnostics import Place
from caliban.compiler.input.config import Config, Settings
from caliban.compiler.input.invocation import Mode
from caliban.compiler.input.project import Entry, Folder, Project, Requirement, RequirementsFile
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.locked import InstallPins, LockedPin
from caliban.compiler.ir.steps.project import BuildWheel
from caliban.compiler.ir.steps.requirements import InstallRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.runtime.settings.collect import collect_wheels
from caliban.runtime.settings.indexes import PackageSources
from caliban.runtime.settings.local_packages import LocalPackages

BASE = BaseImage(image="python:3.11-slim-bookworm", platform="linux/amd64", reason="", python="3.11", lent_wheels=True)


SETTINGS = Settings(
    mode="cpu", base_image=None, base_source=None, python=None, python_source=None, platform=None, mirror=None,
    apt_packages=(), build_secrets=(), granted_secrets=(), rewrites=True, env=(), engine_args=(),
)  # fmt: skip


def project_of(*requirements: str, mode: Mode = "cpu") -> Project:
    place = Place(source="requirements.txt")
    lines = tuple(Requirement(name=text.partition("<")[0], text=text, place=place) for text in requirements)
    return Project(
        name="example",
        entry=Entry(target="a.py", argv=("python", "a.py"), code=Folder(path=".", size=0, files=0)),
        config=Config(),
        settings=replace(SETTINGS, mode=mode),
        requirements_files=(RequirementsFile(path="requirements.txt", requirements=lines),) if lines else (),
    )


def lay(folder: Path, name: str, version: str, *requires: str, tag: str = "py3-none-any") -> None:
    """A wheel that requires these."""
    with zipfile.ZipFile(folder / f"{name}-{version}-{tag}.whl", "w") as file:
        fields = [f"Requires-Dist: {text}" for text in requires]
        metadata = "\n".join(["Metadata-Version: 2.1", f"Name: {name}", *fields, "", "Requires-Dist: of-the-text", ""])
        file.writestr(f"{name}-{version}.dist-info/METADATA", metadata)


def lent(folder: Path, *steps: Step, base: BaseImage = BASE, project: Project | None = None) -> list[str]:
    """What is lent, without the tags."""
    local = LocalPackages(PackageSources(find_links=(str(folder),)))
    found = collect_wheels(Recipe(demand=DEMAND, base=base, steps=steps), project or project_of(), local)
    return [f"{file.name} {file.version}" for file in found.files]


def pin(name: str) -> LockedPin:
    return LockedPin(name=name, text=f"{name}==1.0", hashes=(), source="uv.lock:1", by=())


def installing(*lines: str, **decided: object) -> InstallRequirements:
    resolution = replace(Resolution(), **decided)
    return InstallRequirements(path="requirements.txt", lines=lines, resolution=resolution)


def test_what_is_required_is_lent_with_what_that_requires_and_nothing_else(tmp_path: Path) -> None:
    lay(tmp_path, "alpha", "1.0", "Beta_Two>=1", "gamma; extra == 'more'", "delta; sys_platform == 'win32'")
    for name, version in (("beta_two", "0.9"), ("beta_two", "1.0"), ("beta_two", "2.0"), ("unrelated", "1.0")):
        lay(tmp_path, name, version, "alpha")
    for name in ("gamma", "delta", "of_the_text"):
        lay(tmp_path, name, "1.0")
    assert lent(tmp_path, installing("alpha")) == ["alpha 1.0", "beta-two 1.0", "beta-two 2.0"]
    assert lent(tmp_path, installing("alpha[more]")) == ["alpha 1.0", "beta-two 1.0", "beta-two 2.0", "gamma 1.0"]
    assert lent(tmp_path, installing("alpha; python_version < '3'")) == []


def test_a_wheel_of_another_python_or_machine_is_not_lent(tmp_path: Path) -> None:
    for tag in ("cp311-cp311-linux_x86_64", "cp312-cp312-linux_x86_64", "cp311-cp311-linux_aarch64"):
        lay(tmp_path, "alpha", f"1.{tag[4]}{tag[-2:]}", tag=tag)
    assert lent(tmp_path, installing("alpha")) == ["alpha 1.164"]
    named = replace(BASE, python=None, own=False)
    assert lent(tmp_path, installing("alpha"), base=named) == ["alpha 1.164", "alpha 1.264"]


def test_what_the_project_says_of_a_package_holds_for_whoever_requires_it(tmp_path: Path) -> None:
    lay(tmp_path, "alpha", "1.0", "beta")
    lay(tmp_path, "beta", "1.0")
    lay(tmp_path, "beta", "2.0")
    declared = project_of("alpha", "beta<2")
    assert lent(tmp_path, installing("alpha", "beta<2"), project=declared) == ["alpha 1.0", "beta 1.0"]


def test_pins_build_tools_and_rewrites_are_lent_too(tmp_path: Path) -> None:
    for name in ("alpha", "setuptools", "beta", "gamma"):
        lay(tmp_path, name, "1.0")
    pins = InstallPins(path="uv.lock", pins=(pin("alpha"),))
    assert lent(tmp_path, pins, BuildWheel(path=".", stage="wheel")) == ["alpha 1.0", "setuptools 1.0"]
    assert lent(tmp_path, installing(additions=("beta",), overrides=("gamma==1.0",))) == ["beta 1.0", "gamma 1.0"]


def test_pins_have_a_group_of_their_own_that_no_other_release_changes(tmp_path: Path) -> None:
    def groups() -> dict[str, tuple[list[str], str]]:
        local = LocalPackages(PackageSources(find_links=(str(tmp_path),)))
        steps = (InstallPins(path="libs/uv.lock", pins=(pin("alpha"),)), installing("beta"))
        found = collect_wheels(Recipe(demand=DEMAND, base=BASE, steps=steps), project_of(), local)
        return {
            group.name: ([f"{file.name} {file.version}" for file in group.files], group.digest)
            for group in found.groups
        }

    lay(tmp_path, "alpha", "1.0")
    lay(tmp_path, "beta", "1.0", "alpha")
    before = groups()
    lay(tmp_path, "alpha", "2.0")
    after = groups()
    assert {name: files for name, (files, _) in after.items()} == {
        "libs-uv.lock.pins": ["alpha 1.0"],
        "all": ["alpha 1.0", "alpha 2.0", "beta 1.0"],
    }
    assert [name for name in after if after[name] != before[name]] == ["all"]


@pytest.mark.parametrize(
    ("decided", "mode", "expected"),
    [
        ({"limits": ("torch==2.0+cpu", "torchvision<0")}, "cpu", ["torch 2.0+cpu"]),
        ({"torch_backend": "cpu"}, "cpu", ["torch 1.0+cpu", "torch 2.0+cpu"]),
        ({"torch_backend": "cu126"}, "gpu", ["torch 2.0+cu126"]),
        ({}, "gpu", ["torch 2.0", "torch 2.0+cu126", "torchvision 1.0"]),
        ({}, "cpu", ["torch 1.0+cpu", "torch 2.0", "torch 2.0+cpu", "torch 2.0+cu126", "torchvision 1.0"]),
    ],
)
def test_of_torch_the_build_is_lent_that_was_chosen_whoever_requires_it(
    decided: dict[str, object], mode: Mode, expected: list[str], tmp_path: Path
) -> None:
    for version in ("1.0+cpu", "2.0", "2.0+cpu", "2.0+cu126"):
        lay(tmp_path, "torch", version)
    lay(tmp_path, "torchvision", "1.0")
    assert sorted(lent(tmp_path, installing("lightning", **decided), project=project_of(mode=mode))) == expected


def test_a_broken_wheel_and_a_dangling_link_are_for_the_installer_to_refuse(tmp_path: Path) -> None:
    (tmp_path / "alpha-1.0-py3-none-any.whl").write_text("no archive")
    (tmp_path / "alpha-2.0-py3-none-any.whl").symlink_to("/nowhere/alpha-2.0-py3-none-any.whl")
    assert lent(tmp_path, installing("alpha")) == ["alpha 1.0"]
