"""The command line as data: every command and option with its help, read by `parse`, by `help` and by the tests."""

from typing import NamedTuple


class Option(NamedTuple):
    """One option."""

    name: str  # '--dir'; '-' and '_' are alike in what is typed
    help: str
    value: str | None = None  # 'DIR'; None: a flag
    short: str | None = None  # '-d'
    commands: frozenset[str] = frozenset()
    repeatable: bool = False


class CommandSpec(NamedTuple):
    """One command."""

    name: str
    usage: str
    help: str
    operand: str | None = "MODULE"


RUN, COMPILE, BUILD, EXPLAIN, DIFF, EXPANSION = "run", "compile", "build", "explain", "diff", "expansion"
LOCK = "lock"
STARTS_NO_SCRIPT = frozenset({BUILD, LOCK, EXPANSION})  # so their options may stand behind the operand too
_IMAGE = frozenset({RUN, COMPILE, BUILD, EXPLAIN})
_DECIDES = _IMAGE | {LOCK}  # what is installed, and on what
_LAUNCH = frozenset({RUN, COMPILE, EXPLAIN})
_ACTS = frozenset({RUN, BUILD, LOCK})  # asks an engine to do something

COMMANDS = (
    CommandSpec(
        RUN, "caliban run [options] MODULE [-- ARGS]", "compile, build what changed, run in an isolated container"
    ),
    CommandSpec(COMPILE, "caliban compile [options] MODULE [-- ARGS]", "print the Dockerfile; no engine, no network"),
    CommandSpec(BUILD, "caliban build [options] MODULE", "build the image; print its id"),
    CommandSpec(
        LOCK,
        "caliban lock [options] MODULE",
        "write caliban.lock: the base image and the packages as they are now, for later builds of this mode",
    ),
    CommandSpec(
        EXPLAIN,
        "caliban explain [options] MODULE [-- ARGS]",
        "say what was decided and why, and what each layer costs; no engine, no network",
    ),
    CommandSpec(
        DIFF, "caliban diff [--nogpu|--gpu]", "say why the last build differs from the one before it", operand=None
    ),
    CommandSpec(
        EXPANSION,
        "caliban expansion [options] CONFIG|stdin",
        "print the runs that an experiment config stands for, as JSON",
        operand="CONFIG",
    ),
)

