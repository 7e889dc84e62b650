"""Words of command lines and of people: quoted for a shell, with their secrets found."""
