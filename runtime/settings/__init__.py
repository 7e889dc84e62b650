"""Settings of this machine for a build, passed as secrets and arguments; none of them stays in the image."""
