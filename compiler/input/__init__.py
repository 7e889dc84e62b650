"""The values that flow into the compiler: the command line, the machine, the settings, the facts of the project."""
