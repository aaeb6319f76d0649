"""Scorers that end badly, for the tests on a cluster; in a module of their own so that workers can import them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from fakes import fake_scorer

from biasscore.results import Article, Document
from biasscore.scorer import Scorer


class Noted(Scorer):
    """Writes down every text it scores; ends once, as ``end`` says, after ``after`` texts in this process.

    Where ``written`` is given, it ends once that folder holds a whole file: a writer may start later than it scores.
    """

    def __init__(self, folder: Path, end: str, after: int, written: Path | None) -> None:
        inner = fake_scorer()
        super().__init__(inner._model, inner.settings, inner.stats, find_targets=inner._find_targets)
        self._folder, self._end, self._left, self._written = folder, end, after, written

    def stream(self, texts: Iterable[str | Article]) -> Iterator[Document]:
        for document in super().stream(texts):
            with (self._folder / f"scored-{os.getpid()}").open("a") as notes:
                notes.write(f"{hash(document.text)}\n")
            self._left -= 1
            if self._left == 0 and self._first():
                if self._end == "killed":
                    os.kill(os.getpid(), signal.SIGKILL)
                while self._waits():
                    time.sleep(0.1)
                raise RuntimeError("the cable was pulled")
            yield document

    def _waits(self) -> bool:
        if self._end == "hangs":
            return not (self._folder / "let-go").exists()
        return self._written is not None and not any(
            ".pending" not in file.name for file in self._written.glob("*.parquet")
        )

    def _first(self) -> bool:
        try:
            (self._folder / "ended").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


def noted(folder: Path, end: str = "well", after: int = -1, written: Path | None = None) -> Scorer:
    """Opens such a scorer."""
    return Noted(folder, end, after, written)


def scored(folder: Path) -> int:
    """How many texts have been scored so far, in all processes."""
    return sum(len(path.read_text().splitlines()) for path in folder.glob("scored-*"))


def appended(file: Path) -> Scorer:
    """Opens a scorer once a file of the input has grown."""
    with file.open("a", encoding="utf-8") as stream:
        stream.write("\n")
    return fake_scorer()
