"""The options of a command line, by name."""

from collections.abc import Sequence

from caliban.compiler.frontend.cli.options import Option


class Values:
    """The options that were given, with their values."""

    def __init__(self, options: Sequence[tuple[Option, str]]) -> None:
        self._options = [(option.name, value) for option, value in options]

    def has(self, name: str) -> bool:
        """Return whether an option was given."""
        return any(name == other for other, _ in self._options)

    def all(self, name: str) -> tuple[str, ...]:
        """Return all values of an option, in the order of the command line."""
        return tuple(value for other, value in self._options if other == name)

    def one(self, name: str) -> str | None:
        """Return the value of an option that is given at most once."""
        return next(iter(self.all(name)), None)
