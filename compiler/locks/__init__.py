"""What a lock file tells, and which of its packages and files a Python on a platform gets."""
