import shlex

import pytest
from projects import told

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.cli.older_commands import OLDER_COMMANDS
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.config.engine_arguments import read_engine_arguments
from caliban.compiler.input.invocation import (
    Build,
    BuildOptions,
    Compile,
    Diff,
    Expand,
    Invocation,
    LaunchOptions,
    Mount,
    Run,
    Variable,
)
from caliban.compiler.input.questions import Help, Version

CPU = BuildOptions(mode="cpu")
NOTHING = LaunchOptions()


def run(build: BuildOptions = CPU, launch: LaunchOptions = NOTHING) -> Run:
    return Run(target="m", build=build, launch=launch)


@pytest.mark.parametrize(
    ("line", "invocation"),
    [
        ("run --nogpu m", run()),
        ("--nogpu m", run()),
        ("run --gpu m", run(BuildOptions(mode="gpu"))),
        ("compile m", Compile(target="m", build=BuildOptions(), launch=NOTHING)),
        ("compile --emit plan m", Compile(target="m", build=BuildOptions(), launch=NOTHING, emit="plan")),
        ("compile --eject=out m", Compile(target="m", build=BuildOptions(), launch=NOTHING, eject="out")),
        ("build -t x:1 m", Build(target="m", build=BuildOptions(), tag="x:1")),
        ("expansion --count stdin", Expand(config="stdin", count=True)),
        ("expansion --pprint --print_flags e.json", Expand(config="e.json", pretty=True, flags=True)),
        ("", Help(command=None)),
        ("-q m", Run(target="m", build=BuildOptions(), launch=NOTHING, verbosity="quiet")),
        ("build --verbose m", Build(target="m", build=BuildOptions(), verbosity="verbose")),
        ("diff -v", Diff(verbose=True)),
        ("-h", Help(command=None)),
        ("build --help", Help(command="build")),
        ("--helpfull", Help(command=None, full=True)),
        ("run --version", Version()),
        ("run --nogpu --dry-run m", Run(target="m", build=CPU, launch=NOTHING, dry_run=True)),
        ("run --image_id 01 m", Run(target="m", build=BuildOptions(), launch=NOTHING, image_id="01")),
    ],
)
def test_a_line_means_an_invocation(line: str, invocation: Invocation | Help | Version) -> None:
    assert parse(line.split()) == invocation


@pytest.mark.parametrize(
    ("behind", "before"),
    [
        ("build m --nogpu", "build --nogpu m"),
        ("build --no_cache m -d data -t x:1", "build --no_cache -d data -t x:1 m"),
        ("build m --help", "build --help"),
        ("lock m --python=3.11", "lock --python=3.11 m"),
        ("expansion e.json --print_flags", "expansion --print_flags e.json"),
    ],
)
def test_options_may_stand_behind_the_operand_of_a_command_that_starts_no_script(behind: str, before: str) -> None:
    assert parse(behind.split()) == parse(before.split())


@pytest.mark.parametrize("typed", ["stdin", "STDIN", "Stdin"])
def test_standard_input_is_named_in_any_case(typed: str) -> None:
    assert (parse(["--experiment_config", typed, "m"]), parse(["expansion", typed])) == (
        run(BuildOptions(), LaunchOptions(experiments="stdin")),
        Expand(config="stdin"),
    )


def test_a_file_called_stdin_is_named_by_its_folder() -> None:
    assert parse(["expansion", "./STDIN"]) == Expand(config="./STDIN")


@pytest.mark.parametrize("command", OLDER_COMMANDS)
def test_a_command_of_the_older_tool_is_told_with_what_to_do_instead(command: str) -> None:
    with pytest.raises(Rejected) as caught:
        parse([command, "--xgroup", "night", "trainer.train"])
    assert told(caught.value) == (
        f"error[older-command]: '{command}' is a command of the older tool that this one does not have\n"
        f"  --> {command}\n"
        f"  hint: {OLDER_COMMANDS[command]}\n"
        f"        to run a script called {command}: caliban --xgroup night {command} -- trainer.train"
    )


@pytest.mark.parametrize("words", [["status"], ["run", "status"], ["--nogpu", "status"]])
def test_a_script_may_have_the_name_of_a_command_of_the_older_tool(words: list[str]) -> None:
    invocation = parse(words)
    assert isinstance(invocation, Run)
    assert invocation.target == "status"


@pytest.mark.parametrize("option", ["--dry_run", "--dry-run", "--dry", "--dr"])
def test_dashes_underscores_and_prefixes_are_alike(option: str) -> None:
    assert parse([option, "m"]) == Run(target="m", build=BuildOptions(), launch=NOTHING, dry_run=True)


def test_an_exact_name_is_no_ambiguous_prefix() -> None:
    assert parse(["--help"]) == Help(command=None)


@pytest.mark.parametrize("words", [["-d", "data"], ["-ddata"], ["--dir", "data"], ["--dir=data"]])
def test_a_value_comes_in_any_usual_form(words: list[str]) -> None:
    assert parse(["--nogpu", *words, "m"]) == run(BuildOptions(mode="cpu", directories=("data",)))


