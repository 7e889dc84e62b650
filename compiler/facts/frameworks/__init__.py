"""What is known of torch, tensorflow and jax: the release that a project gets, the Python, CUDA and driver it needs."""
