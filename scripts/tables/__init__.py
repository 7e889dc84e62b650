"""Makes anew what can be read of the tables in compiler/data from the package index; `make tables`."""
