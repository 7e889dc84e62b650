"""The promises of ARCHITECTURE.md that no type and no other test holds, read off the source."""

import ast
import inspect
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from caliban.compiler.facts.data_files import table
from caliban.compiler.facts.tools import UV_VERSION
from caliban.compiler.frontend.cli.help import render_help
from caliban.compiler.frontend.cli.options import COMMANDS, OPTIONS
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.pipeline import PASSES
from caliban.runtime.config_keys import config_keys

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("compiler", "backends", "runtime")  # each may import itself and those before it
MODULES = sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))
PURE = [path for path in MODULES if path.is_relative_to(ROOT / "compiler") or path.is_relative_to(ROOT / "backends")]

# The rooms of the compiler, and what each may import beside itself, and beside the modules that are no room.
# The middle end (lowering, passes, cost) imports no frontend; input, ir and locks hold the values that all others name.
VALUES = {"facts", "input", "ir", "locks"}
ROOMS = {
    "jsonc": set[str](),
    "context": set[str](),
    "facts": set[str](),
    "facts/frameworks": {"facts", "ir", "locks"},
    "experiments": {"jsonc"},
    "input": {"facts", "locks", "ir", "experiments"},
    "ir": {"facts", "input", "locks"},
    "locks": {"facts", "input", "ir"},
    "frontend": {"facts", "input", "locks", "context", "experiments", "jsonc"},
    "lowering": VALUES | {"experiments"},
    "cost": {"facts", "ir"},
    "passes": VALUES | {"facts/frameworks", "cost"},
    "verify": {"ir", "context"},
    "pipeline": VALUES | {"lowering", "passes", "verify"},
}  # fmt: skip

# The compiler's doors to the file system: the user's project, and its own tables.
READERS = {"compiler/frontend/project/disk.py", "compiler/facts/data_files.py"}
STARTER = "runtime/execute.py"

# What touches a file system. `os.path` is mostly arithmetic on strings: its exceptions are named.
DISK_MODULES = {"glob", "pathlib", "shutil", "sqlite3", "tempfile"}
DISK_CALLS = {"open", "os.path.exists", "os.path.lexists", "os.path.isfile", "os.path.isdir", "os.path.islink",
              "os.path.realpath", "os.path.getsize", "os.path.getmtime", "os.path.abspath"}  # fmt: skip
WORLD_MODULES = {"asyncio", "multiprocessing", "plumbum", "signal", "socket", "subprocess", "urllib.request"}
STARTS = re.compile(r"(subprocess\.(Popen|run|call|check_call|check_output)|os\.(system|popen|fork|exec\w*|spawn\w*|posix_spawn\w*)|pty\.\w+)$")  # fmt: skip  # noqa: E501  # one alternative per way


def test_a_public_class_has_a_name_of_its_own() -> None:
    places: dict[str, list[str]] = {}
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_backwards_only(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0]
    allowed = LAYERS[: LAYERS.index(layer) + 1]

    layers = [name.split(".")[1] for name in _imports(path) if name.startswith("caliban.")]
    wrong = [name for name in layers if name in LAYERS and name not in allowed]

    assert wrong == []


def test_inside_the_compiler_imports_follow_the_rooms() -> None:
    modules = [path for path in MODULES if path.is_relative_to(ROOT / "compiler") and path.stem != "__init__"]
    arrows = {
        (_room(_name(path).removesuffix(".py")), _room(name.replace(".", "/").removeprefix("caliban/")))
        for path in modules
        for name in _imports(path)
        if name.startswith("caliban.compiler.")
    }
    everywhere = {"diagnostics", "os_errors", "quick_import", "words"}
    allowed = {(room, other) for room, others in ROOMS.items() for other in {room, *others, *everywhere}}

    assert {arrow for arrow in arrows if arrow[0] not in everywhere} <= allowed


