"""The picture of a session in README.md, made from a real terminal."""
