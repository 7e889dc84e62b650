"""The golden cases: a folder of `golden/` with a project and a command line, compiled on a fixed host.

`invocation` is the command line after `caliban`, as a shell reads it. Lines above it are comments (`#`) or directives:
`env NAME=VALUE` sets a variable, `host key=value` a fact of the host, `changed PATH=3/40` says how often a folder
changed, `stdin FILE` gives an experiment on stdin, and
`show plan ignore` asks for `plan.json` and `ignore` too. `setup` makes what git could not keep: `link PATH -> TARGET`,
`file PATH LINE…`, `size PATH 500M` (sparse). Files in `before` were in the project when its last image was built.
"""

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from caliban.backends.docker.build import build_command
from caliban.backends.docker.check import disagreements
from caliban.backends.docker.dockerfile import render_dockerfile
from caliban.compiler.diagnostics import Rejected, render
from caliban.compiler.experiments.expansion import render_expansion
from caliban.compiler.frontend.cli.options import ENVIRONMENT
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.survey import read_experiments, survey
from caliban.compiler.input.caller import Bundle, Caller, Credentials, HostFile
from caliban.compiler.input.host_wheels import HostWheel
from caliban.compiler.input.invocation import Build, Compilation, Compile, Expand, Explain, Launched, Run
from caliban.compiler.input.machine import Machine
from caliban.compiler.input.project import Project
from caliban.compiler.ir.as_json import render_plan
from caliban.compiler.ir.effects import Changes
from caliban.compiler.ir.plan import Plan, Recipe
from caliban.compiler.ir.steps.locked import InstallPins
from caliban.compiler.lowering.lower import lower
from caliban.compiler.lowering.observed import History, Observed
from caliban.compiler.pipeline import PASSES, Pass, compile_plan
from caliban.runtime.building.bands import read_bands, render_bands
from caliban.runtime.credentials.find import locate
from caliban.runtime.emit import commented_dockerfile, emit, script_lines
from caliban.runtime.explaining.explain import lines, page
from caliban.runtime.settings.local_packages import read_name
from caliban.runtime.settings.proxies import find_proxies

GOLDEN = Path(__file__).parent.parent / "golden"
EXPECTED = ("Dockerfile", "commands.sh", "diagnostics", "plan.json", "ignore", "stdout", "page.html")
DIRECTIVES = ("#", "env", "host", "changed", "stdin", "show")
USERS_STAGES = re.compile(r"^# the project's own .*?^(?=# [^\n]*as the base\nFROM (\S+))", re.MULTILINE | re.DOTALL)
HOME = "/home/me"
NAMED = "<the text of the file Dockerfile>"  # stands for it in commands.sh, which need not repeat it
CALLER = Caller(
    root=f"{HOME}/example",
    python="3.11",
    platform="linux/amd64",
)
MACHINE = Machine(uid=1000, gid=1000, user="me", memory=24 << 30)

Files = dict[str, str]  # what caliban says, by the name under which golden/ expects it


class Case(Struct, frozen=True, kw_only=True):
    """One case, as its folder tells it."""

    folder: Path
    argv: tuple[str, ...]
    name: str = "example"  # of the project's folder
    environment: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)  # of the host
    changed: dict[str, Changes] = field(default_factory=dict)  # how often folders changed
    bands: tuple[InstallPins, ...] = ()  # of the image that the project had before
    stdin: str | None = None
    shown: frozenset[str] = frozenset()

    def without(self, option: str, short: str | None, *, valued: bool) -> "Case | None":
        """The same case with this option dropped from the command line, or None where it is not there."""
        argv = list(_without(self.argv, {option, short}, valued=valued))
        return replace(self, argv=tuple(argv)) if len(argv) < len(self.argv) else None


def cases() -> list[Case]:
    """All of them, by name."""
    return [read_case(file.parent) for file in sorted(GOLDEN.glob("*/invocation"))]


