"""Lock files, one module per format."""
