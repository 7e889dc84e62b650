"""Reading a Dockerfile of the user's."""
