"""Which arguments for `docker run` a config of the project may hold: words in, Rejected where one reaches for the host.

A list of what is harmless, not of what is dangerous: engines learn new options.
"""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.problems import config as problems

# Limits, and what changes only the inside of the container. Not --label: by labels caliban knows its own containers.
_WITH_VALUE = frozenset(
    {
        *("--memory", "-m", "--memory-reservation", "--memory-swap", "--memory-swappiness", "--shm-size", "--tmpfs"),
        *("--cpus", "--cpu-shares", "-c", "--cpu-period", "--cpu-quota", "--cpuset-cpus", "--cpuset-mems"),
        *("--env", "-e", "--hostname", "-h", "--stop-signal", "--stop-timeout"),
        *("--pids-limit", "--ulimit", "--blkio-weight", "--cap-drop"),
    }
)
_FLAGS = frozenset({"--init", "--no-healthcheck", "--read-only"})


def check_privileges(words: Sequence[str], place: Place) -> None:
    """Raises Rejected where an argument may do more than limit or describe the container."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if word[:2] in _WITH_VALUE and len(word) > 2:  # -m2g, -m=2g
            name, equals, value = word[:2], "=", word[2:].removeprefix("=")
        if name in _FLAGS and value in ("", "true", "false"):
            continue
        if name not in _WITH_VALUE:  # a word without a dash would be taken for the image
            raise Rejected(problems.privileged(place, name))
        if not equals and not rest:
            raise Rejected(problems.argument_without_value(place, name))
        value = value if equals else rest.pop(0)
        if name in ("--env", "-e") and "=" not in value:
            raise Rejected(problems.variable_of_host(place, f"{name} {value}"))
