"""What caliban tells people to write is written here, and does what was promised: remedies of the golden cases."""

import ast
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from golden_cases import GOLDEN, Case, expected, outcome, read_case
from msgspec import Struct
from msgspec.structs import replace

from caliban.compiler.diagnostics import Diagnostic, Rejected, render
from caliban.compiler.frontend.cli.options import COMMANDS
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.problems import directory_outside
from caliban.compiler.input.invocation import Run
from caliban.runtime.credentials.problems import open_to_all
from caliban.runtime.settings.problems import open_passwords

ROOT = GOLDEN.parent
OPTION = re.compile(r"(?<![\w-])(?:--[a-z]\w*|-[do] )")
LINE = re.compile(r"(?<!`)\bcaliban (?:" + "|".join(spec.name for spec in COMMANDS) + r")\b[^`]*")
MENTION = re.compile(r"`caliban ([a-z]+)`|`caliban [a-z]* ?--help(?:full)?`")


class Remedy(Struct, frozen=True, kw_only=True):
    """One that a golden case prints, and how a person follows it."""

    printed: str  # in the hint: '--nogpu'
    add: str = ""  # what is typed more, where that is not what is printed: for placeholders
    instead: str = ""  # the whole command line, where more than one thing is wrong with it
    drop: str = ""  # what is left out of the command line
    files: Mapping[str, str | None] = {}  # that are written, or removed
    facts: Mapping[str, str] = {}  # of the host, as golden cases have them


def remedy(printed: str, **more: object) -> Remedy:
    return Remedy(printed=printed, **more)  # type: ignore[arg-type]  # the fields of a Remedy


