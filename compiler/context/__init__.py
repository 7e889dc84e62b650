"""Which files travel to the builder: the language of ignore patterns."""
