"""The events of a build that failed, into one problem with its place and remedy."""

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from caliban.compiler.diagnostics import Diagnostic, Place
from caliban.compiler.facts.frameworks.torch_at_hand import ON_TORCH_INDEX
from caliban.compiler.facts.pep508 import normalized
from caliban.compiler.input.project import Project, Requirement
from caliban.compiler.locks.lock import LockFile
from caliban.runtime.building import problems
from caliban.runtime.building.base_failure import (
    familiar,
    line_of_users,
    missing_feature,
    where_image_is_named,
    where_named,
)
from caliban.runtime.building.events import Ended, Event, Printed, Remark
from caliban.runtime.building.project_failure import project_failed, raised_by
from caliban.runtime.engine import problems as engine_problems
from caliban.runtime.engine.answers import last_line
from caliban.runtime.engine.refusals import Refusal, classify

_CONFLICT = re.compile(r"unsatisfiable|incompatible|no solution found", re.IGNORECASE)
_KEPT = 2000  # lines of what a step printed
_DISK_FULL = "no space left on device"


class FailedStep(NamedTuple):
    """A step that failed."""

    command: str  # 'RUN uv pip install …'
    error: str  # 'exit code: 1'
    log: tuple[str, ...]  # the last lines that it printed


class Failure(NamedTuple):
    """The failure of a build, in the builder's words."""

    steps: tuple[FailedStep, ...] = ()  # the last to fail first
    remarks: tuple[str, ...] = ()  # of the builder's client, about the build as a whole

    @property
    def says_why(self) -> bool:
        """Return whether the builder gave a reason."""
        return bool(self.steps) or any("ERROR: " in line for line in self.remarks)

    @property
    def disk_full(self) -> str | None:
        """Return the line that reports a full disk."""
        lines = (*(line for step in self.steps for line in (step.error, *step.log)), *self.remarks)
        return next((line for line in lines if _DISK_FULL in line), None)


class FailureReader:
    """Reads events as they come."""

    def __init__(self) -> None:
        self._logs: dict[int, deque[str]] = {}
        self._failed: list[FailedStep] = []
        self._remarks: deque[str] = deque(maxlen=_KEPT)

    def read(self, event: Event) -> None:
        """Notes what would explain a failure."""
        match event:
            case Printed():
                self._logs.setdefault(event.step, deque(maxlen=_KEPT)).append(event.line)
            case Ended(error=str(error)):
                command = re.sub(r"^\[[^]]*\] ", "", event.name)
                self._failed.insert(0, FailedStep(command, error, tuple(self._logs.pop(event.step, ()))))
            case Ended():
                self._logs.pop(event.step, None)
            case Remark():
                self._remarks.append(event.line)

    def failure(self) -> Failure:
        """Return the failure, as far as it is known."""
        return Failure(tuple(self._failed), tuple(self._remarks))


def explain(failure: Failure, project: Project, diagnose: Callable[[], Diagnostic | None]) -> list[Diagnostic]:
    """The problem; `diagnose` asks the engine when the words themselves tell nothing."""
    failed = next((step for step in failure.steps if not step.error.endswith("context canceled")), None)  # by another's
    last = last_line("\n".join(failure.remarks))
    if failed is None and classify(last) is Refusal.NO_SETTINGS:
        return [engine_problems.settings_unusable(last)]
    users = line_of_users(failure.remarks, project)
    if failed is None:
        return [diagnose() or problems.build_failed(None, [last], None, users)]
    if users is None and (lack := missing_feature(failed.log)) is not None:
        others = [line for line in failed.log if not line.startswith("caliban: ")]
        return [problems.lacking(lack, where_named(project), others)]
    if (full := failure.disk_full) is not None:
        return [problems.disk_full(full)]
    if failed.command.startswith("load metadata for "):
        image = failed.command.rpartition(" ")[2]
        return [problems.base_missing(familiar(image), failed.error, where_image_is_named(image, project))]
    if users is None and ("uv pip install" in failed.command or "uv build" in failed.command):
        return [_install_failed(failed.log or [_reason(failed.error)], failed.command, project)]
    quotes = failed.log[-12:] or [_reason(failed.error)]
    return [problems.build_failed(_shortened(failed.command, 100), quotes, _hint("\n".join(failed.log)), users)]


