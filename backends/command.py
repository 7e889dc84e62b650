"""A command line as data: the argv that is executed, and the text that is printed so that it can be pasted."""

from msgspec import Struct

from caliban.backends.shell import SecretVariables
from caliban.compiler.words.quoting import join


class Command(Struct, frozen=True, kw_only=True):
    """One argv, in the groups that are printed a line each. Values of variables travel beside it, never in it."""

    groups: tuple[tuple[str, ...], ...]  # (('docker', 'run'), ('--rm',), ('image', '-m', 'trainer.train'))
    stdin: str | None = None  # text for its standard input; None: whatever caliban has
    reader: tuple[str, ...] = ()  # what its standard output is piped into: ('docker', 'load')
    offers: tuple[str, ...] = ()  # for whoever runs what is printed: '${NAME:+--option} ${NAME:+"x=$NAME"}'
    typed: frozenset[int] = frozenset()  # the groups with words of the user's, which may hold secrets

    @property
    def argv(self) -> tuple[str, ...]:
        """The command as it is executed."""
        return tuple(word for group in self.groups for word in group)

    def shell(self, *, here_document: str | None = None, secrets: SecretVariables | None = None) -> str:
        """The command for a POSIX shell, without a final newline; `here_document` is the delimiter for its stdin.

        No secret is in it: `secrets` has the variables that stand for them, and those of the commands before.
        """
        variables = SecretVariables() if secrets is None else secrets
        lines = [
            variables.join(group) if index in self.typed else join(group)
            for index, group in enumerate(self.groups)
            if group
        ]
        text = " \\\n  ".join((*lines[:-1], *self.offers, *lines[-1:]))
        pipe = f" | {join(self.reader)}" if self.reader else ""
        if here_document is None or self.stdin is None:
            return text + pipe
        delimiter = here_document
        while delimiter in self.stdin.splitlines():
            delimiter += "_"
        return f"{text} <<'{delimiter}'{pipe}\n{self.stdin.rstrip()}\n{delimiter}"
