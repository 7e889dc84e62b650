"""Checks the words of a command line and makes an `Invocation` of them."""

import re

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.image_reference import flaw
from caliban.compiler.frontend.cli import problems
from caliban.compiler.frontend.cli.command_line import Words
from caliban.compiler.frontend.cli.run_limits import run_limits
from caliban.compiler.frontend.cli.values import Values
from caliban.compiler.frontend.config.engine_arguments import read_engine_arguments
from caliban.compiler.input.invocation import (
    Build,
    BuildOptions,
    Compile,
    Diff,
    Emit,
    Expand,
    Explain,
    Invocation,
    LaunchOptions,
    Lock,
    Mode,
    Mount,
    Run,
    Variable,
    Verbosity,
)
from caliban.compiler.words.secret_urls import doubtful_spans, masked_urls

DEFAULT = "default"  # of --torch_index: the machine's own index
_WEB_ADDRESS = r"(?a)https?://[^\s\"'`<>\\$]+"
_TORCH_INDEX = "a URL, such as https://mirror.example.com/whl, or the word default"
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
# What the docker client and the programs that it starts read from their own environment.
_RESERVED = (
    r"(DOCKER|BUILDX|BUILDKIT|LD|DYLD)[A-Z]*_.*|PATH|HOME|TMPDIR|GO(DEBUG|GC|MAXPROCS|MEMLIMIT|TRACEBACK)|SSH_AUTH_SOCK"
)


def bind(words: Words) -> Invocation:
    """The command with its values. Raises Rejected for a value that cannot be meant."""
    values = Values(words.options)
    if words.operand is None:
        return Diff(mode=_mode(values), verbose=values.has("--verbose"))
    match words.command:
        case "run":
            return _run(words.operand, words.arguments, values)
        case "compile":
            emit = values.one("--emit") or "dockerfile"
            return Compile(
                target=words.operand,
                build=_build_options(values),
                launch=_launch_options(words.arguments, values),
                emit=_emit(emit),
                eject=values.one("--eject"),
            )
        case "explain":
            return Explain(
                target=words.operand,
                build=_build_options(values),
                launch=_launch_options(words.arguments, values),
                changed=values.all("--changed"),
                print_after=values.one("--print_after"),
                html=values.one("--html"),
            )
        case "lock":
            return Lock(target=words.operand, build=_build_options(values), verbosity=_verbosity(values))
        case "build":
            return Build(
                target=words.operand,
                build=_build_options(values),
                tag=_tag(values.one("--tag")),
                verbosity=_verbosity(values),
            )
        case _:
            return Expand(
                config=_experiments(words.operand),
                pretty=values.has("--pprint"),
                flags=values.has("--print_flags"),
                count=values.has("--count"),
            )


def _run(target: str, arguments: tuple[str, ...], values: Values) -> Run:
    image_id = values.one("--image_id")
    if image_id is not None:
        building = (
            *("--dir", "--extras", "--include", "--requirements", "--base_image", "--python"),
            *("--torch_index", "--apt_mirror"),
            *("--build_secret", "--no_install_project", "--no_rewrites", "--no_cache", "--max_image_size", "--locked"),
        )
        if wrong := [problems.without_building(name) for name in building if values.has(name)]:
            raise Rejected(*wrong)
    if image_id is not None and flaw(image_id) is not None:
        raise Rejected(problems.bad_value("--image_id", image_id, "the id or name of an image"))
    return Run(
        target=target,
        build=_build_options(values),
        launch=_launch_options(arguments, values),
        limits=run_limits(values),
        image_id=image_id,
        dry_run=values.has("--dry_run"),
        verbosity=_verbosity(values),
    )


def _verbosity(values: Values) -> Verbosity:
    if values.has("--verbose") and values.has("--quiet"):
        raise Rejected(problems.contradiction("--verbose", "--quiet"))
    return "verbose" if values.has("--verbose") else "quiet" if values.has("--quiet") else "normal"


def _mode(values: Values) -> Mode | None:
    if values.has("--gpu") and values.has("--nogpu"):
        raise Rejected(problems.contradiction("--gpu", "--nogpu"))
    return "cpu" if values.has("--nogpu") else "gpu" if values.has("--gpu") else None


def _build_options(values: Values) -> BuildOptions:
    key = values.one("--cloud_key")
    if key is not None and values.has("--no_credentials"):
        raise Rejected(problems.contradiction("--cloud_key", "--no_credentials"))
    if key == "":
        raise Rejected(problems.bad_value("--cloud_key", key, "the path of a JSON file"))
    python = values.one("--python")
    if python is not None and not is_python(python):
        raise Rejected(problems.bad_value("--python", python, "a minor version, such as 3.11"))
    platform = values.one("--platform")
    if platform is not None and not is_platform(platform):
        raise Rejected(problems.bad_value("--platform", platform, "linux/amd64 or linux/arm64"))
    if (torch_index := values.one("--torch_index")) is not None:
        check_torch_index(torch_index, "--torch_index")
    if (apt_mirror := values.one("--apt_mirror")) is not None:
        check_apt_mirror(apt_mirror, "--apt_mirror")
    for name in values.all("--build_secret"):
        check_secret(name, "--build_secret")
    return BuildOptions(
        mode=_mode(values),
        directories=values.all("--dir"),
        extras=tuple(name.strip() for text in values.all("--extras") for name in text.split(",") if name.strip()),
        includes=values.all("--include"),
        requirements=values.all("--requirements"),
        base_image=values.one("--base_image"),
        secrets=values.all("--build_secret"),
        python=python,
        platform=platform,
        torch_index=torch_index,
        apt_mirror=apt_mirror,
        no_cache=values.has("--no_cache"),
        max_image_size=_size(values.one("--max_image_size")),
        rewrites=not values.has("--no_rewrites"),
        install_project=not values.has("--no_install_project"),
        locked=values.has("--locked"),
        cloud_key=key,
        credentials=not values.has("--no_credentials"),
    )


