"""A plan into one POSIX shell script that does the same job: what a dry run prints."""

from collections.abc import Iterator, Sequence

from caliban.backends.docker.build import build_command, offers_of
from caliban.backends.docker.run import output_of, run_command
from caliban.backends.docker.words import comment
from caliban.backends.shell import SecretVariables
from caliban.compiler.input.invocation import RunLimits
from caliban.compiler.input.machine import Machine
from caliban.compiler.ir.plan import Plan
from caliban.compiler.words.quoting import join

_BUILD_NOTE = (
    "A real run does more than this: it builds through a link of its own, so that BuildKit never takes old content for "
    "new, with an ignore file that leaves out caches, environments and keys; it brings uv along, and as secrets what "
    "this machine lends a build: certificates, the indexes of pip and uv, .netrc; it does not build at all when "
    "nothing changed."
)
_EPOCH_NOTE = (
    "SOURCE_DATE_EPOCH is set, so the image goes into the engine as an archive, in which no file that was added is "
    "later. Only an engine that keeps images in containerd's store can do that."
)
_RUN_NOTE = (
    "A real run starts the image by its id, under a name and labels, asks the engine how it ended, and then removes it."
)


def render_script(
    plan: Plan, machine: Machine, dockerfile: str | None, left_out: Sequence[str], limits: RunLimits
) -> Iterator[str]:
    """The lines of the script, lazily: a sweep may have a million runs. `dockerfile` is None for an existing image.

    A sweep goes on after runs that failed, as far as the limits allow, and ends with 1 then.

    `left_out` are the paths that a real run does not copy, though no .dockerignore names them.
    """
    yield "#!/bin/sh"
    yield "set -eu"
    yield ""
    for variable in plan.job.variables:
        yield f': "${{{variable.name}?set and export it first: caliban prints no values}}"'
    secrets = SecretVariables()
    given = (word for argument in plan.job.engine_options for word in argument.words)
    needed = [*secrets.needed(given), *secrets.needed(next(iter(plan.job.launches)).arguments)]
    yield from (f": {variable}" for variable in needed)
    if plan.job.variables or needed:
        yield ""
    if dockerfile is not None:
        yield from comment(_BUILD_NOTE)
        if left_out:
            yield from comment(f"This script also copies, unless a .dockerignore names it: {', '.join(left_out)}")
        if offers := offers_of(plan, dockerfile):
            yield from comment("What these variables name is lent to the build, if they are set and exported:")
            for offer in offers:
                yield from comment(f"{offer.variable}: {offer.note}")
        if plan.epoch is not None:
            yield from comment(_EPOCH_NOTE)
        yield build_command(plan, dockerfile, machine).shell(here_document="DOCKERFILE")
        yield ""
    yield from comment(_RUN_NOTE)
    if limits.timeout is not None:
        yield from comment(f"It ends each run after {limits.timeout:g} seconds (--timeout).")
    count, sweep = plan.job.launches.count, plan.job.launches.sweep
    if sweep:
        yield ""
        yield "failed=0"
    for launch in plan.job.launches:
        yield ""
        yield f"# run {launch.number} of {count}"
        if plan.job.output is not None:
            yield join(("mkdir", "-p", output_of(plan.job.output, plan, launch)))
        yield run_command(plan, launch, machine).shell(secrets=secrets) + (
            " || failed=$((failed + 1))" if sweep else ""
        )
        if limits.max_failures is not None:
            yield f'[ "$failed" -lt {limits.max_failures} ] || exit 1'
    if sweep:
        yield ""
        yield '[ "$failed" -eq 0 ]'
