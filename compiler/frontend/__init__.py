"""Reads the command line and the project folder into values."""
