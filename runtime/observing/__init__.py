"""Observes facts for the compiler that only a process or the machine can report."""
