"""The files that a run wrote: found, brought to the folder of `-o`, or named before they vanish."""
