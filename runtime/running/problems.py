"""Problems of a run: of what it is given, and of a container that was started."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.input.invocation import EngineArgument
from caliban.compiler.words.secret_words import masked_line


def mount_missing(path: str, option: str) -> Diagnostic:
    """A host folder that is not there."""
    return Diagnostic(
        code="no-directory",
        message=f"there is no '{printable(path)}' on this machine",
        place=Place(source=option),
        hint="check the path; it is relative to the current directory",
    )


def no_place_to_mount(option: str, source: str, target: str, outer: str, place: str) -> Diagnostic:
    """A mount below a read-only one: the engine needs something at its place, and may not make it."""
    return Diagnostic(
        code="bad-mount",
        message=f"'{printable(source)}' cannot be mounted at {printable(target)}: that is below "
        f"'{printable(outer)}', which is mounted read-only and has no such place",
        place=Place(source=option),
        hint=f"give it a place of its own (DIR:PATH), or make '{printable(place)}' first",
    )


def variable_unset(name: str) -> Diagnostic:
    """`--env NAME` takes the value from caliban's own environment."""
    return Diagnostic(
        code="bad-variable",
        message=f"--env {name} takes the value from the environment, where {name} is not set",
        place=Place(source="--env"),
        hint=f"export {name}=…, or --env {name}=VALUE",
    )


def variable_not_utf8(name: str) -> Diagnostic:
    """The client would replace what is no UTF-8, in silence."""
    return Diagnostic(
        code="bad-variable",
        message=f"the value of {printable(name)} is not UTF-8, and the engine would change its bytes on the way",
        place=Place(source="the environment"),
        hint="pass it in a file, or encoded (base64, hex)",
    )


def not_in_image(script: str, image: str) -> Diagnostic:
    """--image_id runs an image as it is; the project is not copied into it."""
    return Diagnostic(
        code="not-in-image",
        message=f"the image has no '{printable(script)}': it runs unchanged, and holds nothing of the project",
        place=Place(source=f"--image_id {image}"),
        severity="warning",
        hint="name an image that caliban built of this project, or leave out --image_id",
    )


def arguments_refused(arguments: Sequence[EngineArgument], words: str) -> Diagnostic:
    """The engine's refusal of a container with these options; if it is empty, docker printed it above."""
    return Diagnostic(
        code="bad-argument",
        message="docker did not start a container with these options",
        place=Place(source=f"--docker_run_args {masked_line([word for one in arguments for word in one.words])}"),
        quotes=tuple(f"docker: {printable(line)}" for line in words.splitlines() if line.strip()),
        hint="correct them, or leave them out; `docker run --help` lists them",
    )


def no_terminal(option: str, *, background: bool) -> Diagnostic:
    """A terminal for the container needs one that caliban may read."""
    why = "caliban runs in the background" if background else "standard input is none"
    return Diagnostic(
        code="no-terminal",
        message=f"{option} needs a terminal, but {why}",
        place=Place(source=option),
        hint="start it in the foreground of a terminal" if background else f"leave out {option}",
    )


def output_cut_off(container: str) -> Diagnostic:
    """Docker's client ended before the run did: it could not write, or somebody killed it."""
    return Diagnostic(
        code="output-lost",
        message=f"the output of {container} could not be passed on to its end, so the run was stopped",
        hint="make room where standard output and standard error are written, or write them somewhere else",
    )


def orphans_go_on(containers: Sequence[str]) -> Diagnostic:
    """Runs of a caliban that was killed; they hold what they hold."""
    count = len(containers)
    what = "1 run of a caliban that was killed goes on" if count == 1 else f"{count} runs of killed calibans go on"
    return Diagnostic(
        code="orphan",
        message=what,
        severity="warning",
        hint=f"to stop {'it' if count == 1 else 'them'}: docker stop {' '.join(map(printable, containers))}",
    )


def lost_contact(container: str) -> Diagnostic:
    """The engine went away while the container ran."""
    return Diagnostic(
        code="lost-contact",
        message=f"lost contact with the engine while {container} ran; how it ended is not known",
        hint=f"when the engine is back: docker logs {container}; docker rm {container}",
    )


def child_out_of_memory() -> Diagnostic:
    """The kernel killed a process in the container, but not the main one."""
    return Diagnostic(
        code="out-of-memory",
        message="a process of the run was killed for want of memory, though the run itself ended well",
        severity="warning",
        hint="give it more (--docker_run_args '--memory 16g'), or use less",
    )


def program_not_there(program: str) -> Diagnostic:
    """The program that should run the script is not in the image: a user's base may have no bash."""
    return Diagnostic(
        code="no-program",
        message=f"the image has no {printable(program)}, which is to run the script",
        severity="warning",
        hint="begin the script with one that is there (#!/bin/sh), or take a base image that has it",
    )


def no_gpu(retry: str, *, on_mac: bool, amd: bool) -> Diagnostic:
    """GPU mode without a GPU that a container can use."""
    lack, ways = "this machine has no NVIDIA GPU", retry
    if on_mac:
        lack = "Docker on macOS gives no GPU to containers"
    elif amd:
        lack = "it is for GPUs of NVIDIA, and this machine's is one of AMD"
        ways = (
            f"{retry}\nfor ROCm, name PyTorch's ROCm index in the requirements, and add to this line\n"
            "--docker_run_args '--device /dev/kfd --device /dev/dri --group-add video'"
        )
    return Diagnostic(code="no-gpu", message=f"GPU mode is the default, but {lack}", hint=ways)


def proxy_out_of_reach(names: Sequence[str]) -> Diagnostic:
    """A proxy on 127.0.0.1: in a container, that is the container."""
    return Diagnostic(
        code="out-of-reach",
        message="the proxy is on this machine's loopback, which a container does not reach",
        place=Place(source=", ".join(f"${name}" for name in names)),
        severity="warning",
        hint="let the proxy listen on the engine's bridge and name it so (http://172.17.0.1:PORT),\n"
        "share the machine's network: --docker_run_args '--network host',\n"
        f"or run without it: {' '.join(f'--env {name}=' for name in names)}",
    )


def results_not_brought(container: str, folder: str, reason: str) -> Diagnostic:
    """The files that a run wrote could not be copied out of its container, which is kept."""
    return Diagnostic(
        code="results-not-brought",
        message=f"not all that the run wrote could be brought to '{printable(folder)}': {printable(reason)}",
        place=Place(source="--output"),
        hint=f"nothing is lost: it is in the container {container}; once that is mended, the next run of caliban tries "
        f"again, or: docker cp {container}:/usr/app FOLDER",
    )


def results_left(container: str, folder: str) -> Diagnostic:
    """A second signal came while they were brought."""
    return Diagnostic(
        code="results-not-brought",
        message=f"not all that the run wrote was brought to '{printable(folder)}', since a signal ended caliban",
        place=Place(source="--output"),
        hint=f"nothing is lost: it is in the container {container}, and the next run of caliban brings it",
    )


def not_readable(path: str, words: str) -> Diagnostic:
    """The engine did not give a path of a container."""
    return Diagnostic(
        code="results-not-brought", message=f"the engine did not give '{printable(path)}': {printable(words)}"
    )
