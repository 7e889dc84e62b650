"""Problems of a build: of its files, its base image, its packages and its size."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.facts.frameworks.torch_wants import what_default_brings
from caliban.compiler.facts.missing_features import MissingFeature
from caliban.compiler.facts.sizes import size
from caliban.compiler.facts.tools import PYTORCH_INDEX
from caliban.compiler.input.project import Requirement

_GONE = ("not found", "manifest unknown")  # containerd's words, and a registry's


def install_failed(
    quotes: Sequence[str], place: Place | None, hint: str | None, what: str, conflicting: Sequence[Requirement] = ()
) -> Diagnostic:
    """Uv could not install; its own words, once. Where requirements exclude each other, each stands with its place."""
    lines = [f"{printable(str(found.place))}  {printable(found.text)}" for found in conflicting]
    if len(lines) > 1 and place is not None:
        place = place._replace(text=None)
    return Diagnostic(
        code="build-failed",
        message=f"uv could not install {what}",
        place=place,
        quotes=(*(lines if len(lines) > 1 else ()), *(f"uv: {printable(line)}" for line in quotes)),
        hint=hint,
    )


def build_failed(step: str | None, quotes: Sequence[str], hint: str | None, place: Place | None = None) -> Diagnostic:
    """A step of the build failed for another reason."""
    return Diagnostic(
        code="build-failed",
        message=f"the image could not be built: {printable(step)}" if step else "the image could not be built",
        place=place,
        quotes=tuple(printable(line) for line in quotes),
        hint=hint,
    )


def with_log(problem: Diagnostic, path: str | None) -> Diagnostic:
    """A build that failed, with the place of its whole log, where it was kept."""
    if path is None or problem.code != "build-failed":
        return problem
    from caliban.compiler.words.quoting import quoted

    where = f"the whole log of the build: {quoted(path)}"
    return problem._replace(quotes=(*problem.quotes, where))  # a hint may end with lines to write


def copy_does_not_fit(needed: int, free: int, largest: Sequence[tuple[str, int]]) -> Diagnostic:
    """The builder would fill the disk, after minutes of reading."""
    from caliban.compiler.facts.sizes import size

    parts = ", ".join(f"{printable(name)} {size(part)}" for name, part in largest)
    return Diagnostic(
        code="copy-too-large",
        message=f"{size(needed)} would be copied, and the engine's disk has {size(free)} free: {parts}",
        place=Place(source=largest[0][0]) if largest else None,
        hint="mount what is large: --mount DIR; leave it out with a line in .dockerignore;\n"
        "or free space: `docker system df` says what the engine keeps",
    )


def disk_full(words: str) -> Diagnostic:
    """No space left on device."""
    return Diagnostic(
        code="disk-full",
        message="the disk is full",
        quotes=(printable(words),),
        hint="`docker system df` says what the engine keeps, `docker builder prune` frees its cache",
    )


def not_loaded(words: str) -> Diagnostic:
    """`docker load` refused the archive of an image."""
    if "no space left on device" in words:
        return disk_full(words.strip())
    return Diagnostic(
        code="not-loaded",
        message="the image was built as an archive, for $SOURCE_DATE_EPOCH, and the engine did not take it",
        quotes=tuple(f"docker: {printable(line)}" for line in words.splitlines() if line.strip()),
        hint="the engine's own log says more: journalctl -u docker; without $SOURCE_DATE_EPOCH no archive is needed",
    )


def changed_while_built(paths: Sequence[str]) -> Diagnostic:
    """A build that failed, of files that changed after we had read them, and before the engine had."""
    return Diagnostic(
        code="changed-while-built",
        message=f"{_named(paths)} changed while the builder read it, which may be why the build failed",
        place=Place(source=paths[0]),
        hint="give the same command again: the next build starts from what is there then",
        severity="warning",
    )


def kept_changing(paths: Sequence[str]) -> Diagnostic:
    """Files that were overwritten while they were read, both times: an image may have parts of two versions."""
    return Diagnostic(
        code="kept-changing",
        message=f"{_named(paths)} kept changing while it was copied, so no run was started",
        place=Place(source=paths[0]),
        hint="give the same command again once nothing writes to it;\n"
        "if no run needs it: leave it out with a line in .dockerignore",
    )


def too_large_to_copy(path: str, size: int) -> Diagnostic:
    """A file that was overwritten while the builder read it, and there is no room for a copy of its own."""
    return Diagnostic(
        code="kept-changing",
        message=f"{_named([path])} changed while the builder read it, and is too large to copy ({size / 1e9:.1f} GB), "
        "so no run was started",
        place=Place(source=path),
        hint="give the same command again once nothing writes to it;\n"
        "or mount it instead of copying it (--mount), or make room on the disk of caliban's own folder",
    )


def _named(paths: Sequence[str]) -> str:
    which = ", ".join("the project's folder" if path == "." else f"'{printable(path)}'" for path in paths[:3])
    return f"{which} and {len(paths) - 3} more" if len(paths) > 3 else which


def secret_unset(name: str) -> Diagnostic:
    """`--build_secret NAME` takes the value from caliban's own environment, as `--env NAME` does."""
    return Diagnostic(
        code="bad-variable",
        message=f"--build_secret {name} takes the value from the environment, where {name} is not set",
        place=Place(source="--build_secret"),
        hint=f"export {name}=…, or leave the option out",
    )


