"""From what the user typed to an optimized plan; only `frontend.project.survey` reads the user's disk."""
