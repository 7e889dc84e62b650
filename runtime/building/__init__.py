"""From a plan to an image: what the builder is given, what it says, and what is remembered of it."""
