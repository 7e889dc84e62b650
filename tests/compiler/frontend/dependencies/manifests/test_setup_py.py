"""setup.py and setup.cfg: what can be told of them without running anything."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projects import project, told

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies.manifests.declared import SetupMetadata, combined
from caliban.compiler.frontend.dependencies.manifests.setup_cfg import read_setup_cfg
from caliban.compiler.frontend.dependencies.manifests.setup_py import read_setup_py
from caliban.compiler.input.project import PythonFact, Requirement

UNKNOWN = SetupMetadata(requirements=None, optional=None)


def setup_py(folder: Path, text: str) -> SetupMetadata | None:
    return read_setup_py(project(folder, {"setup.py": text}))


def setup_cfg(folder: Path, text: str) -> SetupMetadata | None:
    return read_setup_cfg(project(folder, {"setup.cfg": text}))


def names(found: SetupMetadata | None) -> list[str] | None:
    assert found is not None
    return None if found.requirements is None else [each.text for each in found.requirements]


def requirement(text: str, source: str, line: int) -> Requirement:
    return Requirement(name=text.partition("=")[0], text=text, place=Place(source=source, line=line))


def test_literal_arguments_are_told(tmp_path: Path) -> None:
    text = (
        "import setuptools\n"
        "README = open('README.md').read()\n"
        "GPU = ['cupy']\n"
        "setuptools.setup(\n"
        "    long_description=README,\n"
        "    install_requires=['six==1.0', 'idna'],\n"
        "    extras_require={'Gpu_X': GPU, 'dev': ['ruff'] + GPU, 'all': sum([], []), ':os_name==\"nt\"': ['a']},\n"
        "    python_requires='>=3.6.*',\n"
        ")\n"
    )
    cupy = requirement("cupy", "setup.py", 3)
    assert setup_py(tmp_path, text) == SetupMetadata(
        requirements=(requirement("six==1.0", "setup.py", 6), requirement("idna", "setup.py", 6)),
        optional=(("gpu-x", (cupy,)), ("dev", (requirement("ruff", "setup.py", 7), cupy)), ("all", ())),
        python=PythonFact(specifier=">=3.6", place=Place(source="setup.py", line=8)),
    )


@pytest.mark.parametrize(
    ("prelude", "argument", "told_names"),
    [
        ("", "['six']", ["six"]),
        ("", "('six',)", ["six"]),
        ("", "'''six\n# why\nidna\n'''", ["six", "idna"]),
        ("", "None", []),
        ("A = 'six'", "[A, 'idna']", ["six", "idna"]),
        ("A = ['six']", "A + ['idna'] + A", ["six", "idna", "six"]),
        ("A = ['six']\nA += ['idna']", "A", None),
        ("A = ['six']\nA.append('idna')", "A", None),
        ("A = ['six']\nA[0] = 'idna'", "A", None),
        ("A = ['six']\nif x: A = []", "A", None),
        ("if x: A = ['six']", "A", None),
        ("A = A + ['six']", "A", None),
        ("A = B\nB = A", "A", None),
        ("", "open('requirements.txt').read().splitlines()", None),
        ("", "[line for line in open('requirements.txt')]", None),
        ("", "['six', *MORE]", None),
        ("", "[f'torch=={VERSION}']", None),
        ("", "['six'] if x else []", None),
        ("", "['no requirement']", None),
        ("", "[1]", None),
        ("", " + ".join(["['six']"] * 900), ["six"] * 900),
        ("", " + ".join(["['six']"] * 3000), None),
    ],
)
def test_requirements_are_told_only_where_they_are_literal(
    tmp_path: Path, prelude: str, argument: str, told_names: list[str] | None
) -> None:
    assert names(setup_py(tmp_path, f"{prelude}\nsetup(install_requires={argument})\n")) == told_names


@pytest.mark.parametrize(
    "text",
    [
        "print 'Python 2'\nsetup(install_requires=['six'])",
        "",
        "setup(**metadata)",
        "setup(setup_requires=['pbr'], pbr=True)",
        "setup()\nsetup()",
        "from setuptools import setup as make\nmake()",
        "setup(" * 5000,
        "x = " + "-" * 100000 + "1",
        "\0",
    ],
)
def test_a_script_that_tells_nothing_is_still_a_setup_script(tmp_path: Path, text: str) -> None:
    assert setup_py(tmp_path, text) == UNKNOWN


def test_extras_are_unknown_unless_their_names_are_literal(tmp_path: Path) -> None:
    found = setup_py(tmp_path, "setup(extras_require={NAME: ['six']})")
    assert found == SetupMetadata(requirements=(), optional=None)


def test_an_invalid_escape_in_a_script_is_not_ours_to_warn_about(tmp_path: Path) -> None:
    assert names(setup_py(tmp_path, "V = '\\d'\nsetup(install_requires=['six'])")) == ["six"]


def test_a_config_tells_its_options(tmp_path: Path) -> None:
    text = (
        "[metadata]\nname = me\n[options]\npython_requires = >=3.8\n"
        "install-requires =\n    six==1.0\n    # why\n    idna\n"
        "[options.extras_require]\ngpu = cupy; numba\n"
    )
    assert setup_cfg(tmp_path, text) == SetupMetadata(
        requirements=(requirement("six==1.0", "setup.cfg", 6), requirement("idna", "setup.cfg", 8)),
        optional=(("gpu", (requirement("cupy", "setup.cfg", 10), requirement("numba", "setup.cfg", 10))),),
        python=PythonFact(specifier=">=3.8", place=Place(source="setup.cfg", line=4)),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[flake8]\nmax-line-length = 100\n", None),
        ("[metadata]\nname = me\n", SetupMetadata()),
        ("[options]\ninstall_requires = file: requirements.txt\n", SetupMetadata(requirements=None)),
        ("[options]\ninstall_requires = not a requirement\n", SetupMetadata(requirements=None)),
        ("[metadata]\nversion = %(nothing)s\n", SetupMetadata()),
    ],
)
def test_what_a_config_does_not_tell(tmp_path: Path, text: str, expected: SetupMetadata | None) -> None:
    assert setup_cfg(tmp_path, text) == expected


@pytest.mark.parametrize(
    "text", ["name = me\n", "[options]\na = 1\na = 2\n", "[options]\n[options]\n", "[options]\nnothing\n"]
)
def test_a_config_that_is_no_ini_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Rejected) as caught:
        setup_cfg(tmp_path, text)
    assert told(caught.value).startswith("error[bad-setup-cfg]: cannot be read: ")


SIX, IDNA = requirement("six", "setup.py", 1), requirement("idna", "setup.cfg", 1)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [(SetupMetadata(requirements=(SIX,)), (SIX,)), (SetupMetadata(), (IDNA,)), (UNKNOWN, None)],
)
def test_an_argument_of_setup_wins_over_the_config(
    arguments: SetupMetadata, expected: tuple[Requirement, ...] | None
) -> None:
    assert combined(arguments, SetupMetadata(requirements=(IDNA,))).requirements == expected


WORDS = st.lists(
    st.sampled_from(
        [
            "setup",
            "(",
            ")",
            "install_requires",
            "extras_require",
            "python_requires",
            "=",
            "[",
            "]",
            "{",
            "}",
            ":",
            "'six'",
            "A",
            "+",
            ",",
            "'>=3'",
            "**",
            "None",
            "lambda",
            "  ",
            "\n",
            "\t",
            "   ",
            "[options]\n",
            "[metadata]\n",
            "file:",
            "%(",
        ]
    )
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8")) | WORDS.map("".join))
@pytest.mark.parametrize("read", [setup_py, setup_cfg])
def test_any_text_is_read_or_rejected(tmp_path: Path, read: object, text: str) -> None:
    assert callable(read)
    try:
        found = read(tmp_path, text)
    except Rejected as rejected:
        assert rejected.diagnostics
    else:
        assert found is None or isinstance(found, SetupMetadata)
