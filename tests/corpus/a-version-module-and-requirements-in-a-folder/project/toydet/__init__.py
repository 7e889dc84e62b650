from .version import __version__, short_version
