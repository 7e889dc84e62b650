"""A container from its name to its end, and what is told of it."""
