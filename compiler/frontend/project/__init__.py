"""The survey of a project: its entry, its files, its imports."""
