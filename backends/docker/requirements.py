"""The packages that files of the project declare, or that its wheel depends on: one call of uv for all of them."""

import posixpath
from collections.abc import Sequence

from caliban.backends.docker.resolution import render_choices, render_files, render_origins
from caliban.backends.docker.torch_mirror import render_from_mirror
from caliban.backends.docker.uv import bind, install, run, uv_mounts
from caliban.backends.docker.words import shell_words
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements

_DECODE = "import sys; sys.stdout.buffer.write(open(sys.argv[1], encoding=sys.argv[2]).read().encode())"
_WRITTEN = "/tmp/as-written"  # where a requirements file is mounted that must be edited first


def render_requirements(step: InstallRequirements, base: BaseImage) -> str:
    """The packages of a requirements file or manifest; relative paths in it are relative to /tmp, as to the project."""
    count = "1 package" if step.count == 1 else f"{step.count} packages"
    remark = f" ({step.remark})" if step.remark else ""
    command = _install(
        (*step.installed_with, step), base, step.resolution, cached=bool(step.caches), extras=step.extras
    )
    groups = f", {_named('group', step.groups)}" if step.groups else ""
    told = f"{step.path}{groups}: {count}{remark}{render_origins(step.resolution, base)}"
    return run(
        [
            *uv_mounts(base, step.caches, step.resolution.secrets, mirrored=step.resolution.torch_mirrored),
            *_mounts((*step.installed_with, step)),
            *_stages(step.resolution),
        ],
        command if step.lines is None else f"{_list(step, step.lines)} && \\\n    {command}",
        note=f"{told}; rebuilt when the requirements change",
        reasons=step.resolution.reasons,
    )


def _list(step: InstallRequirements, lines: Sequence[str]) -> str:
    """Writes the requirements of a file that uv cannot read."""
    words = "".join(f" \\\n      {shell_words(line)}" for line in lines)
    folder = posixpath.dirname(step.listing)
    return f"{shell_words('mkdir', '-p', folder)} && printf '%s\\n'{words} \\\n      > {shell_words(step.listing)}"


def _mounts(steps: Sequence[InstallRequirements]) -> list[str]:
    """The files that they read, each once."""
    paths = {path: _edited(step) for step in steps for path in _read(step)}
    return [
        bind(f"source={path}", f"target={_WRITTEN if path in edited else '/tmp'}/{path}")
        for path, edited in paths.items()
    ]


def _stages(resolution: Resolution) -> list[str]:
    """The stages whose wheels it takes."""
    stage = resolution.compiled.stage if resolution.compiled else None
    return [bind(f"from={stage}", f"source=/{stage}", f"target=/tmp/{stage}")] if stage else []


def _read(step: InstallRequirements) -> tuple[str, ...]:
    return step.includes if step.lines is not None else (step.path, *step.includes)


def _edited(step: InstallRequirements) -> list[str]:
    return list(dict.fromkeys((*(edit.path for edit in step.edits), *dict(step.encodings))))


def _install(
    steps: Sequence[InstallRequirements],
    base: BaseImage,
    resolution: Resolution,
    *,
    cached: bool,
    extras: Sequence[str] = (),
    others: Sequence[str] = (),
) -> str:
    """One call of uv for the files of these steps, and for others that are there as they are."""
    edited = [path for step in steps for path in _edited(step)]
    commands = ["cd /tmp"] if edited or any(step.includes or _configures_uv(step) for step in steps) else []
    commands += [_edit(path, step) for step in steps for path in _edited(step)]
    choices = render_files(resolution)
    commands += choices.values()
    words = [word for extra in extras for word in ("--extra", extra)]
    words += [word for step in steps for word in _asked(step)]
    words += dict.fromkeys(option for step in steps for option in step.options)
    words += [word for path in others for word in ("--requirements", path)]
    words += render_choices(resolution, base)
    command = install(base, resolution, cached=cached)

    def with_words(*more: str) -> str:
        return f"{command} {shell_words(*more, *words)}"

    if resolution.torch_mirrored:
        commands += render_from_mirror(with_words, base, resolution, cached=cached)
    else:
        commands.append(with_words())
    written = [*(f"/tmp/{path}" for path in edited), *choices]
    commands += [shell_words("rm", *written)] if written else []
    return " && \\\n    ".join(commands)


def _configures_uv(step: InstallRequirements) -> bool:
    """Uv takes the indexes of [tool.uv] from the manifest in its working directory alone (tried with 0.13.9)."""
    return step.path == "pyproject.toml" and step.lines is None


def _asked(step: InstallRequirements) -> list[str]:
    """The words of uv for what a step installs."""
    if step.lines is not None:
        return ["--requirements", step.listing]
    if step.groups:
        return [word for group in step.groups for word in ("--group", f"/tmp/{step.path}:{group}")]
    return ["--requirements", f"/tmp/{step.path}"]


def _named(kind: str, names: Sequence[str]) -> str:
    return f"{kind} {names[0]}" if len(names) == 1 else f"{kind}s {', '.join(names)}"


def _edit(path: str, step: InstallRequirements) -> str:
    """A copy of the file in UTF-8, without the lines that have a step of their own, and the others as uv reads them."""
    script: list[str] = []
    for line in sorted({edit.line for edit in step.edits if edit.path == path}):
        actions = {edit.action for edit in step.edits if (edit.path, edit.line) == (path, line)}
        # Joined first: sed counts the lines that it has read, so nothing else finds a joined line by its number.
        join = rf":a{line};/\\[[:space:]]*$/{{N;s/ *\\[[:space:]]*\n */ /;ba{line}}};" if "join" in actions else ""
        plain = r"s/^ *\(-e\|--editable\)[ =]*//;" if "not-editable" in actions else ""
        split = r"s/[[:blank:]]\{1,\}\(--*[A-Za-z]\)/\n\1/g;" if "split" in actions else ""
        delete = "d;" if "delete" in actions else ""
        script += ["-e", f"{line}{{{join}{plain}{split}{delete}}}"]
    folder = posixpath.dirname(f"/tmp/{path}")
    start = "" if folder == "/tmp" else f"{shell_words('mkdir', '-p', folder)} && "
    source, target, encoding = f"{_WRITTEN}/{path}", f"/tmp/{path}", dict(step.encodings).get(path)
    if encoding is None:
        return f"{start}{shell_words('sed', *script, source)} > {shell_words(target)}"
    decode = f"{start}{shell_words('python', '-c', _DECODE, source, encoding)} > {shell_words(target)}"
    # Not piped: a shell takes the failure of the first program in a pipe for success.
    return f"{decode} && {shell_words('sed', '-i', *script, target)}" if script else decode


def render_wheel_requirements(step: InstallWheelRequirements, base: BaseImage) -> str:
    """Render the install of the wheel's requirements."""
    path = f"/tmp/{step.stage}-requirements.txt"
    mount = bind(f"from={step.stage}", f"source=/{step.stage}/requirements.txt", f"target={path}")
    return run(
        [
            *uv_mounts(base, step.caches, step.resolution.secrets, mirrored=step.resolution.torch_mirrored),
            *_mounts(step.installed_with),
            *_stages(step.resolution),
            mount,
        ],
        _install(step.installed_with, base, step.resolution, cached=bool(step.caches), others=[path]),
        note="what the project depends on: rebuilt when that list changes, not when the code does",
        reasons=step.resolution.reasons,
    )
