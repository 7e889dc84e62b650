"""Everything that touches the world: processes, the engine, signals, state on disk."""

import sys

from caliban.compiler.quick_import import LazyModules

# Most commands have no problem to report, and a Dockerfile has steps of few kinds.
sys.meta_path.insert(0, LazyModules(r"caliban\.(.+problems|backends\.docker\.\w+)"))
