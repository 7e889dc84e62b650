"""Everything that touches the world: processes, the engine, signals, state on disk."""
