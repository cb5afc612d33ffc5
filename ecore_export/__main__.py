"""``python -m ecore_export``: the same as the command ``ecore-export``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