def read_case(folder: Path) -> Case:
    """The case in this folder."""
    lines = (folder / "invocation").read_text(encoding="utf-8").splitlines()
    above = list(takewhile(lambda line: line.partition(" ")[0] in DIRECTIVES, lines))
    case = Case(folder=folder, argv=tuple(shlex.split("\n".join(lines[len(above) :]))))
    for directive in above:
        word, _, rest = directive.partition(" ")
        name, _, value = rest.partition("=")
        match word:
            case "#":
                pass
            case "env":
                case.environment[name] = value
            case "host" if name == "name":
                case = replace(case, name=value)
            case "host":
                case.facts[name] = value
            case "changed":
                times, _, of = value.partition("/")
                case.changed[name] = Changes(times=int(times), of=int(of))
            case "stdin":
                case = replace(case, stdin=(folder / rest).read_text(encoding="utf-8"))
            case "show":
                case = replace(case, shown=frozenset(rest.split()))
            case _:
                raise AssertionError(f"{folder.name}/invocation: unknown directive {word}")
    return case


def expected(case: Case) -> Files:
    """What the folder holds."""
    paths = (case.folder / name for name in EXPECTED)
    return {path.name: path.read_text(encoding="utf-8") for path in paths if path.exists()}


def our_dockerfiles() -> dict[str, str]:
    """The expected Dockerfiles, by the name of the case, without the stages of a user's own one."""
    files = sorted(GOLDEN.glob("*/Dockerfile"))
    return {
        file.parent.name: USERS_STAGES.sub(r"FROM scratch AS \1\n", file.read_text(encoding="utf-8")) for file in files
    }


def accept(case: Case, files: Files) -> None:
    """Makes this the expected output, and removes what is stale."""
    for name in EXPECTED:
        if name in files:
            (case.folder / name).write_text(files[name], encoding="utf-8")
        else:
            (case.folder / name).unlink(missing_ok=True)


def outcome(case: Case, tmp: Path, *, passes: tuple[Pass, ...] = PASSES) -> Files:
    """What caliban says to it, as if the project were in the home of the fixed host's user."""
    bands = _earlier_bands(case, tmp)
    root = set_up(case, tmp)
    try:
        files = _outcome(replace(case, bands=bands), root, passes)
    finally:
        shutil.rmtree(root)
    files = {name: text.replace(str(root.parent), HOME) for name, text in files.items() if text}
    if (dockerfile := files.get("Dockerfile", "").rstrip()) and "commands.sh" in files:
        files["commands.sh"] = files["commands.sh"].replace(f"\n{dockerfile}\n", f"\n{NAMED}\n")
    return files


def _earlier_bands(case: Case, tmp: Path) -> tuple[InstallPins, ...]:
    """What the locks gave to the image of the project as it was: with the files in `before` in it."""
    before = case.folder / "before"
    if not before.exists():
        return ()
    root = set_up(case, tmp)
    shutil.copytree(before, root, dirs_exist_ok=True)
    invocation = parse(case.argv)
    assert isinstance(invocation, Launched | Build), "only a build has packages"
    caller = _caller(case, invocation, root)
    image = compile_plan(invocation, survey(invocation, caller), caller, _observed(case)).image
    shutil.rmtree(root)
    assert isinstance(image, Recipe), "an image that is there has no recipe"
    return read_bands(render_bands(image))


def bare(files: Files) -> Files:
    """Without the comment that repeats the command line: it differs with any option."""
    return {
        name: "\n".join(line for line in text.splitlines() if not line.startswith("# caliban run "))
        for name, text in files.items()
    }