OPTIONS = (
    Option("--nogpu", "CPU mode: no GPU, and no CUDA in the image", commands=_DECIDES | {DIFF}),
    Option("--gpu", "GPU mode; the default, unless the config says otherwise", commands=_DECIDES | {DIFF}),
    Option(
        "--cloud_key",
        "service-account key or other credentials (JSON), mounted read-only for the run, never copied "
        "(default: $GOOGLE_APPLICATION_CREDENTIALS, else gcloud's application default credentials)",
        "PATH",
        commands=_IMAGE,
    ),
    Option("--no_credentials", "do not pass cloud credentials to the run", commands=_DECIDES),
    Option("--extras", "extra of setup.py or pyproject.toml; 'a,b' is two", "NAME", commands=_DECIDES, repeatable=True),
    Option(
        "--dir",
        "extra directory to copy, in any order: caliban orders the layers",
        "DIR",
        short="-d",
        commands=_IMAGE,
        repeatable=True,
    ),
    Option(
        "--experiment_config",
        "one run for each experiment of this JSON file, or of 'stdin'",
        "PATH|stdin",
        commands=_LAUNCH,
    ),
    Option(
        "--dry_run", "print the job as a shell script; start nothing, not even an engine", commands=frozenset({RUN})
    ),
    Option("--image_id", "run this image, build nothing", "ID", commands=frozenset({RUN})),
    Option(
        "--docker_run_args",
        "arguments for `docker run`, split as a shell would; they win over caliban's",
        "STR",
        commands=_LAUNCH,
        repeatable=True,
    ),
    Option(
        "--env",
        "environment variable; its value is never part of an argument list",
        "NAME[=VALUE]",
        commands=_LAUNCH,
        repeatable=True,
    ),
    Option(
        "--mount",
        "host directory, read-only, also from outside the project; PATH defaults to the same place under /usr/app",
        "DIR[:PATH]",
        commands=_LAUNCH,
        repeatable=True,
    ),
    Option(
        "--output",
        "host directory for results, writable at PATH (default /outputs) and named by $CALIBAN_OUTPUT_DIR; "
        "a relative PATH is under /usr/app; files that the run writes elsewhere there are brought to DIR at its end; "
        "a sweep gets DIR/GROUP/N for each run",
        "DIR[:PATH]",
        short="-o",
        commands=_LAUNCH,
    ),
    Option("--include", "copy what the default exclusions leave out", "PATH", commands=_IMAGE, repeatable=True),
    Option(
        "--requirements",
        "requirements file, in place of those that are found; the project's manifest or lock still counts",
        "FILE",
        commands=_DECIDES,
        repeatable=True,
    ),
    Option(
        "--no_install_project",
        "install the project's dependencies but not the project itself: its code runs from the copy",
        commands=_DECIDES,
    ),
    Option("--base_image", "base image, or a Dockerfile that builds it", "IMAGE|FILE", commands=_DECIDES),
    Option(
        "--build_secret",
        "environment variable that installers see during the build; it is in no layer",
        "NAME",
        commands=_DECIDES,
        repeatable=True,
    ),
    Option("--python", "Python version of the image", "X.Y", commands=_DECIDES),
    Option("--platform", "platform of the image, such as linux/amd64", "OS/ARCH", commands=_DECIDES),
    Option(
        "--no_rewrites",
        "install the packages that are declared and no others: no tensorflow-cpu for tensorflow in CPU mode, "
        "no jax[cuda13] for jax; the matching build of torch is still chosen",
        commands=_DECIDES,
    ),
    Option(
        "--max_image_size",
        "refuse to build or run a larger image, such as 5GB; also before the build, if the size is known",
        "SIZE",
        commands=_IMAGE,
    ),
    Option(
        "--locked",
        "build exactly what caliban.lock has; a different base or package is an error",
        commands=_IMAGE,
    ),
    Option("--no_cache", "build every layer again", commands=_IMAGE),
    Option(
        "--torch_index",
        "index of torch and its family in place of PyTorch's: a URL, to which the build is appended "
        "(/cpu, /cu126), or 'default' for your own index and whatever build it has",
        "URL|default",
        commands=_DECIDES,
    ),
    Option(
        "--apt_mirror",
        "mirror of Debian's and Ubuntu's packages: a URL with the folders debian, debian-security or ubuntu",
        "URL",
        commands=_DECIDES,
    ),
    Option(
        "--xgroup",
        "name of the experiment group, a label of its containers (default: USER-xgroup-DATE-TIME)",
        "NAME",
        commands=_LAUNCH,
    ),
    Option(
        "--verbose",
        "print each docker command, ready to paste, and the builder's whole log; for diff, the log of the last build",
        short="-v",
        commands=_ACTS | {DIFF},
    ),
    Option("--quiet", "print nothing but errors and the script's own output", short="-q", commands=_ACTS),
    Option("--fail_fast", "start no further run of a sweep after one has failed", commands=frozenset({RUN})),
    Option(
        "--max_failures",
        "start no further run of a sweep after N have failed (default: run all)",
        "N",
        commands=frozenset({RUN}),
    ),
    Option(
        "--timeout",
        "end a run after this time (90s, 30m, 2h): TERM, then KILL after 8 seconds; it fails with exit code 124",
        "TIME",
        commands=frozenset({RUN}),
    ),
    Option("--tty", "give the container a terminal (pdb, REPLs)", commands=_LAUNCH),
    Option(
        "--emit",
        "what to print: dockerfile (default), plan (JSON) or commands (a shell script)",
        "WHAT",
        commands=frozenset({COMPILE}),
    ),
    Option(
        "--eject",
        "write Dockerfile, Dockerfile.dockerignore, commands.sh and plan.json into this new folder",
        "DIR",
        commands=frozenset({COMPILE}),
    ),
    Option(
        "--changed",
        "show what a change of this file or folder would rebuild",
        "PATH",
        commands=frozenset({EXPLAIN}),
        repeatable=True,
    ),
    Option(
        "--print_after",
        "show the effect of this compiler pass on the plan, or of 'all'",
        "PASS",
        commands=frozenset({EXPLAIN}),
    ),
    Option(
        "--html",
        "write the report as one page, with the layers by size and the last build's timeline",
        "FILE",
        commands=frozenset({EXPLAIN}),
    ),
    Option("--tag", "tag the image with this name too", "NAME", short="-t", commands=frozenset({BUILD})),
    Option("--pprint", "indent the JSON", commands=frozenset({EXPANSION})),
    Option("--print_flags", "print one command line of flags per run", commands=frozenset({EXPANSION})),
    Option("--count", "print the number of runs", commands=frozenset({EXPANSION})),
)

HELP = Option("--help", "show this help and exit", short="-h")
HELP_FULL = Option("--helpfull", "also show every config key and environment variable, and exit")
VERSION = Option("--version", "show caliban's version and exit")
GENERAL = (HELP, HELP_FULL, VERSION)

# Variables, each for the flag or config key of the same name.
ENVIRONMENT = {
    "CALIBAN_DEFAULT_MODE": "cpu or gpu: the mode when neither --gpu nor --nogpu is given",
    "CALIBAN_BASE_IMAGE": "as --base_image",
    "CALIBAN_PYTHON": "as --python",
    "CALIBAN_PLATFORM": "as --platform",
    "CALIBAN_DOCKER_RUN_ARGS": "as --docker_run_args",
    "CALIBAN_BUILD_SECRETS": "like --build_secret: names, separated by commas",
    "CALIBAN_REGISTRY_MIRROR": "as the config key registry_mirror",
    "CALIBAN_APT_MIRROR": "as --apt_mirror",
    "CALIBAN_TORCH_INDEX": "as --torch_index; the URL may have a password, which is in no image and no argument list",
    "CALIBAN_TABLES": "as the config key tables, but a file anywhere; it takes precedence",
    "CALIBAN_GPU_DRIVER": "build for a host with this NVIDIA driver, such as 550.54.15",
    "CALIBAN_GPU_CAPABILITY": "build for a GPU of this compute capability, such as 8.0",
    "CALIBAN_NO_CREDENTIALS": "if set, like --no_credentials",
    "SOURCE_DATE_EPOCH": "no file that a build adds is later than these seconds since 1970, and the digest depends on "
    "content alone, where the engine keeps images in containerd's store",
    "CALIBAN_HOME": "where caliban keeps its state (default: the user's data directory)",
}


def options_of(command: str) -> tuple[Option, ...]:
    """Return the options of a command, in the order of the help."""
    return tuple(option for option in OPTIONS if command in option.commands) + GENERAL
