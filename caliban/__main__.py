"""`python -m caliban` is the `caliban` command."""

import sys

from caliban.runtime.cli import main

if __name__ == "__main__":
    sys.exit(main())
