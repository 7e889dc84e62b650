"""What can go wrong between caliban, the machine and the engine: one constructor per problem, one module per area."""

from typing import TYPE_CHECKING

from caliban.compiler.quick_import import later_within

if not TYPE_CHECKING:
    __getattr__ = later_within(__name__, __path__)  # most commands have no problem to tell