@pytest.mark.parametrize(
    ("words", "build"),
    [
        (["-d", "b", "-d", "a"], BuildOptions(directories=("b", "a"))),
        (["--extras", "a, b", "--extras", "c"], BuildOptions(extras=("a", "b", "c"))),
        (["--include", ".env", "--requirements", "r.txt"], BuildOptions(includes=(".env",), requirements=("r.txt",))),
        (["--cloud_key", "k.json"], BuildOptions(cloud_key="k.json")),
        (["--base_image", "x:1", "--python", "3.12"], BuildOptions(base_image="x:1", python="3.12")),
        (["--platform", "linux/arm64", "--no-cache"], BuildOptions(platform="linux/arm64", no_cache=True)),
    ],
)
def test_options_of_the_image(words: list[str], build: BuildOptions) -> None:
    assert parse([*words, "m"]) == run(build)


@pytest.mark.parametrize(
    ("words", "launch"),
    [
        (["--experiment_config", "stdin"], LaunchOptions(experiments="stdin")),
        (["--xgroup", "night"], LaunchOptions(group="night")),
        (
            ["--env", "A=b=c", "--env", "B", "--env", "C="],
            LaunchOptions(
                env=(Variable(name="A", value="b=c"), Variable(name="B", value=None), Variable(name="C", value=""))
            ),
        ),
        (
            ["--mount", "/data", "--mount", "a:b"],
            LaunchOptions(mounts=(Mount(source="/data", target=None), Mount(source="a", target="b"))),
        ),
        (["--mount", r"a\:b:/c"], LaunchOptions(mounts=(Mount(source="a:b", target="/c"),))),
        (["-o", "results"], LaunchOptions(output=Mount(source="results", target=None))),
        (["--tty"], LaunchOptions(tty=True)),
        (
            ["--docker_run_args", "-m 2g", "--docker_run_args=-u 0"],
            LaunchOptions(engine_args=read_engine_arguments("-m 2g -u 0", "--docker_run_args")),
        ),
    ],
)
def test_options_of_the_launch(words: list[str], launch: LaunchOptions) -> None:
    assert parse([*words, "m"]) == run(BuildOptions(), launch)


