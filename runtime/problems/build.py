"""Problems of a build: of its files, its base image, its packages and its size."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, printable

_GONE = ("not found", "manifest unknown")  # containerd's words, and a registry's


def no_two_builds(root: str) -> Diagnostic:
    """`caliban diff` has nothing to compare."""
    return Diagnostic(
        code="no-two-builds",
        message="caliban remembers less than two builds of this project",
        place=Place(source=root),
        hint="start it in the project's folder, after a second `caliban run` or `caliban build` that built something",
    )


def install_failed(quotes: Sequence[str], place: Place | None, hint: str | None, what: str) -> Diagnostic:
    """Uv could not install; its own words, once."""
    return Diagnostic(
        code="build-failed",
        message=f"uv could not install {what}",
        place=place,
        quotes=tuple(f"uv: {printable(line)}" for line in quotes),
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
    """Files that were written to after we had read them, and before the engine had."""
    which = ", ".join("the project's folder" if path == "." else f"'{printable(path)}'" for path in paths[:3])
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return Diagnostic(
        code="changed-while-built",
        message=f"{which}{more} changed while the builder read it; what is built may have it as it was or as it is",
        place=Place(source=paths[0]),
        hint="give the same command again: the next build starts from what is there then;\n"
        "what other programs go on writing may be left out with a line in .dockerignore",
        severity="warning",
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
    """What a user's tables say of an image that is gone: 'nvidia/cuda:12.8.1-devel-ubuntu22.04', 'python:3.8-slim'."""
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
        message=f"more than the {limit / 1e9:g} GB that are allowed: {words}",
        place=Place(source="--max_image_size"),
        hint="mount data that is too big to copy (--mount DIR), copy less (-d, .dockerignore), or allow more",
    )


def image_too_large(actual: int, limit: int) -> Diagnostic:
    """The image is over --max_image_size."""
    return Diagnostic(
        code="image-too-large",
        message=f"the image has {actual / 1e9:.2f} GB, more than the {limit / 1e9:g} GB that are allowed",
        place=Place(source="--max_image_size"),
        hint="see what is in it (caliban explain), mount data (--mount DIR), or allow more",
    )


def tables_unreadable(path: str, reason: str) -> Diagnostic:
    """$CALIBAN_TABLES names no file."""
    return Diagnostic(
        code="unreadable",
        message=f"cannot be read: {reason}",
        place=Place(source=f"$CALIBAN_TABLES: {path}"),
        hint="name a file with tables of your own, or unset $CALIBAN_TABLES",
    )