PLOTS = '[project]\nname = "x"\nversion = "1"\n[project.optional-dependencies]\nplots = []\n'
EMPTY: Mapping[str, str | None] = {"small.txt": ""}
OLDER_CONFIG: Mapping[str, str | None] = {".calibanconfig.json": '{"default_mode": "cpu"}', "key.json": "{}"}
WRITTEN: Mapping[str, str | None] = {
    "requirements.txt": "six==1.16.0\n--no-binary six\ntorch==2.8.0\n"
    "--extra-index-url https://download.pytorch.org/whl/cpu\n--only-binary numpy\n--only-binary pandas\n"
}
LINKED: Mapping[str, str | None] = {
    "requirements.txt": "jax[cuda12_pip]==0.4.25\n"
    "--find-links https://storage.googleapis.com/jax-releases/jax_cuda_releases.html\n"
}
BEHIND = "lines_that_pip_would_pass_over_are_rejected_with_what_to_write"
REMEDIES = [
    *(
        (BEHIND, remedy(line, instead="run --nogpu trainer.train", files=WRITTEN))
        for line in ("--no-binary six", "--extra-index-url https://download.pytorch.org/whl/cpu",
                     "--only-binary numpy", "--only-binary pandas")
    ),
    ("a_card_too_new_for_the_pins_is_rejected", remedy("--nogpu")),
    ("a_command_of_the_older_tool_is_told",
     remedy("caliban --nogpu cloud -- --gpu_spec 2xV100 trainer.train", files={"cloud.py": ""},
            instead="--nogpu cloud -- --gpu_spec 2xV100 trainer.train")),
    ("a_config_of_the_older_tool_keeps_its_base_and_its_mode",
     remedy("--cloud_key PATH", files=OLDER_CONFIG, instead="run --cloud_key key.json train.py")),
    ("a_config_of_the_older_tool_keeps_its_base_and_its_mode",
     remedy("--env GOOGLE_CLOUD_PROJECT=ID", files=OLDER_CONFIG, instead="run --env GOOGLE_CLOUD_PROJECT=me train.py")),
    ("a_config_of_the_older_tool_keeps_its_base_and_its_mode",
     remedy("--env NAME", files=OLDER_CONFIG, instead="run --env MLFLOW_TRACKING_URI train.py")),
    ("a_key_of_the_older_tool_warns",
     remedy("--env GOOGLE_CLOUD_PROJECT=ID", files=OLDER_CONFIG, instead="run --env GOOGLE_CLOUD_PROJECT=me train.py")),
    ("a_config_cannot_grant_privileges", remedy("--docker_run_args --privileged", files={".calibanconfig.json": None})),
    ("a_constraint_that_contradicts_its_requirement_is_named",
     remedy("--requirements FILE", add="--requirements small.txt", files=EMPTY)),
    ("a_copy_of_what_is_left_out_is_rejected", remedy("--include .env")),
    ("a_cuda_image_that_no_longer_exists_is_refused_with_the_way_out", remedy("--nogpu")),
    ("a_cuda_image_that_no_longer_exists_is_refused_with_the_way_out",
     remedy("--base_image IMAGE", add="--base_image nvidia/cuda:12.8.1-devel-ubuntu22.04")),
    ("a_dockerfile_outside_the_project_is_rejected",
     remedy("--base_image NAME", instead="run --nogpu --base_image me/base train.py")),
    ("a_driver_too_old_for_the_pins_is_rejected", remedy("--nogpu")),
    ("a_driver_too_old_for_the_pins_is_rejected",
     remedy("CALIBAN_GPU_DRIVER=VERSION", facts={"gpu_driver": "525.60.13"})),
    ("a_mistyped_directory_is_rejected_with_a_guess",
     remedy("--mount ../shared", instead="run --nogpu --mount ../shared trainer.train")),
    ("a_package_that_the_platform_lacks_is_rejected", remedy("--platform PLATFORM", add="--platform linux/amd64")),
    ("a_python_that_a_pin_has_no_wheels_for_is_rejected_with_one_that_has", remedy("--python 3.10")),
    ("a_python_that_no_locked_wheel_fits_is_rejected", remedy("--python 3.11")),
    ("a_python_that_the_project_forbids_is_rejected", remedy("--python 3.14")),
    ("a_script_like_an_option_is_offered_with_its_folder", remedy("./-x.py", instead="run --nogpu ./-x.py")),
    ("a_secret_in_a_line_with_a_mistake_is_hidden",
     remedy("""--docker_run_args '--memory 1g --volume "/a b:/x"'""")),
    ("an_image_that_is_there_takes_no_build_options",
     remedy("leave out --dir, or --image_id", drop="--image_id 0123abcd",
            files={"data/x": "", "pyproject.toml": PLOTS})),
    ("an_image_that_is_there_takes_no_build_options",
     remedy("leave out --extras, or --image_id", drop="-d data --extras plots")),
    ("an_import_of_a_folder_that_is_not_copied_is_told", remedy("-d shared")),
    ("an_option_of_another_command_is_rejected",
     remedy("it belongs to `caliban run`", instead="run --nogpu --env A=1 trainer.train")),
    ("a_command_that_caliban_has_not_is_rejected",
     remedy("caliban --nogpu exec", instead="--nogpu exec", files={"exec.py": ""})),
    ("an_option_of_another_name_is_rejected_with_ours", remedy("--nogpu", drop="--cpu")),
    ("an_unknown_option_is_rejected_with_a_guess", remedy("--nogpu", drop="--no_gpu")),
    ("arguments_that_name_what_is_not_copied_are_told", remedy("-d data")),
    ("arguments_that_name_what_is_not_copied_are_told", remedy("--mount config.yaml")),
    ("arguments_that_name_what_is_not_copied_are_told", remedy("--include trainer/runs/1/model.pt")),
    ("what_stands_for_other_files_is_told", remedy("-d shared")),
    ("cupy_in_cpu_mode_is_rejected", remedy("--gpu")),
    ("cupy_in_cpu_mode_is_rejected", remedy("--base_image IMAGE", add="--base_image me/base")),
    ("extras_whose_packages_are_on_no_index_are_rejected",
     remedy("--find-links https://storage.googleapis.com/jax-releases/jax_cuda_releases.html",
            instead="run trainer.train", files=LINKED)),
    ("frameworks_whose_cuda_excludes_each_other_are_named_together", remedy("--no_rewrites")),
    ("groups_alone_are_told", remedy("--extras train")),
    ("json_is_no_script", remedy("--experiment_config sweep.json", files={"train.py": ""},
                                 instead="run --nogpu --experiment_config sweep.json train.py")),
    ("large_data_is_linked_in_containerds_store",
     remedy("--mount DIR", add="--mount models/stored", drop="-d models/stored")),
    ("of_two_locks_that_of_the_projects_tool_is_installed", remedy("--requirements pylock.toml")),
    ("packages_of_conda_alone_are_rejected_together",
     remedy("--base_image Dockerfile", files={"Dockerfile": "FROM me/base\n"})),
    ("packages_of_conda_alone_are_rejected_together",
     remedy("--requirements requirements.txt", files={"requirements.txt": "six\n"})),
    ("requirements_that_are_not_used_are_told", remedy("--requirements requirements-dev.txt")),
    ("requirements_that_contradict_each_other_are_named_together",
     remedy("--requirements FILE", add="--requirements small.txt", files=EMPTY)),
    ("results_inside_the_code_are_rejected", remedy("-o results", drop="-o trainer/results")),
    ("an_output_that_would_hide_the_code_is_rejected", remedy("-o results", drop="-o results:trainer")),
    ("a_folder_of_credentials_is_rejected", remedy("--mount .aws", drop="-d .aws")),
    ("a_folder_of_credentials_is_rejected", remedy("--include .aws")),
    ("a_readme_that_does_not_exist_is_rejected", remedy("--no_install_project")),
    ("tensorflow_of_cuda_10_is_rejected", remedy("--nogpu")),
    ("tensorflow_of_cuda_10_is_rejected", remedy("--base_image IMAGE", add="--base_image me/base")),
    ("the_first_of_several_environments_counts", remedy("--requirements conda.yaml")),
    ("the_newest_cuda_of_torch_needs_a_new_driver", remedy("--nogpu")),
    ("the_newest_cuda_of_torch_needs_a_new_driver",
     remedy("CALIBAN_GPU_DRIVER=VERSION", facts={"gpu_driver": "580.65"})),
]  # fmt: skip
# Hints with an option that is none of caliban's.
OF_OTHER_PROGRAMS = (
    *("docker ps --filter", "git checkout --ours", "git lfs pull", "docker build --tag"),
    *("jupyter nbconvert --to", "pip wheel --no-deps"),
)


