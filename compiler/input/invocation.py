"""The request of the user: the value that `frontend.cli.parse` makes of the command line."""

from typing import Literal

from msgspec import Struct

Mode = Literal["cpu", "gpu"]
Emit = Literal["dockerfile", "plan", "commands"]
Verbosity = Literal["quiet", "normal", "verbose"]


class Variable(Struct, frozen=True, kw_only=True):
    """An environment variable for the container; its value never stands in an argument list."""

    name: str
    value: str | None  # None: taken from the environment of caliban


class Mount(Struct, frozen=True, kw_only=True):
    """A host folder for the container, as typed."""

    source: str  # relative to the current directory, or absolute
    target: str | None  # a path in the container; None: the default of the option


class EngineArgument(Struct, frozen=True, kw_only=True):
    """An option for `docker run`, as it is meant and as it was typed."""

    name: str  # '--memory', also where '-m' was typed
    value: str | None  # '2g'; None: a flag
    words: tuple[str, ...]  # ('-m', '2g')


class BuildOptions(Struct, frozen=True, kw_only=True):
    """The options that decide the image."""

    mode: Mode | None = None  # None: the config says, else GPU
    directories: tuple[str, ...] = ()  # -d, in the order given
    extras: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()  # what the default exclusions would leave out
    requirements: tuple[str, ...] = ()  # instead of those that are found
    base_image: str | None = None  # an image reference, or the path of a Dockerfile
    secrets: tuple[str, ...] = ()  # --build_secret: names of variables
    python: str | None = None  # '3.11'
    platform: str | None = None  # 'linux/amd64'
    torch_index: str | None = None  # 'https://mirror.example.com/whl', or 'default'
    apt_mirror: str | None = None  # 'https://mirror.example.com'
    no_cache: bool = False
    max_image_size: int | None = None  # bytes
    rewrites: bool = True  # False: --no_rewrites
    install_project: bool = True  # False: --no_install_project
    locked: bool = False  # --locked: as caliban.lock has it, or not at all
    cloud_key: str | None = None  # for the run; where there are credentials, the image has gcloud
    credentials: bool = True  # False: --no_credentials


class LaunchOptions(Struct, frozen=True, kw_only=True):
    """The options that decide how the image is run."""

    arguments: tuple[str, ...] = ()  # after `--`, byte for byte
    experiments: str | None = None  # a path, or 'stdin'
    engine_args: tuple[EngineArgument, ...] = ()  # --docker_run_args
    env: tuple[Variable, ...] = ()
    mounts: tuple[Mount, ...] = ()
    output: Mount | None = None
    group: str | None = None  # --xgroup
    tty: bool = False


class RunLimits(Struct, frozen=True, kw_only=True):
    """The options that end a sweep or a run early."""

    max_failures: int | None = None  # of a sweep; 1 is --fail_fast
    timeout: float | None = None  # seconds of a run


class Run(Struct, frozen=True, kw_only=True):
    """Compile, build if needed, run."""

    target: str  # 'trainer.train', 'trainer/train.py' or any script
    build: BuildOptions
    launch: LaunchOptions
    limits: RunLimits = RunLimits()
    image_id: str | None = None  # run this image, build nothing
    dry_run: bool = False
    verbosity: Verbosity = "normal"


class Compile(Struct, frozen=True, kw_only=True):
    """Emit the Dockerfile, and nothing else."""

    target: str
    build: BuildOptions
    launch: LaunchOptions
    emit: Emit = "dockerfile"
    eject: str | None = None  # a folder for Dockerfile, Dockerfile.dockerignore, commands.sh, plan.json


class Build(Struct, frozen=True, kw_only=True):
    """Build the image; its id is the answer."""

    target: str
    build: BuildOptions
    tag: str | None = None
    verbosity: Verbosity = "normal"


class Lock(Struct, frozen=True, kw_only=True):
    """Write down what the image's base and packages are now: caliban.lock."""

    target: str
    build: BuildOptions
    verbosity: Verbosity = "normal"


class Explain(Struct, frozen=True, kw_only=True):
    """Say what was decided, why, and what it costs."""

    target: str
    build: BuildOptions
    launch: LaunchOptions
    changed: tuple[str, ...] = ()  # paths of the project: what would be rebuilt if they changed
    print_after: str | None = None  # the name of a pass, or 'all'
    html: str | None = None  # a file to write instead


class Diff(Struct, frozen=True, kw_only=True):
    """Say why the last build differs from the one before it."""

    mode: Mode | None = None  # None: of the mode that was built last
    verbose: bool = False  # the whole log of the last build too


class Expand(Struct, frozen=True, kw_only=True):
    """Print an experiment config, expanded."""

    config: str  # a path, or 'stdin'
    pretty: bool = False
    flags: bool = False
    count: bool = False


Launched = Run | Compile | Explain  # the commands that say how the image is run
Compilation = Launched | Build | Lock  # the commands that need a project
Invocation = Compilation | Diff | Expand
