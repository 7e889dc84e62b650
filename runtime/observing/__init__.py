"""What only a process or the machine can tell, observed for the compiler."""
