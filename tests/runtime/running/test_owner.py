"""Which containers are orphans of ours."""

import os
import socket
import subprocess

from caliban.runtime.running.owner import is_orphan, owner_labels


def own() -> tuple[str, str]:
    owner, host = (label.partition("=")[2] for label in owner_labels())
    return owner, host


def test_a_container_of_this_very_process_is_no_orphan() -> None:
    assert not is_orphan(*own(), "running")


def test_a_container_of_a_process_that_is_gone_is_one() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    uid, _, start, boot = own()[0].split(":")
    assert is_orphan(f"{uid}:{process.pid}:{start}:{boot}", socket.gethostname(), "running")


def test_a_reused_process_number_is_told_by_its_start() -> None:
    uid, pid, _, boot = own()[0].split(":")
    assert is_orphan(f"{uid}:{pid}:1:{boot}", socket.gethostname(), "running")


def test_other_users_and_other_hosts_are_left_alone() -> None:
    uid, _, start, boot = own()[0].split(":")
    gone = f"{uid}:999999999:{start}:{boot}"
    others = f"{os.getuid() + 1}:999999999:{start}:{boot}"
    assert [is_orphan(others, socket.gethostname(), "exited"), is_orphan(gone, "elsewhere", "exited")] == [False, False]


def test_after_a_boot_only_what_has_ended_is_ours_to_remove() -> None:
    uid, pid, start, _ = own()[0].split(":")
    labels = (f"{uid}:{pid}:{start}:another-boot", socket.gethostname())
    assert [is_orphan(*labels, "running"), is_orphan(*labels, "exited")] == [False, True]


def test_labels_that_say_nothing_are_left_alone() -> None:
    assert [is_orphan("", "", "exited"), is_orphan("a:b", socket.gethostname(), "exited")] == [False, False]