def secrets_not_granted(source: str, names: Sequence[str]) -> Diagnostic:
    """A config asks for variables that are set: the code of the project, and of all it installs, would see them."""
    options = " ".join(f"--build_secret {name}" for name in names)
    return Diagnostic(
        code="secret-not-granted",
        message=f"the project asks for variables of your environment while it is built: {', '.join(names)}",
        place=Place(source=source),
        hint=f"if you trust what it installs with them: {options}\n"
        f"or once for all projects: export CALIBAN_BUILD_SECRETS={','.join(names)}",
    )


def base_missing(image: str, words: str, place: Place | None) -> Diagnostic:
    """The base image is neither here nor to be had; `place` is where the user names it, None where caliban chose it."""
    fact = _fact(image) if place is None and any(word in words for word in _GONE) else None
    if fact is not None:
        return Diagnostic(
            code="no-base-image",
            message=f"the base image {printable(image)}, which caliban chose, does not exist any more",
            quotes=(f"docker: {printable(words)}",),
            hint=f"tell caliban so in a file that $CALIBAN_TABLES names: {fact},\n"
            "or name another image: --base_image IMAGE",
        )
    return Diagnostic(
        code="no-base-image",
        message=f"the base image {printable(image)} is not here and cannot be pulled",
        place=place,
        quotes=(f"docker: {printable(words)}",),
        hint="check its name and your network; registry_mirror in the config names another registry, "
        "--base_image another image",
    )


def _fact(image: str) -> str | None:
    """Return the entry of a user's tables with a missing image: 'nvidia/cuda:12.8.1-devel-ubuntu22.04'."""
    name, _, tag = image.rpartition(":")
    match name.rpartition("/")[2]:
        case "cuda":
            return f'{{"cuda_tags": {{"tags": {{"{tag}": null}}}}}}'
        case "python":
            minor = tag.partition("-")[0]
            return f'{{"pythons": {{"minors": {{"{minor}": {{"suite": DEBIAN, "end_of_life": MONTH}}}}}}}}'
        case _:
            return None


def image_will_be_too_large(words: str, limit: int) -> Diagnostic:
    """The forecast is over --max_image_size."""
    return Diagnostic(
        code="image-too-large",
        message=f"more than the {size(limit)} that are allowed: {words}",
        place=Place(source="--max_image_size"),
        hint="mount data that is too big to copy (--mount DIR), copy less (-d, .dockerignore), or allow more",
    )


def image_too_large(actual: int, limit: int) -> Diagnostic:
    """The image is over --max_image_size."""
    return Diagnostic(
        code="image-too-large",
        message=f"the image has {size(actual)} ({actual:,} bytes), more than the {size(limit)} that are allowed",
        place=Place(source="--max_image_size"),
        hint="see what is in it (`caliban explain`), mount data (--mount DIR), or allow more",
    )


def lacking(lack: MissingFeature, place: Place | None, words: Sequence[str]) -> Diagnostic:
    """The base is not made for what is to be done with it; `words` are what its programs said."""
    return Diagnostic(
        code=lack.code,
        message=lack.words,
        place=place,
        quotes=tuple(printable(line) for line in words[-12:]),
        hint=lack.hint,
    )


def without_torch() -> str:
    """The hint where the index of torch cannot be reached, or has no such build."""
    return (
        f"name a mirror of it: --torch_index URL, or $CALIBAN_TORCH_INDEX;\n"
        "for CPU mode, a +cpu build in a folder that pip's find-links names will do too;\n"
        f"or take what your own index has, --torch_index default: {what_default_brings()}"
    )


def torch_index_for_all() -> str:
    """The hint where an index option has PyTorch's index asked for each package, and it cannot be reached."""
    return (
        "an index option of the project has PyTorch's index asked for every package: leave that option out;\n"
        "caliban asks this index itself, and for torch alone"
    )


def lend_variable(name: str) -> str:
    """The hint where a requirement holds a variable that the build is not lent."""
    return f"the build does not have this variable of your environment: --build_secret {name}"


def variable_outside_address(name: str) -> str:
    """The hint where a version or a name holds a variable: pip fills it in, uv does not."""
    return f"uv, which installs, fills in variables in addresses only: write the value in place of ${{{name}}}"


def without_build_at_hand() -> str:
    """The hint where the CPU builds in wheel folders of the host do not do."""
    return (
        "the CPU builds in your wheel folders do not suit: lay others there,\n"
        f"or ask PyTorch's own index: --torch_index {PYTORCH_INDEX}"
    )
