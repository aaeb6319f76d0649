"""Big jobs: what is written equals what was read, however the run went."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from attack import kills
from fakes import fake_scorer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jobs_inputs import article, records, write_jsonl
from rich.console import Console

import biasscore
from biasscore.errors import InputError, JobError
from biasscore.jobs import JobConfig, Lines, State, TerminalBar, pinned, progress_for, run
from biasscore.jobs.files import replacing
from biasscore.jobs.folder import JobFolder
from biasscore.jobs.shards import open_shards
from biasscore.scorer import Scorer
from biasscore.tables import Columns, Counts, Options, find_sources, metadata, plan_reading, schema

COLUMNS = Columns(text="body", title="head", id="key", group="outlet", keep=("year",))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_jsonl(tmp_path / "in.jsonl", records(25))


def config(source: Path, out: Path, **changes: object) -> JobConfig:
    return replace(JobConfig((str(source),), out, COLUMNS, shard_rows=4), **changes)  # type: ignore[arg-type]


class Interrupted(Scorer):
    """A scorer that ends the run, as Ctrl-C does, after so many documents."""

    def __init__(self, after: int) -> None:
        inner = fake_scorer()
        super().__init__(inner._model, inner.settings, inner.stats)
        self._after = after

    def stream(self, texts):  # type: ignore[no-untyped-def]
        for document in super().stream(texts):
            if self._after == 0:
                raise KeyboardInterrupt
            self._after -= 1
            yield document


class TestResult:
    def test_folder_of_shards_holds_every_row_in_order(self, source: Path, tmp_path: Path) -> None:
        summary = run(config(source, tmp_path / "out"), fake_scorer)
        table = pq.read_table(tmp_path / "out")
        assert table["id"].to_pylist() == [row["key"] for row in records(25)]
        assert table["year"].to_pylist() == [str(row["year"]) for row in records(25)]
        assert len(list((tmp_path / "out").glob("part-*.parquet"))) == 7
        assert (summary.rows, summary.errors, summary.resumed_rows) == (25, 0, 0)
        assert summary.tokens == sum(table["n_tokens"].to_pylist())

    def test_scores_are_those_of_the_scorer(self, source: Path, tmp_path: Path) -> None:
        run(config(source, tmp_path / "out"), fake_scorer)
        scorer = fake_scorer()
        for row, record in zip(records(25), pq.read_table(tmp_path / "out").to_pylist(), strict=True):
            document = scorer.score(row["body"], row["head"])
            assert record["loaded"] == pytest.approx(document.loaded, abs=1e-6)
            assert record["title_loaded"] == pytest.approx(document.title.loaded, abs=1e-6)
            assert [span["text"] for span in record["spans"]] == [span.text for span in document.spans]
            assert record["model"] == document.model

    @pytest.mark.parametrize("suffix", ["parquet", "jsonl", "csv"])
    def test_one_file_holds_the_same_rows_as_the_folder(self, source: Path, tmp_path: Path, suffix: str) -> None:
        run(config(source, tmp_path / "folder"), fake_scorer)
        expected = pq.read_table(tmp_path / "folder").to_pylist()
        out = tmp_path / f"scores.{suffix}"
        run(config(source, out), fake_scorer)
        if suffix == "parquet":
            assert pq.read_table(out).to_pylist() == expected
        elif suffix == "jsonl":
            assert [json.loads(line) for line in out.read_text("utf-8").splitlines()] == expected
        else:
            found = pa.csv.read_csv(out).to_pylist()
            assert [row["loaded"] for row in found] == [row["loaded"] for row in expected]
            assert [json.loads(row["spans"]) for row in found] == [row["spans"] for row in expected]
        assert not list(tmp_path.glob("scores.*.job/part-*"))

    @pytest.mark.parametrize("named", ["jsonl", "csv"])
    def test_folder_in_other_formats(self, source: Path, tmp_path: Path, named: str) -> None:
        run(config(source, tmp_path / "out", format=named), fake_scorer)
        assert len(list((tmp_path / "out").glob(f"part-*.{named}"))) == 7

    def test_metadata_tells_version_model_and_settings(self, source: Path, tmp_path: Path) -> None:
        run(config(source, tmp_path / "s.parquet", level="sentence"), fake_scorer)
        about = metadata(pq.read_schema(tmp_path / "s.parquet"))
        assert about["model"] == fake_scorer().fingerprint
        assert about["level"] == "sentence"
        assert about["settings"]["dtype"] == "float32"
        assert about["options"]["text"] == "body"
        assert about["biasscore"]

    @pytest.mark.parametrize("level", ["document", "paragraph", "sentence"])
    def test_schema_is_the_published_one(self, source: Path, tmp_path: Path, level: str) -> None:
        run(config(source, tmp_path / "s.parquet", level=level), fake_scorer)
        assert pq.read_schema(tmp_path / "s.parquet").names == [*schema(level).names, "year"]  # type: ignore[arg-type]

    def test_input_without_rows_is_an_empty_table(self, tmp_path: Path) -> None:
        (tmp_path / "in.csv").write_text("text\n")
        summary = run(JobConfig((str(tmp_path / "in.csv"),), tmp_path / "out"), fake_scorer)
        assert summary.rows == 0
        assert pq.read_table(tmp_path / "out").schema.names == schema().names
        assert run(JobConfig((str(tmp_path / "in.csv"),), tmp_path / "out"), fake_scorer).rows == 0

    @pytest.mark.parametrize("name", ["out", "out.parquet"])
    def test_output_inside_the_input_folder_is_not_read(self, tmp_path: Path, name: str) -> None:
        write_jsonl(tmp_path / "in.jsonl", records(9))
        job = config(tmp_path, tmp_path / name)
        with pytest.raises(KeyboardInterrupt):
            run(job, lambda: Interrupted(5))
        assert run(job, fake_scorer).resumed_rows == 4
        assert run(job, fake_scorer).rows == 9


class TestResume:
    @pytest.mark.parametrize("after", [0, 1, 4, 9, 23])
    @pytest.mark.parametrize("name", ["out", "out.csv"])
    def test_interrupted_run_goes_on(self, source: Path, tmp_path: Path, after: int, name: str) -> None:
        whole = tmp_path / f"whole-{name}"
        run(config(source, whole), fake_scorer)
        job = config(source, tmp_path / name)
        with pytest.raises(KeyboardInterrupt):
            run(job, lambda: Interrupted(after))
        summary = run(job, fake_scorer)
        assert summary.rows == 25
        assert summary.resumed_rows == after // 4 * 4
        assert _contents(tmp_path / name) == _contents(whole)

    def test_complete_job_does_nothing(self, source: Path, tmp_path: Path) -> None:
        first = run(config(source, tmp_path / "out"), fake_scorer)
        again = run(config(source, tmp_path / "out"), lambda: Interrupted(0))
        assert again == replace(first, resumed_rows=25, seconds=0.0)

    def test_deleted_shard_is_made_again(self, source: Path, tmp_path: Path) -> None:
        job = config(source, tmp_path / "out")
        run(job, fake_scorer)
        before = _contents(tmp_path / "out")
        (tmp_path / "out/part-00000002.parquet").unlink()
        assert run(job, fake_scorer).resumed_rows == 21
        assert _contents(tmp_path / "out") == before

    def test_deleted_file_is_made_again(self, source: Path, tmp_path: Path) -> None:
        job = config(source, tmp_path / "out.csv")
        run(job, fake_scorer)
        before = _contents(tmp_path / "out.csv")
        (tmp_path / "out.csv").unlink()
        run(job, fake_scorer)
        assert _contents(tmp_path / "out.csv") == before

    def test_torn_journal_line_is_cut_off(self, source: Path, tmp_path: Path) -> None:
        job = config(source, tmp_path / "out")
        with pytest.raises(KeyboardInterrupt):
            run(job, lambda: Interrupted(9))
        with (tmp_path / "out/_job/journal.jsonl").open("ab") as journal:
            journal.write(b'{"shard": 2, "ro')
        assert run(job, fake_scorer).resumed_rows == 8

    def test_damaged_shard_is_scored_again_and_said(self, source: Path, tmp_path: Path) -> None:
        job = config(source, tmp_path / "out")
        run(job, fake_scorer)
        before = _contents(tmp_path / "out")
        (tmp_path / "out/part-00000002.parquet").write_bytes(before["part-00000001.parquet"])
        (tmp_path / "out/part-00000004.parquet").write_bytes(b"")
        summary = run(job, fake_scorer)
        assert summary.resumed_rows == 17
        assert len(summary.notices) == 2
        assert summary.notices[0].startswith("part-00000002.parquet ")
        assert "part-00000004.parquet has 0 bytes, but biasscore wrote " in summary.notices[1]
        assert all(notice.endswith("the rows of this file are scored again") for notice in summary.notices)
        assert _contents(tmp_path / "out") == before
        assert run(job, fake_scorer).notices == ()

    def test_changed_result_is_never_replaced(self, source: Path, tmp_path: Path) -> None:
        job = config(source, tmp_path / "out.csv")
        run(job, fake_scorer)
        (tmp_path / "out.csv").write_text("my own notes on the scores")
        with pytest.raises(JobError, match="was changed after the job finished; move or delete"):
            run(job, fake_scorer)
        assert (tmp_path / "out.csv").read_text() == "my own notes on the scores"

    def test_file_that_appeared_meanwhile_is_never_replaced(self, source: Path, tmp_path: Path) -> None:
        job = config(source, tmp_path / "out.csv")
        with pytest.raises(KeyboardInterrupt):
            run(job, lambda: Interrupted(9))
        (tmp_path / "out.csv").write_text("my own notes on the scores")
        with pytest.raises(JobError, match="this job did not write this file; move or delete"):
            run(job, fake_scorer)
        assert (tmp_path / "out.csv").read_text() == "my own notes on the scores"

    def test_pinned_tells_the_settings_of_the_first_run(self, source: Path, tmp_path: Path) -> None:
        assert pinned(tmp_path / "out") is None
        run(config(source, tmp_path / "out"), fake_scorer)
        found = pinned(tmp_path / "out")
        assert found is not None
        assert found.settings["budget"] == 512


class TestStandardInput:
    CONTENT = b"".join(b'{"text": "The vote on bill %d."}\n' % i for i in range(10))

    def job(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JobConfig:
        monkeypatch.setattr(
            "sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(self.CONTENT)), encoding="utf-8")
        )
        return JobConfig(("-",), tmp_path / "out", shard_rows=4)

    def test_lines_are_rows(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        run(self.job(tmp_path, monkeypatch), fake_scorer)
        assert pq.read_table(tmp_path / "out")["id"].to_pylist() == [f"stdin:{i}" for i in range(10)]

    def test_cannot_be_resumed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(KeyboardInterrupt):
            run(self.job(tmp_path, monkeypatch), lambda: Interrupted(5))
        with pytest.raises(JobError, match="its input was standard input or a pipe; choose another output"):
            run(self.job(tmp_path, monkeypatch), fake_scorer)


class TestShards:
    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(files=st.lists(st.integers(0, 12), min_size=1, max_size=4), size=st.integers(1, 9), data=st.data())
    def test_cut_by_position_whatever_is_done(
        self, tmp_path_factory: pytest.TempPathFactory, files: list[int], size: int, data: st.DataObject
    ) -> None:
        folder = tmp_path_factory.mktemp("shards")
        for number, count in enumerate(files):
            pq.write_table(pa.table({"text": [f"{number} {i}" for i in range(count)]}), folder / f"{number}.parquet")
        reading = plan_reading(find_sources([folder]), Columns())
        texts = [f"{number} {i}" for number, count in enumerate(files) for i in range(count)]
        whole = [texts[i : i + size] for i in range(0, len(texts), size)] or [[]]
        done = data.draw(st.sets(st.integers(0, len(whole) - 1)))
        found = {shard.number: [row.text for row in shard.chunk.rows] for shard in open_shards(reading, size, done)}
        assert found == {i: part for i, part in enumerate(whole) if i not in done}


class TestRefusal:
    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"level": "sentence"}, "level 'document', but this run has level 'sentence'"),
            ({"shard_rows": 5}, "shard_rows 4, but this run has shard_rows 5"),
            (
                {"defused": True},
                "--defuse-formulas off, but this run has --defuse-formulas on; use the earlier setting or input",
            ),
            ({"columns": replace(COLUMNS, keep=())}, "keep 'year', but this run has no 'keep'"),
        ],
    )
    def test_other_options(self, source: Path, tmp_path: Path, change: dict[str, object], told: str) -> None:
        job = config(source, tmp_path / "out")
        run(job, fake_scorer)
        with pytest.raises(JobError, match=told) as refused:
            run(replace(job, **change), fake_scorer)  # type: ignore[arg-type]
        assert "to start again" in str(refused.value)

    def test_other_settings_and_model(self, source: Path, tmp_path: Path) -> None:
        run(config(source, tmp_path / "out"), fake_scorer)
        with pytest.raises(JobError, match="budget 512, but this run has budget 100"):
            run(config(source, tmp_path / "out"), lambda: fake_scorer(budget=100))

    def test_changed_input(self, source: Path, tmp_path: Path) -> None:
        run(config(source, tmp_path / "out"), fake_scorer)
        write_jsonl(source, records(26))
        with pytest.raises(JobError, match="input"):
            run(config(source, tmp_path / "out"), fake_scorer)

    def test_strict_may_change_between_runs(self, source: Path, tmp_path: Path) -> None:
        run(config(source, tmp_path / "out"), fake_scorer)
        assert run(config(source, tmp_path / "out", bad_rows="stop"), fake_scorer).rows == 25

    @pytest.mark.parametrize("name", ["mine", "mine.csv"])
    def test_somebody_elses_output(self, source: Path, tmp_path: Path, name: str) -> None:
        out = tmp_path / name
        if name == "mine":
            out.mkdir()
            (out / "thesis.doc").write_text("years of work")
        else:
            out.write_text("years of work")
        with pytest.raises(JobError, match="choose"):
            run(config(source, out), fake_scorer)

    def test_second_process(self, source: Path, tmp_path: Path) -> None:
        job = config(source, tmp_path / "out")
        with JobFolder.of(job).locked(), pytest.raises(JobError, match="another process"):
            run(job, fake_scorer)
        assert run(job, fake_scorer).rows == 25

    def test_format_against_suffix(self, source: Path, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="leave out --format"):
            run(config(source, tmp_path / "out.csv", format="jsonl"), fake_scorer)

    @pytest.mark.parametrize("name", ["scores.xlsx", "scores.csv.gz", "scores.JSON"])
    def test_a_format_that_is_not_written(self, source: Path, tmp_path: Path, name: str) -> None:
        with pytest.raises(InputError, match=r"use a name that ends in \.parquet, \.jsonl or \.csv, or a folder"):
            config(source, tmp_path / name)
        (tmp_path / name).mkdir()
        assert not config(source, tmp_path / name).is_file

    def test_kept_column_named_like_a_result(self, tmp_path: Path) -> None:
        source = write_jsonl(tmp_path / "in.jsonl", [{"text": "A vote.", "loaded": 1}])
        run(JobConfig((str(source),), tmp_path / "out", Columns(keep=("loaded",))), fake_scorer)
        assert pq.read_table(tmp_path / "out")["input_loaded"].to_pylist() == ["1"]


class TestBadRows:
    def rows(self) -> list[object]:
        return [
            {"text": "A vote."},
            {"text": None},
            {"text": 3},
            {"other": "no text"},
            {"text": "x" * 101},
            {"text": "\ud800 alone"},
            {"text": "The bill.", "title": 5},
            {"text": ""},
            {"text": "The end."},
        ]

    def job(self, tmp_path: Path) -> JobConfig:
        source = write_jsonl(tmp_path / "in.jsonl", self.rows())  # type: ignore[arg-type]
        with source.open("ab") as lines:
            lines.write(b'{"text": "caf\xe9"}\n{"text": \n[1]\n')
        return JobConfig(
            (str(source),), tmp_path / "out", Columns(title="title"), reading=Options(max_chars=100), shard_rows=5
        )

    def test_become_rows_with_an_error(self, tmp_path: Path) -> None:
        job = replace(self.job(tmp_path), columns=Columns(title="title"))
        summary = run(job, fake_scorer)
        table = pq.read_table(tmp_path / "out").to_pylist()
        errors = [row["error"] for row in table]
        assert summary.rows == len(table) == 12
        assert [error is None for error in errors] == [i in (0, 5, 6, 8) for i in range(12)]
        assert errors[1] == errors[3] == "the text is null"
        assert (
            errors[2]
            == "the text is a number, not a string; check that --text (in Python: text) names the right column"
        )
        assert errors[4] == "the text has 101 characters, more than the limit of 100; split the text"
        assert table[6]["notes"] == (
            "the title has no scores: the title is a number, not a string; check that --title (in Python: title) names "
            "the right column."
        )
        assert errors[9].startswith("character 3 of the text cannot be decoded; set --encoding")
        assert summary.errors == 8
        assert summary.first_errors[0] == "in.jsonl:1: the text is null"
        assert all(row["loaded"] is None for row in table if row["error"])
        assert errors[7] == "the text is empty"
        assert summary.inputs == {"in.jsonl": Counts(scored=4, empty=3, bad=5, noted=2)}
        assert summary.first_notes[0] == "in.jsonl:5: broken characters replaced by \ufffd: 1"
        assert summary.first_notes[1].startswith("in.jsonl:6: the title has no scores")
        written = json.loads((tmp_path / "out" / "_job" / "summary.json").read_text("utf-8"))
        counts = {"scored": 4, "empty": 3, "bad": 5, "skipped": 0, "noted": 2, "not_english": 0}
        assert written["summary"]["inputs"]["in.jsonl"] == counts
        assert run(job, fake_scorer).inputs == summary.inputs

    def test_errors_of_earlier_runs_are_counted(self, tmp_path: Path) -> None:
        job = self.job(tmp_path)
        with pytest.raises(KeyboardInterrupt):
            run(job, lambda: Interrupted(2))
        assert run(job, fake_scorer).errors == 8

    def test_strict_stops_and_keeps_what_is_done(self, tmp_path: Path) -> None:
        job = replace(self.job(tmp_path), bad_rows="stop", shard_rows=1)
        with pytest.raises(InputError, match=r"in\.jsonl:1 cannot be scored: the text is null; to keep"):
            run(job, fake_scorer)
        assert run(replace(job, bad_rows="keep"), fake_scorer).resumed_rows == 1


class TestKill:
    """A real process, killed at many random moments, as a weekend would."""

    PROGRAM = """
