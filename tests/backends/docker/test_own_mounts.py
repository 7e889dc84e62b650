"""Where the user's arguments for `docker run` mount something, the plan mounts nothing."""

import pytest

from caliban.backends.docker.own_mounts import own_mounts
from caliban.compiler.frontend.config.engine_arguments import read_engine_arguments
from caliban.compiler.ir.job import BindMount, Job, SingleLaunch

DATA = BindMount(source="/host/data", target="/usr/app/data", writable=False)
RESULTS = BindMount(source="/host/results", target="/outputs", writable=True)


def mounted(arguments: str) -> tuple[BindMount, ...]:
    given = read_engine_arguments(arguments, "--docker_run_args")
    return own_mounts(
        Job(
            argv=("x",),
            launches=SingleLaunch(),
            mounts=(DATA,),
            output=RESULTS,
            engine_options=given,
        )
    )


@pytest.mark.parametrize(
    "arguments",
    [
        "-v x:/outputs",
        "-v /outputs",
        "--volume=/x:/outputs/:ro",
        "-v /x:/y/../outputs:rw,z",
        "--tmpfs /outputs:size=1m",
        "--tmpfs /outputs",
        "--mount type=bind,source=/x,target=/outputs",
        "--mount type=tmpfs,dst=/outputs",
        """--mount 'type=bind,"source=/a,b",Destination=/outputs,readonly'""",
    ],
)
def test_a_place_that_the_user_mounts_at_is_the_users(arguments: str) -> None:
    assert mounted(arguments) == (DATA,)


@pytest.mark.parametrize(
    "arguments",
    ["", "-v /outputs:/y", "-v /x:/outputs/y", "--mount type=bind,source=/outputs,target=/y", "-e X=/outputs"],
)
def test_what_is_mounted_elsewhere_takes_no_place(arguments: str) -> None:
    assert mounted(arguments) == (DATA, RESULTS)
