"""Facts about torch, tensorflow, jax and others: the release of a project, and the Python, CUDA and driver it needs."""
