"""Completion of words by the shell: files for arguments that name files, models for those that name models."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from biasscore.heads import CLASSIFIED

_MODELS = {"model", "models", "base", *CLASSIFIED}

_Ways: TypeAlias = Mapping[str, Any]
"""By shell: what stands in its script for a kind of word."""


class PrintCompletion(argparse.Action):
    """shtab's own action would import it at every start."""

    def __call__(self, parser: argparse.ArgumentParser, *values: Any) -> NoReturn:
        print(script(parser, str(values[1])))
        parser.exit()


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """The script that teaches the shell the commands, options, files and models of this parser."""
    import shtab

    from biasscore.predict import checkpoints

    # Files beside the names, because a model may be a folder. The word "file" makes shtab add the slash of folders.
    models = dict.fromkeys(("bash", "zsh"), "_biasscore_model_or_file") | {"tcsh": shtab.FILE["tcsh"]}
    for action in _actions(parser):
        if action.nargs != 0 and not action.choices:
            found = models if action.dest in _MODELS else _path(action, shtab.FILE, shtab.DIRECTORY)
            if found:
                action.complete = found  # type: ignore[attr-defined]  # shtab looks for this attribute
    names = " ".join(checkpoints.available())
    preamble: Any = {  # shtab takes one text for every shell, or one for each
        "bash": f'_biasscore_model_or_file() {{ compgen -W "{names}" -- "$1"; compgen -f -- "$1"; }}',
        "zsh": f"_biasscore_model_or_file() {{ _alternative 'models:model:({names})' 'files:file:_files' }}",
    }
    return str(shtab.complete(parser, shell, preamble=preamble))


def _path(action: argparse.Action, files: _Ways, folders: _Ways) -> _Ways | None:
    """How each shell completes an argument that is a path; None for all others."""
    if action.metavar == "FOLDER":
        return folders
    return files if action.type is Path or action.dest in ("inputs", "match") else None


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
