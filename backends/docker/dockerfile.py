"""A recipe into the text of a Dockerfile, for people and for any builder: a comment per decision, no here-documents.

Only spelling happens here: what is installed, where from and in which order stands in the recipe.
"""

from collections.abc import Mapping, Sequence
from typing import assert_never

from caliban.backends.docker import apt, editable, found_python, gcloud, pins, requirements, toolkits, uv
from caliban.backends.docker.host_wheels import render_host_wheels, wheel_groups
from caliban.backends.docker.stages import (
    SHARED_STAGE,
    render_copy,
    render_generated,
    render_own_context,
    render_wheel_stage,
)
from caliban.backends.docker.words import comment, env_value, render_indexes
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.effects import FOUND_PYTHON, HOME, VENV, WORKDIR
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder, RestoreFolderOwners
from caliban.compiler.ir.steps.cuda import CompileWheels, PrepareToolkit
from caliban.compiler.ir.steps.gcloud import InstallGcloud
from caliban.compiler.ir.steps.locked import InstallLock, InstallPins
from caliban.compiler.ir.steps.project import BuildWheel, CopyGenerated, InstallEditable, InstallWheel
from caliban.compiler.ir.steps.python import CreateVenv, ExtendImportPath, FindPython, InstallPython
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.ir.steps.system import InstallSystemPackages, PrepareFolders

OWNERS = "ARG CALIBAN_UID=0\nARG CALIBAN_GID=0"


def render_dockerfile(recipe: Recipe) -> str:
    """The Dockerfile, with a final newline."""
    base = recipe.base
    assert isinstance(base, BaseImage), "choose_base did not run"
    return "\n\n".join(_blocks(base, recipe)) + "\n"


def render_step(step: Step, recipe: Recipe) -> str:
    """The lines of one step, with its comment."""
    assert isinstance(recipe.base, BaseImage), "choose_base did not run"
    return _spell(step, recipe.base, recipe)


def render_header(command_line: str) -> str:
    """The comment over a Dockerfile that is shown: how it came to be. One line, whatever is in the arguments."""
    return f"# {command_line}\n\n"


def render_footer(command_line: str) -> str:
    """The comment below it: what a container of it runs."""
    return f"\n# runs as: {command_line}\n"


def _blocks(base: BaseImage, recipe: Recipe) -> list[str]:
    """The parts that a blank line divides."""
    stages = [step for step in recipe.steps if isinstance(step, BuildWheel) and step.toolkit is None]
    contexts = [step for step in recipe.steps if isinstance(step, CopyFolder) and step.context is not None]
    steps = [step for step in recipe.steps if not _compiles(step)]
    first_stage = steps.index(stages[0]) if stages else 0
    blocks = (
        [f"# the project's own {base.dockerfile.path}:\n{base.dockerfile.text}"] if base.dockerfile is not None else []
    )
    blocks += [render_own_context(step) for step in contexts]
    blocks += [render_host_wheels(recipe)] if base.lent_wheels and wheel_groups(recipe) else []
    blocks += [_spell(step, base, recipe) for step in recipe.steps if _compiles(step)]
    blocks.append(_from(base, recipe.notes, name=SHARED_STAGE if stages else None))
    owned = asked = False
    for index, step in enumerate(steps):
        if isinstance(step, BuildWheel):
            blocks.append(_spell(step, base, recipe))
            continue
        if stages and index > first_stage and isinstance(steps[index - 1], BuildWheel):
            blocks.append(f"# the image itself\nFROM {SHARED_STAGE}")
        if step.effects.asks_index and not asked:
            asked = True
            blocks.append(render_indexes())
        if _by_owner(step) and not owned:
            owned = True
            note = "from here on, files belong to the user who runs them; the layers above are the same for all users"
            blocks.append("\n".join((*comment(note), OWNERS)))
        blocks.append(_spell(step, base, recipe))
    if of_runs := _of_runs(base, recipe):
        blocks.append(of_runs)
    if base.dockerfile is not None and base.dockerfile.user is not None:
        note = f"as {base.dockerfile.path} has it; caliban itself runs the image as whoever runs caliban"
        blocks.append("\n".join((*comment(note), f"USER {base.dockerfile.user}")))
    return blocks


def _from(base: BaseImage, notes: Sequence[str], *, name: str | None) -> str:
    suffix = f" AS {name}" if name else ""
    image = base.reference
    reason = base.reason if image == base.image else f"{base.reason}; {base.image}, as it was when it was locked"
    said = [line for text in (reason, *notes) for line in comment(text)]
    return "\n".join((*said, f"FROM {image}{suffix}"))


def _compiles(step: Step) -> bool:
    """Return whether a step is a stage on an image of its own."""
    return isinstance(step, PrepareToolkit | CompileWheels) or (isinstance(step, BuildWheel) and bool(step.toolkit))


def _by_owner(step: Step) -> bool:
    return isinstance(step, CopyFolder | CopyGenerated)


