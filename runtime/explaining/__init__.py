"""What `caliban explain` and `caliban diff` gather for their reports."""
