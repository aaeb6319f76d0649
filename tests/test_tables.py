"""Readers of every format, the flat schema, and the writers."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import report_documents
from fakes import fake_scorer
from hypothesis import given
from hypothesis import strategies as st
from jobs_inputs import article, records, write_jsonl

from biasscore.errors import InputError
from biasscore.jobs import JobConfig, run
from biasscore.tables import (
    COLUMNS,
    LEVELS,
    Chunk,
    Columns,
    Options,
    Row,
    find_sources,
    kept_columns,
    kept_names,
    metadata,
    plan_reading,
    read,
    row_count,
    schema,
    scored_table,
    to_table,
    with_metadata,
    write_tables,
)
from biasscore.tables.records import MISSING

NAMED = Columns(text="body", title="head", id="key", group="outlet", keep=("year",))


def rows(*inputs: Path | str, columns: Columns = NAMED, start: int = 0, encoding: str | None = None) -> list[Row]:
    return [row for chunk in chunks(*inputs, columns=columns, start=start, encoding=encoding) for row in chunk.rows]


def chunks(*inputs: Path | str, columns: Columns = NAMED, start: int = 0, encoding: str | None = None) -> list[Chunk]:
    return list(read(plan_reading(find_sources(inputs), columns, Options(encoding)), start))


def write_table(path: Path, data: list[dict[str, object]]) -> Path:
    """Write rows in the format that the suffix tells."""
    table = pa.Table.from_pylist(data)
    match path.suffixes:
        case [".parquet"]:
            pq.write_table(table, path, row_group_size=300)
        case [".arrow"]:
            with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table, max_chunksize=300)
        case [".stream", ".arrow"]:
            with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
                writer.write_table(table, max_chunksize=300)
        case [".csv" | ".tsv", *_]:
            text = io.StringIO()
            tabs = "\t" if path.suffixes[0] == ".tsv" else ","
            writer = csv.DictWriter(text, list(data[0]), delimiter=tabs)
            writer.writeheader()
            writer.writerows(data)
            path.write_bytes(compressed(path, text.getvalue().encode()))
        case [".jsonl", *_]:
            path.write_bytes(compressed(path, "".join(f"{json.dumps(row)}\n" for row in data).encode()))
        case _:
            from datasets import Dataset

            Dataset.from_list(data).save_to_disk(path)
    return path


def compressed(path: Path, content: bytes) -> bytes:
    """Two members one after the other, as ``cat a.gz b.gz`` makes them."""
    half = len(content) // 2
    if path.suffix == ".gz":
        return gzip.compress(content[:half]) + gzip.compress(content[half:])
    if path.suffix == ".zst":
        codec = pa.Codec("zstd")
        return b"".join(codec.compress(part, asbytes=True) for part in (content[:half], content[half:]))
    return content


FILES = [
    *("in.parquet", "in.arrow", "in.stream.arrow", "saved"),
    *("in.csv", "in.csv.gz", "in.tsv", "in.tsv.zst", "in.jsonl", "in.jsonl.gz", "in.jsonl.zst"),
]


class TestSavedDatasets:
    def test_one_that_is_cut_while_it_is_read_is_told(self, tmp_path: Path) -> None:
        """Were it mapped into memory, the process would end."""
        path = write_table(tmp_path / "saved", records(30_000))
        reading = read(plan_reading(find_sources([path]), NAMED))
        next(reading)
        for file in path.glob("*.arrow"):
            os.truncate(file, file.stat().st_size // 4)
        with pytest.raises(InputError, match="saved cannot be read as dataset"):
            list(reading)

    def test_splits_are_named(self, tmp_path: Path) -> None:
        (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
        with pytest.raises(InputError, match=f"has several splits.*{tmp_path}/train, {tmp_path}/test"):
            plan_reading(find_sources([tmp_path]), NAMED)

    @pytest.mark.parametrize(
        "state",
        ["", "[]", "{}", '{"_data_files": [1]}', '{"_data_files": [{"filename": "../a"}]}'],
    )
    def test_a_broken_list_of_files_is_told(self, tmp_path: Path, state: str) -> None:
        (tmp_path / "state.json").write_text(state)
        (tmp_path / "dataset_info.json").write_text("{}")
        with pytest.raises(InputError, match=r"save the dataset again|cannot be read as dataset"):
            plan_reading(find_sources([tmp_path]), NAMED)

    def test_one_without_rows_is_told_as_empty(self, tmp_path: Path) -> None:
        """The library saves it without a file, so saving it again would not help."""
        from datasets import Dataset

        Dataset.from_dict({"body": []}).save_to_disk(tmp_path / "saved")
        with pytest.raises(InputError, match="saved is empty; remove this folder"):
            plan_reading(find_sources([tmp_path / "saved"]), NAMED)


def test_a_column_may_be_named_like_a_field_of_a_record(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["A vote."], "a": [{"b": "a field"}], "a.b": ["a column"]}), path)
    for kept in ("a.b", "a"):
        columns = Columns(keep=(kept,))
        assert [row.text for row in rows(path, columns=columns)] == ["A vote."]
    (chunk,) = read(plan_reading(find_sources([path]), Columns(keep=("a.b",))))
    assert chunk.kept.to_pylist() == [{"a.b": "a column"}]


class TestFormats:
    @pytest.mark.parametrize("name", FILES)
    def test_every_table_format_gives_the_same_rows(self, tmp_path: Path, name: str) -> None:
        data = records(1203)
        found = chunks(write_table(tmp_path / name, data))
        assert [row for chunk in found for row in chunk.rows] == [
            Row(row["key"], row["body"], row["head"], row["outlet"]) for row in data
        ]
        assert max(map(len, found)) <= 500
        typed = name in FILES[:4]
        kept = [value for chunk in found for value in chunk.kept["year"].to_pylist()]
        assert kept == [row["year"] if typed else str(row["year"]) for row in data]

    @pytest.mark.parametrize("name", FILES)
    @pytest.mark.parametrize("start", [0, 1, 299, 300, 750, 1202, 1203])
    def test_reading_from_any_row_on(self, tmp_path: Path, name: str, start: int) -> None:
        path = write_table(tmp_path / name, records(1203))
        assert rows(path, start=start) == rows(path)[start:]

    @pytest.mark.parametrize("name", FILES)
    def test_rows_are_told_only_where_no_reading_is_needed(self, tmp_path: Path, name: str) -> None:
        """Ray reads a file in parts where they are told: each part would read other files again from their start."""
        (source,) = find_sources([write_table(tmp_path / name, records(9))])
        assert row_count(source, Options()) == (9 if name == "in.parquet" else None)

    @pytest.mark.parametrize("start", [0, 2, 3, 5, 6, 8, 9, 12])
    def test_reading_from_any_row_on_over_many_files(self, tmp_path: Path, start: int) -> None:
        for name in ("a.jsonl", "b.parquet", "d.csv"):
            write_table(tmp_path / name, records(3))
        (tmp_path / "c.txt").write_text("The senator said it.")
        assert rows(tmp_path, start=start) == rows(tmp_path)[start:]
        assert len(rows(tmp_path)) == 10

    def test_bytes_read_reach_the_size_of_all_files(self, tmp_path: Path) -> None:
        for name in ("a.jsonl.gz", "b.parquet", "c.csv"):
            write_table(tmp_path / name, records(1100))
        plan = plan_reading(find_sources([tmp_path]), NAMED)
        told = [chunk.n_bytes for chunk in read(plan)]
        assert told == sorted(told)
        assert told[-1] == plan.n_bytes

    def test_made_ids_are_file_and_row(self, tmp_path: Path) -> None:
        write_table(tmp_path / "a.csv", records(2))
        write_table(tmp_path / "b.parquet", records(2))
        found = [row.id for row in rows(tmp_path, columns=Columns(text="body"))]
        assert found == ["a.csv:0", "a.csv:1", "b.parquet:0", "b.parquet:1"]
        assert rows(tmp_path, columns=Columns(text="body"), start=3)[0].id == "b.parquet:1"

    def test_kept_columns_of_files_that_disagree_become_strings(self, tmp_path: Path) -> None:
        write_table(tmp_path / "a.csv", records(1))
        write_table(tmp_path / "b.parquet", records(1))
        found = chunks(tmp_path)
        assert [chunk.kept.schema.field("year").type for chunk in found] == [pa.string()] * 2
        assert [chunk.kept["year"].to_pylist() for chunk in found] == [["2000"], ["2000"]]


class TestText:
    def test_text_is_not_touched(self, tmp_path: Path) -> None:
        text = "One.\r\n\r\nTwo.\rThree.\x00\u2028 Four \ufeff."
        (tmp_path / "a.txt").write_bytes(text.encode())
        (tmp_path / "b.md").write_bytes(b"\xef\xbb\xbf" + text.encode())
        assert rows(tmp_path) == [Row("a.txt", text), Row("b.md", text)]

    def test_csv_keeps_line_ends_inside_quotes(self, tmp_path: Path) -> None:
        path = tmp_path / "in.csv"
        path.write_bytes(b'text,n\r\n"One.\r\n\r\nTwo ""so"".",1\r\n\r\n"Three.\rFour\n.",2')
        assert [row.text for row in rows(path, columns=Columns())] == ['One.\r\n\r\nTwo "so".', "Three.\rFour\n."]

    @pytest.mark.parametrize(("name", "line"), [("in.csv", "body,jahr für jahr\n"), ("in.jsonl", '{"für": "x"}\n')])
    def test_column_names_in_another_encoding_are_told(self, tmp_path: Path, name: str, line: str) -> None:
        (tmp_path / name).write_bytes(line.encode("cp1252"))
        with pytest.raises(InputError, match=r"column names of .* cannot be decoded; set --encoding"):
            rows(tmp_path / name)

    def test_a_first_line_longer_than_any_header_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "in.csv").write_text("word " * 500_000, encoding="utf-8")
        with pytest.raises(InputError, match="is too long for column names"):
            rows(tmp_path / "in.csv")

    @pytest.mark.parametrize(
        ("encoding", "name"), [("latin-1", "in.csv"), ("utf-16", "in.jsonl"), ("cp1252", "in.txt")]
    )
    def test_other_encodings(self, tmp_path: Path, encoding: str, name: str) -> None:
        content = {
            "in.csv": "text\ncafé\n",
            "in.jsonl": '{"text": "café"}\n',
            "in.txt": "café",
        }[name]
        (tmp_path / name).write_bytes(content.encode(encoding))
        assert rows(tmp_path / name, columns=Columns(), encoding=encoding)[0].text == "café"

    @pytest.mark.parametrize("name", ["in.csv", "in.jsonl", "in.txt"])
    def test_undecodable_row_is_told_and_its_neighbours_read(self, tmp_path: Path, name: str) -> None:
        content = {
            "in.csv": b"text\none\ncaf\xe9\nthree\n",
            "in.jsonl": b'{"text": "one"}\n{"text": "caf\xe9"}\n{"text": "three"}\n',
            "in.txt": b"caf\xe9",
        }[name]
        (tmp_path / name).write_bytes(content)
        found = rows(tmp_path / name, columns=Columns())
        told = (
            "character 3 of the text cannot be decoded; set --encoding (in Python: encoding) to the encoding of "
            "the file"
        )
        assert [row.error for row in found] == ([told] if name == "in.txt" else [None, told, None])

    def test_malformed_csv_rows_are_told_and_their_neighbours_read(self, tmp_path: Path) -> None:
        path = tmp_path / "in.csv"
        path.write_text('text,n\none,1\ntwo\n"three" he said,3\nfour,4,5\nfive,5\n"six,6\nseven,7\n')
        found = rows(path, columns=Columns())
        assert [row.text for row in found if row.error is None] == [
            "one",
            "two",
            '"three" he said',
            "five",
            '"six',
            "seven",
        ]
        assert [row.error for row in found if row.error] == [
            "line 5 has 3 fields, but the header has 2; correct this line"
        ]
        assert [row.id for row in found] == [f"in.csv:{i}" for i in range(7)]
        assert [row.note for row in found if row.note] == [
            "line 4: ',' expected after '\"'; this mark was read as text",
            "line 7: a quotation mark has no closing mark; this mark was read as text",
        ]

    def test_fields_longer_than_the_csv_modules_own_limit(self, tmp_path: Path) -> None:
        path = tmp_path / "in.csv"
        path.write_text(f"text\n{'long ' * 100_000}\n")
        assert len(rows(path, columns=Columns())[0].text) == 500_000

    def test_binary_column(self, tmp_path: Path) -> None:
        path = tmp_path / "in.parquet"
        pq.write_table(pa.table({"text": [b"caf\xc3\xa9", b"caf\xe9", None]}), path)
        assert [row.error or row.text for row in rows(path, columns=Columns())] == [
            "café",
            "the text is not in UTF-8 (from byte 3 on); save the text as UTF-8",
            "the text is null",
        ]

    @given(texts=st.lists(st.text(), min_size=1, max_size=5))
    def test_any_text_comes_back_from_jsonl_and_csv(
        self, tmp_path_factory: pytest.TempPathFactory, texts: list[str]
    ) -> None:
        folder = tmp_path_factory.mktemp("any")
        write_jsonl(folder / "a.jsonl", [{"text": text, "x": "y"} for text in texts])
        read_texts = ["" if text.strip() in MISSING else text for text in texts]
        assert [row.text for row in rows(folder / "a.jsonl", columns=Columns())] == read_texts
        write_table(folder / "a.csv", [{"text": text, "x": "y"} for text in texts])
        assert [row.text for row in rows(folder / "a.csv", columns=Columns())] == read_texts


class TestHtml:
    PAGE = """<html><head><title>A vote | Example</title><meta property="og:title" content="A vote"></head><body>
    <nav><a href="/">Home</a> <a href="/about">About</a></nav><article><h1>A vote</h1>{}</article>
    <footer>All rights reserved.</footer></body></html>"""

    def test_article_text_and_title(self, tmp_path: Path) -> None:
        pytest.importorskip("trafilatura", reason="needs the extra html")
        paragraphs = [
            f"The senator said of bill {i} that it was a vote of the people, and so it went on." for i in "123"
        ]
        body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        (tmp_path / "page.html").write_text(self.PAGE.format(body))
        (row,) = rows(tmp_path)
        assert row.title == "A vote"
        assert row.error is None
        assert "\n\n".join(paragraphs) in row.text
        assert "rights reserved" not in row.text

    def test_page_without_an_article(self, tmp_path: Path) -> None:
        pytest.importorskip("trafilatura", reason="needs the extra html")
        (tmp_path / "page.html").write_text("<html><body></body></html>")
        assert (
            rows(tmp_path)[0].error
            == "biasscore finds no article in the page; save the text of the article as a text file"
        )

    def test_missing_extra_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "page.html").write_text("<p>x</p>")
        monkeypatch.setitem(sys.modules, "trafilatura", None)
        with pytest.raises(ImportError, match=r"pip install 'biasscore\[html\]'"):
            rows(tmp_path)


class TestFinding:
    def test_folders_globs_and_files_in_order(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("b.txt", "a.txt", "sub/c.txt", "sub/.hidden.txt", ".git/d.txt", "note.jpg"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("x")
        monkeypatch.chdir(tmp_path)
        assert [source.name for source in find_sources(["."])] == ["a.txt", "b.txt", "sub/c.txt"]
        assert [source.name for source in find_sources(["*.txt"])] == ["a.txt", "b.txt"]
        assert [source.name for source in find_sources(["**/*.txt"])] == ["a.txt", "b.txt", "sub/c.txt"]
        assert [source.name for source in find_sources(["sub/c.txt", "b.txt", "*.txt"])] == [
            "sub/c.txt",
            "b.txt",
            "a.txt",
        ]

    def test_saved_dataset_in_a_folder(self, tmp_path: Path) -> None:
        write_table(tmp_path / "sub" / "saved", records(4))
        (source,) = find_sources([tmp_path / "sub"])
        assert source.format == "dataset"
        assert len(rows(tmp_path)) == 4

    @pytest.mark.parametrize(
        ("given_input", "told"),
        [
            ("nothing.csv", "does not exist; check the path"),
            ("*.nothing", "no file matches"),
            ("empty", "has no file that biasscore can read"),
            ("note.jpg", "does not know the format of"),
        ],
    )
    def test_nothing_there(self, tmp_path: Path, given_input: str, told: str) -> None:
        (tmp_path / "empty").mkdir()
        (tmp_path / "note.jpg").write_text("x")
        with pytest.raises(InputError, match=told) as refused:
            find_sources([tmp_path / given_input])
        assert "\n" not in str(refused.value)

    def test_named_format(self, tmp_path: Path) -> None:
        (tmp_path / "in.data").write_text('{"body": "x"}\n')
        plan = plan_reading(find_sources([tmp_path / "in.data"], input_format="jsonl"), Columns(text="body"))
        assert [row.text for chunk in read(plan) for row in chunk.rows] == ["x"]


class TestRefusals:
    @pytest.mark.parametrize("name", FILES)
    def test_wrong_column_lists_those_there_are(self, tmp_path: Path, name: str) -> None:
        path = write_table(tmp_path / name, records(3))
        told = r"has no column 'text'; use one of these as --text .in Python: text.: key, body, head, outlet, year"
        with pytest.raises(InputError, match=told):
            rows(path, columns=Columns())
        with pytest.raises(InputError, match="no column 'no'; use one of these as --keep"):
            rows(path, columns=replace(NAMED, keep=("no",)))

    @pytest.mark.parametrize("name", ["in.csv", "in.tsv", "in.jsonl"])
    def test_empty_file(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_text("")
        with pytest.raises(InputError, match="is empty"):
            rows(tmp_path / name, columns=Columns())

    def test_empty_text_is_a_row_with_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("")
        assert rows(tmp_path) == [Row("a.txt", error="the file is empty")]

    @pytest.mark.parametrize("name", ["in.parquet", "in.arrow", "in.csv.gz", "in.jsonl.zst"])
    def test_broken_file(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_bytes(b"this is not what the suffix says")
        with pytest.raises(InputError, match="cannot be read as") as refused:
            rows(tmp_path / name, columns=Columns())
        assert "\n" not in str(refused.value)

    def test_truncated_file_gives_its_rows_first(self, tmp_path: Path) -> None:
        path = write_table(tmp_path / "in.csv.gz", records(2000))
        path.write_bytes(path.read_bytes()[:-20])
        reading = read(plan_reading(find_sources([path]), NAMED))
        assert len(next(reading)) == 500
        with pytest.raises(InputError, match="Truncated"):
            list(reading)

    def test_utf_16_without_its_name(self, tmp_path: Path) -> None:
        (tmp_path / "in.csv").write_bytes("text\nx\n".encode("utf-16"))
        with pytest.raises(InputError, match="is in UTF-16; add --encoding utf-16"):
            rows(tmp_path / "in.csv", columns=Columns())

    def test_unknown_encoding(self, tmp_path: Path) -> None:
        (tmp_path / "in.csv").write_text("text\nx\n")
        with pytest.raises(InputError, match="unknown encoding 'utf-9'; set --encoding"):
            rows(tmp_path / "in.csv", columns=Columns(), encoding="utf-9")

    def test_several_splits(self, tmp_path: Path) -> None:
        from datasets import Dataset, DatasetDict

        DatasetDict({"train": Dataset.from_list(records(2))}).save_to_disk(tmp_path / "both")
        with pytest.raises(
            InputError, match=r"has several splits; give the folder of one split as input: .*both/train"
        ):
            rows(tmp_path / "both")
        assert len(rows(tmp_path / "both/train")) == 2

    def test_kept_columns_never_shadow_results(self) -> None:
        assert kept_columns(Columns(title="title"), ["title", "year"], "document") == ("year",)
        assert kept_columns(Columns(), ["text"], "document") == ("text",)
        assert kept_columns(Columns(), ["text"], "sentence") == ()
        assert kept_columns(Columns(), ["title"], "document") == ("title",)
        assert kept_names(["title", "input_title", "year"], "document") == ["input_title", "input_input_title", "year"]
        # A reader of the table takes these for results, whatever its level.
        assert kept_names(["sentence", "target", "label"], "document") == ["input_sentence", "input_target", "label"]


class TestReadingResultsBack:
    @pytest.mark.parametrize("out", ["out.csv", "out.jsonl", "out.parquet", "shards"])
    def test_kept_values_are_those_that_were_written(self, tmp_path: Path, out: str) -> None:
        """Each shard of a CSV by itself would tell another type, and none tells 01 from 1."""
        kept = {"code": ["01", "1", "1"], "date": ["2020-01-01", "n.d.", "2020-01-01T00:30:00+02:00"]}
        pq.write_table(pa.table({"text": ["A vote."] * 3, **kept}), tmp_path / "in.parquet")
        columns = Columns(keep=tuple(kept))
        job = JobConfig((str(tmp_path / "in.parquet"),), tmp_path / out, columns, shard_rows=1)
        run(job if "." in out else replace(job, format="csv"), fake_scorer)
        table = scored_table(tmp_path / out)
        assert table.select(list(kept)).to_pydict() == kept
        assert table.schema.field("loaded").type == pa.float64()

    @pytest.mark.parametrize(("out", "given"), [("scores", "scores"), ("scores.csv", "scores.csv.job")])
    def test_a_job_that_is_not_finished_is_refused(self, tmp_path: Path, out: str, given: str) -> None:
        source = write_table(tmp_path / "in.parquet", records(3))
        run(JobConfig((str(source),), tmp_path / out, Columns("body")), fake_scorer)
        assert len(scored_table(tmp_path / out)) == 3
        for file in tmp_path.rglob("summary.json"):  # written last
            file.unlink()
        with pytest.raises(InputError, match=f"the job in .*{given} is not finished.*run the same `biasscore score`"):
            scored_table(tmp_path / given)

    def test_a_csv_that_pandas_has_read_is_the_same_table(self, tmp_path: Path) -> None:
        table = TestFlattening().tables()["document"]
        with (tmp_path / "out.csv").open("wb") as file:
            write_tables([table], table.schema, file, "csv")
        names = schema("document").names
        for found in (scored_table(tmp_path / "out.csv"), scored_table(pd.read_csv(tmp_path / "out.csv"))):
            assert found.select(names).equals(table.select(names))

    def test_a_row_of_a_csv_may_be_long(self, tmp_path: Path) -> None:
        (tmp_path / "out.csv").write_text(f"id,model,body\na,m,{'word ' * 700_000}\nb,m,x\n", encoding="utf-8")
        assert [len(body) for body in scored_table(tmp_path / "out.csv")["body"].to_pylist()] == [3_500_000, 1]

    def test_a_folder_is_read_whoever_named_its_files(self, tmp_path: Path) -> None:
        """Ray names them as it likes; what begins with a dot or underscore is no result."""
        table = scored_table(pa.table({"id": ["a"], "model": ["m"], "loaded": [0.5]}))
        for name in ("0c6f_000000_000000.parquet", "0c6f_000001_000000.parquet", "_left.parquet", ".left.parquet"):
            pq.write_table(table, tmp_path / name)
        (tmp_path / "notes.txt").write_text("no table")
        assert scored_table(tmp_path).equals(pa.concat_tables([table, table]))

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            (
                {"id": ["a", "b"], "model": ["m", "m"], "k": [1, "x"]},
                "column k .*; give each column values of one type",
            ),
            (None, "must be a data frame, an Arrow table or a file, not Series"),
        ],
    )
    def test_a_data_frame_that_arrow_cannot_hold_is_told(self, given: dict[str, object] | None, told: str) -> None:
        with pytest.raises(InputError, match=told):
            scored_table(pd.Series(["a"]) if given is None else pd.DataFrame(given))


class TestStandardInput:
    PROGRAM = """
