"""The content of a lock file, and its packages and files for a Python on a platform."""
