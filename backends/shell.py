"""Command lines of scripts: a variable stands for each secret in them."""

import re
from collections.abc import Iterable

from caliban.compiler.words.quoting import quoted
from caliban.compiler.words.secret_words import Word, find_secrets


class SecretVariables:
    """The variables of a script that stand for the secrets in it, by name and value: `CALIBAN_SECRET_1`, …"""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def join(self, words: Iterable[str]) -> str:
        """The words of a command; a shell reads them as they are once the variables are set, and stops before."""
        return " ".join(self._quoted(word) for word in find_secrets(words))

    def needed(self, words: Iterable[str]) -> list[str]:
        """Return the check of a shell for each secret in the words: `"${CALIBAN_SECRET_1:?value of --password}"`."""
        return list(dict.fromkeys(self._variable(word) for word in find_secrets(words) if word.secret))

    def _quoted(self, word: Word) -> str:
        if not word.secret:
            return quoted(word.before)
        before, after = (quoted(text) if text else "" for text in (word.before, word.after))
        return f"{before}{self._variable(word)}{after}"

    def _variable(self, word: Word) -> str:
        number = self._numbers.setdefault((word.name, word.secret), len(self._numbers) + 1)
        name = re.sub(r"[^A-Za-z0-9_.+~/: -]", "_", word.name)  # nothing in it that the shell would expand
        return f'"${{CALIBAN_SECRET_{number}:?value of {name}}}"'
