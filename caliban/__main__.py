"""`python -m caliban` is the `caliban` command."""

import os
import sys

# Python puts the current directory first on the import path, and here that is a project which may come from the
# internet: a json.py in it must not stand in for Python's own.
if sys.path and os.path.abspath(sys.path[0]) == os.getcwd():
    del sys.path[0]

from caliban.runtime.cli import start

if __name__ == "__main__":
    start()
