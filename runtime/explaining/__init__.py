"""Gathers the facts for the reports of `caliban explain` and `caliban diff`."""