def cases_with_remedies() -> Iterator[tuple[str, str]]:
    """The hints of golden cases that name an option."""
    for path in sorted(GOLDEN.glob("*/diagnostics")):
        for hint in re.findall(r"(?m)^  hint: (.*(?:\n        .*)*)", path.read_text(encoding="utf-8")):
            yield from ((path.parent.name, line.strip()) for line in hint.split("\n"))


def printed_lines() -> list[tuple[str, str]]:
    """The command lines of caliban's own in what golden cases print, each to its end, without what surrounds it."""
    texts = ((path.parent.name, path.read_text(encoding="utf-8")) for path in sorted(GOLDEN.glob("*/diagnostics")))
    found = ((name, line) for name, text in texts for line in text.splitlines() if line.startswith(("  hint", "     ")))
    return [(name, match[0].partition(" && ")[0]) for name, line in found if (match := LINE.search(line))]


def follow(case: Case, advice: Remedy, folder: Path) -> Case:
    """The case with the remedy applied, in a copy of its project."""
    copy = folder / "copy"
    shutil.copytree(case.folder, copy, symlinks=True)
    for name, text in advice.files.items():
        path = copy / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text, encoding="utf-8")
    line = shlex.join(case.argv)
    assert advice.drop in line, f"{advice.drop} is not in {line}"
    words = shlex.split(line.replace(f" {advice.drop}", "", 1) if advice.drop else line)
    typed = advice.add or ("" if advice.drop or advice.instead or advice.facts else advice.printed)
    if advice.drop and OPTION.match(advice.printed) and not advice.add:
        typed = advice.printed
    given = shlex.split(typed)
    if given and (given[0] in ("--gpu", "--nogpu") or given[0] in words):
        words = _without(words, given[0], valued=len(given) > 1)
    words = [words[0], *given, *words[1:]]
    argv = shlex.split(advice.instead) if advice.instead else words
    return replace(case, folder=copy, argv=tuple(argv), facts={**case.facts, **advice.facts})


def _without(words: list[str], option: str, *, valued: bool) -> list[str]:
    modes = ("--gpu", "--nogpu")
    rest = [word for word in words if option not in modes or word not in modes]
    if valued:
        at = rest.index(option)
        del rest[at : at + 2]
    return rest


@pytest.mark.parametrize(("name", "advice"), REMEDIES, ids=lambda each: each if isinstance(each, str) else each.printed)
def test_a_remedy_that_is_followed_ends_the_problem(name: str, advice: Remedy, tmp_path: Path) -> None:
    case = read_case(GOLDEN / name)
    before = expected(case)
    hints = [line for of, line in cases_with_remedies() if of == name]
    assert any(advice.printed in hint for hint in hints), f"{name} prints no {advice.printed}"

    after = outcome(follow(case, advice, tmp_path), tmp_path)

    its_own = next(block for block in _blocks(before["diagnostics"]) if advice.printed in block)
    assert its_own not in after.get("diagnostics", "")
    assert "error[" not in after.get("diagnostics", ""), after["diagnostics"]


def _blocks(diagnostics: str) -> list[str]:
    return re.split(r"(?m)^(?=error|warning|exit|caliban)", diagnostics)


