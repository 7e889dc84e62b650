"""What is left out of every copy, and what brings it back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from projects import project, told

from caliban.compiler.context.ignore import Ignore, parse_ignore
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.project.exclusions import Exclusions, context_patterns, include_patterns, is_key

KEY = '{"type": "service_account", "project_id": "p", "private_key": "-----BEGIN PRIVATE KEY-----"}'

CREDENTIALS = """
    .env .env.local .envrc sub/.env server.pem sub/ca.pem id_rsa .ssh/config id_ed25519 .netrc .aws/credentials .pypirc
    .config/gcloud/credentials.db sub/.config/gcloud/x .docker/config.json kaggle.json
    application_default_credentials.json .caliban_default_creds.json server.key client.p12 client.pfx .npmrc .pgpass
    .my.cnf putty.ppk .htpasswd .databrickscfg sub/.dvc/config.local .config/gh/hosts.yml client_secret_1.json
"""
CLUTTER = """
    .git/HEAD .git sub/.git .hg .svn __pycache__/a.pyc sub/__pycache__/x a.pyc .mypy_cache/x .ipynb_checkpoints .tox
    .nox .pytest_cache .ruff_cache .hypothesis build/lib/a.py dist/a.whl my.egg-info/PKG-INFO src/my.egg-info .DS_Store
"""
CODE = """
    train.py id_map.py id_mapping.json data/id_rsa.pub .gitignore .gitattributes environment.yml env/config.py pem.py
    trainer/build/graph.py trainer/dist/all_reduce.py data/dist config/gcloud .config/matplotlib node_modules/x/index.js
    .dockerignore .github/workflows/ci.yml