import sys
from functools import partial
from pathlib import Path
from test_jobs import config
import biasscore
from biasscore.jobs import run
open_scorer = partial(biasscore.load, sys.argv[3], device="cpu", threads=1)
run(config(Path(sys.argv[1]), Path(sys.argv[2]), shard_rows=10), open_scorer)
"""

    @pytest.mark.parametrize("number", [0, 2])  # a folder, one file
    def test_sigkill_at_random_moments(self, tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # the server that forks jobs hears of no other path
        kills.killed(number, damaged=False, root=tmp_path)

    def test_sigkill_with_a_real_network(self, tmp_path: Path, tiny_model: Path) -> None:
        source = write_jsonl(tmp_path / "in.jsonl", records(300))
        whole = tmp_path / "whole" / "out"
        assert self._start(source, whole, tiny_model).wait() == 0
        open_scorer = partial(biasscore.load, tiny_model, device="cpu", threads=1)
        moments, killed, resumed = random.Random("out"), 0, 0
        # Where a job ends before it is killed often enough, as on a fast machine, another one is killed as well.
        for job in range(8):
            out = tmp_path / str(job) / "out"
            # On a slow machine no shard may be done when the last kill comes: then one more, later.
            goal, latest = (killed + 1, 0.4 * 2**job) if killed >= 2 else (2, 0.4)
            while killed < goal and self._killed(source, out, tiny_model, moments.uniform(0, latest)):
                killed += 1
            summary = run(config(source, out, shard_rows=10), open_scorer)
            assert summary.rows == 300
            assert _contents(out) == _contents(whole)
            resumed += summary.resumed_rows
            if killed >= 2 and resumed:
                break
        assert killed >= 2
        assert resumed > 0
        assert list(tmp_path.rglob(".*.tmp")) == []

    def _killed(self, source: Path, out: Path, model: Path, seconds: float) -> bool:
        """Run until some time after the first sign of work: half a shard, or between a shard and the journal."""
        process = self._start(source, out, model)
        state = JobFolder.of(JobConfig((), out)).state
        before = _touched(state)
        while process.poll() is None and _touched(state) == before:
            time.sleep(0.002)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        assert process.wait() in (0, -signal.SIGKILL)
        return process.returncode != 0

    def _start(self, source: Path, out: Path, model: Path) -> subprocess.Popen[bytes]:
        paths = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        command = [sys.executable, "-c", self.PROGRAM, str(source), str(out), str(model)]
        return subprocess.Popen(command, env=environment)


class TestDisk:
    def test_full_disk_is_told_and_nothing_is_lost(self, tmp_path: Path) -> None:
        mount = tmp_path / "small"
        mount.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(mount)]
        if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("needs the right to mount a small tmpfs")
        try:
            source = write_jsonl(tmp_path / "in.jsonl", records(200))
            job = config(source, mount / "out", shard_rows=10)
            with pytest.raises(JobError, match="disk is full; make room"):
                run(job, fake_scorer)
            subprocess.run(["mount", "-o", "remount,size=10M", str(mount)], check=True)
            summary = run(job, fake_scorer)
            assert summary.resumed_rows > 0
            run(replace(job, out=tmp_path / "whole"), fake_scorer)
            assert _contents(mount / "out") == _contents(tmp_path / "whole")
        finally:
            subprocess.run(["umount", str(mount)], check=True)

    def test_folder_without_permission(self, source: Path, tmp_path: Path) -> None:
        (tmp_path / "closed").mkdir(mode=0o500)
        if os.access(tmp_path / "closed", os.W_OK):
            pytest.skip("root may write everywhere")
        with pytest.raises(JobError, match="permission denied; choose another output"):
            run(config(source, tmp_path / "closed/out"), fake_scorer)

    def test_file_where_a_folder_is_needed(self, source: Path, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(JobError, match="a file stands where a folder is needed"):
            run(config(source, tmp_path / "file/out"), fake_scorer)

    def test_failed_write_leaves_the_old_file(self, tmp_path: Path) -> None:
        path = tmp_path / "x"
        path.write_text("old")
        with pytest.raises(ZeroDivisionError), replacing(path) as stream:
            stream.write(b"new" * (1 // 0))
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]


class TestProgress:
    def test_states_count_up_to_the_whole(self, source: Path, tmp_path: Path) -> None:
        told: list[State] = []

        class Recorder:
            def start(self) -> None: ...

            def update(self, state: State) -> None:
                told.append(state)

            def stop(self) -> None: ...

        run(config(source, tmp_path / "out"), fake_scorer, Recorder())
        assert [state.rows for state in told] == list(range(1, 26))
        assert told[-1].share == 1.0
        assert told[-1].tokens_per_second > 0
        # The engine of the tests packs tokens without padding.
        assert told[-1].padding == 0
        assert [s.share for s in told] == sorted(s.share for s in told if s.share is not None)

    def test_lines_come_every_so_often(self) -> None:
        stream = io.StringIO()
        lines = progress_for(Console(file=stream, width=40))
        assert isinstance(lines, Lines)
        lines.start()
        for second in range(100):
            lines.update(State(second * 10, 2, 0.25, second, 300.0, 10.0, 2500.0, 0.031))
        lines.stop()
        assert stream.getvalue().splitlines() == [
            f"{n} articles, 2 with an error, 10.0/s, 2,500 tokens/s, padding 3%, 25.0% read, 0:05:00 left"
            for n in (300, 600, 900)
        ]

    def test_bar_in_a_terminal(self) -> None:
        stream = io.StringIO()
        bar = progress_for(Console(file=stream, force_terminal=True, width=120))
        assert isinstance(bar, TerminalBar)
        bar.start()
        bar.update(State(10, 0, 0.5, 1.0, 1.0, 10.0, 2500.0, 0.031))
        bar.stop()
        assert "10 articles, 10.0/s, 2,500 tokens/s" in stream.getvalue()


def _contents(out: Path) -> dict[str, bytes]:
    """Every result file, byte for byte."""
    files = [out] if out.is_file() else sorted(out.glob("part-*"))
    assert files
    return {path.name.removeprefix("whole-"): path.read_bytes() for path in files}


def _touched(folder: Path) -> list[tuple[str, int]]:
    try:
        return sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir())
    except FileNotFoundError:
        return []


def test_articles_differ() -> None:
    assert len({article(i) for i in range(100)}) == 100
