"""What this machine lends to a build, by secrets and arguments; nothing of it stays in the image."""
