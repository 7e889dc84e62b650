from demands import DEMAND
from msgspec.structs import replace

from caliban.compiler.facts.tables import SHIPPED
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.gcloud import install_gcloud
from caliban.compiler.ir.steps.project import BuildWheel, InstallWheel
from caliban.compiler.ir.steps.python import CreateVenv, FindPython
from caliban.compiler.ir.steps.requirements import InstallRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.ir.steps.system import InstallSystemPackages, PrepareFolders
from caliban.compiler.passes.drop_unused import drop_unused

SLIM = BaseImage(image="python:3.11-slim-bookworm", platform="linux/amd64", reason="", python="3.11")
FOLDERS = PrepareFolders()
GIT = InstallSystemPackages(packages=("git",), reason="git", wanted=False)
APT = InstallSystemPackages(packages=("ffmpeg",), reason="apt_packages")
VENV = CreateVenv(python="3.11")
PLAIN = InstallRequirements(path="requirements.txt", count=1)
FETCHING = replace(PLAIN, git="requirements.txt:1")
WHEEL = BuildWheel(path=".", stage="wheel", git="setup.py:3")
CODE = CopyFolder(path="trainer", kind="code", size=1, files=1)


GCLOUD = install_gcloud(None, None, True, SHIPPED)


def kept(*steps: Step, base: BaseImage = SLIM) -> tuple[Step, ...]:
    return drop_unused(Recipe(demand=DEMAND, base=base, steps=steps)).steps


def test_without_a_package_there_is_no_venv_and_no_git() -> None:
    assert kept(FOLDERS, GIT, VENV, CODE) == (FOLDERS, CODE)


def test_a_compiler_is_kept_for_code_that_calls_it_on_a_base_that_brings_none() -> None:
    compiler = InstallSystemPackages(packages=("g++", "gcc"), reason="torch.compile", wanted=False)
    code = replace(CODE, calls=("g++", "gcc"))
    assert kept(FOLDERS, compiler, code) == (FOLDERS, compiler, code)
    assert kept(FOLDERS, compiler, CODE) == (FOLDERS, CODE)
    assert kept(FOLDERS, compiler, code, base=replace(SLIM, provides=("g++", "gcc"))) == (FOLDERS, code)


def test_a_venv_is_kept_for_the_packages_in_it() -> None:
    assert kept(FOLDERS, GIT, VENV, PLAIN, CODE) == (FOLDERS, VENV, PLAIN, CODE)


def test_git_is_kept_for_a_requirement_that_it_fetches() -> None:
    assert kept(FOLDERS, GIT, VENV, FETCHING, CODE) == (FOLDERS, GIT, VENV, FETCHING, CODE)


def test_what_the_config_asks_for_is_kept_without_a_reader() -> None:
    assert kept(FOLDERS, APT, CODE) == (FOLDERS, APT, CODE)


def test_a_wheel_that_nobody_installs_takes_along_what_only_it_needs() -> None:
    assert kept(FOLDERS, GIT, VENV, WHEEL, CODE) == (FOLDERS, CODE)


def test_a_wheel_that_is_installed_keeps_what_it_needs() -> None:
    install = InstallWheel(stage="wheel", path=".")
    assert kept(FOLDERS, GIT, VENV, WHEEL, install) == (FOLDERS, GIT, VENV, WHEEL, install)


def test_the_python_of_a_base_is_found_for_a_script_of_any_language_if_packages_go_into_it() -> None:
    found = FindPython(version="3.11", reason="", wanted=False)
    assert (kept(FOLDERS, found, CODE), kept(FOLDERS, found, PLAIN)) == ((FOLDERS, CODE), (FOLDERS, found, PLAIN))


def test_gcloud_is_kept_for_credentials_and_where_it_is_asked_for() -> None:
    asked = {
        (config, credentials): kept(install_gcloud(config, "config", credentials, SHIPPED), FOLDERS, CODE)
        for config in (None, True, False)
        for credentials in (True, False)
    }
    assert {case for case, steps in asked.items() if len(steps) == 3} == {(None, True), (True, True), (True, False)}


def test_a_second_time_changes_nothing() -> None:
    once = drop_unused(Recipe(demand=DEMAND, base=SLIM, steps=(GCLOUD, FOLDERS, GIT, VENV, PLAIN, CODE)))
    assert drop_unused(once) == once
