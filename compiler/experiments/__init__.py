"""The grammar of sweeps and its expansion."""
