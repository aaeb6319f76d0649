"""What is given to the library and the command in a wrong shape: one plain error, and nothing lost."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from fakes import fake_scorer

from attack.case import BUSY, Case
from biasscore.errors import InputError
from biasscore.results import Article, Document
from biasscore.visible import on_one_line

WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "None": (lambda: None, "list or iterator"),
    "a number": (lambda: 5, "list or iterator"),
    "a float": (lambda: 0.5, "list or iterator"),
    "a path": (lambda: Path("x.txt"), "score_file"),
    "bytes": (lambda: b"The vote.", "list or iterator"),
    "a bytearray": (lambda: bytearray(b"The vote."), "list or iterator"),
    "a function": (lambda: len, "list or iterator"),
    "a class": (lambda: Article, "list or iterator"),
    "a string": (lambda: "The vote.", r"score\(text\)"),
    "an article": (lambda: Article("The vote."), r"score\(text\)"),
    "a dict": (lambda: {"a": "The vote."}, r"texts\.values\(\)"),
    "an empty dict": (dict, r"texts\.values\(\)"),
    "a view of keys": ({"a": "The vote."}.keys, "no order"),
    "a set": (lambda: {"The vote."}, "no order"),
    "a frozenset": (lambda: frozenset({"The vote."}), "no order"),
    "a data frame": (lambda: pd.DataFrame({"text": ["The vote."]}), "score_frame"),
    "an Arrow table": (lambda: pa.table({"text": ["The vote."]}), "score_frame"),
    "a record batch": (lambda: pa.record_batch({"text": ["The vote."]}), "score_frame"),
}
BAD_ITEMS: dict[str, Any] = {
    "None": None,
    "a number": 3,
    "NaN": float("nan"),
    "bytes": b"The vote.",
    "a list": ["The vote."],
    "a pair": ("The vote.", "A title"),
    "a path": Path("x.txt"),
    "an Arrow scalar": pa.scalar("The vote."),
    "an article without text": Article(None),  # type: ignore[arg-type]
    "an article with a number as title": Article("The vote.", 3),  # type: ignore[arg-type]
}
HOSTILE = {
    "escape": "\x1b[31mred",
    "title of the window": "\x1b]0;pwned\x07",
    "clear": "\x1b[2J",
    "line break": "row\nforged line: all is well",
    "carriage return": "error\rall is well",
    "C1": "\x9b31m",
    "backspace": "no\b\byes",
    "NUL": "a\0b",
    "delete": "a\x7fb",
    "right to left": "\u202etxt.exe",
    "isolate": "\u2066a\u2069",
    "mark": "a\u200fb",
    "Arabic mark": "a\u061cb",
    "line separator": "a\u2028b",
    "paragraph separator": "a\u2029b",
    "next line": "a\x85b",
    "lone surrogate": "a\udcffb",
    "noncharacter": "a\ufffeb",
}


def _refused(method: str, make: Callable[[], Any], told: str, _: Path) -> None:
    with pytest.raises(InputError, match=told) as caught:
        getattr(fake_scorer(), method)(make())
    assert "\n" not in str(caught.value)


def _bad_item(item: Any, _: Path) -> None:
    """Three good documents come, then the error, where the bad item stood."""
    come: list[Document] = []
    with pytest.raises(InputError):
        come.extend(fake_scorer().stream(["A vote.", "A bill.", "", item, "The end."]))
    assert len(come) == 3, f"{len(come)} of 3 documents came before the error"


def _source_fails(error: type[BaseException], _: Path) -> None:
    def source() -> Iterator[str]:
        yield from ("A vote.", "A bill.")
        raise error("the cable was pulled")

    come: list[Document] = []
    with pytest.raises(error):
        come.extend(fake_scorer().stream(source()))
    assert len(come) == (2 if issubclass(error, Exception) else 0)


def _endless(item: str | Article, _: Path) -> None:
    taken = itertools.count()
    source = (item for _ in taken)
    assert next(iter(fake_scorer().stream(source))).text == (item if isinstance(item, str) else item.text)
    assert next(taken) < 200_000, "a stream ran ahead without bound"


def _long_titles(_: Path) -> None:
    """Titles count in the window: a few megabytes are taken in before the first document, not all."""
    taken: list[int] = []

    def source() -> Iterator[Article]:
        for number in range(60):
            taken.append(number)
            yield Article("A vote.", "word " * 40_000)

    stream = iter(fake_scorer().stream(source()))
    next(stream)
    assert len(taken) < 20
    stream.close()  # type: ignore[attr-defined]


def _closed(_: Path) -> None:
    before = threading.active_count()
    with fake_scorer() as scorer:
        scorer.score("A vote.")
    scorer.close()
    with pytest.raises(InputError, match="this scorer is closed"):
        scorer.score("A vote.")
    assert threading.active_count() == before


def _on_one_line(text: str, _: Path) -> None:
    shown = on_one_line(text)
    assert len(shown.splitlines()) == 1
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u061c\u200e\u200f\u2028\u2029\ufffe" for c in shown)
    assert not any(0x202A <= ord(c) <= 0x202E or 0x2066 <= ord(c) <= 0x2069 for c in shown)
    shown.encode()


def command(*arguments: str, stdin: Any = subprocess.DEVNULL, close: str = "") -> subprocess.CompletedProcess[bytes]:
    """The command as a user starts it; ``close`` is what a shell is told to close, such as ``>&-``."""
    line = [sys.executable, "-m", "biasscore", *arguments]
    root = Path(__file__).parents[2]
    where = os.pathsep.join((str(root), str(root / "tests"), os.environ.get("PYTHONPATH", "")))
    if close:
        line = ["bash", "-c", f'exec "$@" {close}', "bash", *line]
    return subprocess.run(
        line, stdin=stdin, capture_output=True, timeout=50 * BUSY, check=False, env={**os.environ, "PYTHONPATH": where}
    )


def plain(output: bytes) -> None:
    """Nothing that a terminal obeys, no traceback."""
    text = output.decode(errors="replace")
    assert "Traceback" not in text, text[-300:]
    assert all(c == "\n" or c.isprintable() for c in text), ascii(text)[:300]


def _names_on_the_command_line(name: str, _: Path) -> None:
    found = command("score", f"missing {name.replace(chr(0), '')}.txt")
    assert found.returncode != 0
    plain(found.stderr)
    assert len(found.stderr.splitlines()) == 1, found.stderr


def _closed_stream(close: str, arguments: tuple[str, ...], _: Path) -> None:
    found = command(*arguments, close=close)
    plain(found.stdout + found.stderr)


_BUSY = """
import time
from concurrent.futures import ThreadPoolExecutor
from biasscore.cli.stop import stopping
with stopping(), ThreadPoolExecutor(1) as pool:
    working = pool.submit(time.sleep, 600)
    print("ready", flush=True)
    working.result()
