"""How one run ended, as people are told."""

from msgspec import Struct


class Result(Struct, frozen=True, kw_only=True):
    """How one run ended."""

    number: int
    arguments: tuple[str, ...]
    code: int
    seconds: float
    remark: str = ""  # 'out of memory (limit 8g)', or the last line that it printed
