"""The builder's own program in place of docker's: only where it is sure that docker would start it."""

from pathlib import Path

import pytest

from caliban.runtime.engine.buildx import direct_builder

BUILD = ("docker", "buildx", "build", "--tag", "caliban/p:cpu", ".")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A docker that is a program, and settings with a plugin in them."""
    for name, content in (("bin/docker", b"\x7fELF"), ("settings/cli-plugins/docker-buildx", b"\x7fELF")):
        program = tmp_path / name
        program.parent.mkdir(parents=True)
        program.write_bytes(content)
        program.chmod(0o755)
    return {"PATH": str(tmp_path / "bin"), "DOCKER_CONFIG": str(tmp_path / "settings")}


def test_the_plugin_is_started_with_the_same_words(environment: dict[str, str], tmp_path: Path) -> None:
    plugin = str(tmp_path / "settings" / "cli-plugins" / "docker-buildx")
    assert direct_builder(BUILD, environment) == (plugin, "build", "--tag", "caliban/p:cpu", ".")


def test_a_script_of_that_name_is_asked(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "bin" / "docker").write_text('#!/bin/sh\nsudo /usr/bin/docker "$@"\n')
    assert direct_builder(BUILD, environment) == BUILD


def test_another_program_under_that_name_is_asked(environment: dict[str, str], tmp_path: Path) -> None:
    docker = tmp_path / "bin" / "docker"
    docker.rename(tmp_path / "bin" / "podman")
    docker.symlink_to("podman")
    assert direct_builder(BUILD, environment) == BUILD


def test_where_plugins_may_be_elsewhere_docker_is_asked(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "settings" / "config.json").write_text('{"cliPluginsExtraDirs": ["/opt/plugins"]}')
    assert direct_builder(BUILD, environment) == BUILD


def test_of_a_plugin_that_cannot_be_started_docker_says_so(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "settings" / "cli-plugins" / "docker-buildx").unlink()
    (tmp_path / "settings" / "cli-plugins" / "docker-buildx").symlink_to("/nowhere")
    assert direct_builder(BUILD, environment) == BUILD


def test_without_docker_nothing_else_is_started(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "bin" / "docker").unlink()
    assert direct_builder(BUILD, environment) == BUILD