"""


def _interrupted(signals: int, _: Path) -> None:
    """Ctrl-C ends a process whose thread works on for ten minutes."""
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", _BUSY],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert process.stdout is not None
    process.stdout.readline()
    for _signal in range(signals):
        process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=40 * BUSY)
    assert process.returncode == 130
    assert told == b"biasscore: stopped\n"


def cases() -> Iterator[Case]:
    """The whole table of this kind."""
    for name, (make, told) in WRONG.items():
        for method in ("score_many", "stream"):
            yield Case("wrong shape", f"{method} of {name}", partial(_refused, method, make, told))
    for name, item in BAD_ITEMS.items():
        yield Case("stream", f"{name} among texts", partial(_bad_item, item))
    for error in (ValueError, OSError, RuntimeError, KeyError, KeyboardInterrupt):
        yield Case("stream", f"the source raises {error.__name__}", partial(_source_fails, error))
    for name, item in {"empty texts": "", "blanks": " \n\n ", "articles": Article("", "")}.items():
        yield Case("stream", f"endless {name}", partial(_endless, item))
    yield Case("stream", "long titles", _long_titles)
    yield Case("closing", "a closed scorer", _closed)
    for name, text in HOSTILE.items():
        yield Case("terminal", f"{name} on one line", partial(_on_one_line, text))
        yield Case("terminal", f"{name} in a file name", partial(_names_on_the_command_line, text), is_slow=True)
    yield Case("Ctrl-C", "a thread that works on", partial(_interrupted, 1))
    for close in (">&-", "<&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
        for arguments in (("--version",), ("score", "-"), ("score", "missing.txt"), ("models",)):
            yield Case(
                "closed streams",
                f"{' '.join(arguments)} {close}",
                partial(_closed_stream, close, arguments),
                is_slow=True,
            )
