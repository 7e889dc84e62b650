"""The environment of one command: opened once, handed down."""

import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from caliban.runtime.interrupts import Interrupts

if TYPE_CHECKING:
    from caliban.compiler.input.machine import Machine
    from caliban.runtime.engine.answers import ListedContainer
    from caliban.runtime.engine.engine import Engine
    from caliban.runtime.execute import Future
    from caliban.runtime.settings.installers import InstallerSettings
    from caliban.runtime.state.index import State


class Session:
    """The project's folder, the user's environment, the signals, the engine, and caliban's own folder.

    What a command does not need is neither imported nor opened.
    """

    def __init__(self, root: str, environment: Mapping[str, str], interrupts: Interrupts) -> None:
        self.root = os.path.realpath(root)
        self.environment = environment
        self.interrupts = interrupts

    @cached_property
    def machine(self) -> "Machine":
        """This machine and its user, for the command lines of builds and runs."""
        from caliban.runtime.observing.machine import read_machine

        return read_machine(self.environment)

    @cached_property
    def engine(self) -> "Engine":
        """The container engine."""
        from caliban.runtime.engine.engine import Engine

        return Engine(self.environment)

    @cached_property
    def orphans(self) -> "Future[list[ListedContainer]]":
        """The runs of a killed caliban that have ended; those that go on are named with the first answer."""
        from caliban.runtime.running.orphans import find_orphans

        return find_orphans(self.engine)

    @cached_property
    def installers(self) -> "InstallerSettings":
        """The settings of pip and uv on this machine."""
        from caliban.runtime.settings.installers import InstallerSettings

        return InstallerSettings(self.environment)

    @cached_property
    def known_folder(self) -> str | None:
        """Caliban's own folder, where there is one with an index that nobody else could have written."""
        from caliban.runtime.state.folder import existing_folder

        return existing_folder(self.environment)

    @cached_property
    def known_index(self) -> "State | None":
        """The index as earlier commands left it; None where there is none, or where it cannot be read."""
        import sqlite3

        from caliban.runtime.state.index import State

        try:
            return State(self.known_folder) if self.known_folder is not None else None
        except (sqlite3.Error, OSError):
            return None

    @cached_property
    def folder(self) -> str:
        """Caliban's own folder, made where there is none. Raises Rejected where it cannot be used."""
        from caliban.runtime.state.folder import state_folder

        return state_folder(self.environment)

    @cached_property
    def index(self) -> "State | None":
        """The index, made where there is none; None where it cannot be used, which is reported. Raises Rejected."""
        import sqlite3

        from caliban.runtime.say import report
        from caliban.runtime.state import problems
        from caliban.runtime.state.folder import INDEX
        from caliban.runtime.state.index import State

        folder = self.folder
        if self.known_index is not None:
            return self.known_index
        try:
            return State(folder)
        except (sqlite3.Error, OSError) as error:
            report(problems.state_forgotten(f"{folder}/{INDEX}", error))
            return None
