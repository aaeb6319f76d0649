"""What a job on a cluster does with its rows, step by step in this process: no cluster is started."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from fakes import fake_scorer

from biasscore import jobs
from biasscore.jobs import JobConfig
from biasscore.jobs.folder import JobFolder
from biasscore.jobs.local import read_plan, result_schema
from biasscore.jobs.manifest import manifest_of
from biasscore.jobs.ray_records import RayFolder
from biasscore.tables import Counts

pytest.importorskip("ray.data", reason="needs the extra ray")
pytest.importorskip("trafilatura", reason="needs the extra html")

from ray.data.block import BlockAccessor

from biasscore.jobs.ray import _JobScoring, _Pieces, _read_piece, _Sink, _summary

PARAGRAPH = f"<p>{'The council voted on Tuesday to close two libraries, ending a month of talks. ' * 4}</p>"


@pytest.fixture
def config(tmp_path: Path) -> JobConfig:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"text": "We \\ud83d voted."}\n{"text": null}\nnot json\n{"text": "It was."}\n')
    (folder / "b.html").write_text(f"<article>{PARAGRAPH}<blockquote>{PARAGRAPH}</blockquote>{PARAGRAPH}</article>")
    german = "Der Rat hat am Dienstag mit den Stimmen der Mehrheit zwei Büchereien geschlossen."
    (folder / "c.csv").write_text(f"text,id\n{german},c0\nWe voted on it.,c1\n")
    return JobConfig((str(folder),), tmp_path / "out", level="paragraph")


def test_rows_and_counts_are_those_of_the_local_run(config: JobConfig, tmp_path: Path) -> None:
    """Notes, quotations of a page and counts of each file pass through Ray's tables and its writers."""
    reading, scorer = read_plan(config), fake_scorer()
    target = result_schema(config.level, reading.kept, manifest_of(config, reading, scorer))
    files = RayFolder.of(JobFolder.of(config))
    score, sink = _JobScoring(fake_scorer, config.level, target), _Sink(files, target, "key")
    files.out.mkdir()
    for number, piece in enumerate(_Pieces(reading).pieces):
        for block in _read_piece(reading, piece):
            with (config.out / f"part-{number}.parquet").open("wb") as stream:
                sink.write_block_to_file(BlockAccessor.for_block(score(block)), stream)
    summary = _summary(config.out, sorted(files.out.glob("*.parquet")), reading, target, 1.0)
    assert len(files.resume("key")) == 0
    here = jobs.run(JobConfig(config.inputs, tmp_path / "here", level=config.level), fake_scorer)
    assert pq.read_table(config.out).to_pylist() == pq.read_table(here.out).to_pylist()
    assert summary.inputs == here.inputs
    assert summary.inputs["a.jsonl"] == Counts(scored=2, empty=1, bad=1, noted=1)
    assert summary.inputs["c.csv"] == Counts(scored=2, not_english=1)
    assert (summary.rows, summary.errors, summary.first_errors) == (here.rows, 2, here.first_errors)
    assert "5 scored (1 not English)" in " ".join(summary.told)
    assert "quotation" in pq.read_table(config.out)["kind"].to_pylist()
