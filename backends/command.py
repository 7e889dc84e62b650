"""A command line as data: the argv that is executed, and the text that is printed so that it can be pasted."""

from msgspec import Struct

from caliban.backends import shell


class Command(Struct, frozen=True, kw_only=True):
    """One argv, in the groups that are printed a line each. Values of variables travel beside it, never in it."""

    groups: tuple[tuple[str, ...], ...]  # (('docker', 'run'), ('--rm',), ('image', '-m', 'trainer.train'))
    stdin: str | None = None  # text for its standard input; None: whatever caliban has
    reader: tuple[str, ...] = ()  # what its standard output is piped into: ('docker', 'load')

    @property
    def argv(self) -> tuple[str, ...]:
        """What is executed."""
        return tuple(word for group in self.groups for word in group)

    def shell(self, *, here_document: str | None = None) -> str:
        """The command for a POSIX shell, without a final newline; `here_document` is the delimiter for its stdin."""
        text = " \\\n  ".join(shell.join(group) for group in self.groups if group)
        pipe = f" | {shell.join(self.reader)}" if self.reader else ""
        if here_document is None or self.stdin is None:
            return text + pipe
        delimiter = here_document
        while delimiter in self.stdin.splitlines():
            delimiter += "_"
        return f"{text} <<'{delimiter}'{pipe}\n{self.stdin.rstrip()}\n{delimiter}"
