"""`python -m engine.cli` is the same as `chainrule`."""

import sys

from engine.cli.main import main

sys.exit(main())
