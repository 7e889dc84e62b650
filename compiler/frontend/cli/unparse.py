"""An invocation back into words: all of it for `parse`, and a line for comments and hints that can be pasted."""

import shlex
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from caliban.compiler.frontend.cli.run_limits import render_duration
from caliban.compiler.input.invocation import (
    Build,
    BuildOptions,
    Compilation,
    Compile,
    Diff,
    EngineArgument,
    Expand,
    Explain,
    Invocation,
    Launched,
    LaunchOptions,
    Lock,
    Mode,
    Mount,
    Run,
    RunLimits,
    Variable,
    Verbosity,
)
from caliban.compiler.input.secret_variables import secret_variables
from caliban.compiler.words.quoting import join
from caliban.compiler.words.secret_words import masked_line, masked_words


def unparse_words(invocation: Invocation) -> list[str]:
    """The words behind `caliban` that `parse` reads as this invocation."""
    match invocation:
        case Diff(mode=mode):
            return ["diff", *_mode(mode), *_flags({"-v": invocation.verbose})]
        case Expand():
            flags = {"--pprint": invocation.pretty, "--print_flags": invocation.flags, "--count": invocation.count}
            return ["expansion", *_flags(flags), invocation.config]
        case Run():
            own = [*_values({"--image_id": invocation.image_id}), *_flags({"--dry_run": invocation.dry_run})]
            own += [*_limits(invocation.limits), *_verbosity(invocation.verbosity)]
            return _compilation("run", own, invocation)
        case Compile():
            emit = None if invocation.emit == "dockerfile" else invocation.emit
            return _compilation("compile", [*_values({"--emit": emit, "--eject": invocation.eject})], invocation)
        case Build():
            own = [*_values({"--tag": invocation.tag}), *_verbosity(invocation.verbosity)]
            return _compilation("build", own, invocation)
        case Lock():
            return _compilation("lock", _verbosity(invocation.verbosity), invocation)
        case Explain():
            values = {"--print_after": invocation.print_after, "--html": invocation.html}
            return _compilation(
                "explain", [*_repeated({"--changed": invocation.changed}), *_values(values)], invocation
            )


def unparse(invocation: Compilation, *, mode: Mode | None = None, output: Mount | None = None) -> str:
    """The `caliban run …` of an invocation on one line, as a shell reads it.

    `mode` and `output` are put in place of what was typed; with the mode "cpu", docker is asked for
    no GPU. What is printed holds no secret: values of `--env` are left out, those of `-e` for docker too where they
    look like one, and a secret argument is `…`.
    """
    launch = invocation.launch if isinstance(invocation, Launched) else LaunchOptions()
    secret, others = secret_variables(launch.engine_args)
    if mode == "cpu":
        others = tuple(other for other in others if not _asks_for_gpu(other))
    names = dict.fromkeys(variable.name for variable in (*launch.env, *secret))
    run = Run(
        target=invocation.target,
        build=replace(invocation.build, mode=mode or invocation.build.mode),
        launch=replace(
            launch,
            env=tuple(Variable(name=name, value=None) for name in names),
            engine_args=tuple(replace(other, words=tuple(masked_words(other.words))) for other in others),
            output=output or launch.output,
        ),
        limits=invocation.limits if isinstance(invocation, Run) else RunLimits(),
        image_id=invocation.image_id if isinstance(invocation, Run) else None,
    )
    words = unparse_words(replace(run, launch=replace(run.launch, arguments=())))
    arguments = f" -- {masked_line(launch.arguments)}" if launch.arguments else ""
    return join(("caliban", *words)) + arguments


def _asks_for_gpu(argument: EngineArgument) -> bool:
    value = argument.value or ""
    return (
        argument.name == "--gpus"
        or (argument.name == "--runtime" and value == "nvidia")
        or (argument.name == "--device" and value.startswith("nvidia.com/"))
    )


