"""What the builder printed before it failed, into one problem with its place and remedy."""

import re
from collections.abc import Callable, Iterator, Sequence

from caliban.compiler.diagnostics import Diagnostic, Place
from caliban.compiler.locks.lock import Lock
from caliban.compiler.problems import named_base
from caliban.compiler.project import Project, Requirement
from caliban.runtime.building.base_failure import familiar, lack_of, line_of_users, where_image_is_named, where_named
from caliban.runtime.building.progress import shortened
from caliban.runtime.engine import last_line
from caliban.runtime.problems import build as problems

_STEP = re.compile(r"^#(\d+) (?:\[[^]]*\] )?(.*)$")
_LOG = re.compile(r"^#(\d+) \d+\.\d+ (.*)$")
_ERROR = re.compile(r"^#(\d+) ERROR: (.*)$")


def explain(words: str, project: Project, diagnose: Callable[[], Diagnostic | None]) -> list[Diagnostic]:
    """The problem; `diagnose` asks the engine when the words themselves tell nothing."""
    lines = words.splitlines()
    errors = [match for line in reversed(lines) if (match := _ERROR.match(line))]
    error = next((match for match in errors if not match[2].endswith("context canceled")), None)  # by another's failure
    if error is None:
        return [diagnose() or problems.build_failed(None, [last_line(words)], None, line_of_users(lines, project))]
    step = next((m[2] for line in lines if (m := _STEP.match(line)) and m[1] == error[1]), "")
    log = [m[2] for line in lines if (m := _LOG.match(line)) and m[1] == error[1]]
    users = line_of_users(lines, project)
    if users is None and (lack := lack_of(log)) is not None:
        others = [line for line in log if not line.startswith("caliban: ")]
        return [named_base.lacking(lack, where_named(project), others)]
    if "no space left on device" in words:
        return [problems.disk_full(next(line for line in lines if "no space left on device" in line))]
    if step.startswith("load metadata for "):
        image = step.rpartition(" ")[2]
        return [problems.base_missing(familiar(image), error[2], where_image_is_named(image, project))]
    if users is None and ("uv pip install" in step or "uv build" in step):
        return [_install_failed(log or [_reason(error[2])], step, project)]
    quotes = log[-12:] or [_reason(error[2])]
    return [problems.build_failed(shortened(step, 100), quotes, _hint("\n".join(log)), users)]


def _reason(error: str) -> str:
    """Why a step that said nothing failed, without the command that BuildKit repeats: 'exit code: 137'."""
    return re.sub(r'^process ".*" did not complete successfully: ', "", error)


def image_not_had(words: str, image: str) -> str | None:
    """Why the builder could not get this image; None where it failed of something else."""
    lines = words.splitlines()
    errors = [match for line in lines if (match := _ERROR.match(line))]
    steps = {match[1]: match[2] for line in lines if (match := _STEP.match(line)) and familiar(image) in match[2]}
    if "no space left on device" in words:
        return None
    return next((error[2] for error in errors if error[1] in steps), None)


def _install_failed(log: Sequence[str], step: str, project: Project) -> Diagnostic:
    told = _uv_words(log)
    text = " ".join(told)
    requirement = _blamed(text, project)
    place = None
    if requirement is not None:
        place = Place(source=requirement.place.source, line=requirement.place.line, text=requirement.text)
    what = "the project" if "uv build" in step else "the requirements"
    return problems.install_failed(told, place, _hint(text), what)


def _uv_words(log: Sequence[str]) -> list[str]:
    """Uv's error without its progress and its box drawing, each line once."""
    begin = next((n for n, line in enumerate(log) if re.match(r"\s*(\u00d7|error:)", line)), max(0, len(log) - 12))
    words = (re.sub(r"^[\s\u00d7╰─▶│├]+", "", line).rstrip() for line in log[begin:])
    return list(dict.fromkeys(word for word in words if word))[:30]


def _blamed(text: str, project: Project) -> Requirement | None:
    """The declared or locked requirement that uv's words are about: the first one that they name."""
    declared = [r for file in project.requirements_files for r in file.requirements]
    declared += [r for package in project.packages if package.locked_by is None for r in package.requirements or ()]
    named = [(rf"{re.escape(r.name)}(?![\w-])", r) for r in declared]
    # uv names what is pinned with its version, and a package may be called 'build' or 'wheel'
    named += [(rf"{re.escape(r.name)}(?= ?==| @ |-\d)", r) for lock in project.locks for r in _locked(lock)]
    normal = re.sub(r"[-_.]+", "-", text).lower()
    places = [(found.start(), r) for name, r in named if (found := re.search(rf"(?<![\w-]){name}", normal))]
    return min(places, key=lambda item: item[0])[1] if places else None


def _locked(lock: Lock) -> Iterator[Requirement]:
    """The packages of a lock as requirements, each where it stands."""
    for packages in lock.packages.values():
        for package in packages:
            text = package.name if package.version is None else f"{package.name}=={package.version}"
            yield Requirement(name=package.name, text=text, place=Place(source=lock.path, line=package.line))


def _hint(text: str) -> str | None:
    for pattern, hint in _HINTS:
        if re.search(pattern, text, re.IGNORECASE):
            return hint
    return None


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
        r"(gcc|cc|g\+\+|clang|cmake|make).*(not found|no such file|failed)|command '?.*gcc",
        'a compiler is missing; in .calibanconfig.json: "apt_packages": ["build-essential"]',
    ),
    (
        r"certificate|tls handshake|ssl",
        "name your company's CA bundle on the host: export SSL_CERT_FILE=/path/to/bundle.crt",
    ),
    (r"404 not found", "the address answers, but has nothing there: check the path of the index (often …/simple)"),
    (
        r"dns error|lookup address|could not resolve",
        "the builder could not look up this name: check its spelling, your network, and $HTTPS_PROXY if you need one",
    ),
    (
        r"connect|timed? ?out|network|error sending request",
        "the builder could not reach the network: check it, and your proxy",
    ),
)
