"""Credentials for Google Cloud: found, checked, and mounted into a run."""
