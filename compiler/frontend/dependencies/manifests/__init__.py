"""Files that declare dependencies, one module per format."""
