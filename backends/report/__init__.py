"""What a plan looks like for people: text for a terminal, a page for a browser."""
