"""`python3 -m tests`: installs what is missing and runs every test. Arguments go to pytest."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # before the current folder, which may hold another `engine`

from engine import set_up  # noqa: E402


def main() -> int:
    """Run pytest in the checkout; its exit code, which is not 0 when a test failed or none ran."""
    os.chdir(ROOT)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import pytest

    return int(pytest.main(sys.argv[1:]))


if __name__ == "__main__":
    set_up.ready("tests", "tests")
    sys.exit(main())
