"""The command line: its options, parsing, help, and the way back from an invocation to its words."""
