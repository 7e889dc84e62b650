"""What is copied of a project by what the command line says, and what is left out because of what it is."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace
from projects import project, told

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.survey import survey
from caliban.compiler.input.caller import Caller
from caliban.compiler.input.invocation import Compilation
from caliban.compiler.input.project import Project

CALLER = Caller(root="", python="3.11", platform="linux/amd64")
CODE = {
    "train.py": "import lib\ntry:\n  from extra import x\nexcept ImportError:\n  x = None\n",
    "extra/x.py": "",
    "lib/__init__.py": "",
    "trainer/t.py": "",
    "data/x.csv": "",
}


def surveyed(folder: Path, files: Mapping[str, str], line: str, caller: Caller = CALLER) -> Project:
    project(folder, files)
    invocation = parse(["compile", "--nogpu", *line.split()])
    assert isinstance(invocation, Compilation)
    return survey(invocation, replace(caller, root=str(folder)))


def paths(found: Project) -> set[str]:
    return {fact.path for fact in found.files}


def refused(folder: Path, files: Mapping[str, str], line: str) -> str:
    with pytest.raises(Rejected) as caught:
        surveyed(folder, files, line)
    return told(caught.value)


@pytest.mark.parametrize("typed", [".", "./", "ROOT", "lib/..", "data -d ."])
def test_the_project_itself_as_an_extra_directory_copies_all_of_it(typed: str, tmp_path: Path) -> None:
    found = surveyed(tmp_path, CODE, f"-d {typed.replace('ROOT', str(tmp_path))} trainer/t.py")
    assert (found.entry.code.path, paths(found) >= set(CODE)) == (".", True)


@pytest.mark.parametrize("marker", ["*", "# made by a tool\n*\n", "\n*\n\n"])
def test_a_folder_whose_own_gitignore_is_a_star_is_left_out_and_named(marker: str, tmp_path: Path) -> None:
    files = {**CODE, "out/.gitignore": marker, "out/1/model.pt": "", "data/deep/.gitignore": marker, "data/deep/x": ""}
    found = surveyed(tmp_path, files, "-d data train.py")
    assert (paths(found) & set(files), found.left_out) == (set(CODE), ("data/deep", "out"))


@pytest.mark.parametrize("marker", ["*\n!keep\n", "*.pt\n", "", "# *\n"])
def test_a_gitignore_that_says_something_else_leaves_nothing_out(marker: str, tmp_path: Path) -> None:
    found = surveyed(tmp_path, {**CODE, "out/.gitignore": marker, "out/x": ""}, "train.py")
    assert ("out/x" in paths(found), found.left_out) == (True, ())


@pytest.mark.parametrize(
    ("folder", "line"),
    [
        ("lib", "train.py"),  # imported by the entry
        ("extra", "train.py"),  # imported inside `try`
        ("trainer", "trainer/t.py"),  # holds the entry
        ("trainer", "-d . trainer.t"),
        ("data", "-d data train.py"),  # named
        ("data", "--include data train.py"),
    ],
)
def test_what_runs_is_imported_or_named_is_copied_whatever_its_gitignore_says(
    folder: str, line: str, tmp_path: Path
) -> None:
    found = surveyed(tmp_path, {**CODE, f"{folder}/.gitignore": "*"}, line)
    assert (f"{folder}/.gitignore" in paths(found), found.left_out) == (True, ())


def test_the_files_that_the_command_itself_writes_are_left_out_by_identity(tmp_path: Path) -> None:
    project(tmp_path, {**CODE, "err.txt": "x", "data/err.txt": "x"})
    status = (tmp_path / "err.txt").stat()
    found = surveyed(tmp_path, {}, "train.py", replace(CALLER, streams=frozenset({(status.st_dev, status.st_ino)})))
    assert (paths(found) & {"err.txt", "data/err.txt"}, found.left_out) == ({"data/err.txt"}, ("err.txt",))


def test_a_file_of_the_same_inode_on_another_device_is_copied(tmp_path: Path) -> None:
    project(tmp_path, {**CODE, "err.txt": "x"})
    status = (tmp_path / "err.txt").stat()
    found = surveyed(tmp_path, {}, "train.py", replace(CALLER, streams=frozenset({(status.st_dev + 1, status.st_ino)})))
    assert "err.txt" in paths(found)


@pytest.mark.parametrize(
    ("line", "patterns"),
    [
        ("train.py", ""),
        ("-d data train.py", ""),
        ("--include data/.state train.py", ""),
        ("train.py", "!data/.state\n"),
    ],
)
def test_calibans_own_folder_is_never_copied_and_nothing_is_said_of_it(
    line: str, patterns: str, tmp_path: Path
) -> None:
    files = {**CODE, ".dockerignore": patterns, "data/.state/index.sqlite": "x", "data/.state.txt": "x"}
    found = surveyed(tmp_path, files, line, replace(CALLER, state="data/.state"))
    assert ({path for path in paths(found) if ".state" in path}, found.left_out) == ({"data/.state.txt"}, ())


def test_calibans_own_folder_is_left_out_before_it_exists(tmp_path: Path) -> None:
    project(tmp_path, CODE)
    found = surveyed(tmp_path, {}, "train.py", replace(CALLER, state=".state"))
    assert found.ignore_patterns[-1] == ".state"


@pytest.mark.parametrize(
    ("state", "line"), [("trainer", "trainer.t"), ("data", "-d data train.py"), ("data", "-d data/sub train.py")]
)
def test_what_is_copied_cannot_lie_in_calibans_own_folder(state: str, line: str, tmp_path: Path) -> None:
    project(tmp_path, {**CODE, "data/sub/x": ""})
    with pytest.raises(Rejected, match=f"'{state}' is caliban's own folder"):
        surveyed(tmp_path, {}, line, replace(CALLER, state=state))


def test_output_into_the_entry_itself_does_not_leave_it_out(tmp_path: Path) -> None:
    project(tmp_path, CODE)
    status = (tmp_path / "train.py").stat()
    found = surveyed(tmp_path, {}, "train.py", replace(CALLER, streams=frozenset({(status.st_dev, status.st_ino)})))
    assert "train.py" in paths(found)


def test_an_extra_directory_that_is_a_link_is_read_where_it_leads(tmp_path: Path) -> None:
    project(tmp_path, {**CODE, "real/x": "12345", "real/.env": ""})
    (tmp_path / "link").symlink_to("real")
    found = surveyed(tmp_path, {}, "-d link trainer/t.py")
    [folder] = found.directories
    assert (folder.path, folder.size, folder.excluded, "real/x" in paths(found)) == ("link", 5, True, True)


def test_a_link_out_of_the_project_or_to_nothing_is_refused_with_its_target(tmp_path: Path) -> None:
    project(tmp_path, CODE)
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "out").symlink_to("/usr")
    assert [refused(tmp_path, {}, f"-d {name} train.py").splitlines()[0] for name in ("gone", "out")] == [
        "error[no-directory]: 'gone' is a link to 'nowhere', and no directory is there",
        "error[outside-project]: 'out' is a link to '/usr', outside the project, the current directory; "
        "nothing outside it is copied",
    ]


def test_a_folder_that_copy_cannot_name_may_have_no_ignore_file_of_its_own(tmp_path: Path) -> None:
    files = {**CODE, "we[ir]d/.dockerignore": "*", "we[ir]d/x": ""}
    assert refused(tmp_path, files, "-d we[ir]d trainer/t.py").startswith("error[odd-name]: 'we[ir]d' ")


def test_a_path_by_the_link_that_leads_to_the_project_is_inside(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    files = {**CODE, "base/Dockerfile": "FROM scratch\n", "req.txt": "six\n"}
    line = f"-d {link}/data --include {link}/lib --base_image {link}/base/Dockerfile --requirements {link}/req.txt"
    found = surveyed(real, files, f"{line} {link}/trainer/t.py", replace(CALLER, logical_root=str(link)))
    assert ([each.path for each in found.directories], found.entry.file) == (["data"], "trainer/t.py")
    assert (found.base_dockerfile is not None, [each.path for each in found.requirements_files]) == (True, ["req.txt"])


@pytest.mark.parametrize(
    ("output", "line", "hint"),
    [
        (".", "train.py", "name a folder for them: -o results"),
        ("trainer", "trainer/t.py", "name a folder that holds nothing else: -o results"),
        ("trainer/res", "trainer/t.py", "name a folder that holds nothing else: -o results"),
        ("trainer/res", "-d . trainer/t.py", "name a folder that holds nothing else: -o results"),
        ("data", "-d data/deep trainer/t.py", "name a folder that holds nothing else: -o results"),
        ("data/res", "-d data train.py", "name a folder that holds nothing else: -o results"),
        ("data", "train.py", "name a new folder, or leave this one out with a line in .dockerignore: data"),
    ],
)
def test_results_may_not_go_where_they_would_be_copied(output: str, line: str, hint: str, tmp_path: Path) -> None:
    said = refused(tmp_path, {**CODE, "data/deep/x": ""}, f"-o {output} {line}")
    assert (said.startswith("error[bad-output]: "), said.endswith(f"hint: {hint}")) == (True, True), said


@pytest.mark.parametrize("image", ["", "--image_id x "])
@pytest.mark.parametrize("output", ["..", "../..", "/", "ROOT/..", "up", "up/p/..", "LINK/.."])
def test_results_may_not_go_where_a_run_could_write_over_the_project(output: str, image: str, tmp_path: Path) -> None:
    folder, link = tmp_path / "p", tmp_path / "by-link"
    project(folder, CODE)
    (folder / "up").symlink_to("..")
    link.symlink_to(folder)
    typed = output.replace("ROOT", str(folder)).replace("LINK", str(link))
    invocation = parse(["run", "--nogpu", *image.split(), "-o", typed, "train.py"])
    assert isinstance(invocation, Compilation)
    with pytest.raises(Rejected) as caught:
        survey(invocation, replace(CALLER, root=str(folder), logical_root=str(link)))
    assert told(caught.value).splitlines() == [
        f"error[bad-output]: results cannot go into '{typed}', which holds the project: "
        "the run could write over its files",
        "  --> --output",
        "  hint: name a folder for them: -o results",
    ]


def test_a_folder_beside_the_project_whose_name_begins_alike_holds_it_not(tmp_path: Path) -> None:
    (tmp_path / "pro").mkdir()
    assert surveyed(tmp_path / "project", CODE, "-o ../pro train.py").files


@pytest.mark.parametrize(("option", "full"), [("-o", "--output"), ("--mount", "--mount")])
def test_a_colon_that_belongs_to_the_name_of_a_folder_is_reported(option: str, full: str, tmp_path: Path) -> None:
    files = {**CODE, "a:b:c/x": ""}
    whole, two = r"a\:b\:c", "a:/usr/app/b:c"
    assert refused(tmp_path, files, f"{option} a:b:c trainer/t.py").splitlines() == [
        f"error[ambiguous]: 'a:b:c' is here, but {full} reads it as 'a' mounted at 'b:c'",
        f"  --> {full}",
        f"  hint: for 'a:b:c' itself: {full} '{whole}'",
        f"        for 'a': {full} {two}",
    ]
    for typed in (whole, two):
        assert surveyed(tmp_path, {}, f"{option} {typed} trainer/t.py").files


@pytest.mark.parametrize(
    ("files", "output"),
    [
        ({}, "results"),
        ({}, "results/a/b"),
        ({"results/.gitignore": "*", "results/1/x": ""}, "results"),
        ({"results/.gitignore": "*", "results/1/x": ""}, "results/1"),
        ({".dockerignore": "data\n"}, "data"),
        ({}, "../elsewhere"),
    ],
)
def test_results_may_go_where_nothing_is_copied(files: Mapping[str, str], output: str, tmp_path: Path) -> None:
    found = surveyed(tmp_path / "p", {**CODE, **files}, f"-o {output} train.py")
    assert not {path for path in paths(found) if path.startswith("results")}


def test_the_image_is_the_same_before_and_after_the_folder_of_results_is_made(tmp_path: Path) -> None:
    patterns = [surveyed(tmp_path, CODE, "-o results/a train.py").ignore_patterns]
    project(tmp_path, {"results/.gitignore": "*\n", "results/a/model.pt": ""})
    for line in ("-o results/a train.py", "train.py"):
        patterns.append(surveyed(tmp_path, {}, line).ignore_patterns)
    assert patterns[1:] == patterns[:1] * 2


def test_an_empty_folder_for_results_needs_no_line(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    assert "results" not in paths(surveyed(tmp_path, CODE, "-o results train.py"))
    assert os.listdir(tmp_path / "results") == []


@pytest.mark.parametrize(
    ("folder", "pattern"), [(".aws", "**/.aws"), ("home/.ssh/old", "**/.ssh"), (".env.d", "**/.env*")]
)
def test_a_folder_of_credentials_comes_by_include_alone(folder: str, pattern: str, tmp_path: Path) -> None:
    files = {**CODE, f"{folder}/credentials": ""}
    assert refused(tmp_path, files, f"-d {folder} train.py") == (
        f"error[credentials]: '{folder}' holds credentials ({pattern}), "
        "which are copied into no image unless asked for\n"
        "  --> --dir\n"
        f"  hint: mount it for the run instead: --mount {folder}\n"
        f"        or copy it all the same: --include {folder}"
    )
    found = surveyed(tmp_path, {}, f"-d {folder} --include {folder} train.py")
    assert f"{folder}/credentials" in paths(found)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (".calibanconfig.json", '{"mlflow_config": {"user": "me", "password": "hunter2"}}'),
        (".calibanconfig.json", '{"env": {"MY_API_KEY": "hunter2"}}'),
        (".calibanconfig.json", '{"env": {"DATABASE_URL": "postgres://me:hunter2@db.example/x"}}'),
        (".calibanconfig.json", '{"env": {"NOTIFY": "https://hooks.slack.com/services/T0/B0/hunter2"}}'),
        (".calibanconfig.json", '{"docker_run_args": ["--env", "CACHE=redis://:hunter2@cache.example/0"]}'),
        ("pyproject.toml", '[tool.caliban.env]\nDATABASE_URL = "postgres://me:hunter2@db.example/x"\n'),
        ("pyproject.toml", '[tool.caliban.mlflow_config]\npassword = "hunter2"\n'),
    ],
)
def test_a_config_that_holds_a_password_is_not_copied_and_that_is_said(file: str, text: str, tmp_path: Path) -> None:
    found = surveyed(tmp_path, {**CODE, file: text}, "train.py")
    assert (file in paths(found), found.left_out) == (False, (file,))


def test_a_config_without_a_password_is_copied(tmp_path: Path) -> None:
    text = (
        '{"mlflow_config": {"user": "me", "password": ""}, "build_secrets": ["TOKEN"],'
        ' "env": {"DATABASE_URL": "postgres://db.example/x", "HOOKS": "https://hooks.slack.com/"}}'
    )
    assert ".calibanconfig.json" in paths(surveyed(tmp_path, {**CODE, ".calibanconfig.json": text}, "train.py"))


def test_a_password_in_a_manifest_that_the_build_reads_is_an_error(tmp_path: Path) -> None:
    text = (
        '[build-system]\nrequires = ["setuptools"]\n[project]\nname = "p"\nversion = "1"\n'
        '[tool.caliban.mlflow_config]\npassword = "hunter2"\n'
    )
    said = refused(tmp_path, {**CODE, "pyproject.toml": text}, "train.py")
    assert (said.splitlines()[0], "hunter2" in said) == (
        "error[password]: a password stands in a file that the build reads",
        False,
    )


LEFT = {f"{folder}/{name}/x": "" for folder in ("data", "data/deep") for name in ("wandb", "mlruns", "multirun")}


def test_what_trackers_of_runs_leave_is_left_out_and_named_inside_extra_directories_too(tmp_path: Path) -> None:
    files = {**CODE, **LEFT, "lightning_logs/v0/x": "", "lib/.ipynb_checkpoints/x": ""}
    found = surveyed(tmp_path, files, "-d data train.py")
    left_out = (*sorted(path.rpartition("/")[0] for path in LEFT), "lib/.ipynb_checkpoints", "lightning_logs")
    assert (paths(found) & set(files), found.left_out) == (set(CODE), left_out)


@pytest.mark.parametrize("name", ["runs", "outputs", "results", "logs", "checkpoints"])
def test_what_runs_leave_is_left_out_where_git_ignores_it_and_copied_where_not(name: str, tmp_path: Path) -> None:
    left = {f"{name}/1/x": "", f"data/deep/{name}/x": ""}
    for ignored, kept in (("", set(left)), (f"{name}/\n", set()), (f"/{name}\n", {f"data/deep/{name}/x"})):
        found = surveyed(tmp_path, {**CODE, **left, ".gitignore": ignored}, "-d data train.py")
        assert (paths(found) & set(left), name in found.left_out) == (kept, ignored != "")


def test_the_nearest_gitignore_that_speaks_of_a_folder_decides(tmp_path: Path) -> None:
    files = {**CODE, ".gitignore": "runs\n", "data/.gitignore": "!runs\n", "data/runs/x": "", "lib/runs/x": ""}
    found = surveyed(tmp_path, files, "train.py")
    assert found.left_out == ("lib/runs",)


def test_the_gitignore_of_the_repository_above_the_project_counts_and_that_above_the_repository_does_not(
    tmp_path: Path,
) -> None:
    project(tmp_path, {".gitignore": "logs\n", "repo/.gitignore": "/mine/runs\n", "repo/.git/HEAD": ""})
    found = surveyed(tmp_path / "repo/mine", {**CODE, "runs/x": "", "logs/x": "", "lib/runs/x": ""}, "train.py")
    assert found.left_out == ("runs",)


def test_a_repository_inside_the_project_has_rules_of_its_own(tmp_path: Path) -> None:
    files = {**CODE, ".gitignore": "runs\n", "sub/.git": "gitdir: elsewhere", "sub/runs/x": "", "sub/more/runs/x": ""}
    assert surveyed(tmp_path, files, "train.py").left_out == ("sub/.git",)


@pytest.mark.parametrize("name", ["wandb", "lib/multirun", "runs", "lib/logs", "build", "dist"])
@pytest.mark.parametrize("line", ["train.py", "-d lib train.py", "-d . lib/own.py", "lib/own.py", "NAME/t.py"])
def test_what_the_entry_imports_or_is_in_is_code_whatever_its_name(name: str, line: str, tmp_path: Path) -> None:
    code = {**CODE, ".gitignore": "runs\nlogs\n", f"{name}/__init__.py": "", f"{name}/t.py": "", f"{name}/.env": ""}
    statement = f"import {name.replace('/', '.')}.t\n"
    files = {**code, "train.py": statement, "lib/own.py": f"import sys; sys.path.insert(0, '.')\n{statement}"}
    found = surveyed(tmp_path, files, line.replace("NAME", name))
    reached = name.startswith("lib/") or "lib/own" not in line or "-d ." in line
    there = {f"{name}/__init__.py", f"{name}/t.py"} if reached else set()
    assert {path for path in paths(found) if path.startswith(f"{name}/")} == there
    assert name not in found.left_out


def test_a_package_of_such_a_name_stays_out_where_the_users_own_file_says_so(tmp_path: Path) -> None:
    for name in ("build", "wandb"):
        files = {"train.py": f"import {name}.t", f"{name}/t.py": "", ".dockerignore": f"{name}\n"}
        assert paths(surveyed(tmp_path / name, files, "train.py")) == {".dockerignore", "train.py"}


@pytest.mark.parametrize("name", ["wandb", "data/mlruns", "runs", "data/runs", "build"])
def test_a_folder_of_such_a_name_is_copied_where_the_command_line_names_it(name: str, tmp_path: Path) -> None:
    files = {**CODE, ".gitignore": "runs\n", f"{name}/x": "", f"{name}/wandb/x": "", f"{name}/a/runs/x": ""}
    for line in (f"-d {name} train.py", f"-d {name} trainer.t"):
        found = surveyed(tmp_path, files, line)
        assert (f"{name}/x" in paths(found), found.left_out) == (True, (f"{name}/a/runs", f"{name}/wandb"))
    found = surveyed(tmp_path, files, f"--include {name} train.py")
    assert f"{name}/a/runs/x" in paths(found)


def test_results_may_go_into_a_folder_that_git_ignores(tmp_path: Path) -> None:
    files = {**CODE, ".gitignore": "results/\n", "results/old/model.pt": ""}
    assert "results/old/model.pt" not in paths(surveyed(tmp_path, files, "-o results train.py"))


def test_the_files_of_an_image_are_the_same_with_and_without_output(tmp_path: Path) -> None:
    project(tmp_path, CODE)
    found = [surveyed(tmp_path, {}, line).files for line in ("train.py", "-o results/a train.py")]
    project(tmp_path, {"results/.gitignore": "*\n", "results/a/model.pt": ""})
    found.append(surveyed(tmp_path, {}, "train.py").files)
    assert found[1:] == found[:1] * 2
