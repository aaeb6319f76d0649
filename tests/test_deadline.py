"""A text that takes too long becomes an error of its own: nothing hangs, and all other texts are scored."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fakes import fake_scorer
from input_files import MANY, ONE
from jobs_inputs import write_jsonl

from biasscore import score_frame
from biasscore.cli import main
from biasscore.deadline import OverdueError, within
from biasscore.errors import SlowTextError
from biasscore.jobs import JobConfig, run
from biasscore.scorer import Scorer
from biasscore.segment import Segmentation

TEXTS = ["A vote.", "A bill.", "It never ends.", "A smug end.", "It never ends, ever.", "The end."]
QUICK = [text for text in TEXTS if "never" not in text]


def slow_scorer() -> Scorer:
    """A scorer for which some texts take too long: as if the time were over, whatever the time of this machine."""
    scorer = fake_scorer()

    def find(found: Segmentation) -> Segmentation:
        if "never ends" in found.text:
            raise OverdueError
        return found

    scorer._find_targets = find
    return scorer


def endless() -> None:
    while True:
        pass


def swallowing() -> None:
    while True:
        try:
            endless()
        except Exception:
            continue


@pytest.mark.parametrize("work", [endless, swallowing])
def test_endless_work_ends_in_any_thread(work: Callable[[], None]) -> None:
    def limited() -> bool:
        try:
            with within(0.05):
                work()
        except OverdueError:
            return True
        return False

    assert limited()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(limited).result()


def test_what_ends_at_the_last_moment_leaves_nothing_behind() -> None:
    for _ in range(300):
        try:
            with within(0.0002):
                sum(range(2_000))
        except OverdueError:
            pass
        sum(range(500))  # an exception that came too late would end the test here
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer) and not thread.daemon]


TRACED = """
import sys
from biasscore.deadline import OverdueError, within
for seconds in (1_000, 0.01):
    try:
        with within(seconds):
            while seconds < 1:
                pass
    except OverdueError:
        pass
    sys.settrace(lambda *_: None)
    (lambda: 1)()
    sys.settrace(None)
"""


def test_a_debugger_works_after_it() -> None:
    subprocess.run([sys.executable, "-c", TRACED], check=True, timeout=60)


def test_quick_work_is_left_alone() -> None:
    with within(1_000):
        found = sum(range(10))
    assert found == 45


def test_documents_before_it_come_then_the_error() -> None:
    come = []
    with pytest.raises(SlowTextError, match=r"more than 300 seconds.*leave out this text"):
        come.extend(document.text for document in slow_scorer().stream(TEXTS))
    assert come == TEXTS[:2]
    for method in ("score", "explain"):
        with pytest.raises(SlowTextError):
            getattr(slow_scorer(), method)(TEXTS[2])


def test_it_is_a_row_with_an_error_in_a_job_and_in_a_frame(tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", [{"id": str(i), "text": text} for i, text in enumerate([*TEXTS, None])])
    summary = run(JobConfig((str(source),), tmp_path / "out.jsonl"), slow_scorer)
    assert (summary.rows, summary.errors) == (7, 3)
    assert (summary.counts.scored, summary.counts.bad, summary.counts.empty) == (4, 2, 1)
    assert [line for line in summary.first_errors if "300 seconds" in line] != []
    rows = score_frame([{"text": text} for text in TEXTS], scorer=slow_scorer())
    assert [row["error"] is None for row in rows] == [text in QUICK for text in TEXTS]
    assert [row["id"] for row in rows] == list("012345")


def test_strict_stops_at_it(tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", [{"text": text} for text in TEXTS])
    with pytest.raises(Exception, match=r"300 seconds.*--strict"):
        run(JobConfig((str(source),), tmp_path / "out.jsonl", bad_rows="stop"), slow_scorer)


def test_the_command_tells_it_and_shows_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", [{"text": text} for text in TEXTS])
    monkeypatch.setattr("biasscore.cli.score.scorer_factory", lambda _: slow_scorer)
    assert main(["score", str(source), "--json"]) == 1
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == len(QUICK)
    assert "300 seconds" in told.err
    assert "6 rows read: 4 scored, 0 empty, 2 bad" in told.err


READING = {
    "one.html": (ONE, "trafilatura.bare_extraction"),
    "one.rtf": (ONE, "striprtf.striprtf.rtf_to_text"),
    "one.docx": (ONE, "docx.Document"),
    "one.pdf": (ONE, "pypdf.PdfReader"),
    "nexis.rtf": (MANY, "striprtf.striprtf.rtf_to_text"),
    "nexis.docx": (MANY, "docx.Document"),
    "factiva.html": (MANY, "biasscore.tables.formats.html._factiva_article"),
    "rss.xml": (MANY, "biasscore.tables.formats.feeds._item"),
}
"""By file: what reads its documents."""


@pytest.mark.parametrize("name", READING)
def test_a_document_that_cannot_be_read_in_time_is_a_row_with_an_error(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ijson", reason="needs the extra inputs")
    makes, reader = READING[name]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / f"a-{name}").write_bytes(makes[name]())
    (tmp_path / "in" / "b.txt").write_text("A vote.")
    monkeypatch.setattr("biasscore.tables.formats.base.DOCUMENT_SECONDS", 0.05)
    monkeypatch.setattr(reader, lambda *_, **__: endless())
    summary = run(JobConfig((str(tmp_path / "in"),), tmp_path / "out.jsonl"), fake_scorer)
    assert summary.counts.scored == 1
    assert 0 < summary.counts.bad == summary.rows - 1 == len(summary.first_errors)
    assert all("took more than 0.05 seconds to be read; leave out" in line for line in summary.first_errors)
