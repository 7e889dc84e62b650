"""The machine that submits a job and its user: facts that join a plan when command lines are rendered."""

from msgspec import Struct


class Machine(Struct, frozen=True, kw_only=True):
    """A machine and its user, as far as command lines name them."""

    uid: int
    gid: int
    user: str
    memory: int  # bytes
