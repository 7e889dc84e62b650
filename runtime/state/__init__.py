"""Caliban's own folder, and the index in it."""
