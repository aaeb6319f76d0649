"""``python -m biasscore`` is the command ``biasscore``."""

import sys

from biasscore.cli import main

if __name__ == "__main__":
    sys.exit(main())
