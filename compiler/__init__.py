"""From what the user typed to an optimized plan; pure but for `frontend.survey`, the one reader of the user's disk."""
