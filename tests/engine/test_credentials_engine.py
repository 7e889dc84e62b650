"""Cloud access from a container by unchanged code, with every kind of credentials that can be tried without a cloud.

The cloud is small, but its own: it checks signatures and tokens, and knows by which of them an object was written.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import cloud_keys
import pytest
from cloud import EXCHANGE, JWT_BEARER, Cloud, served
from cloud_keys import Info, write_key
from conftest import MakeSearch
from leaks import Search
from servers import bridge_address
from support import Files, RealProject, fresh_name, from_mirror, write

STORE = """
from google.cloud import storage

client = storage.Client()
bucket = client.bucket("models")
for number in (1, 2):
    bucket.blob(f"run/{number}").upload_from_string(f"trained {number}")
print([(blob.name, blob.download_as_text()) for blob in client.list_blobs("models")], client.project)
"""
STORED = "[('run/1', 'trained 1'), ('run/2', 'trained 2')] my-project\n"
FILES: Files = {
    "store.py": STORE,
    "requirements.txt": "google-cloud-storage>=3,<4\n",
    ".calibanconfig.json": '{"gcloud": false}',
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Iterator[RealProject]:
    """One image for all kinds: credentials are no part of it."""
    folder = tmp_path_factory.mktemp("credentials") / fresh_name()
    folder.mkdir()
    write(folder, FILES)
    made = RealProject(folder=folder, home=home)
    made.build("store.py")
    yield made
    made.clean()


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    made = Cloud(cloud_keys.private_key())
    with served(made, bridge_address()):
        yield made


def service_account(cloud: Cloud, _: Path) -> Info:
    return cloud_keys.service_account(f"{cloud.address}/token")


def person(cloud: Cloud, _: Path) -> Info:
    """Who logged in by a workforce pool. (For a Google account, google-auth asks Google's own address only.)"""
    refresh = secrets.token_hex()
    cloud.refresh_tokens.add(refresh)
    return cloud_keys.workforce(refresh, f"{cloud.address}/token")


def workload(cloud: Cloud, folder: Path) -> Info:
    token = folder / "token"
    token.write_text(cloud_keys.jwt(3600))
    cloud.subject_tokens.add(token.read_text())
    return cloud_keys.external_account({"file": str(token)}, f"{cloud.address}/token")


def impersonating_workload(cloud: Cloud, folder: Path) -> Info:
    impersonated = cloud_keys.impersonated({}, cloud.address)
    return {**workload(cloud, folder), **{key: impersonated[key] for key in ("service_account_impersonation_url",)}}


def environment(cloud: Cloud) -> tuple[str, ...]:
    """Where the cloud is, and the project; the code that uses it is the same everywhere."""
    return ("--env", f"API_ENDPOINT_OVERRIDE={cloud.address}")


@pytest.mark.parametrize(
    ("kind", "grant"),
    [
        (service_account, JWT_BEARER),
        (person, "refresh_token"),
        (workload, EXCHANGE),
        (impersonating_workload, "impersonation"),
    ],
)
def test_a_script_writes_and_reads_objects(
    kind: Callable[[Cloud, Path], Info], grant: str, project: RealProject, cloud: Cloud, tmp_path: Path
) -> None:
    key = write_key(tmp_path / "key.json", kind(cloud, tmp_path))
    ran = project.run(
        "--cloud_key", str(key), *environment(cloud), "store.py", env={"GOOGLE_CLOUD_PROJECT": cloud_keys.PROJECT}
    )
    assert (ran.code, ran.stdout.decode(), ran.builds) == (0, STORED, 0), ran.stderr
    assert cloud.writers == {"models/run/1": grant, "models/run/2": grant}


def test_a_token_that_expires_is_replaced_in_the_middle_of_a_run(
    project: RealProject, cloud: Cloud, tmp_path: Path
) -> None:
    cloud.seconds = 1
    key = write_key(tmp_path / "key.json", service_account(cloud, tmp_path))
    ran = project.run("--cloud_key", str(key), *environment(cloud), "store.py")
    assert (ran.code, ran.stdout.decode(), len(cloud.tokens) > 1) == (0, STORED, True), ran.stderr


def test_an_account_that_is_no_more_is_told_in_our_words(project: RealProject, cloud: Cloud, tmp_path: Path) -> None:
    cloud.deleted = True
    key = write_key(tmp_path / "key.json", service_account(cloud, tmp_path))
    ran = project.run("--cloud_key", str(key), *environment(cloud), "store.py")
    assert (ran.code, ran.stderr.count("the account does not exist any more")) == (1, 1), ran.stderr


def test_gclouds_own_credentials_are_used_and_told_and_left_at_home_on_request(
    project: RealProject, cloud: Cloud, tmp_path: Path
) -> None:
    write_key(tmp_path / "application_default_credentials.json", person(cloud, tmp_path))
    where = {"CLOUDSDK_CONFIG": str(tmp_path), "GOOGLE_CLOUD_PROJECT": cloud_keys.PROJECT}
    with_them = project.run(*environment(cloud), "store.py", env=where)
    again = project.run(*environment(cloud), "store.py", env=where)
    without = project.run("--no_credentials", *environment(cloud), "store.py", env=where)
    told = "the run acts on Google Cloud with a workforce identity"
    assert (with_them.code, with_them.stdout.decode(), told in with_them.stderr) == (0, STORED, True), with_them.stderr
    assert (again.code, told in again.stderr) == (0, False), again.stderr
    assert (without.code, told in without.stderr, "DefaultCredentialsError" in without.stderr) == (1, False, True)


def test_no_trace_of_a_credential_stays_anywhere(
    search: MakeSearch, make: Callable[..., RealProject], mirror: str, cloud: Cloud, tmp_path: Path
) -> None:
    """Keys of three kinds, two of them in the project, and a .env: by builds, by runs, and by a sweep."""
    project = make(FILES | {"kept.txt": "kept-mark", ".env": f"TOKEN={secrets.token_hex()}\n"})
    write(project.folder, from_mirror(mirror, gcloud=False))
    home = tmp_path / "user"
    home.mkdir()
    inside = write_key(project.folder / "train.json", service_account(cloud, tmp_path))
    users = write_key(project.folder / "adc.json", person(cloud, tmp_path))
    identity = write_key(tmp_path / "identity.json", workload(cloud, tmp_path))
    looking = search(
        {
            "private key": cloud_keys.private_key().splitlines()[5],
            "refresh token": json.loads(users.read_text())["refresh_token"],
            "subject token": (tmp_path / "token").read_text(),
            ".env": (project.folder / ".env").read_text().strip().removeprefix("TOKEN="),
            "--env": (value := secrets.token_hex()),
        }
    )
    variables = {"HOME": str(home), "GOOGLE_CLOUD_PROJECT": cloud_keys.PROJECT, "PASSED": value}
    said = b""
    with looking.processes():
        for key in (inside, users, identity):
            words = ("--no_cache", "--cloud_key", str(key), "--env", "PASSED", *environment(cloud), "store.py")
            ran = project.run(*words, env=variables)
            assert ran.code == 0, ran.stderr
            said += ran.stdout + ran.stderr.encode()
        sweep = ("--cloud_key", str(users), "--experiment_config", "stdin", *environment(cloud), "store.py")
        ran = project.run(*sweep, stdin=b'{"n": [1, 2]}', env=variables)
        assert ran.code == 0, ran.stderr
    looking.text("what caliban said", said + ran.stdout + ran.stderr.encode())
    for image in project.images():
        looking.image(image)
    looking.cache()
    assert looking.builds(home / ".docker") >= 3
    looking.files("caliban's folder", project.home)
    looking.files("the user's home", home)
    looking.files("the project", project.folder, without=(inside, users, project.folder / ".env"))
    assert looking.found == set()


def test_the_search_finds_what_is_there(make: Callable[..., RealProject], tmp_path: Path) -> None:
    """The counter-proof: a secret that the project does copy, that it prints, and that is an argument and a name."""
    secret = secrets.token_hex()
    project = make({"say.py": f"print('{secret}')\n", f"{secret}.txt": ""}).with_home(tmp_path / "home")
    looking = Search({"secret": secret})
    with looking.processes():
        ran = project.run("say.py", "--", secret)
    looking.text("output", ran.stdout)
    for image in project.images():
        looking.image(image)
    looking.files("project", project.folder)
    looking.files("records", project.home / "builds")
    places = {place.partition(":")[0] for place, _ in looking.found}
    assert places == {"output", "layer", "arguments of processes", "project", "records"}
