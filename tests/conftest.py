"""What all tests share: the option --update-golden, the mark `engine` and a state directory of their own."""

import os
import signal
import subprocess
from functools import cache
from pathlib import Path

import hypothesis
import pytest
from clients import Client
from reasons import NO_DAEMON

_ENGINE_TESTS = Path(__file__).parent / "engine"

collect_ignore = ["corpus"]  # programs of users: no doctest is looked for in them

hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine takes its time
hypothesis.settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write what caliban says now as the expected output")


def pytest_configure(config: pytest.Config) -> None:
    # A job may have been started deaf to Ctrl-C, as a shell starts those in the background, or to the loss of its
    # terminal, as nohup does; its children would be so too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if config.getoption("--update-golden") and os.environ.get("CI"):
        raise pytest.UsageError("--update-golden writes expected output: refused in CI (the variable CI is set)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_ENGINE_TESTS) or "engine" in getattr(item, "fixturenames", ()):
            item.add_marker("engine")
        if item.get_closest_marker("engine"):
            item.user_properties.append(("engine", True))  # travels with the report, from a worker of xdist too


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("engine"):
        demand_engine()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [
        report
        for of_one_outcome in terminalreporter.stats.values()
        for report in of_one_outcome
        if isinstance(report, pytest.TestReport) and ("engine", True) in report.user_properties
    ]
    skipped = sum(report.skipped for report in reports)
    ran = sum(report.when == "call" and not report.skipped for report in reports)
    private = sum(report.skipped and NO_DAEMON in str(report.longrepr) for report in reports)
    reasons = ["no container engine answers: scripts/engine starts one"] if skipped and engine_is_missing() else []
    reasons += [f"{private} need a dockerd of their own, and this machine has none"] if private else []
    why = f" ({'; '.join(reasons)})" if reasons else ""
    terminalreporter.write_line(f"engine tests: {ran} ran, {skipped} skipped{why}")
    leaks = [
        numbers
        for report in reports
        if report.when == "teardown"
        for name, numbers in report.user_properties
        if name == "leaks"
    ]
    if leaks:
        secrets, size, found = (sum(numbers) for numbers in zip(*leaks, strict=True))
        terminalreporter.write_line(f"secrets looked for: {secrets}, in {size / 1e6:,.0f} MB; found: {found}")


@pytest.fixture(scope="session")
def engine() -> None:
    """A container engine answers, or the test does not run."""
    demand_engine()


@pytest.fixture
def caliban_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty state directory, so that no test sees the index and images of another or of the developer."""
    home = tmp_path / "caliban-home"
    monkeypatch.setenv("CALIBAN_HOME", str(home))
    return home


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A stand-in for docker's client, that does nothing yet."""
    client = Client(tmp_path, monkeypatch)
    client.does("")
    return client


def demand_engine() -> None:
    if not engine_is_missing():
        return
    if os.environ.get("CALIBAN_REQUIRE_ENGINE") == "1":
        pytest.fail("no container engine answers, but CALIBAN_REQUIRE_ENGINE=1: see scripts/engine", pytrace=False)
    pytest.skip("no container engine answers")


@cache
def engine_is_missing() -> bool:
    try:
        answer = subprocess.run(["docker", "info"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return True
    return answer.returncode != 0
