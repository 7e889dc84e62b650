"""The programs that a build brings along, and their images."""

UV_VERSION = "0.13.9"  # the same as in pyproject.toml; a test holds them together
UV_IMAGE = f"ghcr.io/astral-sh/uv:{UV_VERSION}"
PYTORCH_INDEX = "https://download.pytorch.org/whl"  # a folder for each build: /cpu, /cu126