"""
LINES = "* ** data !data !**/*.py **/*.py !.env a !a !a/b a/** !*/b a/b/c !.aws/x.py */b"
NAMES = "a b c data x.py .env .aws venv"


def left_out(paths: list[str], exclusions: Exclusions) -> list[str]:
    ignore = Ignore(context_patterns(exclusions))
    return [path for path in paths if ignore.excludes(path)]


def user(*lines: str) -> tuple[str, ...]:
    return parse_ignore("\n".join(lines), ".dockerignore")


def test_secrets_and_clutter_are_left_out_and_code_is_not() -> None:
    hidden = [*CREDENTIALS.split(), *CLUTTER.split()]
    assert left_out([*hidden, *CODE.split()], Exclusions()) == hidden


@pytest.mark.parametrize(
    ("lines", "kept", "gone"),
    [
        (("!.env",), ".env", ".env.local sub/.env"),
        (("!**/.env",), ".env sub/.env", ".env.local"),
        (("!build",), "build/lib/a.py", "dist/a.whl"),
        (("!.git/HEAD",), ".git/HEAD", ".git/config"),
        (("!.venv",), ".venv/bin/python", ".env"),
        (("!ca.pem", "ca.pem"), "x", "ca.pem"),
        (("*", "!trainer"), "trainer trainer/train.py", "trainer/.env trainer/__pycache__/x data .git/x"),
        (("*", "!trainer/**"), "trainer/train.py", "trainer/.env trainer/.git/config data"),
        (("*", "!**/*.py"), "a.py sub/a.py", ".git/hooks/a.py .venv/lib/a.py .aws/a.py"),
        (("**", "!trainer/train.py", "!trainer/.env"), "trainer/train.py trainer/.env", "trainer/.env.local"),
    ],
)
def test_an_exception_brings_back_what_it_speaks_of_and_no_secret_below_a_folder(
    lines: tuple[str, ...], kept: str, gone: str
) -> None:
    exclusions = Exclusions(user_patterns=user(*lines), environments=(".venv",))
    assert left_out([*kept.split(), *gone.split()], exclusions) == gone.split()


@pytest.mark.parametrize(
    ("lines", "directory", "kept", "gone"),
    [
        (("data",), "data", "data data/x.csv", "data/.env data/__pycache__/x"),
        (("data", "**/*.csv"), "data", "data/sub/x.csv", "x.csv data/ca.pem"),
        (("*",), "models/stored", "models/stored/w", "models/other train.py models/stored/.git/config"),
        (("data/",), "data/raw", "data/raw/x", "data/other"),
        ((), "build", "build/x.csv", "dist/x build/.env"),
        (("dist",), "dist", "dist/x", "build/x"),
        ((), ".aws", ".aws/credentials", ".env"),
        (("we[ir]d",), "we[ir]d", "we[ir]d/x", "weid werd/x"),
        (("!keep", "data"), "data", "data/x", "data/.ssh/id"),
    ],
)
def test_a_directory_of_the_command_line_beats_the_file_but_not_the_defaults_within(
    lines: tuple[str, ...], directory: str, kept: str, gone: str
) -> None:
    exclusions = Exclusions(user_patterns=user(*lines), directories=(directory,))
    assert left_out([*kept.split(), *gone.split()], exclusions) == gone.split()


@pytest.mark.parametrize(
    ("include", "kept", "gone"),
    [
        (".env", ".env", ".env.local data/.env"),
        (".git", ".git .git/HEAD .git/hooks/x.pyc", "sub/.git"),
        ("**/*.pem", "a.pem sub/b.pem", ".env"),
        ("venv", "venv/bin/python", ".env"),
        ("venv/lib", "venv/lib/x.py", "venv/bin/python"),
        ("**", ".env .git/HEAD venv/x build/x user.csv", "key.json"),
        ("key*", "keys", "key.json"),
        ("key.json", "keys", "key.json"),
    ],
)
def test_an_include_brings_anything_back_but_a_key_that_is_in_use(include: str, kept: str, gone: str) -> None:
    exclusions = Exclusions(
        user_patterns=("user.csv",), includes=(include,), environments=("venv",), keys=("key.json",)
    )
    assert left_out([*kept.split(), *gone.split()], exclusions) == gone.split()


def test_an_environment_in_the_project_folder_itself_leaves_the_code_there() -> None:
    exclusions = Exclusions(environments=(".",))
    assert left_out(["pyvenv.cfg", "lib/python3.11/x.py", "lib/mine.py", "train.py"], exclusions) == [
        "pyvenv.cfg",
        "lib/python3.11/x.py",
    ]


def test_the_list_without_exceptions_is_as_short_as_it_reads() -> None:
    patterns = context_patterns(Exclusions(user_patterns=("data",), environments=(".venv",), keys=("a b.json",)))
    assert (patterns[:3], patterns[-2:]) == (("build", "dist", "data"), (".venv", "a b.json"))
    assert not [pattern for pattern in patterns if pattern.endswith("/**")]


def test_a_key_is_known_by_its_content() -> None:
    assert is_key(KEY.encode())
    assert is_key(b'{\n  "private_key": "x",\n  "type" : "service_account"\n}')
    assert is_key(b'{"refresh_token": "x", "type": "authorized_user"}')
    assert not is_key(b'{"type": "authorized_user"}')
    assert not is_key(b'{"type": "service_account", "note": "no key here"}')


def test_an_include_is_a_path_that_is_there_or_a_glob(tmp_path: Path) -> None:
    disk = project(tmp_path, {"a/[1].pem": "", "b.pem": ""})
    typed = ("./a/", "a/[1].pem", "**/*.pem", ".", str(tmp_path / "b.pem"))
    assert include_patterns(disk, typed) == ("a", "a/\\[1\\].pem", "**/*.pem", "**", "b.pem")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("secret.ym", "there is no 'secret.ym' in the project"),
        ("", "there is no '' in the project"),
        ("../x", "'../x' is outside the project, the current directory; nothing outside it is copied"),
        ("/etc/passwd", "'/etc/passwd' is outside the project, the current directory; nothing outside it is copied"),
        ("[", "'[' is no pattern: '[' without ']'"),
        ("!*", "there is no '!*' in the project"),
    ],
)
def test_a_mistyped_include_is_an_error(typed: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(Rejected) as rejected:
        include_patterns(project(tmp_path, {"secret.yml": ""}), (typed,))
    assert [each.message for each in rejected.value.diagnostics] == [message]


def test_the_error_of_a_mistyped_include_says_what_was_meant(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as rejected:
        include_patterns(project(tmp_path, {"conf/secret.yml": ""}), ("conf/secret.ym",))
    assert (
        told(rejected.value)
        == """\
error[nothing-to-include]: there is no 'conf/secret.ym' in the project
  --> --include
  hint: did you mean 'conf/secret.yml'?"""
    )


@given(
    st.lists(st.sampled_from(LINES.split()), max_size=6),
    st.sampled_from(((), ("data",), ("a/b",))),
    st.sampled_from(((), ("a",), (".env",))),
    st.lists(st.sampled_from(NAMES.split()), min_size=1, max_size=4),
)
def test_what_the_engine_lists_it_also_reads_so_that_no_file_arrives_empty(
    lines: list[str], directories: tuple[str, ...], includes: tuple[str, ...], names: list[str]
) -> None:
    """To list files the engine forgets a pattern that changed nothing at a folder; to read one, it tries each again."""
    patterns = context_patterns(
        Exclusions(user_patterns=user(*lines), directories=directories, includes=includes, environments=("venv",))
    )
    path = "/".join(names)
    matching = [pattern for pattern in patterns if Ignore((pattern.removeprefix("!"),)).excludes(path)]
    is_read = not matching or matching[-1].startswith("!")
    assert is_read or Ignore(patterns).excludes(path)