import sys
from biasscore.tables import Columns, find_sources, plan_reading, read
plan = plan_reading(find_sources(["-"], input_format=sys.argv[2] or None), Columns(text=sys.argv[1]))
print([(row.id, row.text or row.error) for chunk in read(plan) for row in chunk.rows])
"""

    def run(self, content: bytes, text: str = "text", named: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", self.PROGRAM, text, named]
        done = subprocess.run(command, input=content, capture_output=True, check=False)
        return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())

    def test_one_text(self) -> None:
        assert self.run("One.\r\nTwo é.".encode()).stdout == "[('stdin', 'One.\\r\\nTwo é.')]\n"

    def test_lines_of_json(self) -> None:
        lines = "".join(f"{json.dumps({'body': article(i)})}\n" for i in range(300))
        found = eval(self.run(lines.encode(), "body").stdout)
        assert found == [(f"stdin:{i}", article(i)) for i in range(300)]

    def test_csv_when_named(self) -> None:
        assert self.run(b"body,n\nx,1\n", "body", "csv").stdout == "[('stdin:0', 'x')]\n"

    @pytest.mark.parametrize(("content", "named"), [(b'{"body": "x"}\n', ""), (b"body,n\nx,1\n", "csv")])
    def test_wrong_column(self, content: bytes, named: str) -> None:
        done = self.run(content, "text", named)
        assert "InputError: - has no column 'text'" in done.stderr


class TestFlattening:
    TEXT = "A heading\n\nThe reckless scheme failed. “A smug lie,” she said.\n\nNothing here."

    def tables(self) -> dict[str, pa.Table]:
        document = report_documents.document(self.TEXT, title="A bloated vote.")
        scored = [(Row("a", self.TEXT, "A bloated vote.", "g"), document), (Row("b", error="text is null"), None)]
        kept = pa.table({"year": [1, 2]})
        return {level: to_table(scored, level, document.model, kept) for level in LEVELS}

    def test_rows_a_level(self) -> None:
        found = self.tables()
        document = report_documents.document(self.TEXT, title="A bloated vote.")
        assert len(found["document"]) == 2
        assert len(found["paragraph"]) == 1 + len(document.paragraphs) + 1
        assert len(found["sentence"]) == 1 + len(document.sentences) + 1

    def test_document_row_is_the_document(self) -> None:
        document = report_documents.document(self.TEXT, title="A bloated vote.")
        row = self.tables()["document"].to_pylist()[0]
        for name in ("loaded", "quoted_loaded", "attributed_loaded", "loaded_share", "peak", "subjectivity", "tone"):
            assert row[name] == getattr(document, name)
        assert row["sentiment_negative"] == document.sentiment.negative
        assert row["framing_center"] == document.framing.center
        assert row["title_loaded"] == document.title.loaded
        assert row["spans"] == [span.to_dict() for span in document.spans]
        assert [quote["text"] for quote in row["quotes"]] == [quote.text for quote in document.quotes]
        assert (row["n_paragraphs"], row["n_headings"]) == (2, 1)

    @pytest.mark.parametrize("level", ["paragraph", "sentence"])
    def test_offsets_cut_the_text_out_of_the_original(self, level: str) -> None:
        for row in self.tables()[level].to_pylist():
            if row["error"] is None:
                text = "A bloated vote." if row["kind"] == "title" else self.TEXT
                assert text[row["start"] : row["end"]] == row["text"]
                assert all(text[span["start"] : span["end"]] == span["text"] for span in row["spans"])

    def test_document_scores_follow_from_the_sentence_table(self) -> None:
        found = self.tables()
        sentences = [row for row in found["sentence"].to_pylist() if row["kind"] == "text" and row["id"] == "a"]
        weighted = [(row["loaded"], row["author_chars"]) for row in sentences if row["loaded"] is not None]
        expected = sum(loaded * chars for loaded, chars in weighted) / sum(chars for _, chars in weighted)
        assert found["document"]["loaded"][0].as_py() == pytest.approx(expected)
        for name in ("n_chars", "author_chars", "quoted_chars", "attributed_chars"):
            assert found["document"][name][0].as_py() == sum(row[name] for row in sentences)

    def test_error_row_and_kept_columns_stand_at_every_level(self) -> None:
        for level, table in self.tables().items():
            assert table.schema.names == [*schema(level).names, "year"]  # type: ignore[arg-type]
            last = table.to_pylist()[-1]
            present = {name: value for name, value in last.items() if value is not None}
            assert present == {"id": "b", "error": "text is null", "model": table["model"][0].as_py(), "year": 2}
            # The text names nobody.
            assert set(table["year"].to_pylist()[:-1]) == (set() if level == "target" else {1})

    def test_every_column_is_filled_by_some_document(self) -> None:
        scorer = fake_scorer()
        voices = "Maria Soto came. He said Soto was absurd. “Empty Soto,” Jo said."
        text = f"{article(3)}\n\n{article(3)}\n\n{voices}\n\n{article(3)}"
        document = scorer.score(text, "Absurd")
        for level in LEVELS:
            table = to_table([(Row("a", text, "Absurd", "g"), document), (Row("b", error="x"), None)], level, "m")
            empty = [name for name in table.schema.names if table[name].null_count == len(table)]
            assert empty in ([], ["attributed_loaded"])

    def test_names_and_types_are_declared_once(self) -> None:
        names = [column.name for column in COLUMNS]
        assert len(set(names)) == len(names)
        for level in LEVELS:
            assert set(schema(level).names) <= set(names)


def test_kept_values_that_python_and_json_do_not_know_are_written_in_every_format() -> None:
    """NaN in lists, unknown time zones, times too far from ours: a job shall not end at a column it only carries."""
    nan = float("nan")
    times = {zone: pa.array([0, None], pa.timestamp("us", zone)) for zone in ("UTC", "Mars/Phobos", "+05:30")}
    kept = pa.table(
        {
            **times,
            "far": pa.array([2**62, None], pa.timestamp("us", "UTC")),
            "far_in_lists": pa.array([[2**62], None], pa.list_(pa.timestamp("us"))),
            "day": pa.array([10**7, None], pa.date32()),
            "scores": [[1.0, nan, None, float("inf")], None],
            "nested": [{"a": [nan]}, None],
        }
    )
    table = to_table([(Row("a", error="text is null"), None)] * 2, "document", "m", kept)
    written = {}
    for target in ("parquet", "jsonl", "csv"):
        stream = io.BytesIO()
        write_tables([table], table.schema, stream, target)
        written[target] = stream.getvalue()
    assert pq.read_table(io.BytesIO(written["parquet"])).select(kept.column_names).schema.equals(kept.schema)
    first, second = (json.loads(line, parse_constant=pytest.fail) for line in written["jsonl"].splitlines())
    assert (first["scores"], first["nested"]) == ([1.0, None, None, None], {"a": [None]})
    assert all(first[name].startswith("1970-01-01 ") for name in ("UTC", "Mars/Phobos", "+05:30"))
    assert "4611686018427387904" in first["far"]
    assert "4611686018427387904" in first["far_in_lists"]
    assert first["day"]
    assert [second[name] for name in kept.column_names] == [None] * len(kept.column_names)
    cells, empty = csv.DictReader(io.StringIO(written["csv"].decode(), newline=""))
    assert json.loads(cells["scores"]) == [1.0, None, None, None]
    assert cells["Mars/Phobos"].startswith("1970-01-01 ")
    assert [empty[name] for name in kept.column_names] == [""] * len(kept.column_names)


class TestWriting:
    def table(self) -> tuple[pa.Table, pa.Schema]:
        document = report_documents.document(TestFlattening.TEXT, title="A bloated vote.")
        scored = [(Row('a, "b"\n', "", "T", None), document), (Row("b", error="text is null"), None)]
        kept = pa.table({"year": [1.5, float("nan")], "tags": [["x"], None]})
        table = to_table(scored, "document", "m", kept)
        return table, with_metadata(table.schema, {"model": "m"})

    def test_parquet(self) -> None:
        table, target = self.table()
        stream = io.BytesIO()
        write_tables([table, table], target, stream, "parquet")
        found = pq.read_table(io.BytesIO(stream.getvalue()))
        assert str(found.to_pylist()) == str(table.to_pylist() * 2)
        assert metadata(found.schema) == {"model": "m"}

    def test_jsonl(self) -> None:
        table, target = self.table()
        stream = io.BytesIO()
        write_tables([table, table], target, stream, "jsonl")
        found = [json.loads(line, parse_constant=pytest.fail) for line in stream.getvalue().splitlines()]
        expected = [{**row, "year": year} for row, year in zip(table.to_pylist(), [1.5, None], strict=True)]
        assert found == expected * 2

    def test_csv(self) -> None:
        table, target = self.table()
        stream = io.BytesIO()
        write_tables([table, table], target, stream, "csv")
        found = list(csv.DictReader(io.StringIO(stream.getvalue().decode(), newline="")))
        assert len(found) == 4
        assert found[0]["id"] == 'a, "b"\n'
        assert float(found[0]["loaded"]) == table["loaded"][0].as_py()
        assert json.loads(found[0]["spans"]) == table["spans"][0].as_py()
        assert (found[1]["loaded"], found[1]["error"], found[0]["tags"]) == ("", "text is null", '["x"]')
