"""Run a folder of machine-learning code in an isolated container, with exactly the dependencies it declares."""

__version__ = "0.2.0"
