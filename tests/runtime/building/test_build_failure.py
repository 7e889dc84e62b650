"""What the builder printed, into one problem with its place and remedy."""

import pytest
from accounts import failure
from msgspec.structs import replace

from caliban.compiler.diagnostics import Diagnostic, Place
from caliban.compiler.facts.missing_features import NO_APT, NO_PYTHON, NO_SHELL, NO_UV, MissingFeature
from caliban.compiler.input.config import Config, Settings
from caliban.compiler.input.project import Entry, Folder, Project, Requirement, RequirementsFile
from caliban.compiler.input.user_dockerfile import NamedImage, UserDockerfile
from caliban.compiler.locks.lock import LockedPackage, LockFile, LockIndex
from caliban.runtime.building import problems as build_problems
from caliban.runtime.building.failure import explain, image_not_had
from caliban.runtime.engine import problems as engine_problems

FILE = "requirements.txt"
SETTINGS = Settings(
    mode="cpu", base_image=None, base_source=None, python=None, python_source=None, platform=None, mirror=None,
    apt_packages=(), build_secrets=(), granted_secrets=(), rewrites=True, env=(), engine_args=(),
)  # fmt: skip
PROJECT = Project(
    name="example",
    entry=Entry(target="a.py", argv=("python", "a.py"), code=Folder(path=".", size=0, files=0)),
    config=Config(),
    settings=SETTINGS,
    requirements_files=(
        RequirementsFile(
            path=FILE,
            requirements=(
                Requirement(name="six", text="six", place=Place(source=FILE, line=1)),
                Requirement(name="no-such", text="No_Such==1", place=Place(source=FILE, line=4)),
            ),
        ),
    ),
)


def told(words: str, engine: Diagnostic | None = None) -> list[Diagnostic]:
    return explain(failure(words), PROJECT, lambda: engine)


def test_a_locked_package_is_named_with_the_line_of_the_lock() -> None:
    build, click = (
        LockedPackage(name=name, version="8.5.1", line=line, source=LockIndex(), optional={})
        for name, line in (("build", 3), ("click", 9))
    )
    lock = LockFile(path="uv.lock", manifest=None, packages={"build": (build,), "click": (click,)}, roots=())
    words = """\
#7 [stage-0 4/5] RUN mkdir -p /opt/caliban && uv pip install --no-deps --requirements /opt/caliban/uv.lock.pins.txt
#7 0.915 error: Failed to build `click==8.5.1`
#7 0.915   cause: Hash mismatch for `click==8.5.1`
#7 ERROR: process "/bin/sh -c uv pip install" did not complete successfully: exit code: 1
"""
    (diagnostic,) = explain(failure(words), replace(PROJECT, locks=(lock,)), lambda: None)
    assert (diagnostic.code, diagnostic.place) == (
        "build-failed",
        Place(source="uv.lock", line=9, text="click==8.5.1"),
    )


def test_a_requirement_that_does_not_exist_is_named_with_its_line() -> None:
    words = (
        "#9 [5/6] RUN uv pip install --requirements /tmp/requirements.txt\n"
        "#9 0.2 Using Python 3.11.2\n"
        "#9 0.4   × No solution found when resolving dependencies:\n"  # noqa: RUF001  as uv prints it
        "#9 0.4   ╰─▶ Because no-such was not found in the package registry\n"
        "#9 ERROR: process did not complete successfully: exit code: 1\n"
    )
    [problem] = told(words)
    assert (problem.place, problem.quotes) == (
        Place(source=FILE, line=4, text="No_Such==1"),
        (
            "uv: No solution found when resolving dependencies:",
            "uv: Because no-such was not found in the package registry",
        ),
    )


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            "kit @ git+https://${KIT_TOKEN}@x.org/kit",
            "the build does not have this variable of your environment: --build_secret KIT_TOKEN",
        ),
        ("kit @ git+https://${LENT}@x.org/kit", None),
        ("kit==${KIT}", "uv, which installs, fills in variables in addresses only: write the value in place of ${KIT}"),
    ],
)
def test_a_variable_that_is_not_filled_in_has_its_own_way_out(text: str, hint: str | None) -> None:
    kit = Requirement(name="kit", text=text, place=Place(source=FILE, line=1))
    project = replace(
        PROJECT,
        settings=replace(SETTINGS, build_secrets=("LENT",)),
        requirements_files=(RequirementsFile(path=FILE, requirements=(kit,)),),
    )
    words = "#9 [5/6] RUN uv pip install x\n#9 0.2 error: Failed: kit\n#9 ERROR: exit code: 1\n"
    [problem] = explain(failure(words), project, lambda: None)
    assert problem.hint == hint


