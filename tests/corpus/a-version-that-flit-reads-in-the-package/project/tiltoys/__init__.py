"""Small tools."""

__version__ = "1.9.4"
