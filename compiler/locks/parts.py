"""Pins in as many parts as commands need."""

from collections.abc import Iterator, Sequence

from caliban.compiler.ir.steps.locked import LockedPin

# characters; one argument of a command may have 131,072 bytes, and the script of a RUN is one (Linux, MAX_ARG_STRLEN)
_LONGEST = 90_000


def parts_of(pins: Sequence[LockedPin]) -> Iterator[tuple[LockedPin, ...]]:
    """The parts, in order; none of no pins."""
    part: list[LockedPin] = []
    length = 0
    for pin in pins:
        own = len(pin.text) + sum(len(each) + len(" --hash=") for each in pin.hashes) + 20
        if part and length + own > _LONGEST:
            yield tuple(part)
            part, length = [], 0
        part.append(pin)
        length += own
    if part:
        yield tuple(part)
