"""Ignore patterns, which decide the files that travel to the builder."""
