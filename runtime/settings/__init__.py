"""What a build gets of this machine, by secrets and arguments; nothing of it stays in the image."""
