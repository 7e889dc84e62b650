import pytest

from caliban.backends.docker.words import comment, copy_words, csv_value, env_value, mount_flag, shell_words, tag_name


@pytest.mark.parametrize(
    ("source", "spelled"),
    [
        ("data", "data /usr/app/x"),
        ("models/stored-1_a.b", "models/stored-1_a.b /usr/app/x"),
        ("my data", '["my data", "/usr/app/x"]'),
        ("a$b", r'["a\\$b", "/usr/app/x"]'),
        ('q"x', r'["q\\\"x", "/usr/app/x"]'),
        ("it's", r"""["it\\'s", "/usr/app/x"]"""),
        ("-d", '["-d", "/usr/app/x"]'),
        ("münchen", '["münchen", "/usr/app/x"]'),
        ("#", '["#", "/usr/app/x"]'),
    ],
)
def test_a_copy_takes_the_json_form_where_it_must(source: str, spelled: str) -> None:
    assert copy_words(source, "/usr/app/x") == spelled


@pytest.mark.parametrize(
    ("value", "spelled"),
    [("/opt/venv/bin:$PATH", "/opt/venv/bin:$PATH"), ("", ""), ("a b", '"a b"'), ('a"b', r'"a\"b"')],
)
def test_a_value_of_env_is_quoted_where_it_must(value: str, spelled: str) -> None:
    assert env_value(value) == spelled


@pytest.mark.parametrize(
    ("fields", "spelled"),
    [
        (("type=bind", "source=/a"), "type=bind,source=/a"),
        (("source=/a,b",), '"source=/a,b"'),
        (('source=/a"b',), '"source=/a""b"'),
        (("source=/a\nb", "readonly"), '"source=/a\nb",readonly'),
        (("source=/a b",), "source=/a b"),
    ],
)
def test_a_field_of_csv_is_quoted_where_it_must(fields: tuple[str, ...], spelled: str) -> None:
    assert csv_value(*fields) == spelled


def test_a_comment_is_wrapped_between_words() -> None:
    assert comment("one two three fours", width=12) == ["# one two", "# three", "# fours"]


def test_a_long_word_of_a_comment_stands_alone() -> None:
    assert comment("see https://example.com/a/long/address now", width=12) == [
        "# see",
        "# https://example.com/a/long/address",
        "# now",
    ]


def test_nothing_in_a_comment_hides_what_it_says() -> None:
    assert comment("a\u202eb \x1b[2J \n RUN x") == [r"# a\u202eb \x1b[2J RUN x"]


@pytest.mark.parametrize(
    ("source", "spelled"),
    [
        ("requirements.txt", "--mount=source=requirements.txt"),
        ("a b;c", r"--mount=source=a\ b;c"),
        ("a,b", r"--mount=\"source=a,b\""),
        ("$x", r"--mount=source=\\$x"),
        ("it's", r"--mount=source=it\\\'s"),
    ],
)
def test_a_mount_is_escaped_for_each_of_its_readers(source: str, spelled: str) -> None:
    assert mount_flag(f"source={source}") == spelled


def test_words_of_a_run_line_are_quoted_for_a_shell() -> None:
    assert shell_words("rm", "/tmp/my file", "$x") == "rm '/tmp/my file' '$x'"


@pytest.mark.parametrize(
    ("project", "name"),
    [
        ("example", "example"),
        ("My Project (2)", "my-project-2"),
        ("__x__", "x"),
        ("日本", "project"),
        ("a" * 80, "a" * 60),
        (f"{'a' * 59}-b", "a" * 59),
    ],
)
def test_a_project_gets_a_name_that_an_image_may_have(project: str, name: str) -> None:
    assert tag_name(project) == name