def test_requirements_that_exclude_each_other_by_their_metadata_are_all_named_with_their_lines() -> None:
    words = """\
#7 [stage-0 4/5] RUN uv pip install --requirements /tmp/requirements.txt
#7 0.9   \u00d7 No solution found when resolving dependencies:
#7 0.9   \u2570\u2500\u25b6 Because no-such==1 depends on toml<1 and you require no-such==1, toml<1 is needed.
#7 0.9       And because six depends on toml>=1, your requirements are unsatisfiable.
#7 ERROR: process "/bin/sh -c uv pip install" did not complete successfully: exit code: 1
"""
    (problem,) = told(words)
    assert (str(problem.place), problem.quotes[:2]) == (
        f"{FILE}:4",
        (f"{FILE}:4  No_Such==1", f"{FILE}:1  six"),
    )


@pytest.mark.parametrize(
    ("cause", "hint"),
    [
        ("hint: An index URL (http://x/simple) could not be queried (401 Unauthorized)", "check user and password"),
        ("HTTP status client error (403 Forbidden) for url (https://x/simple/six/)", "the index knows the user"),
        ("HTTP status client error (404 Not Found) for url (https://x/links)", "the address answers"),
        ("error: Failed to fetch: https://download.pytorch.org/whl/cpu/torch/ cause: dns error", "name a mirror of it"),
        ("error: Failed to fetch: https://download.pytorch.org/whl/cpu/six/ cause: dns error", "an index option of"),
        ("caliban: the index of torch has no build for cpu of these", "name a mirror of it"),
        ("Because there is no version of torchvision<0 and timm needs it", "the CPU builds in your wheel folders"),
        ("cause: tunnel error: proxy authorization required", "the proxy wants a user"),
        ("cause: tunnel error: unsuccessful", "the proxy refused or is not there"),
        ("cause: invalid peer certificate: UnknownIssuer", "name your company's CA bundle"),
        ("cause: dns error: failed to lookup address information", "the builder could not look up"),
        ("Failed to fetch: http://127.0.0.1:1/ cause: Connection refused (os error 111)", "nothing listens there"),
        ("cause: tcp connect error: Connection refused (os error 111)", "the builder could not reach the network"),
        ("fatal: could not read Username for 'https://x': terminal prompts disabled", "check user and password"),
    ],
)
def test_what_the_network_refuses_has_its_own_way_out(cause: str, hint: str) -> None:
    words = f"#9 [5/6] RUN uv pip install x\n#9 0.4 error: Failed\n#9 0.4   {cause}\n#9 ERROR: exit code: 1\n"
    [problem] = told(words)
    assert problem.hint is not None
    assert problem.hint.startswith(hint)


@pytest.mark.parametrize("step", ["uv pip install", "apt-get install"])
def test_a_step_that_is_killed_is_told_without_its_hundreds_of_pins(step: str) -> None:
    command = f"RUN --mount=type=cache,target=/c {step} {'pin==1.0 ' * 300}"
    words = (
        f'#9 [5/6] {command}\n#9 ERROR: process "/bin/sh -c {command}" did not complete successfully: exit code: 137\n'
    )
    [problem] = told(words)
    assert [quote.removeprefix("uv: ") for quote in problem.quotes] == ["exit code: 137"]
    assert len(problem.message) < 140


