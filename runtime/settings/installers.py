"""Settings of pip and uv on this machine, read at the first need, and once."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caliban.runtime.settings.pip_settings import PipSettings
    from caliban.runtime.settings.uv_settings import UvSettings


class InstallerSettings:
    """The settings of the user's installers, from their files and from the environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment

    @cached_property
    def pip(self) -> "PipSettings":
        """Those of pip."""
        from caliban.runtime.settings.pip_settings import read_pip_settings

        return read_pip_settings(self.environment)

    @cached_property
    def uv(self) -> "UvSettings":
        """Those of uv."""
        from caliban.runtime.settings.uv_settings import read_uv_settings

        return read_uv_settings(self.environment)