def set_up(case: Case, tmp: Path) -> Path:
    """A copy of the project, with what its `setup` makes."""
    root = tmp / case.name
    source = case.folder / "project"
    if source.exists():
        shutil.copytree(source, root, symlinks=True)
    else:
        root.mkdir()
    setup = case.folder / "setup"
    for line in setup.read_text(encoding="utf-8").splitlines() if setup.exists() else ():
        word, *rest = shlex.split(line, comments=True) or [""]
        path = root / rest[0] if rest else root
        path.parent.mkdir(parents=True, exist_ok=True)
        match word, rest[1:]:
            case "", []:
                pass
            case "link", ["->", target]:
                path.symlink_to(target.replace(HOME, str(root.parent)))
            case "file", text:
                path.write_text("".join(f"{each}\n" for each in text), encoding="utf-8")
            case "size", [size]:
                path.touch()
                os.truncate(path, int(size[:-1]) * {"k": 1000, "M": 1000**2, "G": 1000**3}[size[-1]])
            case _:
                raise AssertionError(f"{case.folder.name}/setup: cannot do {line!r}")
    return root


def _outcome(case: Case, root: Path, passes: tuple[Pass, ...]) -> Files:
    argv = [word.replace(HOME, str(root.parent)) for word in case.argv]
    try:
        invocation = parse(argv)
        if isinstance(invocation, Expand):
            return {"stdout": "".join(f"{line}\n" for line in _expansion(invocation, case, root))}
        assert isinstance(invocation, Launched | Build), f"{case.folder.name}: {invocation} has no output here"
        caller, observed = _caller(case, invocation, root), _observed(case)
        project = survey(invocation, caller)
        plan = compile_plan(invocation, project, caller, observed, passes=passes)
        if isinstance(invocation, Explain):
            return _explanation(invocation, plan, project, lower(invocation, project, caller, observed))
    except Rejected as rejected:
        rendered = [render(diagnostic) for diagnostic in rejected.diagnostics]
        return {"diagnostics": "\n".join((*rendered, f"exit {rejected.exit_code}\n"))}
    said = [*map(render, project.warnings), *(f"caliban: {note}" for note in (*plan.messages, *plan.notes))]
    if isinstance(plan.image, Recipe):
        wrong = list(disagreements(render_dockerfile(plan.image), plan.image))
        assert not wrong, f"{case.folder.name}: {wrong}"
    return {
        **_texts(invocation, plan, project, _machine(case), root.parent / "ejected"),
        **_shown(case, plan, project),
        "diagnostics": "".join(f"{text}\n" for text in said),
    }


def _explanation(invocation: Explain, plan: Plan, project: Project, naive: Plan) -> Files:
    if invocation.html is not None:
        return {"page.html": page(invocation, plan, project, None, None, {})}
    return {"stdout": "".join(f"{line}\n" for line in lines(invocation, plan, project, naive, None, {}))}


def _caller(case: Case, invocation: Compilation, root: Path) -> Caller:
    facts, tables = case.facts, case.environment.get("CALIBAN_TABLES")
    return replace(
        CALLER,
        root=str(root),
        platform=facts.get("platform", CALLER.platform),
        python=facts.get("python", CALLER.python),
        terminal=(80, 24) if "terminal" in facts else None,
        system=facts.get("system", CALLER.system),
        tables=HostFile(path=tables, text=(root / tables).read_text(encoding="utf-8")) if tables else None,
        environment={name: value for name, value in case.environment.items() if name in ENVIRONMENT},
        stdin=case.stdin,
        bundles=tuple(_bundles(facts.get("bundles", ""))),
        proxies=find_proxies(case.environment),
        credentials=_credentials(case, invocation, root),
    )


def _machine(case: Case) -> Machine:
    uid, gid = (int(case.facts.get(name, default)) for name, default in (("uid", MACHINE.uid), ("gid", MACHINE.gid)))
    return replace(MACHINE, uid=uid, gid=gid)


def _observed(case: Case) -> Observed:
    return Observed(
        gpu_driver=case.facts.get("gpu_driver"),
        gpu_capability=case.facts.get("gpu_capability"),
        version=case.facts.get("version"),
        history=History(built=case.changed, bands=dict.fromkeys(("cpu", "gpu"), case.bands)),
        store=case.facts.get("store"),
        torch_at_hand=_torch_at_hand(case),
    )