def test_a_base_image_that_cannot_be_had_is_named_as_people_write_it() -> None:
    words = "#2 [internal] load metadata for docker.io/library/nosuch:1\n#2 ERROR: no such host\n"
    assert told(words) == [build_problems.base_missing("nosuch:1", "no such host", None)]


@pytest.mark.parametrize(
    ("image", "fact"),
    [
        ("nvidia/cuda:11.8.0-devel-ubuntu22.04", '{"cuda_tags": {"tags": {"11.8.0-devel-ubuntu22.04": null}}}'),
        (
            "python:3.8-slim-bookworm",
            '{"pythons": {"minors": {"3.8": {"suite": DEBIAN, "end_of_life": MONTH}}}}',
        ),
    ],
)
def test_a_base_image_of_our_choice_that_is_gone_names_the_tables(image: str, fact: str) -> None:
    words = f"#2 [internal] load metadata for docker.io/{image}\n#2 ERROR: docker.io/{image}: not found\n"
    (problem,) = told(words)
    assert (problem.message, problem.hint) == (
        f"the base image {image}, which caliban chose, does not exist any more",
        f"tell caliban so in a file that $CALIBAN_TABLES names: {fact},\nor name another image: --base_image IMAGE",
    )


def test_a_base_image_of_the_users_that_is_gone_is_theirs_to_correct() -> None:
    problem = build_problems.base_missing("x:1", "docker.io/x:1: not found", Place(source="--base_image"))
    assert (problem.message, problem.place) == (
        "the base image x:1 is not here and cannot be pulled",
        Place(source="--base_image"),
    )


NOT_HAD = (
    "#3 [internal] load metadata for {0}\n#3 ERROR: no such host\n",
    "#7 [2/5] COPY --from={0} /usr/lib/google-cloud-sdk /opt/google-cloud-sdk\n#7 ERROR: connection reset by peer\n",
)


@pytest.mark.parametrize("words", NOT_HAD)
@pytest.mark.parametrize("image", ["gcr.io/google.com/google-cloud-cli:1", "docker.io/google/cloud-sdk:1"])
def test_gclouds_image_is_known_to_be_missing(words: str, image: str) -> None:
    reason = image_not_had(failure(words.format(image)), image.removeprefix("docker.io/"))
    assert reason in ("no such host", "connection reset by peer")


def test_a_failure_of_another_step_is_not_of_gcloud() -> None:
    words = "#3 [2/5] COPY --from=sdk:1 /a /b\n#3 DONE 1.2s\n#4 [3/5] RUN false\n#4 ERROR: exit code: 1\n"
    full = NOT_HAD[1].format("sdk:1") + "write x: no space left on device"
    assert (image_not_had(failure(words), "sdk:1"), image_not_had(failure(full), "sdk:1")) == (None, None)


def test_what_was_stopped_by_the_failure_of_another_step_is_not_to_blame() -> None:
    words = (
        "#2 [internal] load metadata for docker.io/library/nosuch:1\n#2 ERROR: no such host\n"
        "#3 [internal] load .dockerignore\n#3 ERROR: rpc error: code = Canceled desc = context canceled\n"
    )
    assert told(words) == [build_problems.base_missing("nosuch:1", "no such host", None)]


def test_a_full_disk_is_told_as_such() -> None:
    words = "#9 [5/6] RUN cp\n#9 0.1 write x: no space left on device\n#9 ERROR: exit code: 1\n"
    assert [problem.code for problem in told(words)] == ["disk-full"]


def test_where_the_words_say_nothing_the_engine_is_asked() -> None:
    engine = engine_problems.engine_unreachable("Cannot connect")
    assert told("ERROR: Cannot connect\n", engine) == [engine]


def test_any_other_step_that_fails_is_quoted() -> None:
    words = "#9 [5/6] RUN apt-get install nothing\n#9 0.1 E: Unable to locate package\n#9 ERROR: exit code: 100\n"
    assert told(words) == [
        build_problems.build_failed("RUN apt-get install nothing", ["E: Unable to locate package"], None)
    ]


