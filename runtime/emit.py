"""Prints the output of `compile` and of a dry run, and writes the folder of `--eject`."""

import os
from collections.abc import Iterator

from caliban.backends.docker.dockerfile import render_dockerfile, render_footer, render_header
from caliban.backends.docker.script import render_script
from caliban.compiler.diagnostics import Rejected, printable
from caliban.compiler.frontend.cli.unparse import unparse
from caliban.compiler.input.invocation import Compile, Launched, Run, RunLimits
from caliban.compiler.input.machine import Machine
from caliban.compiler.input.project import Project
from caliban.compiler.ir.plan import Plan, Recipe
from caliban.compiler.words.secret_words import masked_line
from caliban.runtime import problems
from caliban.runtime.say import print_text, say


def emit(invocation: Compile, plan: Plan, project: Project, machine: Machine) -> int:
    """Prints what `--emit` names, or writes the folder of `--eject`."""
    assert isinstance(plan.image, Recipe), "compile has no --image_id"
    if invocation.eject is not None:
        _eject(invocation, plan, project, machine, invocation.eject)
        return 0
    match invocation.emit:
        case "dockerfile":
            print_text(commented_dockerfile(invocation, plan))
        case "plan":
            from caliban.compiler.ir.as_json import render_plan

            print_text(render_plan(plan))
        case "commands":
            print_script(invocation, plan, project, machine)
    return 0


def print_script(invocation: Run | Compile, plan: Plan, project: Project, machine: Machine) -> int:
    """The job as a shell script, a line at a time."""
    for line in script_lines(invocation, plan, project, machine):
        print_text(f"{line}\n")
    return 0


def script_lines(invocation: Launched, plan: Plan, project: Project, machine: Machine) -> Iterator[str]:
    """The lines of that script."""
    dockerfile = commented_dockerfile(invocation, plan) if isinstance(plan.image, Recipe) else None
    limits = invocation.limits if isinstance(invocation, Run) else RunLimits()
    return render_script(plan, machine, dockerfile, (*project.left_out, *project.keys_left_out), limits)


def commented_dockerfile(invocation: Launched, plan: Plan) -> str:
    """The Dockerfile as people get it: with the command line that it came from, and what runs in it."""
    assert isinstance(plan.image, Recipe), "only a recipe has a Dockerfile"
    first = next(iter(plan.job.launches))
    runs = printable(masked_line((*plan.job.argv, *first.arguments)))
    more = f" (run 1 of {plan.job.launches.count})" if plan.job.launches.sweep else ""
    return render_header(unparse(invocation)) + render_dockerfile(plan.image) + render_footer(runs + more)


def _eject(invocation: Compile, plan: Plan, project: Project, machine: Machine, folder: str) -> None:
    from caliban.compiler.ir.as_json import render_plan

    if os.path.lexists(folder):
        raise Rejected(problems.output_exists(folder, "--eject"))
    try:
        os.makedirs(folder)
        _write(f"{folder}/Dockerfile", [commented_dockerfile(invocation, plan)])
        _write(f"{folder}/Dockerfile.dockerignore", (f"{pattern}\n" for pattern in plan.ignore_patterns))
        _write(f"{folder}/commands.sh", (f"{line}\n" for line in script_lines(invocation, plan, project, machine)))
        _write(f"{folder}/plan.json", [render_plan(plan)])
    except OSError as error:
        raise Rejected(problems.output_unusable(folder, error, "--eject")) from None
    say(f"wrote Dockerfile, Dockerfile.dockerignore, commands.sh and plan.json into {folder}")


def _write(path: str, parts: Iterator[str] | list[str]) -> None:
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        file.writelines(parts)
