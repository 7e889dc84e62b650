"""The job that runs in the image, without any engine's words."""

from collections.abc import Iterator
from typing import Literal, Protocol

from msgspec import Struct

from caliban.compiler.input.invocation import EngineArgument, Variable


class BindMount(Struct, frozen=True, kw_only=True):
    """A host folder or file in the container."""

    source: str  # relative to the project where it was typed so, else absolute
    target: str
    writable: bool
    secret: bool = False  # credentials, which may be readable for their owner alone


class Launch(Struct, frozen=True, kw_only=True):
    """One run of the image."""

    number: int  # from 1
    arguments: tuple[str, ...]


class Launches(Protocol):
    """The runs: re-iterable and lazy, so that a million experiments cost nothing."""

    @property
    def count(self) -> int:
        """The number of runs."""
        ...

    @property
    def sweep(self) -> bool:
        """Return whether the runs come from an experiment config, even if it is only one."""
        ...

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments that every run gets: those after `--`."""
        return ()

    def __iter__(self) -> Iterator[Launch]: ...


class SingleLaunch(Struct, frozen=True, kw_only=True):
    """One run, with the user's arguments."""

    arguments: tuple[str, ...] = ()
    count: int = 1
    sweep: bool = False

    def __iter__(self) -> Iterator[Launch]:
        yield Launch(number=1, arguments=self.arguments)


class Job(Struct, frozen=True, kw_only=True):
    """The program that every launch runs, and what it needs: nothing of the machine that it runs on."""

    argv: tuple[str, ...]  # ('python', '-m', 'trainer.train'): the arguments of a launch come after it
    launches: Launches
    gpus: Literal["all", "none"] = "none"
    environment: tuple[tuple[str, str], ...] = ()  # ours: nothing secret
    proxies: tuple[str, ...] = ()  # names of variables of the host; their values travel by the environment
    variables: tuple[Variable, ...] = ()  # the user's: by name in an argument list, their values by the environment
    mounts: tuple[BindMount, ...] = ()
    output: BindMount | None = None
    group: str | None = None
    tty: bool = False
    stdin: bool = True
    engine_options: tuple[EngineArgument, ...] = ()  # of --docker_run_args: passed on, never interpreted by a pass
