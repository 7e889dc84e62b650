"""What the base and the packages are now, for caliban.lock."""
