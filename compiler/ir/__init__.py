"""The intermediate representation: a recipe for an image, its base and its steps, and the runs of it."""
