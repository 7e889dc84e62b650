"""The project's config: what it says, and what it may not."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from projects import project, told

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.facts.data_files import table
from caliban.compiler.frontend.config import problems
from caliban.compiler.frontend.config.config import ReadConfig, read_config
from caliban.compiler.frontend.config.config_text import LARGEST
from caliban.compiler.frontend.config.engine_arguments import read_engine_arguments
from caliban.compiler.frontend.config.schema import MOST_PROBLEMS
from caliban.compiler.input.config import Config
from caliban.compiler.input.invocation import Variable

FILE = ".calibanconfig.json"


def read(folder: Path, text: str, **others: str) -> ReadConfig:
    return read_config(project(folder, {FILE: text, **others}))


def refusal(folder: Path, text: str, **others: str) -> str:
    with pytest.raises(Rejected) as caught:
        read(folder, text, **others)
    return told(caught.value)


def test_a_project_without_config_has_an_empty_one(tmp_path: Path) -> None:
    files = {"pyproject.toml": "[tool.ruff]\n"}
    assert read_config(project(tmp_path, files)) == ReadConfig(Config(), ())


def test_every_key_is_read(tmp_path: Path) -> None:
    text = """{
        // what the image needs
        "apt_packages": {"cpu": ["libxml2", "git=1:2.39.2-1", "git=1:2.39.2-1"]},
        "base_image": "registry.x.org:5000/me/torch-{}:1",
        "dependencies": ["./reqs/base.txt"],
        "python": "3.11",
        "env": {"LEVEL": "3", "EMPTY": ""},
        "docker_run_args": "--memory 1g --env 'A=b c' -m=2g --rm --init",
        "default_mode": "cpu",
        "gcloud": "auto",
        "build_secrets": ["TOKEN", "TOKEN"],
        "registry_mirror": "mirror.x.org:5000/hub",
        "apt_mirror": "https://mirror.x.org",
        "torch_index": "https://mirror.x.org/whl",
        "platform": "linux/arm64",
        "tables": "facts/tables.json",
    }"""
    assert read(tmp_path, text, **{"reqs/base.txt": "", "facts/tables.json": ""}) == ReadConfig(
        Config(
            source=FILE,
            apt_packages={"cpu": ("git=1:2.39.2-1", "libxml2"), "gpu": ()},
            base_image={
                "cpu": ("registry.x.org:5000/me/torch-{}:1", f"{FILE}:4"),
                "gpu": ("registry.x.org:5000/me/torch-{}:1", f"{FILE}:4"),
            },
            dependencies=("reqs/base.txt",),
            python="3.11",
            env=(Variable(name="LEVEL", value="3"), Variable(name="EMPTY", value="")),
            engine_args=read_engine_arguments("--memory 1g --env 'A=b c' -m=2g --init", FILE),
            default_mode="cpu",
            build_secrets=("TOKEN",),
            registry_mirror="mirror.x.org:5000/hub",
            apt_mirror="https://mirror.x.org",
            torch_index="https://mirror.x.org/whl",
            platform="linux/arm64",
            tables="facts/tables.json",
        ),
        (),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"apt_packages": ["zip", "gcc"]}', {"apt_packages": {"cpu": ("gcc", "zip"), "gpu": ("gcc", "zip")}}),
        ('{"base_image": {"gpu": "x:{}"}}', {"base_image": {"gpu": ("x:{}", f"{FILE}:1")}}),
        (
            '{"base_image":\n{"dockerfile": "./docker/Dockerfile"}}',
            {"base_image": dict.fromkeys(("cpu", "gpu"), ("docker/Dockerfile", f"{FILE}:2"))},
        ),
        ('{"docker_run_args": ["--env", "A=b c"]}', {"engine_args": read_engine_arguments(["--env", "A=b c"], FILE)}),
        ('{"docker_run_args": ""}', {}),
        ('{"gcloud": false, "$schema": "https://x.org/schema.json"}', {"gcloud": False}),
        ('{"gcloud": true}', {"gcloud": True}),
    ],
)
def test_keys_take_several_forms(tmp_path: Path, text: str, expected: dict[str, object]) -> None:
    config = read(tmp_path, text, **{"docker/Dockerfile": ""}).config
    assert config == Config(source=FILE, **expected)  # type: ignore[arg-type]  # some fields, by name


def test_a_table_of_pyproject_is_a_config_too(tmp_path: Path) -> None:
    text = '[tool.caliban]\npython = "3.11"\n[tool.caliban.env]\nA = "1"\n'
    assert read_config(project(tmp_path, {"pyproject.toml": text})).config == Config(
        source="pyproject.toml", python="3.11", env=(Variable(name="A", value="1"),)
    )


def test_two_configs_are_refused_with_both_names(tmp_path: Path) -> None:
    assert refusal(tmp_path, "{}", **{"pyproject.toml": "[tool.caliban]\n"}) == (
        "error[bad-config]: there are two configs: .calibanconfig.json and [tool.caliban] in pyproject.toml\n"
        "  --> .calibanconfig.json\n"
        "  hint: keep one of them"
    )


def test_keys_of_the_older_tool_only_warn(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """{
            "project_id": "x",
            "mlflow_config": {"a": {}},
            "gcloud": {"project_id": "x"},
            "uv": {"mlflow": {"pubsub_topic": "mlflow"}},
        }""",
    )
    of_older_tool = "of the older tool has no meaning here"
    assert [(warning.severity, warning.message, str(warning.place)) for warning in found.warnings] == [
        ("warning", f'the key "gcloud" {of_older_tool}', ".calibanconfig.json:4:13"),
        ("warning", f'the key "mlflow_config" {of_older_tool}', ".calibanconfig.json:3:13"),
        ("warning", f'the key "project_id" {of_older_tool}', ".calibanconfig.json:2:13"),
        ("warning", f'the key "uv" {of_older_tool}', ".calibanconfig.json:5:13"),
    ]


# https://github.com/google/caliban, caliban/config/__init__.py: `CalibanConfig`
WRITTEN_FOR_THE_OLDER_TOOL = """{
    "build_time_credentials": true,
    "base_image": {"cpu": "dlvm:tf2-cpu-2.2", "gpu": "dlvm:tf2-gpu-2.2"},
    "apt_packages": {"gpu": ["libsm6", "libxext6"], "cpu": ["zip"]},
    "julia_version": "1.4",
    "default_mode": " Cpu ",
    "gcloud": {"project_id": "p", "cloud_key": "/keys/key.json"},
    "mlflow_config": {"project": "p", "region": "r", "db": "d", "user": "u", "password": "", "artifact_root": "gs://x"},
    "uv": {"mlflow": {"pubsub_project": "p", "pubsub_topic": "mlflow"}}
}"""


def test_each_key_that_the_older_tool_documented_is_taken_over_or_named_once_with_a_remedy(tmp_path: Path) -> None:
    found = read(tmp_path, WRITTEN_FOR_THE_OLDER_TOOL)
    named = {warning.message.split('"')[1]: warning.hint or "" for warning in found.warnings}
    assert (found.config, len(found.warnings), list(named)) == (
        Config(
            source=FILE,
            apt_packages={"cpu": ("zip",), "gpu": ("libsm6", "libxext6")},
            base_image={"cpu": ("dlvm:tf2-cpu-2.2", f"{FILE}:3"), "gpu": ("dlvm:tf2-gpu-2.2", f"{FILE}:3")},
            default_mode="cpu",
        ),
        5,
        ["gcloud", "build_time_credentials", "julia_version", "mlflow_config", "uv"],
    )
    assert [name for name, hint in named.items() if not hint.startswith("remove it: ")] == []


def test_every_key_of_the_older_tool_says_what_to_do_instead() -> None:
    keys = [key for key, meaning in table("config.schema")["properties"].items() if meaning.get("deprecated")]
    hints = [
        problems.older_key(Place(FILE), key, table("config.schema")["properties"][key]["description"]).hint
        for key in keys
    ]
    assert [hint for hint in hints if hint is None or len(hint) < 40] == []


@pytest.mark.parametrize(
    ("text", "message", "position", "hint"),
    [
        ('{"apt_pakages": []}', 'there is no key "apt_pakages"', "1:2", 'did you mean "apt_packages"?'),
        ('{"base_image": {"dockerfle": "x"}}', 'there is no key "dockerfle"', "1:17", 'did you mean "dockerfile"?'),
        (
            '{"base_image": {"dockerfile": "Dockerfil"}}',
            'there is no file "Dockerfil" in the project',
            "1:31",
            'did you mean "Dockerfile"?',
        ),
        (
            '{"dependencies": ["/etc/passwd"]}',
            "'/etc/passwd' is a path of one machine only",
            "1:19",
            "write it relative to the project: ./libs/foo",
        ),
        (
            '{"env": {"A B": "x"}}',
            "'A B' is no name of an environment variable",
            "1:10",
            "NAME=VALUE, with letters, digits and _ in NAME, no digit first",
        ),
        (
            '{"python": "3.11", "python": "3.12"}',
            'the key "python" is already set at .calibanconfig.json:1:2',
            "1:20",
            "remove one of the two",
        ),
    ],
)
def test_a_mistake_is_shown_with_what_was_meant(
    tmp_path: Path, text: str, message: str, position: str, hint: str
) -> None:
    caret = " " * (int(position[2:]) - 1) + "^"
    said = refusal(tmp_path, text, Dockerfile="")
    assert said.partition(": ")[2] == f"{message}\n  --> {FILE}:{position}\n   |  {text}\n   |  {caret}\n  hint: {hint}"


@pytest.mark.parametrize(
    ("text", "expected", "position"),
    [
        ("[]", "an object", "1:1"),
        ('{"apt_packages": 3}', 'a list of Debian packages, or {"cpu": […], "gpu": […]}', "1:18"),
        *(
            (f'{{"apt_packages": [{json.dumps(name)}]}}', "the name of a Debian package, such as", "1:19")
            for name in ("vim; curl evil|sh", "--option", "a\nb", "vim\n", "Vim", "")
        ),
        ('{"apt_packages": {"cpu": ["a b"]}}', "the name of a Debian package, such as", "1:27"),
        ('{"base_image": "--x"}', 'an image, {"cpu": IMAGE, "gpu": IMAGE} or {"dockerfile": PATH}', "1:16"),
        ('{"base_image": {}}', 'an image, {"cpu": IMAGE, "gpu": IMAGE} or {"dockerfile": PATH}', "1:16"),
        ('{"base_image": {"cpu": "a b"}}', "the name of an image, such as", "1:24"),
        ('{"python": 3.10}', 'a minor version of Python in quotes, such as "3.11"', "1:12"),
        ('{"env": {"A": 1}}', "a string; put numbers in quotes", "1:15"),
        ('{"default_mode": "tpu"}', '"cpu" or "gpu"', "1:18"),
        ('{"gcloud": 1}', 'true, false or "auto"', "1:12"),
        ('{"build_secrets": ["A=b"]}', "the name of an environment variable", "1:20"),
        ('{"registry_mirror": "https://x.org"}', "a registry without https://, such as", "1:21"),
        ('{"apt_mirror": "mirror.x.org"}', 'a URL, such as "https://mirror.example.com"', "1:16"),
        ('{"torch_index": "cpu"}', 'a URL, such as "https://mirror.example.com/whl", or "default"', "1:17"),
        ('{"platform": "windows"}', '"linux/amd64" or "linux/arm64"', "1:14"),
        ('{"docker_run_args": {}}', "a list of arguments, or a string that is split as a shell would", "1:21"),
    ],
)
def test_a_value_of_another_form_is_told_what_is_expected(
    tmp_path: Path, text: str, expected: str, position: str
) -> None:
    message, place, *_ = refusal(tmp_path, text).splitlines()
    assert (message.partition("expected ")[2][: len(expected)], place) == (expected, f"  --> {FILE}:{position}")


def test_a_bad_value_in_toml_is_found_by_its_line(tmp_path: Path) -> None:
    text = '[tool.caliban]\npython = "3.11"\napt_packages = [\n  "zip",\n  "a b",\n]\n'
    with pytest.raises(Rejected) as caught:
        read_config(project(tmp_path, {"pyproject.toml": text}))
    assert [diagnostic.place for diagnostic in caught.value.diagnostics] == [Place(source="pyproject.toml", line=5)]


@pytest.mark.parametrize("text", ["", "{", "null", "[" * 100_000, '{"a":' * 100_000, "\0", '{"env": {"A": "\\u0000"}}'])
def test_what_is_no_config_is_refused(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path, text).startswith("error[bad-config]: ")


def test_a_huge_config_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, '{"env": {"A": "' + "x" * LARGEST + '"}}').startswith("error[too-large]: ")


def test_no_more_problems_are_reported_than_anybody_reads(tmp_path: Path) -> None:
    assert refusal(tmp_path, json.dumps({"apt_packages": ["a b"] * 100})).count("error[") == MOST_PROBLEMS


@pytest.mark.parametrize(
    "words",
    [
        *(
            "--privileged",
            "--privileged=true",
            "-v /:/x",
            "-v/:/x",
            "--volume=/:/x",
            "--mount type=bind,source=/,target=/x",
        ),
        *("--net host", "--network=host", "--pid host", "--ipc=host", "--uts host", "--userns host", "--device /dev/x"),
        *("--gpus all", "--cap-add ALL", "--security-opt x", "--group-add 0", "--cgroup-parent /", "--volumes-from x"),
        *("--env-file /x", "--label-file /x", "--label caliban=run", "--user 0", "-u0", "--runtime x", "-p 80:80"),
        *("--memory 1g --privileged", "-m1g -v /:/x", "-it", "--init=x", "--future-option", "--network bridge"),
    ],
)
def test_a_config_cannot_reach_for_the_host(tmp_path: Path, words: str) -> None:
    assert refusal(tmp_path, json.dumps({"docker_run_args": words})).startswith("error[privileged]: ")


@pytest.mark.parametrize("words", ["--env TOKEN", "-e TOKEN", "-eTOKEN", "--env=TOKEN", "--env --privileged"])
def test_a_config_cannot_ask_for_a_variable_of_the_host(tmp_path: Path, words: str) -> None:
    said = refusal(tmp_path, json.dumps({"docker_run_args": words}))
    assert said.startswith("error[privileged]: a project cannot ask for a variable of your environment: ")


@pytest.mark.parametrize("words", ["--memory", "--init --env", "-m"])
def test_an_argument_cannot_swallow_what_comes_behind(tmp_path: Path, words: str) -> None:
    last = words.rsplit(maxsplit=1)[-1]
    assert refusal(tmp_path, json.dumps({"docker_run_args": words})).startswith(
        f"error[bad-argument]: {last} needs a value"
    )


def test_unbalanced_quotes_are_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, '{"docker_run_args": "--env \'A=b"}')
    assert said.startswith("error[unbalanced-quotes]: cannot be split into words: no closing quotation\n  --> .caliban")


def test_the_schema_is_a_schema_and_describes_every_key() -> None:
    schema = table("config.schema")
    Draft202012Validator.check_schema(schema)
    assert [key for key, meaning in schema["properties"].items() if not meaning.get("description")] == []


def test_every_field_of_a_config_has_a_key() -> None:
    named = {"engine_args": "docker_run_args"}
    fields = {named.get(field, field) for field in Config.__struct_fields__} - {"source"}
    keys = {key for key, meaning in table("config.schema")["properties"].items() if not meaning.get("deprecated")}
    assert keys - fields == {"$schema"}


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["cpu", "dockerfile", "x"]), inner),
    max_leaves=5,
)
CONFIGS = st.dictionaries(st.sampled_from([*table("config.schema")["properties"], "unknown"]), VALUES).map(json.dumps)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8")) | CONFIGS)
def test_any_text_is_read_or_rejected(tmp_path: Path, text: str) -> None:
    try:
        config = read(tmp_path, text).config
    except Rejected as rejected:
        assert {diagnostic.code for diagnostic in rejected.diagnostics} - {"outside-project", problems.CODE} <= {
            *("privileged", "unbalanced-quotes", "bad-argument", "refused-argument"),
            *("bad-variable", "reserved-variable"),
        }
    else:
        assert config.source == FILE
