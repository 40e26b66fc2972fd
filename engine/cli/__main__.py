"""`python -m engine.cli` is the same as `chainrule`."""

import sys

from engine.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
