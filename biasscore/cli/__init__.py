"""The command `biasscore`: parse, call, print, exit code.

Exit codes: 0 all well; 1 some inputs failed; 2 the command could not start (usage, model, options); 130 stopped.
"""

from biasscore.cli.main import main

__all__ = ["main"]
