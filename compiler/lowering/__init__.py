"""From facts to a naive plan."""
