"""JSON with comments and trailing commas, with the place of every value."""
