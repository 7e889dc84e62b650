"""Where credentials come from, and what is said of those that no run could use (SPEC §6, FAULTS C)."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import cloud_keys
import pytest
from cloud_keys import Info, jwt, write_key
from msgspec.structs import replace
from projects import told

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.input.caller import Credentials
from caliban.compiler.input.invocation import Build, BuildOptions, LaunchOptions, Run, Variable
from caliban.runtime.credentials.find import FoundCredentials, find_credentials

VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
PLAIN = BuildOptions()


def run(key: Path | None = None, *, build: BuildOptions = PLAIN, env: tuple[Variable, ...] = ()) -> Run:
    options = replace(build, cloud_key=str(key) if key else None)
    return Run(target="x.py", build=options, launch=LaunchOptions(env=env))


def find(invocation: Run | Build, home: Path, **environment: str) -> FoundCredentials:
    return find_credentials(invocation, {"HOME": str(home), **environment})


def checked(folder: Path, info: Info) -> Credentials:
    """The credentials of a file with this in it, about which nothing is to be said."""
    found = find(run(write_key(folder / "key.json", info)), folder)
    assert found.credentials is not None
    assert found.warnings == ()
    return found.credentials


def left_by_gcloud(home: Path, info: Info) -> Path:
    """As `gcloud auth application-default login` leaves it."""
    folder = home / ".config" / "gcloud"
    folder.mkdir(parents=True)
    return write_key(folder / "application_default_credentials.json", info)


def problem(folder: Path, content: bytes | None) -> str:
    path = folder / "key.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Rejected) as caught:
        find(run(path), folder)
    return told(caught.value)


# ---------------------------------------------------------------- where they come from


def test_a_service_account_brings_its_name_and_its_project(tmp_path: Path) -> None:
    path = write_key(tmp_path / "key.json", cloud_keys.service_account())
    credentials = Credentials(
        path=str(path),
        source="--cloud_key",
        kind="a service-account key",
        project=cloud_keys.PROJECT,
        account=cloud_keys.ACCOUNT,
    )
    assert find(run(path), tmp_path, GOOGLE_CLOUD_PROJECT="other") == FoundCredentials(credentials)


def test_the_flag_beats_the_environment_and_that_gclouds_own(tmp_path: Path) -> None:
    own = left_by_gcloud(tmp_path, cloud_keys.authorized_user())
    key = write_key(tmp_path / "key.json", cloud_keys.service_account())
    named = write_key(tmp_path / "named.json", cloud_keys.service_account())
    found = [find(run(key), tmp_path, **{VARIABLE: str(named)}), find(run(), tmp_path, **{VARIABLE: str(named)})]
    found.append(find(run(), tmp_path))
    paths = [one.credentials.path for one in found if one.credentials]
    assert paths == [str(key), str(named), str(own)]


def test_gcloud_may_keep_its_own_elsewhere(tmp_path: Path) -> None:
    write_key(tmp_path / "application_default_credentials.json", cloud_keys.authorized_user())
    found = find(run(), tmp_path / "home", CLOUDSDK_CONFIG=str(tmp_path)).credentials
    assert found is not None
    assert (found.source, found.kind) == ("gcloud's application default credentials", "user credentials")


@pytest.mark.parametrize(
    ("invocation", "environment"),
    [
        (run(build=BuildOptions(credentials=False)), {VARIABLE: "/gone"}),
        (Build(target="x.py", build=BuildOptions(credentials=False)), {VARIABLE: "/gone"}),
        (run(), {VARIABLE: "/gone", "CALIBAN_NO_CREDENTIALS": "1"}),
        (run(env=(Variable(name=VARIABLE, value="/usr/app/mine.json"),)), {VARIABLE: "/gone"}),
        (run(), {VARIABLE: ""}),
    ],
    ids=["flag", "build", "environment", "the user's own variable", "empty"],
)
def test_nothing_is_taken_that_is_not_wanted(invocation: Run, environment: dict[str, str], tmp_path: Path) -> None:
    if environment != {VARIABLE: ""}:
        left_by_gcloud(tmp_path, cloud_keys.authorized_user())
    assert find(invocation, tmp_path, **environment) == FoundCredentials(None)


def test_credentials_that_nobody_asked_for_stop_no_run(tmp_path: Path) -> None:
    left_by_gcloud(tmp_path, {"type": "authorized_user"})
    credentials, warnings = find(run(), tmp_path)
    assert (credentials, [(one.code, one.severity) for one in warnings]) == (None, [("bad-key", "warning")])


# ---------------------------------------------------------------- the project


@pytest.mark.parametrize(
    ("environment", "files", "expected"),
    [
        ({}, {}, "billed"),
        ({}, {"configurations/config_default": "[core]\nproject = mine\n"}, "mine"),
        ({}, {"active_config": "work\n", "configurations/config_work": "[core]\nproject = theirs\n"}, "theirs"),
        ({}, {"configurations/config_default": "no INI file"}, "billed"),
        ({}, {"active_config": "../../key"}, "billed"),
        ({"CLOUDSDK_CORE_PROJECT": "set"}, {"configurations/config_default": "[core]\nproject = mine\n"}, "set"),
        ({"GOOGLE_CLOUD_PROJECT": "said", "CLOUDSDK_CORE_PROJECT": "set"}, {}, "said"),
    ],
)
def test_a_user_works_in_the_project_that_gcloud_has_active(
    environment: dict[str, str], files: dict[str, str], expected: str, tmp_path: Path
) -> None:
    folder = left_by_gcloud(tmp_path, {**cloud_keys.authorized_user(), "quota_project_id": "billed"}).parent
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    found = find(run(), tmp_path, **environment).credentials
    assert found is not None
    assert found.project == expected


# ---------------------------------------------------------------- every kind


@pytest.mark.parametrize(
    ("info", "kind"),
    [
        (cloud_keys.authorized_user(), "user credentials"),
        (cloud_keys.impersonated(cloud_keys.authorized_user()), "an impersonated service account"),
        (cloud_keys.external_account({"url": "https://tokens.example.com"}), "a workload identity"),
        (cloud_keys.workforce(), "a workforce identity"),
        (cloud_keys.gdch(), "a GDCH service account"),
    ],
)
def test_every_kind_that_google_auth_knows_is_one(info: Info, kind: str, tmp_path: Path) -> None:
    assert checked(tmp_path, info).kind == kind


def test_a_file_that_the_credentials_refer_to_comes_along(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    assert checked(tmp_path, cloud_keys.gdch(str(bundle))).referenced_files == (str(bundle),)


@pytest.mark.parametrize(
    ("text", "form"),
    [("opaque", None), ("{token}", None), ('{{"id": "{token}"}}', {"type": "json", "subject_token_field_name": "id"})],
)
def test_a_token_comes_along_and_it_is_said_that_it_stays_the_same(text: str, form: object, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(text.format(token=jwt(60)))
    source = {"file": str(token), **({"format": form} if form else {})}
    found = find(run(write_key(tmp_path / "key.json", cloud_keys.external_account(source))), tmp_path)
    assert found.credentials is not None
    assert (found.credentials.referenced_files, [one.code for one in found.warnings]) == (
        (str(token),),
        ["key-expires"],
    )


@pytest.mark.parametrize(
    "info",
    [
        cloud_keys.external_account({"url": "http://localhost:8080/token"}),
        cloud_keys.external_account(
            {"environment_id": "aws1", "regional_cred_verification_url": "https://sts.{region}.example.com"},
            subject="aws:token-type:aws4_request",
        ),
    ],
)
def test_what_a_container_may_not_reach_is_told(info: Info, tmp_path: Path) -> None:
    found = find(run(write_key(tmp_path / "key.json", info)), tmp_path)
    assert ([one.code for one in found.warnings], found.credentials is None) == (["key-unreachable"], False)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"executable": {"command": "/usr/bin/helper"}}, "from a program of this machine"),
        ({"certificate": {"use_default_certificate_config": True}}, "from a certificate of this machine"),
        ({"file": "token"}, "a relative path leads elsewhere in a container"),
        ({"file": "/no/such/token"}, "/no/such/token: it does not exist"),
        ("text", "google-auth cannot load a workload identity"),
    ],
)
def test_a_workload_identity_that_a_container_cannot_have_is_rejected(
    source: object, words: str, tmp_path: Path
) -> None:
    assert words in problem(tmp_path, json.dumps(cloud_keys.external_account(source)).encode())


def test_credentials_of_the_project_lend_no_file_from_outside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a project could name a private key of the user's as its token."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    for folder in (tmp_path, project):
        (folder / "token").write_text("opaque")
    own = write_key(project / "own.json", cloud_keys.external_account({"file": str(project / "token")}))
    content = json.dumps(cloud_keys.external_account({"file": str(tmp_path / "token")})).encode()
    assert find(run(own), tmp_path).credentials is not None
    assert f"refer to a file outside it: {tmp_path}/token" in problem(project, content)


def test_a_token_that_has_expired_is_rejected(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(jwt(-3600))
    assert "it expired on " in problem(tmp_path, json.dumps(cloud_keys.external_account({"file": str(token)})).encode())


# ---------------------------------------------------------------- no credentials at all


def without(info: Info, *names: str) -> bytes:
    return json.dumps({name: value for name, value in info.items() if name not in names}).encode()


NO_KEYS: dict[str, tuple[Callable[[], bytes | None], str]] = {
    "missing": (lambda: None, "cannot be read: it does not exist"),
    "empty": (lambda: b" \n", "cannot be read: it is empty"),
    "large": (lambda: b"x" * 600_000, "cannot be read: larger than 500 KiB"),
    "truncated": (lambda: json.dumps(cloud_keys.service_account()).encode()[:-500], "no JSON, or only a part of it"),
    "binary": (lambda: b"\xff\xfe\x00", "no text in UTF-8"),
    "UTF-16": (lambda: json.dumps(cloud_keys.service_account()).encode("utf-16"), "no text in UTF-8"),
    "BOM": (lambda: json.dumps(cloud_keys.service_account()).encode("utf-8-sig"), "begins with a byte order mark"),
    "deep": (lambda: b"[" * 100_000, "no JSON, or only a part of it"),
    "list": (lambda: b"[1]", "JSON, but no object"),
    "p12": (lambda: b"\x30\x82\x09\x00" + bytes(100), "a P12 key"),
    "pem": (lambda: cloud_keys.private_key().encode(), "a PEM file"),
    "other JSON": (lambda: b'{"learning_rate": 1}', 'JSON without a "type"'),
    "other type": (lambda: b'{"type": ["x"]}', 'a "type" that google-auth does not know'),
    "client": (lambda: b'{"installed": {"client_id": "x"}}', "the secret of an OAuth client"),
    "without email": (
        lambda: without(cloud_keys.service_account(), "client_email", "token_uri"),
        "a service-account key without client_email and token_uri",
    ),
    "private key": (
        lambda: json.dumps({**cloud_keys.service_account(), "private_key": "hidden"}).encode(),
        "google-auth cannot load a service-account key",
    ),
    "source": (
        lambda: json.dumps(cloud_keys.impersonated({"type": "authorized_user"})).encode(),
        "google-auth cannot load an impersonated service account",
    ),
}


@pytest.mark.parametrize(("content", "words"), NO_KEYS.values(), ids=NO_KEYS)
def test_what_is_no_key_is_rejected_in_words_that_quote_nothing_of_it(
    content: Callable[[], bytes | None], words: str, tmp_path: Path
) -> None:
    text = problem(tmp_path, content())
    assert (words in text, f"--> --cloud_key: {tmp_path}/key.json" in text) == (True, True), text
    assert not [secret for secret in ("hidden", "PRIVATE KEY", "learning_rate") if secret in text]


def test_a_directory_and_a_pipe_are_no_keys(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    texts = []
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(Rejected) as caught:
            find(run(path), tmp_path)
        texts.append(told(caught.value))
    assert ["it is a directory" in texts[0], "it is a pipe or a device" in texts[1]] == [True, True]


def test_a_key_that_everybody_may_read_is_told() -> None:
    with TemporaryDirectory(dir="/tmp") as made:  # where, unlike in pytest's own folder, everybody gets in
        folder = Path(made)
        path = write_key(folder / "key.json", cloud_keys.service_account())
        path.chmod(0o644)
        shut = find(run(path), folder)
        folder.chmod(0o755)
        opened = find(run(path), folder)
    assert ([one.code for one in shut.warnings], [one.code for one in opened.warnings]) == ([], ["open-key"])