def test_few_modules_lie_outside_the_rooms_of_the_compiler() -> None:
    assert len(list((ROOT / "compiler").glob("*.py"))) <= 8


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_import_is_of_the_package_by_its_full_name(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    relative = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]

    assert relative == [] and not [name for name in _imports(path) if name.split(".")[0] in LAYERS]


def test_the_compiler_touches_the_file_system_through_one_module() -> None:
    touching = {_name(path) for path in PURE if any(True for _ in _disk_accesses(path))}

    assert touching == READERS


def test_compiler_and_backends_know_no_process_no_network_and_no_environment() -> None:
    found = {(_name(path), name) for path in PURE for name in _imports(path) if name in WORLD_MODULES}
    found |= {
        (_name(path), call)
        for path in PURE
        for call in _names(path)
        if call in ("os.environ", "os.getenv", "os.getcwd")
    }

    assert found == set()


def test_processes_are_started_by_one_module() -> None:
    starting = {_name(path) for path in MODULES if any(STARTS.fullmatch(call) for call in _calls(path))}
    importing = {_name(path) for path in MODULES if any(name.split(".")[0] == "plumbum" for name in _imports(path))}

    assert starting <= {STARTER} and importing == {STARTER}


def test_the_words_of_docker_are_known_to_the_engine_and_its_backend() -> None:
    """Literals alone: backends/docker renders what the runtime starts."""
    at_home = ("runtime/engine/", "backends/docker/")
    named = {_name(path) for path in MODULES if '"docker"' in path.read_text(encoding="utf-8")}

    assert [name for name in named if not name.startswith(at_home)] == []


def test_a_pass_is_a_pure_function_from_recipe_to_recipe_named_like_its_module() -> None:
    folder = ROOT / "compiler" / "passes"
    modules = {path.stem for path in folder.glob("*.py") if not path.stem.endswith(("__init__", "problems"))}
    shapes = {
        function.__name__: (
            function.__module__,
            *(kind.annotation for kind in inspect.signature(function).parameters.values()),
        )
        for function in PASSES
    }

    assert shapes == {name: (f"caliban.compiler.passes.{name}", Recipe) for name in modules}
    assert {inspect.signature(function).return_annotation for function in PASSES} == {Recipe}


def test_the_uv_of_the_image_is_the_uv_that_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert f"uv=={UV_VERSION}" in project["dependencies"]


def test_every_option_is_in_the_help_of_its_commands() -> None:
    helps = {spec.name: render_help(spec.name, full=False, config_keys={}) for spec in COMMANDS}
    missing = [
        (command, option.name) for option in OPTIONS for command in option.commands if option.name not in helps[command]
    ]

    assert missing == []


def test_every_config_key_is_in_the_full_help() -> None:
    keys = config_keys()
    shown = render_help(None, full=True, config_keys=keys).splitlines()

    properties = table("config.schema")["properties"]
    assert set(keys) == {name for name, schema in properties.items() if not schema.get("deprecated")} - {"$schema"}
    assert [key for key in keys if not any(line.startswith(f"  {key} ") for line in shown)] == []


def _room(module: str) -> str:
    """The room of the compiler that a module is in: 'passes' for 'compiler/passes/drop_unused'."""
    parts = module.split("/")[1:]
    return next((room for room in ("/".join(parts[:2]), parts[0]) if room in ROOMS), parts[0])


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names if module.count(".") < 2)


def _names(path: Path) -> Iterator[str]:
    """Every dotted name that a file uses: 'os.path.join'."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute | ast.Name):
            yield ast.unparse(node)


def _calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            yield ast.unparse(node.func)


def _disk_accesses(path: Path) -> Iterator[str]:
    """Calls that touch a file system, and imports of modules that are there to do so."""
    for call in _calls(path):
        touches = call in DISK_CALLS or (call.startswith("os.") and not call.startswith(("os.path.", "os.fs")))
        if touches:
            yield call
    yield from (name for name in _imports(path) if name in DISK_MODULES)
