"""`python -m lottogrid`."""

from __future__ import annotations

import sys

from lottogrid.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
