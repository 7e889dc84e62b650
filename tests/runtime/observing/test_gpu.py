"""What the kernel and nvidia-smi say of a GPU, and what caliban says where there is none."""

import pytest

from caliban.runtime.execute import Outcome, answer_within
from caliban.runtime.observing.gpu import read_capability, read_driver
from caliban.runtime.running import problems

RETRY = "caliban run --nogpu train.py"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\n", "550.54.15"),
        (
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build  (dvs-builder)\n"
            "GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n",
            "570.86.15",
        ),
        ("", None),
        ("NVRM version: something else\n", None),
    ],
)
def test_the_driver_tells_its_version(text: str, version: str | None) -> None:
    assert read_driver(text) == version


@pytest.mark.parametrize(
    ("text", "capability"),
    [
        ("8.0\n", "8.0"),
        ("9.0\n9.0\n", "9.0"),
        ("12.0", "12.0"),
        ("8.0\n9.0\n", None),
        ("", None),
        ("[N/A]\n", None),
        ('Field "compute_cap" is not a valid field to query.\n', None),
    ],
)
def test_cards_tell_their_capability_if_they_are_alike(text: str, capability: str | None) -> None:
    assert read_capability(text) == capability


def test_a_program_that_is_there_answers() -> None:
    assert answer_within(["echo", "8.0"], 10) == Outcome(0, "8.0\n", "")


@pytest.mark.parametrize("argv", [("sleep", "60"), ("no-such-program-anywhere",)])
def test_a_program_that_hangs_or_is_missing_says_nothing(argv: tuple[str, ...]) -> None:
    assert answer_within(argv, 0.1) is None


@pytest.mark.parametrize(
    ("on_mac", "amd", "message"),
    [
        (False, False, "GPU mode is the default, but this machine has no NVIDIA GPU"),
        (True, False, "GPU mode is the default, but Docker on macOS gives no GPU to containers"),
        (False, True, "GPU mode is the default, but it is for GPUs of NVIDIA, and this machine's is one of AMD"),
    ],
)
def test_each_lack_of_a_gpu_has_its_own_words_and_the_line_to_paste(on_mac: bool, amd: bool, message: str) -> None:
    problem = problems.no_gpu(RETRY, on_mac=on_mac, amd=amd)
    assert (problem.message, (problem.hint or "").splitlines()[0]) == (message, RETRY)