def _reason(error: str) -> str:
    """Return why a silent step failed, without the command that BuildKit repeats: 'exit code: 137'."""
    return re.sub(r'^process ".*" did not complete successfully: ', "", error)


def _shortened(command: str, width: int) -> str:
    """A command without mounts and variables, and no longer than that: a lock has hundreds of pins."""
    text = re.sub(r"--mount=\S+ +|([A-Z_]+=\S+ )+(?=uv )", "", command)
    text = re.sub(r" {2,}", " ", text)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def image_not_had(failure: Failure, image: str) -> str | None:
    """Return why the builder could not get this image; None if it failed for another reason."""
    if failure.disk_full is not None:
        return None
    return next((step.error for step in reversed(failure.steps) if familiar(image) in step.command), None)


def _install_failed(log: Sequence[str], step: str, project: Project) -> Diagnostic:
    words = [*_compiler_words(log), *_uv_words(log)]
    text = " ".join(words)
    blamed = _blamed(text, project)
    place = None
    if blamed:
        place = Place(source=blamed[0].place.source, line=blamed[0].place.line, text=blamed[0].text)
    of_project = "uv build" in step or " --editable /usr/app" in step
    if of_project and (raised := raised_by(log)) is not None:
        return project_failed(raised, log, words, step, project, _hint)
    what = "the project" if of_project else "the requirements"
    hint = (_variable_hint(blamed[0], project) if blamed else None) or _hint(text)
    return problems.install_failed(words, place, hint, what, blamed if _CONFLICT.search(text) else ())


def _variable_hint(requirement: Requirement, project: Project) -> str | None:
    """The hint for a variable that uv left as it is: one outside an address, or one that the build does not have."""
    for found in re.finditer(r"\$\{([A-Z0-9_]+)\}", requirement.text):
        if "://" not in requirement.text[: found.start()]:
            return problems.variable_outside_address(found[1])
        if found[1] not in project.settings.build_secrets:
            return problems.lend_variable(found[1])
    return None


def _uv_words(log: Sequence[str]) -> list[str]:
    """Uv's error without its progress and its box drawing, each line once."""
    begin = next((n for n, line in enumerate(log) if re.match(r"\s*(\u00d7|error:)", line)), max(0, len(log) - 12))
    words = (re.sub(r"^[\s\u00d7╰─▶│├]+", "", line).rstrip() for line in log[begin:])
    return list(dict.fromkeys(word for word in words if word))[:30]


def _compiler_words(log: Sequence[str]) -> list[str]:
    """Return the messages of a compiler: 'fast.c:3:10: fatal error: zlib.h: No such file or directory'."""
    return [line.strip() for line in log if re.search(r":\d+(:\d+)?: (fatal )?error: ", line)][:5]


def _blamed(text: str, project: Project) -> tuple[Requirement, ...]:
    """The declared or locked requirements that uv's words are about, in the order in which they name them."""
    declared = [r for file in project.requirements_files for r in (*file.requirements, *file.constraints)]
    for package in project.packages:
        if package.locked_by is None:
            declared += package.requirements or ()
            declared += [r for group in package.chosen_groups for r in group.requirements]
    named = [(rf"{re.escape(r.name)}(?![\w-])", r) for r in declared]
    # uv names what is pinned with its version, and a package may be called 'build' or 'wheel'
    named += [(rf"{re.escape(r.name)}(?= ?==| @ |-\d)", r) for lock in project.locks for r in _locked(lock)]
    text = normalized(text)
    places = [(found.start(), r) for name, r in named if (found := re.search(rf"(?<![\w-]){name}", text))]
    return tuple(r for _, r in sorted(places, key=lambda item: item[0]))


def _locked(lock: LockFile) -> Iterator[Requirement]:
    """The packages of a lock as requirements, each where it stands."""
    for packages in lock.packages.values():
        for package in packages:
            text = package.name if package.version is None else f"{package.name}=={package.version}"
            yield Requirement(name=package.name, text=text, place=Place(source=lock.path, line=package.line))


