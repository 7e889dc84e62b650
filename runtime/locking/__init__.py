"""Locks the current base and packages in caliban.lock."""