def _torch_at_hand(case: Case) -> tuple[HostWheel, ...] | None:
    """The files of `host wheels=FILE FILE`, as if they lay in a wheel folder."""
    if "wheels" not in case.facts:
        return None
    files = (read_name(file) for file in case.facts["wheels"].split())
    return tuple(HostWheel(file.name, file.version, file.file) for file in files if file is not None)


def _credentials(case: Case, invocation: Compilation, root: Path) -> Credentials | None:
    """As if google-auth had found a service account's key in the file: those of golden/ are none."""
    environment = {name: value.replace(HOME, str(root.parent)) for name, value in case.environment.items()}
    located = locate(invocation, {"HOME": str(root.parent), **environment})
    if located is None:
        return None
    path = str(root / located.path)
    return Credentials(path=path, source=located.source, kind="a service-account key", project="my-cloud-project")


def _bundles(fact: str) -> Iterator[Bundle]:
    """'SSL_CERT_FILE=/etc/ssl/company.pem', several with blanks between."""
    for word in fact.split():
        variable, _, path = word.partition("=")
        yield Bundle(variable=variable, path=path)


def _expansion(invocation: Expand, case: Case, root: Path) -> Iterator[str]:
    experiments = read_experiments(Disk(str(root)), invocation.config, case.stdin, source="CONFIG")
    return iter(render_expansion(experiments, pretty=invocation.pretty, flags=invocation.flags, count=invocation.count))


def _texts(invocation: Compilation, plan: Plan, project: Project, machine: Machine, ejected: Path) -> Files:
    """What the command prints or writes; of a run, what its dry run prints and the Dockerfile in it."""
    match invocation:
        case Run():
            script = "".join(f"{line}\n" for line in script_lines(invocation, plan, project, machine))
            if not isinstance(plan.image, Recipe):
                return {"commands.sh": script}
            return {"Dockerfile": commented_dockerfile(invocation, plan), "commands.sh": script}
        case Build():
            assert isinstance(plan.image, Recipe), "build has no --image_id"
            text = render_dockerfile(plan.image)
            return {"Dockerfile": text, "commands.sh": build_command(plan, "", machine).shell() + "\n"}
        case Compile(eject=str()):
            emit(replace(invocation, eject=str(ejected)), plan, project, machine)
            names = {"Dockerfile.dockerignore": "ignore"}
            files = {names.get(path.name, path.name): path.read_text(encoding="utf-8") for path in ejected.iterdir()}
            shutil.rmtree(ejected)
            return files
        case Compile(emit="plan"):
            return {"plan.json": render_plan(plan)}
        case Compile(emit="commands"):
            return {"commands.sh": "".join(f"{line}\n" for line in script_lines(invocation, plan, project, machine))}
        case Compile():
            return {"Dockerfile": commented_dockerfile(invocation, plan)}


def _shown(case: Case, plan: Plan, project: Project) -> Files:
    """What the case asks for besides."""
    makers: dict[str, Callable[[], tuple[str, str]]] = {
        "plan": lambda: ("plan.json", render_plan(plan)),
        "ignore": lambda: ("ignore", _ignore(plan.ignore_patterns, (*project.left_out, *project.keys_left_out))),
    }
    return dict(makers[what]() for what in sorted(case.shown))


def _ignore(patterns: Sequence[str], left_out: Sequence[str]) -> str:
    told = json.dumps(list(left_out), ensure_ascii=False)
    return "".join((f"# told to the user as left out: {told}\n", *(f"{pattern}\n" for pattern in patterns)))


def _without(argv: Sequence[str], names: set[str | None], *, valued: bool) -> Iterator[str]:
    """The words; those after MODULE's `--` are the script's own and stay."""
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            yield from (word, *rest)
            return
        name, equals, _ = word.partition("=")
        if name.replace("-", "_").replace("__", "--", 1) not in names and word not in names:
            yield word
        elif valued and not equals:
            rest.pop(0)
