"""What is fuzzed: each file that a project may bring, and the command line; bytes in, compiled or rejected.

Whatever is accepted must yield a Dockerfile that says what the recipe says, line by line printable, and a script.
"""

import io
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from golden_cases import CALLER, GOLDEN, MACHINE, cases, read_case
from msgspec.structs import replace

from caliban.backends.docker.check import disagreements
from caliban.backends.docker.dockerfile import render_dockerfile
from caliban.compiler.diagnostics import Rejected, render
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.survey import survey
from caliban.compiler.input.invocation import Build, Compile, Run
from caliban.compiler.ir.as_json import render_plan
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.lowering.observed import Observed
from caliban.compiler.pipeline import compile_plan
from caliban.runtime.emit import script_lines

FOUND = Path(__file__).parent / "found"
KNOWN = {"FROM", "RUN", "WORKDIR", "ENV", "ARG", "COPY", "USER", "SHELL", "COMMENT"}


class Target(NamedTuple):
    """One kind of input: a file in the project of a golden case."""

    name: str
    file: str  # that the bytes are; '': the words of the command line, a NUL between them
    case: str  # whose command line and other files it has

    def seeds(self) -> Iterator[bytes]:
        """Inputs that mean something, those of the case first."""
        if not self.file:
            own = read_case(GOLDEN / self.case)
            yield from ("\0".join(case.argv).encode() for case in (own, *cases()))
            return
        yield (GOLDEN / self.case / "project" / self.file).read_bytes()
        yield from (path.read_bytes() for path in sorted(GOLDEN.glob(f"*/project/{self.file}")))

    def found(self) -> Iterator[bytes]:
        """What once broke a promise."""
        return (path.read_bytes() for path in sorted((FOUND / self.name).glob("*")))

    def argv(self, data: bytes) -> list[str]:
        """The command line."""
        return list(read_case(GOLDEN / self.case).argv) if self.file else data.decode(errors="replace").split("\0")

    def set_up(self, folder: Path, data: bytes) -> None:
        """The project, in a new folder or over that of an earlier input."""
        if not folder.exists():
            shutil.copytree(GOLDEN / self.case / "project", folder)
        if self.file:
            (folder / self.file).write_bytes(data)


TARGETS = (
    Target("command_line", "", "the_dockerignore_is_obeyed_but_for_extra_directories"),
    Target("script", "scripts/go.sh", "a_shell_script_runs_by_its_shebang"),
    Target("experiments", "experiment.json", "an_experiment_multiplies_its_axes"),
    Target("config", ".calibanconfig.json", "a_base_image_pattern_is_filled_with_the_mode"),
    Target("tables", "mine.json", "the_tables_of_the_environment_stand_over_the_projects"),
    Target("requirements", "requirements.txt", "requirements_are_installed_with_all_that_they_include"),
    Target("pyproject", "pyproject.toml", "the_config_in_pyproject_sets_what_a_run_needs"),
    Target("setup_py", "setup.py", "a_dynamic_setup_py_is_asked_in_a_stage"),
    Target("setup_cfg", "setup.cfg", "a_setup_cfg_declares_beside_setup_py"),
    Target("conda", "environment.yml", "environment_requirements_and_project_are_installed_together"),
    Target("pipfile", "Pipfile", "a_pipfile_lock_is_installed_exactly"),
    Target("pipfile_lock", "Pipfile.lock", "a_pipfile_lock_is_installed_exactly"),
    Target("uv_lock", "uv.lock", "a_locked_project_is_installed_itself"),
    Target("poetry_lock", "poetry.lock", "a_poetry_lock_is_installed_exactly"),
    Target("pdm_lock", "pdm.lock", "a_pdm_lock_is_installed_exactly"),
    Target("pylock", "pylock.toml", "a_pylock_is_installed_exactly"),
    Target("dockerfile", "Dockerfile", "a_dockerfile_as_base_may_hold_what_looks_like_ours"),
    Target("dockerignore", ".dockerignore", "the_dockerignore_is_obeyed_but_for_extra_directories"),
    Target("python_version", ".python-version", "the_python_version_file_is_obeyed"),
)


def try_out(target: Target, data: bytes, folder: Path) -> bool:
    """Whether the input is accepted; a promise that is broken is an exception that nobody expects."""
    target.set_up(folder, data)
    argv = target.argv(data)
    try:
        invocation = parse(argv)
        if not isinstance(invocation, Run | Compile | Build):
            return True
        caller = replace(CALLER, root=str(folder), environment={"CALIBAN_DEFAULT_MODE": "cpu"})
        project = survey(invocation, caller)
        plan = compile_plan(invocation, project, caller, Observed())
    except Rejected as rejected:
        assert rejected.diagnostics, "a refusal without a reason"
        told = [render(diagnostic) for diagnostic in rejected.diagnostics]
        assert all(line.isprintable() for text in told for line in text.split("\n")), told
        return False
    if isinstance(plan.image, Recipe):
        check_dockerfile(plan.image)
    render_plan(plan)
    if isinstance(invocation, Run | Compile):
        assert all(
            line.isprintable()
            for lines in islice(script_lines(invocation, plan, project, MACHINE), 500)
            for line in own(lines)
        )
    return True


def check_dockerfile(recipe: Recipe) -> None:
    """The text of a recipe holds nothing that the recipe does not."""
    from dockerfile_parse import DockerfileParser

    text = render_dockerfile(recipe)
    assert not list(disagreements(text, recipe)), text
    assert isinstance(recipe.base, BaseImage)
    users = recipe.base.dockerfile
    ours = text if users is None else text.partition(users.text)[2]
    assert all(line.isprintable() for line in ours.split("\n")), ours
    parser = DockerfileParser(fileobj=io.BytesIO(ours.encode()), env_replace=False)
    assert {item["instruction"] for item in parser.structure} <= KNOWN, ours


def own(text: str) -> list[str]:
    """Lines of a script without those of a user's own Dockerfile, which are shown as they are."""
    return [] if "# the project's own " in text else text.split("\n")
