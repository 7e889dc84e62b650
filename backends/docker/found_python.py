"""Finding the Python of a base that the user names: the RUN that takes the base's own, or brings one."""

from caliban.backends.docker.uv import PYTHONS, environment, network_mounts, run
from caliban.backends.docker.words import comment
from caliban.compiler.facts.missing_features import NO_PYTHON, MissingFeature
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.effects import FOUND_PYTHON, WORKDIR
from caliban.compiler.ir.steps.python import FindPython

# Miniconda's place, which some of its images put on PATH by their ENTRYPOINT only.
_CONDA = "/opt/conda/bin/python"
# A .pth file, since what PYTHONPATH names comes first; and empty modules in place of those of the project that Python
# would run at every start. Debian has several folders of packages, and not all of those that `site` names are there.
COME_LAST = (
    "import importlib.util, os, site; places = site.getsitepackages(); \\\n"
    "      there = [*places[:1], *filter(os.path.isdir, places)][-1]; os.makedirs(there, exist_ok=True); \\\n"
    '      empty = [name for name in ("sitecustomize", "usercustomize") if not importlib.util.find_spec(name)]; \\\n'
    '      [open(there + "/" + name + ".py", "w").close() for name in empty]; \\\n'
    f'      open(there + "/caliban.pth", "w").write("{WORKDIR}\\n")'
)


def render_found_python(step: FindPython, base: BaseImage) -> str:
    """Render the meaning of `python`: a link to the base's own if that has another name, or a venv if one is brought.

    A link in a folder of its own, ahead on PATH, since a base may have a `python` that is too old for anything.
    """
    command = "\n".join(
        (
            f"fits='import sys; exit(not {_range(step)})'; \\",
            f"    for python in python python3 {_CONDA}; do \\",
            '      "$python" -c "$fits" 2> /dev/null && break; python=; \\',
            "    done; \\",
            '    case "$python" in \\',
            "    python) ;; \\",
            f"    '') echo 'caliban: the base has no such Python, so uv brings {step.version}'; \\",
            "      mkdir -p /tmp && \\",  # where uv works when it has no cache
            f"      {environment(base)} UV_PYTHON_INSTALL_DIR={PYTHONS} \\",
            f"      uv venv --no-cache --managed-python --python {step.version} {FOUND_PYTHON} || \\",
            f"      {say(NO_PYTHON)} ;; \\",
            f'    *) mkdir -p {FOUND_PYTHON}/bin && ln -s "$(command -v "$python")" {FOUND_PYTHON}/bin/python ;; \\',
            "    esac && hash -r && \\",
            f"    python -c '{COME_LAST}'",
        )
    )
    return "\n".join((*comment(_note(step)), run([*network_mounts(base)], command)))


def render_import_path() -> str:
    """`WORKDIR` last on the import path of each Python that the base has; one may be too old, or none there."""
    command = "\n".join(
        (
            f"for python in python python3 {_CONDA}; do \\",
            '      ! command -v "$python" > /dev/null || \\',
            f"      \"$python\" -c '{COME_LAST}' || true; \\",
            "    done",
        )
    )
    note = f"{WORKDIR} comes last on the import path of the base's own Python, if it has one"
    return "\n".join((*comment(note), run([], command)))


def say(lack: MissingFeature) -> str:
    """The end of a RUN in caliban's own words, which `runtime.building.failure` knows again."""
    return f"{{ echo 'caliban: {lack.words}' >&2; exit 1; }}"


def _range(step: FindPython) -> str:
    """As Python spells it."""
    upper = f" <= {_tuple(step.newest)}" if step.newest else ""
    return f"{_tuple(step.oldest)} <= sys.version_info[:2]{upper}"


def _tuple(minor: str) -> str:
    return f"({minor.replace('.', ', ')})"


def _note(step: FindPython) -> str:
    """As people say it."""
    last = f"{WORKDIR} comes last on its import path"
    if step.oldest == step.newest:
        own = f"Python {step.oldest} ({step.asked_by}): the base's own with all that is in it"
        return f"{own}, else one that uv brings; {last}"
    accepted = f"{step.oldest} to {step.newest}" if step.newest else f"{step.oldest} or newer"
    asked = f", {step.asked_by}" if step.asked_by else ""
    own = f"the base's own Python ({accepted}{asked}) with all that is in it"
    return f"{own}, else one that uv brings ({step.reason}); {last}"
