"""The builder's progress as people get it."""

from caliban.runtime.building.progress import Progress


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


def test_what_the_builder_repeats_behind_an_error_is_left_out() -> None:
    assert shown("#9 ERROR: exit code: 1", "Dockerfile:12", "-----", "  12 | >>> RUN uv") == [
        "#9 ERROR: exit code: 1\n"
    ]


def test_mounts_and_long_commands_are_shortened() -> None:
    line = (
        "#9 [5/6] RUN --mount=type=cache,target=/root/.cache/uv     HOME=/root UV_LINK_MODE=copy uv pip install "
        + "x" * 200
    )
    assert shown(line)[0].startswith("#9 [5/6] RUN uv pip install xxx")
    assert len(shown(line)[0]) == 161


def test_the_builders_own_business_is_not_shown_but_for_long_transfers() -> None:
    assert shown(
        "#1 [internal] load build context",
        "#1 transferring context: 300.0 MB",
        "#1 DONE 2.1s",
        "#2 [context ghcr.io/astral-sh/uv:0.13.9] load from client",
        "#2 DONE 0.2s",
        "#3 [2/2] COPY data /usr/app/data",
        "#3 DONE 0.4s",
        "#4 [2/2] LINK COPY --link data /usr/app/data",
        "#4 DONE 0.1s",
    ) == ["#1 transferring context: 300.0 MB\n", "#3 [2/2] COPY data /usr/app/data\n", "#3 DONE 0.4s\n"]
