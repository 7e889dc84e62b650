"""Copies, and the stages beside the image: the project's wheel, and folders with a build context of their own."""

from caliban.backends.docker.uv import bind, caching, environment, run, uv_mounts
from caliban.backends.docker.words import comment, copy_words, shell_words
from caliban.compiler.bases import BaseImage
from caliban.compiler.copies import CopyFolder
from caliban.compiler.steps import BuildWheel

NOT_PACKAGED = "caliban: this folder cannot be packaged (see above), so it is not installed; its code still runs"
SHARED_STAGE = "common"  # what the image and the stages beside it have in common

# Reads the metadata of the wheel that was just built (PEP 427, PEP 566) and prints its requirements. A marker such as
# `extra == "gpu"` can only be decided by who installs, so it is decided here: python_version is never 0.
_LIST_REQUIREMENTS = r"""import email, glob, re, sys, zipfile; \
      normal = lambda name: re.sub("[-_.]+", "-", name).lower(); \
      wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0]); \
      name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")); \
      metadata = email.message_from_bytes(wheel.read(name)); \
      declared = {normal(extra) for extra in metadata.get_all("Provides-Extra") or []}; \
      asked = set(sys.argv[2].split()); \
      chosen = asked | set(sys.argv[3].split()) & declared; \
      asked <= declared or sys.exit("caliban: the project declares no extra " + ", ".join(sorted(asked - declared))); \
      decide = lambda extra: "python_version %s \"0\"" % ("!=" if normal(extra[1]) in chosen else "=="); \
      lines = metadata.get_all("Requires-Dist") or []; \
      [print(re.sub("extra *== *.([^\x27\"]+).", decide, line)) for line in lines]"""

_COPY = r"""import os, shutil, sys; left_out = {"/tmp/project/" + each for each in sys.argv[1:]}; \
      shutil.copytree("/tmp/project", "/tmp/build", symlinks=True, dirs_exist_ok=True, \
      ignore=lambda folder, names: [each for each in names if os.path.join(folder, each) in left_out])"""


def spell_wheel_stage(step: BuildWheel, base: BaseImage) -> str:
    """The stage that builds a distribution of the project; only what it puts into `/STAGE` is used."""
    source = bind(f"source={step.path}", "target=/tmp/project")
    out = f"/{step.stage}"
    version = f"ARG PROJECT_VERSION={step.version}\n" if step.version else ""
    # Every tool that reads a version from git has a variable for where there is no git.
    pretend = (
        "SETUPTOOLS_SCM_PRETEND_VERSION=$PROJECT_VERSION PBR_VERSION=$PROJECT_VERSION "
        "UV_DYNAMIC_VERSIONING_BYPASS=$PROJECT_VERSION POETRY_DYNAMIC_VERSIONING_BYPASS=$PROJECT_VERSION \\\n      "
        if step.version
        else ""
    )
    # Equal files give an equal wheel, whenever it is built, so what is installed of it stays cached.
    pretend = f"SOURCE_DATE_EPOCH=315532800 {pretend}"
    isolation = ("--no-build-isolation",) if step.toolkit else ()  # it imports torch, which is there
    command = " ".join(("uv build --wheel", *caching(bool(step.caches)), *isolation))
    build = (
        f"mkdir -p {out} /tmp/build && \\\n"
        f"    {_copy(step, base)} && \\\n"
        f"    if {pretend}{environment(base)} {command} --out-dir {out} /tmp/build; \\\n"
        f"    then {_then(step, out)}; \\\n"
        f"    else {_else(step, out)}; fi"
    )
    where = "the project" if step.path == "." else step.path
    note = f"{where} as a wheel, built aside: the image gets the wheel, not what it takes to build one"
    text = run([*uv_mounts(base, step.caches, step.resolution.secrets), source], build)
    return "\n".join((*comment(note), f"FROM {step.toolkit or SHARED_STAGE} AS {step.stage}", version + text))


def _copy(step: BuildWheel, base: BaseImage) -> str:
    """A build writes into its folder, and a mount cannot be written. On any base there is a Python, but not any tar."""
    if not base.own:
        return f"python -c '{_COPY}' {shell_words(*step.without)}".rstrip()
    left_out = "".join(f" {shell_words(f'--exclude=./{folder}')}" for folder in step.without)
    return f"tar -C /tmp/project{left_out} -c . | tar -C /tmp/build -x --no-same-owner"


def _then(step: BuildWheel, out: str) -> str:
    if not step.listed:
        return "true"
    extras = shell_words(" ".join(step.extras), " ".join(step.implicit_extras))
    return f"python -c '{_LIST_REQUIREMENTS}' \\\n      {out} {extras} > {out}/requirements.txt"


def _else(step: BuildWheel, out: str) -> str:
    said = f"echo {shell_words(NOT_PACKAGED)} >&2"
    if step.toolkit is not None:
        return "echo 'caliban: the CUDA sources of this folder do not compile (see above)' >&2; exit 1"
    if not step.listed:
        return said
    if step.fallback is None:
        return "echo 'caliban: only this build could tell what the project depends on' >&2; exit 1"
    listing = f"printf '%s\\n' {shell_words(*step.fallback)}" if step.fallback else ":"
    return f"{said}; {listing} > {out}/requirements.txt"


def spell_own_context(step: CopyFolder) -> str:
    """A stage that holds a folder; caliban overrides it by a build context of that name, plain docker builds it."""
    pattern = "".join(char if char.isprintable() and char not in "*?[\\" else "?" for char in step.path)
    note = f"{step.path!r} has a name that COPY cannot spell: caliban passes it as a context of its own"
    return "\n".join((*comment(note), f"FROM scratch AS {step.context}", f"COPY {copy_words(pattern, '/')}"))


def spell_copy(step: CopyFolder, note: str | None) -> str:
    """A copy that belongs to whoever runs the image."""
    start = f"COPY {'--link ' if step.linked else ''}--chown=$CALIBAN_UID:$CALIBAN_GID"
    if step.context is not None:
        line = f"{start} --from={step.context} {copy_words('/', step.target)}"
    else:
        line = f"{start} {copy_words(step.path, step.target)}"
    return "\n".join((*(comment(note) if note else ()), line))