def unparse_lock(invocation: Compilation) -> str:
    """The `caliban lock …` whose answer a build of this invocation uses."""
    build = replace(
        invocation.build, directories=(), includes=(), no_cache=False, max_image_size=None, locked=False, cloud_key=None
    )
    return join(("caliban", *unparse_words(Lock(target=invocation.target, build=build))))


def _compilation(command: str, own: Iterable[str], invocation: Compilation) -> list[str]:
    """The words of a command that has a MODULE; `own` are the options that others do not have."""
    launch = invocation.launch if isinstance(invocation, Launched) else LaunchOptions()
    words = [command, *own, *_options(invocation.build, launch), invocation.target]
    return [*words, "--", *launch.arguments] if launch.arguments else words


def _options(build: BuildOptions, launch: LaunchOptions) -> Iterator[str]:
    yield from _mode(build.mode)
    yield from _values(
        {
            "--base_image": build.base_image,
            "--python": build.python,
            "--platform": build.platform,
            "--torch_index": build.torch_index,
            "--apt_mirror": build.apt_mirror,
            "--cloud_key": build.cloud_key,
            "--experiment_config": launch.experiments,
            "--xgroup": launch.group,
        }
    )
    yield from _repeated(
        {
            "-d": build.directories,
            "--extras": build.extras,
            "--include": build.includes,
            "--requirements": build.requirements,
            "--build_secret": build.secrets,
            "--env": map(_variable, launch.env),
            "--mount": map(_mount, launch.mounts),
        }
    )
    engine = shlex.join(word for argument in launch.engine_args for word in argument.words)
    yield from _values({"--docker_run_args": engine or None, "-o": _mount(launch.output) if launch.output else None})
    yield from _flags(
        {
            "--no_install_project": not build.install_project,
            "--no_rewrites": not build.rewrites,
            "--no_cache": build.no_cache,
        }
    )
    yield from _values({"--max_image_size": None if build.max_image_size is None else _size(build.max_image_size)})
    yield from _flags({"--locked": build.locked, "--no_credentials": not build.credentials, "--tty": launch.tty})


def _mode(mode: Mode | None) -> Iterator[str]:
    yield from _flags({"--nogpu": mode == "cpu", "--gpu": mode == "gpu"})


def _limits(limits: RunLimits) -> Iterator[str]:
    several = limits.max_failures if limits.max_failures != 1 else None
    yield from _flags({"--fail_fast": limits.max_failures == 1})
    yield from _values(
        {
            "--max_failures": None if several is None else str(several),
            "--timeout": None if limits.timeout is None else render_duration(limits.timeout),
        }
    )


def _verbosity(verbosity: Verbosity) -> Iterator[str]:
    yield from _flags({"-v": verbosity == "verbose", "-q": verbosity == "quiet"})


def _flags(given: Mapping[str, bool]) -> Iterator[str]:
    return (name for name, is_given in given.items() if is_given)


def _values(given: Mapping[str, str | None]) -> Iterator[str]:
    for name, value in given.items():
        if value is not None:
            yield from (name, value)


def _repeated(given: Mapping[str, Iterable[str]]) -> Iterator[str]:
    for name, values in given.items():
        for value in values:
            yield from (name, value)


def _variable(variable: Variable) -> str:
    return variable.name if variable.value is None else f"{variable.name}={variable.value}"


def _mount(mount: Mount) -> str:
    parts = (mount.source,) if mount.target is None else (mount.source, mount.target)
    return ":".join(part.replace(":", "\\:") for part in parts)


def _size(size: int) -> str:
    """Bytes in the largest unit that says them exactly: '1.5GB'."""
    for power, unit in ((4, "TB"), (3, "GB"), (2, "MB")):
        text = f"{size / 1000**power:.3f}".rstrip("0").rstrip(".")
        if size >= 1000**power and int(float(text) * 1000**power) == size:
            return f"{text}{unit}"
    return f"{size / 1000:.3f}".rstrip("0").rstrip(".") + "kB"
