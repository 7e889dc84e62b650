"""Makes again what can be read of the tables in compiler/facts/data from the package index; `make tables`."""
