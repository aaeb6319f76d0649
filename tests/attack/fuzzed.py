"""What the fuzzer calls, and what must hold for any bytes. Its corpus is a part of the attack table."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from whole_segmentation import check

from attack.case import Case
from biasscore.errors import BiasScoreError
from biasscore.segment import segment
from biasscore.tables import Columns, Options, find_sources, plan_reading, read
from biasscore.tables.formats import FORMAT_OF_SUFFIX

CORPUS = Path(__file__).parent / "corpus"
SUFFIXES = tuple(sorted(FORMAT_OF_SUFFIX))
OPTIONS = Options(max_row_bytes=1 << 20)


def texts(data: bytes) -> None:
    """Any text is cut into paragraphs, sentences and voices that cover it."""
    text = data.decode("utf-8", "surrogateescape")
    check(text, segment(text))


def readers(data: bytes) -> None:
    """A file of any suffix and content is read into rows, or refused; the first line names the suffix."""
    named, _, content = data.partition(b"\n")
    suffix = named.decode("ascii", "replace")
    if suffix not in SUFFIXES:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        path.write_bytes(content)
        with suppress(BiasScoreError):
            plan = plan_reading(find_sources([str(path)]), Columns(), OPTIONS, guessed=("text", "title", "id"))
            for chunk in read(plan):
                assert chunk.kept.num_rows == len(chunk.rows)
                for row in chunk.rows:
                    row.text.encode()
                    assert row.id
                    assert row.error is None or not row.text
                    assert len((row.error or "").splitlines()) <= 1


TARGETS: dict[str, Callable[[bytes], None]] = {"texts": texts, "readers": readers}


def cases() -> Iterator[Case]:
    """What the fuzzer started from and what it has found."""
    for name, target in TARGETS.items():
        for path in sorted((CORPUS / name).iterdir()):
            yield Case("fuzzer's corpus", f"{name}/{path.name}", partial(_kept, target, path))


def _kept(target: Callable[[bytes], None], path: Path, _: Path) -> None:
    target(path.read_bytes())
