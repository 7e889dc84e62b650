import pytest

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.cli.run_limits import render_duration
from caliban.compiler.input.invocation import Run, RunLimits

SWEEP = ("--experiment_config", "sweep.json")


@pytest.mark.parametrize(
    ("words", "limits"),
    [
        ((), RunLimits()),
        (("--timeout", "90s"), RunLimits(timeout=90)),
        (("--timeout", "1.5h"), RunLimits(timeout=5400)),
        (("--timeout", "2 d"), RunLimits(timeout=172_800)),
        ((*SWEEP, "--fail-fast"), RunLimits(max_failures=1)),
        ((*SWEEP, "--max_failures=3", "--timeout", "30m"), RunLimits(max_failures=3, timeout=1800)),
    ],
)
def test_limits_are_read(words: tuple[str, ...], limits: RunLimits) -> None:
    run = parse(("run", *words, "m"))
    assert isinstance(run, Run) and run.limits == limits


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--timeout", "90"), "--timeout cannot be '90'"),
        (("--timeout", "0s"), "--timeout cannot be '0s'"),
        (("--timeout", "-1s"), "--timeout cannot be '-1s'"),
        (("--timeout", "400d"), "--timeout cannot be '400d'"),
        (("--timeout", "1e3s"), "--timeout cannot be '1e3s'"),
        ((*SWEEP, "--max_failures", "0"), "--max_failures cannot be '0'"),
        ((*SWEEP, "--max_failures", "two"), "--max_failures cannot be 'two'"),
        ((*SWEEP, "--fail_fast", "--max_failures", "2"), "--fail_fast and --max_failures contradict each other"),
        (("--fail_fast",), "--fail_fast is for sweeps, but there is no --experiment_config"),
        (("--max_failures", "2"), "--max_failures is for sweeps, but there is no --experiment_config"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(Rejected) as rejected:
        parse(("run", *words, "m"))
    assert [problem.message for problem in rejected.value.diagnostics] == [message]


@pytest.mark.parametrize(
    ("seconds", "text"), [(90, "90s"), (5400, "90m"), (7200, "2h"), (172_800, "2d"), (0.5, "0.5s"), (59.999, "59.999s")]
)
def test_a_time_is_rendered_as_it_is_read(seconds: float, text: str) -> None:
    assert render_duration(seconds) == text
