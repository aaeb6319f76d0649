"""Exit codes of the command, as its help and docs/cli.md give them."""

OK = 0
FAILED = 1
ERROR = 2
STOPPED = 130
