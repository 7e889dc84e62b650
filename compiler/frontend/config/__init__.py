"""The config of a project, and the settings that flags, environment and config come to."""
