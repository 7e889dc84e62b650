"""The result of one run, for people."""

from msgspec import Struct


class Result(Struct, frozen=True, kw_only=True):
    """The result of one run."""

    number: int
    arguments: tuple[str, ...]
    code: int
    seconds: float
    remark: str = ""  # 'out of memory (limit 8g)', or the last line that it printed