def test_arguments_of_the_script_are_kept_with_their_dashes() -> None:
    assert parse(["m", "--", "--", "-d", ""]) == run(BuildOptions(), LaunchOptions(arguments=("--", "-d", "")))


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (["--nogpus", "m"], "unknown-option", "did you mean --nogpu?"),
        (["run", "--cpu", "m"], "unknown-option", "did you mean --nogpu?"),
        (["run", "--volume", "a:/b", "m"], "unknown-option", "did you mean --mount?"),
        (
            ["run", "--tracing", "m"],
            "unknown-option",
            "`caliban run --help` lists the options; options of your script go after --",
        ),
        (["run", "python", "train.py"], "misplaced-argument", "caliban run train.py"),
        (
            ["run", "-d", "x", "python3.11", "-u", "-m", "a.b", "--lr", "1"],
            "misplaced-argument",
            "caliban run -d x a.b -- --lr 1",
        ),
        (["run", "bash", "go.sh", "--", "x"], "misplaced-argument", "caliban run go.sh -- x"),
        (["run", "python", "-c", "1"], "misplaced-argument", "caliban run python -- -c 1"),
        (
            ["exec", "--nogpu"],
            "unknown-command",
            "`caliban --help` lists the commands\n        to run exec: caliban --nogpu exec",
        ),
        (["train", "--nogpu"], "misplaced-argument", "caliban --nogpu train"),
        (["--learning_rate", "1", "m"], "unknown-option", "options of your script go after --"),
        (["build", "--env", "A", "m"], "unknown-option", "it belongs to `caliban run`"),
        (["run", "-t", "x", "m"], "unknown-option", "it belongs to `caliban build`"),
        (["-hx"], "unknown-option", "lists the options"),
        (["--no", "m"], "ambiguous-option", "write it out"),
        (["--nogpu=1", "m"], "value-unwanted", "write --nogpu alone"),
        (["rnu", "m"], "unknown-command", "did you mean run? caliban run m\n        to run rnu: caliban rnu -- m"),
        (
            ["bulid", "--nogpu", "m"],
            "unknown-command",
            "did you mean build? caliban build --nogpu m\n        to run bulid: caliban --nogpu bulid -- m",
        ),
        (["rnu", "m", "--lr", "1"], "unknown-command", "did you mean run? caliban run m -- --lr 1"),
        (["run", "rnu", "m"], "misplaced-argument", "caliban run rnu -- m"),  # a command was typed
        (["run.py", "m"], "misplaced-argument", "caliban run.py -- m"),
        (["rnu", "--lr", "1"], "misplaced-argument", "caliban rnu -- --lr 1"),  # no command would take it
        (["m", "--dir"], "misplaced-argument", "caliban m -- --dir"),
        (["-d"], "value-missing", "-d DIR"),
        (["--python", "3.11", "--python", "3.12", "m"], "given-twice", "keep the one that you mean"),
        (["--gpu", "--nogpu", "m"], "contradiction", "keep the one that you mean"),
        (["--cloud_key", "", "m"], "bad-value", "write the path of a JSON file"),
        (["--python", "3", "m"], "bad-value", "write a minor version, such as 3.11"),
        (["--platform", "windows/amd64", "m"], "bad-value", "write linux/amd64 or linux/arm64"),
        (["--xgroup", "a b", "m"], "bad-value", "letters, digits"),
        (["compile", "--emit", "plans", "m"], "bad-value", "did you mean plan?"),
        (["--mount", ":/x", "m"], "bad-value", "write DIR or DIR:PATH"),
        (["--env", "1A=x", "m"], "bad-variable", "no digit first"),
        (["--env", "PATH=/x", "m"], "reserved-variable", "--docker_run_args '--env PATH=VALUE'"),
        (["--docker_run_args", "-v 'a", "m"], "unbalanced-quotes", "quote it as a shell command line"),
        (["--image_id", "--privileged", "m"], "bad-value", "the id or name of an image"),
        (["--image_id", "x y", "m"], "bad-value", "the id or name of an image"),
        (["--docker_run_args", "--name x", "m"], "refused-argument", "leave out --name"),
        (["--docker_run_args", "--name=x", "m"], "refused-argument", "leave out --name=x"),
        (["--docker_run_args", "-itd", "m"], "refused-argument", "leave out -d"),
        (["--image_id", "01", "-d", "data", "m"], "nothing-to-build", "leave out --dir, or --image_id"),
        (["run"], "no-module", "caliban run --nogpu trainer.train -- --epochs 2"),
        (["-v", "-q", "m"], "contradiction", "keep the one that you mean"),
        (["build", "--quiet", "--verbose", "m"], "contradiction", "keep the one that you mean"),
        (["diff", "-q"], "unknown-option", "it belongs to `caliban run`"),
        (["expansion"], "no-config", "caliban expansion experiment.json"),
        (["--", "x"], "no-module", "for example"),
        (["build", "m", "x"], "unexpected-argument", "caliban build --help"),
        (["build", "m", "--", "x"], "unexpected-argument", "leave it out"),
        (["lock", "m", "x"], "unexpected-argument", "caliban lock --help"),
        (["lock", "m", "--", "x"], "unexpected-argument", "leave it out"),
        (["build", "m", "--epochs", "2"], "unknown-option", "leave out those of your script, which it does not start"),
        (["build", "m", "--nogpus"], "unknown-option", "did you mean --nogpu?"),
        (["build", "--nogpu", "m", "--nogpu"], "given-twice", "keep the one that you mean"),
        (["build", "m", "--nogpu", "x"], "unexpected-argument", "caliban build --help"),
        (["build", "m", "--nogpu", "--", "x"], "unexpected-argument", "leave it out"),
        (["expansion", "a", "--count", "--", "b"], "unexpected-argument", "caliban expansion --help"),
        (["compile", "m", "--nogpu"], "misplaced-argument", "caliban compile --nogpu m"),
        (["expansion", "a", "b"], "unexpected-argument", "caliban expansion --help"),
        (["m", "--", "\udcff"], "not-utf-8", "encoded"),
    ],
)
def test_a_wrong_line_is_rejected_with_a_way_out(words: list[str], code: str, hint: str) -> None:
    with pytest.raises(Rejected) as caught:
        parse(words)
    text = told(caught.value)
    assert (text.startswith(f"error[{code}]: "), hint in text) == (True, True), text


@pytest.mark.parametrize(
    ("line", "corrected"),
    [
        ("run m -d data", "caliban run -d data m"),
        ("m --epochs 2", "caliban m -- --epochs 2"),
        ("run m --nogpu --epochs 2", "caliban run --nogpu m -- --epochs 2"),
        ("run m --epochs 2 --nogpu", "caliban run m -- --epochs 2 --nogpu"),
        ("run --nogpu m -d data -- --lr 1", "caliban run --nogpu -d data m -- --lr 1"),
        ("run m a -- b", "caliban run m -- a b"),
        ("explain m --nogpu", "caliban explain --nogpu m"),
    ],
)
def test_what_stands_behind_the_module_is_put_where_it_belongs(line: str, corrected: str) -> None:
    with pytest.raises(Rejected) as caught:
        parse(line.split())
    assert told(caught.value).splitlines()[-1] == f"  hint: {corrected}"


def test_the_corrected_line_is_understood() -> None:
    with pytest.raises(Rejected) as caught:
        parse(["run", "m", "-d", "my data", "--epochs", "2"])
    corrected = shlex.split(caught.value.diagnostics[0].hint or "")
    assert parse(corrected[1:]) == run(
        BuildOptions(directories=("my data",)), LaunchOptions(arguments=("--epochs", "2"))
    )
