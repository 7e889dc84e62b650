"""gcloud and gsutil in images: where they come from, that all projects share them, and what happens without them.

All images of a test come from a registry mirror that nobody has, so that local images under its name are all there are.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import cloud_keys
import pytest
from cloud import JWT_BEARER, Cloud, served
from cloud_keys import write_key
from cloud_sdks import SDKS, CloudSdk
from servers import bridge_address
from support import BASE, RealProject, docker, fresh_name, write

from caliban.compiler.facts.images import mirrored
from caliban.compiler.facts.tables import SHIPPED

LACKS = "warning[no-gcloud]: gcloud cannot be brought"


@pytest.fixture(scope="module")
def sdk(request: pytest.FixtureRequest) -> Iterator[str]:
    """An image with the Cloud SDK that the test is about."""
    name = f"caliban-test/{fresh_name()}"
    request.param.make(name)
    yield name
    docker("image", "rm", name)


@pytest.fixture
def full_mirror(mirror: str, sdk: str) -> Iterator[str]:
    """A registry that has the Cloud SDK too."""
    image = mirrored(SHIPPED["cloud_sdk"]["image"], mirror)
    docker("tag", sdk, image)
    yield mirror
    docker("image", "rm", image)


@pytest.fixture
def key(tmp_path: Path) -> str:
    return str(write_key(tmp_path / "key.json", cloud_keys.service_account()))


def layers(image: str) -> list[str]:
    told: list[str] = json.loads(docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", image))
    return told


@pytest.mark.parametrize(("sdk", "asked"), [(each, each) for each in SDKS.values()], ids=SDKS, indirect=["sdk"])
def test_gcloud_and_gsutil_act_with_the_key(
    asked: CloudSdk, full_mirror: str, make: Callable[..., RealProject], tmp_path: Path
) -> None:
    cloud = Cloud(cloud_keys.private_key())
    project = make({"ask.sh": asked.script})
    with served(cloud, bridge_address()) as address:
        key = write_key(tmp_path / "key.json", cloud_keys.service_account(f"{address}/token"))
        where = {"CLOUDSDK_AUTH_TOKEN_HOST": f"{address}/token"}
        where["CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE"] = f"{address}/storage/v1/"
        words = [word for name, value in where.items() for word in ("--env", f"{name}={value}")]
        ran = project.run("--cloud_key", str(key), *words, "ask.sh", env={"CALIBAN_REGISTRY_MIRROR": full_mirror})
    expected = asked.answer.format(account=cloud_keys.ACCOUNT, project=cloud_keys.PROJECT)
    assert (ran.code, ran.stdout.decode(), ran.builds) == (0, expected, 1), ran.stderr
    assert cloud.writers == ({"models/x": JWT_BEARER} if asked.writes else {})


@pytest.mark.parametrize("sdk", [SDKS["a stand-in"]], indirect=True)
def test_projects_share_its_layer_and_those_who_do_not_ask_have_none(
    full_mirror: str, make: Callable[..., RealProject], key: str
) -> None:
    def built(config: str, *words: str) -> list[str]:
        project = make({"x.sh": "true", ".calibanconfig.json": config})
        variables = {"CALIBAN_REGISTRY_MIRROR": full_mirror}
        ran = project.run(*words, "x.sh", env=variables)
        assert (ran.code, "no-gcloud" in ran.stderr) == (0, False), ran.stderr
        [image] = project.images()
        return layers(image)[len(layers(BASE)) :]

    one, other = built("{}", "--cloud_key", key), built('{"gcloud": true}')
    assert one[:2] == other[:2]  # its files, and what makes gsutil use them
    assert one[0] not in built("{}") + built('{"gcloud": false}', "--cloud_key", key)


def test_where_it_cannot_be_had_a_warning_will_do_and_nothing_is_built_twice(
    mirror: str, make: Callable[..., RealProject], key: str
) -> None:
    project = make({"x.sh": "command -v gcloud || echo none"})
    variables = {"CALIBAN_REGISTRY_MIRROR": mirror}
    first, second = (project.run("--cloud_key", key, "x.sh", env=variables) for _ in range(2))
    assert (first.code, first.stdout, first.builds, LACKS in first.stderr) == (0, b"none\n", 2, True), first.stderr
    assert (second.code, second.stdout, second.builds) == (0, b"none\n", 0), second.stderr
    assert "warning[no-gcloud]: the image has no gcloud" in second.stderr


def test_where_the_config_demands_it_its_want_is_an_error(mirror: str, make: Callable[..., RealProject]) -> None:
    project = make({"x.sh": "true"})
    write(project.folder, {".calibanconfig.json": '{"gcloud": true}'})
    ran = project.run("x.sh", env={"CALIBAN_REGISTRY_MIRROR": mirror})
    assert (ran.code, ran.builds, "error[no-gcloud]: gcloud cannot be brought" in ran.stderr) == (125, 1, True)
