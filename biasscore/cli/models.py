"""`biasscore models`: which models come with biasscore."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table

from biasscore.cli.exit import OK
from biasscore.predict import checkpoints


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "models",
        help="list the models that come with biasscore",
        description="List the models that come with biasscore, and those of other installed packages.",
    )
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Print one line per model."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("name", "fingerprint", "encoder", "size"):
        table.add_column(column, no_wrap=True, overflow="fold")
    # Only the path folds in a narrow terminal.
    table.add_column("path", overflow="fold")
    for name in checkpoints.available():
        checkpoint = checkpoints.read(name)
        encoder = checkpoint.encoder
        shape = f"{encoder.n_layers} layers, {encoder.hidden_size} wide"
        table.add_row(name, checkpoint.fingerprint, shape, f"{checkpoint.size / 1e6:.0f} MB", str(checkpoint.path))
    console = Console()
    # Piped output must not be folded: a path is one word to the next program.
    console.print(table, soft_wrap=not console.is_terminal)
    return OK