def _hint(text: str) -> str | None:
    if (asked := re.search(_TORCH_ADDRESS, text)) and normalized(asked[1]) not in ON_TORCH_INDEX:
        return problems.torch_index_for_all()
    if re.search(_NO_TORCH, text, re.IGNORECASE | re.DOTALL):
        return problems.without_torch()
    if re.search(_LIMITED_TORCH, text, re.IGNORECASE):
        return problems.without_build_at_hand()
    for pattern, hint in _HINTS:
        if re.search(pattern, text, re.IGNORECASE):
            return hint
    return None


# PyTorch's index cannot be reached, or one in its place has no build for this mode.
_NO_TORCH = (
    r"the index of torch has no build|download\.pytorch\.org.*"
    r"(dns error|error sending request|connection refused|timed out|tunnel error|403 forbidden)"
)
_TORCH_ADDRESS = r"download\.pytorch\.org/whl/\w+/([\w.-]+)/"  # of a package
_LIMITED_TORCH = r"torch(vision|audio) ?<0|\btorch ?==[\d.]+\+cpu"  # what a CPU build at hand limits the others to
_HINTS = (  # the first that fits; what an index or proxy refuses also makes packages seem not to exist
    (
        r"407 proxy|proxy authorization required",
        "the proxy wants a user and a password: in the URL that $HTTPS_PROXY has; a build gets them as a secret",
    ),
    (r"tunnel error", "the proxy refused or is not there: check $HTTPS_PROXY, and $NO_PROXY for indexes of your own"),
    (
        r"401 unauthorized|could not read username|authentication failed",
        "check user and password: in the index URL of pip.conf, uv.toml or $PIP_INDEX_URL, or in ~/.netrc;\n"
        "a keyring of this machine is not asked",
    ),
    (r"403 forbidden", "the index knows the user but refuses: check what this password is allowed to read"),
    (
        r"(127\.0\.0\.1|localhost|\[::1\]).*connection refused",
        "nothing listens there: start the index or the proxy, or correct the port",
    ),
    (
        r"matching python (version|abi|implementation)|requires-python|requires python",
        "another Python may have wheels for it: --python X.Y",
    ),
    (
        r"was not found in the package registry|not found in the (provided )?package",
        "check the spelling; private packages need their index: --extra-index-url in the requirements file, "
        "or pip.conf, uv.toml, $PIP_EXTRA_INDEX_URL on the host",
    ),
    (r"no solution found|unsatisfiable|conflict", "loosen one of the requirements that contradict each other"),
    (r"hash", "the file on the index is not the one that the hash was made of: check both"),
    (
        r"\bPython\.h\b",
        'the headers of Python are missing; in .calibanconfig.json: "apt_packages": ["build-essential", "python3-dev"]',
    ),
    (
        r"(gcc|cc|g\+\+|clang|cmake|make)\b.*(not found|no such file)"
        r"|no such file or directory: '\S*(cc|\+\+|clang|make)'|unknown compiler|CMAKE_C\w*_COMPILER",
        'a compiler is missing; in .calibanconfig.json: "apt_packages": ["build-essential"]',
    ),
    (
        r"discovered in a flat-layout",
        "name the packages of the project: [tool.setuptools] packages = [...]; or run its code without installing it: "
        "--no_install_project",
    ),
    (
        r"cargo|rustc",
        'a Rust compiler is missing; in .calibanconfig.json: "apt_packages": ["cargo"], on a base that has one new '
        "enough",
    ),
    (
        r"certificate|tls handshake|ssl",
        "name your company's CA bundle on the host: export SSL_CERT_FILE=/path/to/bundle.crt",
    ),
    (r"404 not found", "the address answers, but has nothing there: check the path of the index (often …/simple)"),
    (
        r"dns error|lookup address|could not resolve",
        "the builder could not look up this name: check its spelling, your network, and $HTTPS_PROXY if you need one;\n"
        "where your wheel folders have all that is needed, say that no index is to be asked: PIP_NO_INDEX=1",
    ),
    (
        r"connect|timed? ?out|network|error sending request",
        "the builder could not reach the network: check it, and your proxy; where your wheel folders have all that is "
        "needed, say that no index is to be asked: PIP_NO_INDEX=1",
    ),
)
