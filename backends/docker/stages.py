"""Copies, and the stages beside the image: the project's wheel, and folders with a build context of their own."""

from collections.abc import Iterator

from caliban.backends.docker.host_wheels import FIND_HOST_WHEELS
from caliban.backends.docker.uv import bind, caching, environment, run, uv_mounts
from caliban.backends.docker.words import comment, copy_words, shell_words
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.project import BuildWheel, CopyGenerated

NOT_PACKAGED = "caliban: setuptools takes none of several packages: what the project depends on is installed"
_REFUSAL = "discovered in a flat-layout"  # setuptools' word for that (setuptools/discovery.py)
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

# The files of the wheel that its source lacks, or has otherwise, each where the source of its package is: the folder
# with most of the same files. Of a package that is not copied nothing is kept, since no copy hides it.
_COLLECT_GENERATED = r"""import os, re, sys, zipfile; from pathlib import Path; \
      project, out, shown = Path("/tmp/project"), Path(sys.argv[1]), set(map(Path, sys.argv[2:])); \
      wheel = zipfile.ZipFile(next(out.glob("*.whl"))); \
      names = {re.sub("^[^/]+[.]data/(pure|plat)lib/", "", name): name for name in wheel.namelist()}; \
      names = {path: name for path, name in names.items() if not re.search("^[^/]+[.](dist-info|data)/|/$", path)}; \
      same = lambda file, path: file.is_file() and file.read_bytes() == wheel.read(names[path]); \
      top = lambda path: path.split("/")[0]; \
      alike = lambda folder, name: sum(same(folder / path, path) for path in names if top(path) == name); \
      rank = lambda folder, name: (alike(folder, name), folder.name == "src", -len(folder.parts), folder); \
      folders = [Path(folder) for folder, _, _ in os.walk(project)]; \
      ranks = {name: [rank(each, name) for each in folders if (each / name).exists()] \
        for name in {*map(top, names)}}; \
      homes = {name: max(found)[-1] for name, found in ranks.items() if found and max(found)[0]}; \
      files = {path: homes[top(path)] / path for path in names if top(path) in homes}; \
      made = {path: file.resolve() for path, file in files.items() if not same(file, path)}; \
      made = {path: file.relative_to(project) for path, file in made.items() if project in file.parents}; \
      places = {path: out / "generated" / file for path, file in made.items() if shown & {*file.parents}}; \
      [place.parent.mkdir(parents=True, exist_ok=True) for place in places.values()]; \
      [place.write_bytes(wheel.read(names[path])) for path, place in places.items()]; \
      mode = lambda path: wheel.getinfo(names[path]).external_attr >> 16 & 0o777 or 0o644; \
      [place.chmod(mode(path)) for path, place in places.items()]"""

_COPY = r"""import os, shutil, sys; left_out = {"/tmp/project/" + each for each in sys.argv[1:]}; \
      shutil.copytree("/tmp/project", "/tmp/build", symlinks=True, dirs_exist_ok=True, \
      ignore=lambda folder, names: [each for each in names if os.path.join(folder, each) in left_out])"""


def render_wheel_stage(step: BuildWheel, base: BaseImage) -> str:
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
    found = (FIND_HOST_WHEELS,) if base.lent_wheels else ()
    command = " ".join(("uv build --wheel", *caching(bool(step.caches)), *found, *isolation))
    uv_build = f"{pretend}{environment(base)} {command} --out-dir {out} /tmp/build"
    made = f"{out}/generated" if step.shown else out
    build = " && \\\n    ".join((f"mkdir -p {made} /tmp/build", _copy(step, base), *_built(step, uv_build, out)))
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


def _built(step: BuildWheel, uv_build: str, out: str) -> Iterator[str]:
    """The commands that build, and read what was built; a build that fails ends the stage."""
    if not step.discovers:
        yield uv_build
        yield from _read(step, out)
        return
    reading = " && \\\n      ".join(_read(step, out)) or "true"
    yield f"{{ {uv_build} 2>&1; echo $? > /tmp/built; }} | tee /tmp/build.log"
    yield (
        f'if [ "$(cat /tmp/built)" = 0 ]; then {reading}; \\\n'
        '    else case "$(cat /tmp/build.log)" in \\\n'
        f'    *"{_REFUSAL}"*) {_refused(step, out)};; \\\n'
        "    *) exit 1;; esac; fi"
    )


def _read(step: BuildWheel, out: str) -> Iterator[str]:
    if step.listed:
        extras = shell_words(" ".join(step.extras), " ".join(step.implicit_extras))
        yield f"python -c '{_LIST_REQUIREMENTS}' \\\n      {out} {extras} > {out}/requirements.txt"
    if step.shown:
        yield f"python -c '{_COLLECT_GENERATED}' \\\n      {out} {shell_words(*step.shown)}"


def _refused(step: BuildWheel, out: str) -> str:
    """Render the reaction to setuptools' refusal of the folder."""
    if step.listed and step.fallback is None:
        return "echo 'caliban: only this build could tell what the project depends on' >&2; exit 1"
    said = f"echo {shell_words(NOT_PACKAGED)} >&2"
    if not step.listed:
        return said
    listing = f"printf '%s\\n' {shell_words(*step.fallback)}" if step.fallback else ":"
    return f"{said}; {listing} > {out}/requirements.txt"


def render_generated(step: CopyGenerated) -> str:
    """The copy of what a build generated, which belongs to whoever runs the image."""
    words = copy_words(f"/{step.stage}/generated", step.target)
    line = f"COPY --chown=$CALIBAN_UID:$CALIBAN_GID --from={step.stage} {words}"
    what = "the project" if step.path == "." else step.path
    return "\n".join((*comment(f"what the build of {what} generates, beside its source"), line))


def render_own_context(step: CopyFolder) -> str:
    """A stage that holds a folder; caliban overrides it by a build context of that name, plain docker builds it."""
    last = len(step.path) - 1
    pattern = "".join(
        "?" if not char.isprintable() or char in "*?[\\<!#" or (char == " " and at in (0, last)) else char
        for at, char in enumerate(step.path)
    )
    note = f"{step.path!r} has a name that COPY cannot spell: caliban passes it as a context of its own"
    return "\n".join((*comment(note), f"FROM scratch AS {step.context}", f"COPY {copy_words(pattern, '/')}"))


def render_copy(step: CopyFolder, note: str | None) -> str:
    """A copy that belongs to whoever runs the image."""
    start = f"COPY {'--link ' if step.linked else ''}--chown=$CALIBAN_UID:$CALIBAN_GID"
    if step.context is not None:
        line = f"{start} --from={step.context} {copy_words('/', step.target)}"
    else:
        line = f"{start} {copy_words(step.path, step.target)}"
    return "\n".join((*(comment(note) if note else ()), line))