def _spell(step: Step, base: BaseImage, recipe: Recipe) -> str:
    match step:
        case InstallGcloud():
            return gcloud.render_gcloud(step, base)
        case PrepareFolders():
            return _folders(base, recipe)
        case InstallSystemPackages():
            return apt.render_system_packages(step, base)
        case InstallPython():
            return uv.render_python(step, base)
        case CreateVenv():
            return uv.render_venv(step, base)
        case ExtendImportPath():
            return found_python.render_import_path()
        case FindPython():
            return found_python.render_found_python(step, base)
        case InstallPins():
            return pins.render_pins(step, base)
        case InstallRequirements():
            return requirements.render_requirements(step, base)
        case InstallWheelRequirements():
            return requirements.render_wheel_requirements(step, base)
        case InstallWheel():
            return uv.render_wheel(step, base, last=step is recipe.steps[-1])
        case InstallEditable():
            return editable.render_editable(step, base)
        case CopyFolder():
            return render_copy(step, _copy_comment(step, recipe))
        case CopyGenerated():
            return render_generated(step)
        case RestoreFolderOwners():
            return _mended()
        case BuildWheel():
            return render_wheel_stage(step, base)
        case PrepareToolkit():
            return toolkits.render_toolkit(step, base)
        case CompileWheels():
            return toolkits.render_compiled(step, base)
        case InstallLock():
            raise AssertionError("select_locked did not run")
        case _:
            assert_never(step)


def _folders(base: BaseImage, recipe: Recipe) -> str:
    # Without tools but those that any base has, in the shell that all of them have, as the user who may write.
    make = f"mkdir -p {WORKDIR} {HOME} && chmod 1777 {WORKDIR} {HOME}"
    own = f"RUN install --directory --mode=1777 {WORKDIR} {HOME}"
    anywhere = ("USER 0:0", 'SHELL ["/bin/sh", "-c"]', f"RUN {make}")
    kinds = {type(step) for step in recipe.steps}
    note: list[str] = []
    if base.own and CreateVenv not in kinds:
        note = comment(
            f"{WORKDIR} comes last on the import path, so nothing in it hides a module or runs at each start"
        )
        own += f" && \\\n    python -c '{found_python.COME_LAST}'"
    return "\n".join(
        (
            *((*note, own) if base.own else anywhere),
            f"WORKDIR {WORKDIR}",
            _spell_env(_environment(recipe)),
        )
    )


def _mended() -> str:
    note = f"linked layers bring /usr and {WORKDIR} of their own: these are made again what they were"
    command = f"chown 0:0 /usr {WORKDIR} && chmod 755 /usr && chmod 1777 {WORKDIR}"
    return "\n".join((*comment(note), f"RUN {command}"))


def _environment(recipe: Recipe) -> dict[str, str]:
    env = {"HOME": HOME, "PYTHONUNBUFFERED": "1"}
    kinds = {type(step) for step in recipe.steps}
    if CreateVenv in kinds:
        env |= {"VIRTUAL_ENV": VENV, "PATH": f"{VENV}/bin:$PATH"}
    if FindPython in kinds:
        env["PATH"] = f"{FOUND_PYTHON}/bin:$PATH"
    return env


def _of_runs(base: BaseImage, recipe: Recipe) -> str | None:
    """The variables that no build step reads: one is part of the key of each RUN below it, so they come last."""
    env = dict(base.env)
    declared: tuple[str, ...] = ()
    if recipe.import_path is not None:
        # Declared, because ours goes before the base's own, and a base without one is no mistake (`build --check`).
        declared = () if base.own else ("ARG PYTHONPATH",)
        env["PYTHONPATH"] = recipe.import_path + ("" if base.own else "${PYTHONPATH:+:$PYTHONPATH}")
    if not env:
        return None
    lines = comment("only runs read these, so they come last: another MODULE or mode reinstalls nothing")
    return "\n".join((*lines, *declared, _spell_env(env)))


def _spell_env(env: Mapping[str, str]) -> str:
    return "ENV " + " \\\n    ".join(f"{name}={env_value(value)}" for name, value in env.items())


def _copy_comment(step: CopyFolder, recipe: Recipe) -> str | None:
    copies = [other for other in recipe.steps if isinstance(other, CopyFolder)]
    data = [other for other in copies if other.kind == "data" and not other.linked]
    linked = [other for other in copies if other.linked]
    if step.kind == "manifest":
        return "the code looks for it above itself"
    if step.kind == "code":
        return "the code last: an edit rebuilds this layer only" if step is recipe.steps[-1] else "the code"
    if step.linked:
        return "linked: what changes above it does not copy it again" if step is linked[0] else None
    if any(other.changes.of for other in data):
        known = f"changed in {step.changes.times} of {step.changes.of} commits and builds" if step.changes.of else ""
        first = "what is slow to copy and seldom changes comes first" if step is data[0] and len(data) > 1 else ""
        return "; ".join(part for part in (first, known and f"{step.path}: {known}") if part) or None
    if step is not data[0]:
        return None
    return "large to small: what is slow to copy is rebuilt least" if len(data) > 1 else "data, before the code"
