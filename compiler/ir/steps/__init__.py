"""The steps of a recipe: each declares its effects; one module per family."""
