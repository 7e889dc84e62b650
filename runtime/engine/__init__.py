"""Every question and order to the container engine."""