def _tag(text: str | None) -> str | None:
    if text is not None and (text.startswith("-") or flaw(text) is not None or "@" in text):
        raise Rejected(problems.bad_value("--tag", text, "a name for an image: digits, me/digits, me/digits:v2"))
    return text


def _size(text: str | None) -> int | None:
    """Bytes of '500MB', '5 GB', '1.5G'."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?) ?([kMGT])B?", text.strip(), re.IGNORECASE)
    if found is None:
        raise Rejected(problems.bad_value("--max_image_size", text, "a size such as 500MB or 5GB"))
    return int(float(found[1]) * 1000 ** ("kMGT".lower().index(found[2].lower()) + 1))


def _launch_options(arguments: tuple[str, ...], values: Values) -> LaunchOptions:
    output = values.one("--output")
    group = values.one("--xgroup")
    if group is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", group):
        raise Rejected(problems.bad_value("--xgroup", group, "letters, digits, '_', '.' and '-', at most 100"))
    experiments = values.one("--experiment_config")
    return LaunchOptions(
        arguments=arguments,
        experiments=None if experiments is None else _experiments(experiments),
        engine_args=tuple(
            argument
            for text in values.all("--docker_run_args")
            for argument in read_engine_arguments(text, "--docker_run_args")
        ),
        env=tuple(_variable(text) for text in values.all("--env")),
        mounts=tuple(_mount("--mount", text) for text in values.all("--mount")),
        output=None if output is None else _mount("--output", output),
        group=group,
        tty=values.has("--tty"),
    )


def _experiments(text: str) -> str:
    """A path, or 'stdin' in any case, as the older tool took it; a file of that name is './stdin'."""
    return "stdin" if text.lower() == "stdin" else text


def _emit(text: str) -> Emit:
    match text:
        case "dockerfile" | "plan" | "commands":
            return text
        case _:
            raise Rejected(problems.bad_choice("--emit", text, ("dockerfile", "plan", "commands")))


def is_python(text: str) -> bool:
    """Return whether a text names a minor version of Python 3."""
    return re.fullmatch(r"3\.\d{1,2}", text) is not None


def is_platform(text: str) -> bool:
    """Return whether a text names a platform that a Linux container can have."""
    return re.fullmatch(r"linux/(amd64|arm64(/v8)?)", text) is not None


def check_torch_index(text: str, source: str) -> None:
    """Raises Rejected where it is neither a URL nor 'default', or holds a secret that the place would show."""
    if text == DEFAULT:
        return
    if not re.fullmatch(_WEB_ADDRESS, text):
        raise Rejected(problems.bad_value(source, masked_urls(text), _TORCH_INDEX))
    if (build := re.search(r"/(cpu|cu\d{2,3})/*$", text)) is not None:
        raise Rejected(problems.index_of_one_build(source, masked_urls(text[: build.start()]), build[1]))
    if not source.startswith("$") and any(True for _ in doubtful_spans(text)):
        raise Rejected(problems.secret_in_url(source, "CALIBAN_TORCH_INDEX"))


def check_apt_mirror(text: str, source: str) -> None:
    """Raises Rejected where it is no URL, or holds a secret: the Dockerfile has it."""
    if not re.fullmatch(_WEB_ADDRESS, text) or re.search(r"[#?&,|\\]", text):
        raise Rejected(problems.bad_value(source, masked_urls(text), "a URL, such as https://mirror.example.com"))
    if any(True for _ in doubtful_spans(text)):
        raise Rejected(problems.secret_in_url(source, None))


def check_secret(name: str, source: str) -> None:
    """Raises Rejected where it is no name of a variable."""
    if not re.fullmatch(_VARIABLE, name):
        raise Rejected(problems.bad_secret(source, name))


def check_variable(name: str, source: str) -> None:
    """Raises Rejected where the name is none, or one that would lead the engine's client astray."""
    if not re.fullmatch(_VARIABLE, name):
        raise Rejected(problems.bad_variable(source, name))
    if re.fullmatch(_RESERVED, name):
        raise Rejected(problems.reserved_variable(source, name))


def _variable(text: str) -> Variable:
    name, equals, value = text.partition("=")
    check_variable(name, "--env")
    return Variable(name=name, value=value if equals else None)


def _mount(option: str, text: str) -> Mount:
    """`DIR[:PATH]`; a colon in DIR itself is written with a backslash."""
    parts = re.split(r"(?<!\\):", text)
    source, target = parts[0].replace("\\:", ":"), ":".join(parts[1:]).replace("\\:", ":") or None
    if not source:
        raise Rejected(problems.bad_value(option, text, "DIR or DIR:PATH"))
    return Mount(source=source, target=target)