@pytest.mark.parametrize(
    ("line", "lack"),
    [
        (f"caliban: {NO_APT.words}", NO_APT),
        (f"caliban: {NO_PYTHON.words}", NO_PYTHON),
        ("/bin/sh: 1: uv: not found", NO_UV),
        ("/bin/sh: uv: No such file or directory", NO_UV),
        ('runc run failed: unable to start container process: exec: "/bin/sh": stat /bin/sh: no such file', NO_SHELL),
    ],
)
def test_what_the_base_lacks_is_told_with_who_named_it(line: str, lack: MissingFeature) -> None:
    words = f"#9 [5/6] RUN uv pip install\n#9 0.1 other words\n#9 0.2 {line}\n#9 ERROR: exit code: 1\n"
    project = replace(PROJECT, settings=replace(SETTINGS, base_image="theirs", base_source="--base_image"))
    [problem] = explain(failure(words), project, lambda: None)
    assert (problem.code, problem.place, problem.quotes[0]) == (
        lack.code,
        Place(source="--base_image"),
        "other words",
    )


def test_a_command_of_the_users_that_the_shell_does_not_find_is_no_missing_shell() -> None:
    words = "#9 [5/6] RUN nosuch\n#9 0.1 /bin/sh: 1: nosuch: not found\n#9 ERROR: exit code: 127\n"
    assert [problem.code for problem in told(words)] == ["build-failed"]


THEIRS = UserDockerfile(path="docker/Dockerfile", text="FROM a AS base\nRUN uv sync", stage="base")
ON_THEIRS = replace(PROJECT, base_dockerfile=THEIRS)
POINTED = "Dockerfile:3\n   2 |     FROM a AS base\n   3 | >>> RUN uv sync\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            f"#9 [5/6] RUN uv sync\n#9 0.1 /bin/sh: 1: uv: not found\n#9 ERROR: exit code: 127\n{POINTED}",
            "the image could not be built: RUN uv sync",
        ),
        (f"{POINTED}ERROR: dockerfile parse error on line 3: no such thing\n", "the image could not be built"),
    ],
)
def test_what_fails_in_the_users_dockerfile_is_told_with_the_line_in_it(words: str, message: str) -> None:
    [problem] = explain(failure(words), ON_THEIRS, lambda: None)
    assert (problem.message, problem.place) == (message, Place(source=THEIRS.path, line=2, text="RUN uv sync"))


def test_what_fails_below_the_users_dockerfile_has_no_line_in_it() -> None:
    words = "#9 [5/6] RUN cp\n#9 ERROR: exit code: 1\n   4 | >>> RUN cp\n"
    assert [problem.place for problem in explain(failure(words), ON_THEIRS, lambda: None)] == [None]


@pytest.mark.parametrize("written", ["a", "docker.io/library/a", "a:latest"])
def test_an_image_that_cannot_be_had_is_told_with_where_it_is_named(written: str) -> None:
    words = "#2 [internal] load metadata for docker.io/library/a:latest\n#2 ERROR: no such host\n"
    settings = replace(SETTINGS, base_image=written, base_source="--base_image")
    theirs = replace(THEIRS, images=(NamedImage(image=written, start=5, end=6, line=1),))
    named = [
        replace(PROJECT, base_image=written, settings=settings),
        replace(PROJECT, base_dockerfile=theirs, settings=settings),
        replace(PROJECT, base_image="another", settings=settings),
    ]
    assert [problem.place for project in named for problem in explain(failure(words), project, lambda: None)] == [
        Place(source="--base_image"),
        Place(source="docker/Dockerfile", line=1),
        None,
    ]


def test_a_folder_that_docker_cannot_make_is_one_that_the_user_may_name() -> None:
    words = "ERROR: mkdir /home/me/.docker: read-only file system"
    assert told(f"{words}\n") == [engine_problems.settings_unusable(words)]