def test_every_option_that_a_golden_case_advises_is_tried() -> None:
    tried = {(name, advice.printed) for name, advice in REMEDIES}
    untried = [
        (name, line)
        for name, line in cases_with_remedies()
        if OPTION.search(line)
        and not LINE.search(line)
        and not MENTION.search(line)
        and not any(words in line for words in OF_OTHER_PROGRAMS)
        and not any(of == name and printed in line for of, printed in tried)
    ]
    assert untried == []


@pytest.mark.parametrize("line", sorted({line for _, line in printed_lines()}))
def test_a_command_line_that_is_printed_is_one(line: str) -> None:
    assert parse(shlex.split(line)[1:]) is not None


def test_golden_cases_print_command_lines_of_run_and_lock() -> None:
    assert {line.split()[1] for _, line in printed_lines()} >= {"run", "lock"}


def test_a_corrected_command_line_is_compiled(tmp_path: Path) -> None:
    names = (
        "an_option_after_the_module_is_rejected_with_the_corrected_line",
        "a_secret_after_the_module_is_not_repeated",
        "python_in_place_of_module_is_rejected_with_the_script",
    )
    for name in names:
        [line] = [line for of, line in printed_lines() if of == name]
        said = outcome(replace(read_case(GOLDEN / name), argv=tuple(shlex.split(line)[1:])), tmp_path)
        assert ("Dockerfile" in said, "error[" in said.get("diagnostics", "")) == (True, False)


def test_a_command_in_the_prose_of_a_problem_is_marked_as_one() -> None:
    """Bare, it is taken for a command line to paste, and must be a whole one."""
    bare = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value}"
        for path in sorted((*ROOT.glob("compiler/**/*problems.py"), *ROOT.glob("runtime/**/*problems.py")))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and LINE.search(node.value)
        and not _is_docstring(node.value)
    ]  # fmt: skip
    assert bare == []


def _is_docstring(text: str) -> bool:
    return text.endswith(".") or "\n" in text


def test_a_folder_elsewhere_of_any_name_is_mounted_by_the_line_that_is_printed() -> None:
    name = "../it's my data:of May"
    words = shlex.split((directory_outside(name).hint or "").partition("--mount ")[2])
    run = parse(["run", "--mount", *words, "m.py"])
    assert isinstance(run, Run)
    assert [mount.source for mount in run.launch.mounts] == [name]


@pytest.mark.parametrize("problem", [open_passwords, lambda path: open_to_all(path, "--cloud_key")])
def test_a_file_of_any_name_is_made_private_by_the_line_that_is_printed(
    problem: Callable[[str], Diagnostic], tmp_path: Path
) -> None:
    file = tmp_path / "it's $mine"
    file.touch(0o644)
    command = re.search("chmod 600 .*", problem(str(file)).hint or "")
    assert command is not None
    subprocess.run(["sh", "-c", command[0]], check=True)
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("six==1.17.0  # é\n", "utf-16"),
        ("six==1.17.0  # é\n", "utf-16-le"),
        ("six==1.17.0  # é “x”\n", "cp1252"),
        ("six==1.17.0  # é \x81\n", "iso-8859-1"),
    ],
)
def test_the_command_that_saves_a_file_as_utf8_does_so(text: str, encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "require ments.txt"
    file.write_bytes(text.encode(encoding))
    with pytest.raises(Rejected) as caught:
        Disk(str(tmp_path)).text(file.name)
    [problem] = caught.value.diagnostics
    command = render(problem).rpartition("save it as UTF-8: ")[2]
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    assert (file.read_text(encoding="utf-8"), [path.name for path in tmp_path.iterdir()]) == (text, [file.name])


def test_uv_makes_a_lock_anew_by_the_line_that_is_printed(tmp_path: Path) -> None:
    uv = Path(shutil.which("uv") or ROOT / ".venv/bin/uv")
    project = tmp_path / "project"
    shutil.copytree(GOLDEN / "an_empty_uv_lock_is_rejected/project", project)
    (project / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.11"\n')
    hint = (GOLDEN / "an_empty_uv_lock_is_rejected/diagnostics").read_text(encoding="utf-8")
    command = hint.partition("make it again: ")[2].splitlines()[0]
    environment = {"PATH": f"{uv.parent}:/usr/bin:/bin", "HOME": str(tmp_path), "UV_OFFLINE": "1"}
    subprocess.run(["sh", "-c", command], cwd=project, env=environment, check=True, capture_output=True)
    assert 'name = "x"' in (project / "uv.lock").read_text(encoding="utf-8")
