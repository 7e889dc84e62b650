"""What layers cost, what a change rebuilds, and what a first build takes."""
