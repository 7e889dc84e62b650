"""The container engine: every question and order to it but the build and the run of a plan."""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from caliban.backends.command import Command
from caliban.compiler.diagnostics import ENGINE, Diagnostic, Rejected
from caliban.runtime.engine import answers, problems
from caliban.runtime.engine.answers import ContainerChange, ContainerState, ListedContainer, last_line
from caliban.runtime.engine.refusals import Refusal, classify
from caliban.runtime.execute import Future, Outcome, ProgramMissingError, Streams, answer_within, ask, exit_code, start
from caliban.runtime.say import show_words

_CLIENT = "docker"
_REGISTRY_PATIENCE = 30  # seconds
_SOME_LINES = 1000
_WAITING = 200_000  # bytes of a stream that wait at most, and so lines: two pipes of Linux (64 KiB), and their readers
# Without attestations, nobody reads what buildx asks git about a project: seven questions, and one shows a commit, for
# which a partial clone may fetch by whatever its own configuration names.
_BUILDER = {"BUILDKIT_PROGRESS": "rawjson", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1", "BUILDX_GIT_INFO": "0"}

T = TypeVar("T")
Ids = list[str | None]  # of images: None for one that the engine does not have


class Engine:
    """Docker, through its client. Every method raises Rejected where there is no client on PATH, or where it is none.

    What was asked ahead is answered from the first answer, until caliban itself changes what the engine has.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._ids: dict[tuple[str, ...], Future[Ids | None]] = {}

    @property
    def address(self) -> str:
        """The address that identifies the engine; after `docker context use`, '' means the new one."""
        return self._environment.get("DOCKER_HOST") or self._environment.get("DOCKER_CONTEXT") or ""

    def diagnose(self) -> Diagnostic | None:
        """Return why the engine does not work: no client, no engine, no buildx; None if all of them answer."""
        version = self._answer("version", "--format", "{{.Server.Version}}")
        if not version.code and not version.stdout.strip():
            return problems.no_docker("version")
        if version.code:
            words = last_line(version.stderr)
            forbidden = classify(version.stderr) is Refusal.FORBIDDEN
            return problems.engine_forbidden(words) if forbidden else problems.engine_unreachable(words)
        buildx = self._answer("buildx", "version")
        if buildx.code and classify(buildx.stderr) is Refusal.NO_SETTINGS:
            return problems.settings_unusable(buildx.stderr.strip().partition("\n")[0])
        return problems.buildx_missing(last_line(buildx.stderr)) if buildx.code else None

    def store(self) -> Future[str | None]:
        """Return the image store: CONTAINERD, or the name of the graph driver; None if the engine did not answer."""
        return self._ask("info", "--format", answers.STORE).then(lambda outcome: answers.read_store(outcome.stdout))

    def local_folder(self) -> str | None:
        """The folder in which it keeps all it has; None where it is not on this machine, or did not answer."""
        return answers.read_folder(self._answer("info", "--format", answers.FOLDER).stdout, os.uname().nodename)

    # Images

    def image_ids(self, *references: str) -> Future[Ids | None]:
        """The ids of images; None altogether where the engine gave no answer."""
        if references not in self._ids:
            outcome = self._inspect_images(answers.IMAGE_ID, *references)
            self._ids[references] = outcome.then(lambda together: self._read_ids(together, references))
        return self._ids[references]

    def image_id(self, reference: str) -> str:
        """The id of an image that has to be there. Raises Rejected."""
        ids = self.image_ids(reference).result()
        if ids is not None and ids[0] is not None:
            return ids[0]
        problem = self.diagnose() if ids is None else None
        raise Rejected(problem or problems.image_missing(reference), exit_code=ENGINE)

    def has_image(self, image: str) -> bool:
        """Return whether the engine has an image now, whatever it answered before; True if it does not answer."""
        outcome = self._inspect_images(answers.IMAGE_ID, image).result()
        return outcome.code == 0 or classify(outcome.stderr) is not Refusal.UNKNOWN_IMAGE

    def image_size(self, image: str) -> int | None:
        """Its size in bytes, None where the engine does not tell."""
        outcome = self._inspect_images(answers.IMAGE_SIZE, image).result()
        return None if outcome.code else _read(int, outcome, "image inspect")

    def layer_sizes(self, image: str) -> list[tuple[str, int]]:
        """Return the instruction and the bytes of each layer of an image; empty if the engine does not answer."""
        outcome = self._answer("image", "history", "--no-trunc", "--human=false", "--format", answers.LAYER, image)
        return answers.read_layers(outcome.stdout) if outcome.code == 0 else []

    def pulled_digest(self, reference: str) -> str | None:
        """The registry's digest of an image that the engine surely pulled."""
        outcome = self._inspect_images(answers.IMAGE_DIGESTS, reference).result()
        return None if outcome.code else _read(answers.read_pulled_digest, outcome, "image inspect")

    def registry_digest(self, reference: str) -> str | None:
        """Return the digest of an image in its registry; None if the registry cannot be asked."""
        words = ("buildx", "imagetools", "inspect", "--format", "{{json .Manifest.Digest}}", reference)
        show_words((_CLIENT, *words))
        outcome = answer_within((_CLIENT, *words), _REGISTRY_PATIENCE)
        return answers.read_digest(outcome.stdout) if outcome is not None and outcome.code == 0 else None

    def image_names(self, image: str) -> list[str]:
        """The names of an image; none where the engine does not have it."""
        outcome = self._inspect_images(answers.IMAGE_NAMES, image).result()
        return [] if outcome.code else _read(answers.read_names, outcome, "image inspect")

    def names_like(self, pattern: str) -> Future[list[str]]:
        """All names of images that match a pattern: 'caliban/*:lease-*'; none where the engine did not answer."""
        words = ("image", "ls", "--filter", f"reference={pattern}", "--format", "{{.Repository}}:{{.Tag}}")
        return self._ask(*words).then(lambda outcome: outcome.stdout.split())

    def tag_image(self, image: str, tag: str) -> None:
        """Gives an image one more name. Raises Rejected where that fails."""
        outcome = self._order("image", "tag", image, tag)
        if outcome.code == 0:
            return
        missing = classify(outcome.stderr) is Refusal.UNKNOWN_IMAGE
        problem = problems.image_gone(image) if missing else self.diagnose()
        raise Rejected(problem or problems.image_not_named(tag, last_line(outcome.stderr)), exit_code=ENGINE)

    def remove_images(self, *references: str) -> None:
        """Removes names by one order; one that a container needs stays."""
        self._order("image", "rm", *references)

    def remove_image(self, reference: str) -> bool:
        """Removes a name, or an image without one; False where a container needs it."""
        outcome = self._order("image", "rm", reference)  # without --force
        return outcome.code == 0 or classify(outcome.stderr) is Refusal.UNKNOWN_IMAGE

    def remove_nameless_image(self, image: str) -> None:
        """Removes an image whose names another one took; one that the user named too stays."""
        outcome = self._inspect_images(answers.IMAGE_NAME_COUNT, image).result()
        if outcome.code == 0 and outcome.stdout.strip() == "0":
            self.remove_image(image)

    # Containers

    def containers(self, label: str, columns: Sequence[str]) -> Future[list[ListedContainer]]:
        """Containers with a label, in any state, with the values of the labels in `columns`; none without an answer."""
        template = answers.container_columns(columns)
        listing = self._ask("ps", "--all", "--no-trunc", "--filter", f"label={label}", "--format", template)
        return listing.then(lambda outcome: answers.read_containers(outcome.stdout))

    def container_state(self, container: str) -> ContainerState | None:
        """The state of a container; None where the engine does not know it, or did not answer."""
        outcome = self._answer("container", "inspect", "--format", answers.STATE, container)
        return None if outcome.code else _read(answers.read_state, outcome, "container inspect")

    def written_size(self, container: str) -> int | None:
        """The bytes that it wrote, also into files that it removed no more; None where the engine does not tell.

        Empty files, folders and deletions count for nothing. Takes 10 ms where little was written.
        """
        outcome = self._answer("container", "inspect", "--size", "--format", answers.WRITTEN_SIZE, container)
        return int(outcome.stdout) if outcome.code == 0 and outcome.stdout.strip().isdigit() else None

    def changes(self, container: str) -> Iterator[ContainerChange]:
        """Yield the differences from the image, a folder before its content. Raises Rejected without an answer.

        Takes 0.4 to 1 s: the engine compares every file of the image.
        """
        argv = (_CLIENT, "diff", container)
        show_words(argv)
        process = self._start(argv, Streams(subprocess.DEVNULL, subprocess.PIPE, subprocess.PIPE))
        assert process.stdout is not None and process.stderr is not None, "its output is a pipe"
        yield from answers.read_changes(os.fsdecode(raw.removesuffix(b"\n")) for raw in process.stdout)
        words = process.stderr.read().decode("utf-8", "replace")
        if exit_code(process.wait()):
            removed = classify(words) is Refusal.UNKNOWN_CONTAINER
            refused = problems.engine_refused(words, "list what the run changed")
            raise Rejected(problems.container_removed(container) if removed else refused, exit_code=ENGINE)

    def start_copy(self, container: str, path: str) -> "subprocess.Popen[bytes]":
        """Starts to write a path of a container to its standard output, as a tar stream; links are not followed.

        https://docs.docker.com/reference/cli/docker/container/cp
        """
        argv = (_CLIENT, "container", "cp", f"{container}:{path}", "-")
        show_words(argv)
        return self._start(argv, Streams(subprocess.DEVNULL, subprocess.PIPE, subprocess.PIPE))

    def create_container(self, image: str, labels: Sequence[str]) -> str:
        """The id of a container that is never started: to read an image's files. Raises Rejected."""
        options = (word for label in labels for word in ("--label", label))
        outcome = self._answer("container", "create", "--network", "none", *options, "--entrypoint", "/", image)
        if outcome.code:
            missing = classify(outcome.stderr) is Refusal.UNKNOWN_IMAGE
            refused = problems.engine_refused(outcome.stderr, "make a container")
            problem = problems.image_gone(image) if missing else refused
            raise Rejected(problem, exit_code=ENGINE)
        return outcome.stdout.strip()

    def last_output(self, container: str, lines: int) -> Outcome:
        """Return the last lines that a container wrote, among them the last of its stderr.

        The engine counts lines of both streams together, and may log the last words to stderr before the rest of
        stdout: as much of it as waits in pipes and buffers.
        """
        output = self._answer("logs", "--tail", str(lines), container)
        for more in (_SOME_LINES, _WAITING):
            written = len(output.stdout)
            if output.code or output.stderr or written >= _WAITING or output.stdout.count("\n") < lines:
                return output
            lines, output = more, self._answer("logs", "--tail", str(more), container)
        return output

    def stop(self, container: str, seconds: float) -> None:
        """Ends a container that runs by TERM, and after that time by SIGKILL."""
        self._answer("stop", "--time", f"{seconds:.0f}", container)

    def kill(self, container: str) -> None:
        """Ends a container by SIGKILL."""
        self._answer("kill", container)

    def remove_containers(self, *containers: str) -> None:
        """Removes containers in any state, with their anonymous volumes."""
        self._answer("rm", "--force", "--volumes", *containers)

    def refused_options(self, words: Sequence[str]) -> str | None:
        """Return why docker's client refuses these options for `docker run`; None if it accepts them.

        The client reads all options before it obeys `--help`, and asks no engine; of their values, it checks the form.
        """
        outcome = self._answer("run", *words, "--help")
        first = outcome.stderr.strip().partition("\n")[0]
        return first if outcome.code and classify(first) is Refusal.BAD_OPTION else None

    # What a plan builds and runs

    def start_build(
        self, command: Command, texts: Mapping[str, str]
    ) -> "tuple[subprocess.Popen[bytes], subprocess.Popen[bytes] | None]":
        """Starts a build, and what loads the archive that it writes, where it writes one.

        Its progress is a pipe, and so is the archive, which is never stored. `texts` are variables for the build alone.
        """
        from caliban.runtime.engine.buildx import direct_builder  # only a build needs `shutil`

        self._ids.clear()
        argv, variables = direct_builder(command.argv, self._environment), {**texts, **_BUILDER}
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        if not command.reader:
            return self._start(argv, Streams(nothing, nothing, pipe), variables), None
        archive, end = os.pipe()
        try:
            build = self._start(argv, Streams(nothing, end, pipe), variables)
            try:
                return build, self._start(command.reader, Streams(archive, pipe, subprocess.STDOUT))
            except BaseException:
                build.kill()
                raise
        finally:
            os.close(archive)
            os.close(end)

    def start_run(
        self, command: Command, streams: Streams, variables: Mapping[str, str], *, own_group: bool
    ) -> "subprocess.Popen[bytes]":
        """Starts the client of a run; `variables` are those whose names the command line has."""
        return self._start(command.argv, streams, variables, own_group=own_group)

    # The client

    def _inspect_images(self, template: str, *references: str) -> Future[Outcome]:
        return self._ask("image", "inspect", "--format", template, *references)

    def _read_ids(self, together: Outcome, references: Sequence[str]) -> Ids | None:
        if together.code == 0:
            answered = together.stdout.split()
            if len(answered) != len(references):
                raise Rejected(problems.no_docker("image inspect"), exit_code=ENGINE)
            return list(answered)
        if classify(together.stderr) is not Refusal.UNKNOWN_IMAGE:
            return None
        if len(references) == 1:
            return [None]
        asked = [(self._inspect_images(answers.IMAGE_ID, reference), reference) for reference in references]
        found: Ids = []
        for future, reference in asked:
            ids = self._read_ids(future.result(), (reference,))
            if ids is None:
                return None
            found += ids
        return found

    def _ask(self, *words: str) -> Future[Outcome]:
        show_words((_CLIENT, *words))
        with _client_needed():
            return ask((_CLIENT, *words))

    def _answer(self, *words: str) -> Outcome:
        return self._ask(*words).result()

    def _order(self, *words: str) -> Outcome:
        """Orders something that changes which images there are."""
        self._ids.clear()
        return self._answer(*words)

    def _start(
        self,
        argv: Sequence[str],
        streams: Streams,
        variables: Mapping[str, str] | None = None,
        *,
        own_group: bool = True,
    ) -> "subprocess.Popen[bytes]":
        with _client_needed():
            return start(argv, streams, environment=variables, own_group=own_group)


def _read(read: Callable[[str], T], outcome: Outcome, question: str) -> T:
    """Read an answer. Raises Rejected if it has another form: a program called docker need not be docker."""
    try:
        return read(outcome.stdout)
    except (ValueError, LookupError, TypeError):
        raise Rejected(problems.no_docker(question), exit_code=ENGINE) from None


@contextmanager
def _client_needed() -> Iterator[None]:
    try:
        yield
    except ProgramMissingError:
        raise Rejected(problems.no_client(), exit_code=ENGINE) from None
