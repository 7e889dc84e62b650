"""One reader per file in which a project declares what it needs."""
