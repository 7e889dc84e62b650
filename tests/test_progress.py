"""The builder's progress as people get it."""

from caliban.runtime.progress import Progress


def shown(*lines: str) -> list[str]:
    progress = Progress()
    return [text for line in lines for text in progress.shown(f"{line}\n")]


def test_the_complaint_of_a_step_that_fails_is_left_to_our_own_error() -> None:
    assert shown(
        "#9 0.2 Resolved", "#9 0.3 error: No solution found", "#9 0.3 cause: Because", "#9 ERROR: exit code: 1"
    ) == [
        "#9 0.2 Resolved\n",
        "#9 ERROR: exit code: 1\n",
    ]


def test_the_complaint_of_a_step_that_goes_on_is_shown() -> None:
    assert shown("#9 0.3 error: cannot be packaged", "#9 DONE 0.3s") == [
        "#9 0.3 error: cannot be packaged\n",
        "#9 DONE 0.3s\n",
    ]


def test_what_the_builder_repeats_at_the_end_is_left_out() -> None:
    assert shown("#9 ERROR: exit code: 1", "------", " > [stage-0 5/6] RUN uv:", "0.2 error: No solution") == [
        "#9 ERROR: exit code: 1\n"
    ]


def test_mounts_and_long_commands_are_shortened() -> None:
    line = (
        "#9 [5/6] RUN --mount=type=cache,target=/root/.cache/uv     HOME=/root UV_LINK_MODE=copy uv pip install "
        + "x" * 200
    )
    assert shown(line)[0].startswith("#9 [5/6] RUN uv pip install xxx")
    assert len(shown(line)[0]) == 161
