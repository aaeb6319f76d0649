"""Tables in Python: the type given is the type returned, and the scores are the scorer's."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice, repeat
from pathlib import Path

import datasets
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import fake_scorer
from jobs_inputs import records, write_jsonl

import biasscore
from biasscore.errors import InputError
from biasscore.jobs import mapper, score_file, score_frame
from biasscore.tables import LEVELS, schema

NAMED = {"title": "head", "id": "key", "group": "outlet"}
KEPT = ["key", "body", "head", "outlet", "year"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


def expected(count: int, level: str = "document") -> pa.Table:
    table = pa.Table.from_pylist(records(count))
    return score_frame(table, "body", **NAMED, level=level, scorer=fake_scorer())  # type: ignore[arg-type]


@pytest.mark.parametrize("level", LEVELS)
def test_arrow_table_holds_results_then_input_columns(level: str) -> None:
    found = expected(20, level)
    assert found.column_names == [*schema(level).names, *KEPT]  # type: ignore[arg-type]
    assert found["key"].to_pylist() == found["id"].to_pylist()


def test_scores_are_those_of_the_scorer() -> None:
    documents = fake_scorer().score_many(row["body"] for row in records(20))
    assert expected(20)["loaded"].to_pylist() == pytest.approx([document.loaded for document in documents], abs=1e-6)


@pytest.mark.parametrize("level", LEVELS)
def test_pandas_frame_keeps_its_index(level: str) -> None:
    frame = pd.DataFrame(records(20), index=[f"row{i}" for i in range(20)])
    found = score_frame(frame, "body", **NAMED, level=level, scorer=fake_scorer())  # type: ignore[arg-type]
    table = expected(20, level)
    assert isinstance(found, pd.DataFrame)
    assert list(found.columns) == table.column_names
    assert [name.removeprefix("row") for name in found.index] == [key[1:] for key in table["id"].to_pylist()]
    exact, score = ("mentions", "target_tone") if level == "target" else ("spans", "loaded")
    assert found[exact].tolist() == table[exact].to_pylist()
    assert found[score].tolist() == pytest.approx(table[score].to_pylist(), nan_ok=True)
    assert list(frame.columns) == KEPT


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ["body", "loaded", None])
def test_a_series_gives_a_frame_with_its_index(level: str, name: str | None) -> None:
    texts = [row["body"] for row in records(20)]
    index = pd.date_range("2024-01-01", periods=20)
    found = score_frame(pd.Series(texts, index, name=name), level=level, scorer=fake_scorer())  # type: ignore[arg-type]
    rows = score_frame(pd.DataFrame({"text": texts}, index), level=level, scorer=fake_scorer())  # type: ignore[arg-type]
    assert list(found.columns) == schema(level).names  # type: ignore[arg-type]
    assert found.index.equals(rows.index)
    pd.testing.assert_frame_equal(found, rows[list(found.columns)])
    polars = pytest.importorskip("polars")
    other = score_frame(polars.Series(name or "", texts), level=level, scorer=fake_scorer())  # type: ignore[arg-type]
    assert isinstance(other, polars.DataFrame)
    assert other["id"].to_list() == found["id"].tolist()


def test_a_series_has_no_other_columns() -> None:
    with pytest.raises(InputError, match="no column 'head'"):
        score_frame(pd.Series(["A vote."]), title="head", scorer=fake_scorer())


def test_pandas_rows_that_are_no_text() -> None:
    frame = pd.DataFrame({"text": ["A vote.", 3, None, float("nan"), "The bill."]}, dtype=object)
    found = score_frame(frame, scorer=fake_scorer())
    told = [
        "the text is a number, not a string; check that --text (in Python: text) names the right column",
        "the text is null",
        "the text is null",
    ]
    assert found["error"].dropna().tolist() == told
    assert found["id"].tolist() == list("01234")
    assert found["n_tokens"].isna().tolist() == [False, True, True, True, False]
    assert found["text"].tolist()[:2] == ["A vote.", 3]


@pytest.mark.parametrize("title", [1984, b"caf\xe9", "\udce9t\udce9"])
def test_a_title_that_is_none_costs_the_text_no_score(title: object) -> None:
    frame = pd.DataFrame({"text": ["A vote. \ud800", "A bill."], "title": [title, "On it"]}, dtype=object)
    found = score_frame(frame, title="title", scorer=fake_scorer())
    alone = score_frame(frame["text"], scorer=fake_scorer())
    assert found["loaded"].tolist() == pytest.approx(alone["loaded"].tolist())
    assert found["error"].isna().all()
    assert found["title"].isna().tolist() == [True, False]
    assert found["title_loaded"].isna().tolist() == [True, False]
    assert found["notes"][0].startswith("broken characters replaced by \ufffd: 1; the title has no scores: ")
    assert found["notes"].isna().tolist() == [False, True]


@pytest.mark.parametrize("level", LEVELS)
def test_dataset(level: str) -> None:
    data = datasets.Dataset.from_list(records(20))
    found = score_frame(data, "body", **NAMED, level=level, scorer=fake_scorer())  # type: ignore[arg-type]
    assert isinstance(found, datasets.Dataset)
    assert found.to_list() == expected(20, level).to_pylist()
    assert found.format["type"] is None


def test_dataset_of_several_batches_whose_errors_come_late() -> None:
    texts = ["A vote."] * 1500 + [None]
    found = score_frame(datasets.Dataset.from_dict({"text": texts}), scorer=fake_scorer())
    assert found["error"][-1] == "the text is null"
    assert found["id"][-1] == "1500"


def test_dataset_is_scored_once(tmp_path: Path) -> None:
    datasets.Dataset.from_list(records(20)).save_to_disk(tmp_path / "saved")
    data = datasets.load_from_disk(tmp_path / "saved")
    found = score_frame(data, "body", scorer=fake_scorer())
    again = fake_scorer()
    assert score_frame(data, "body", scorer=again)._fingerprint == found._fingerprint
    assert again.stats.tokens == 0
    assert score_frame(data, "body", level="sentence", scorer=again)._fingerprint != found._fingerprint


def test_mapper_pickles_to_the_same_bytes_and_scores_elsewhere() -> None:
    made = mapper("body", scorer=fake_scorer(256))
    before = pickle.dumps(made)
    batch = pa.Table.from_pylist(records(3))
    found = made(batch, [7, 8, 9])
    assert found["id"].to_pylist() == ["7", "8", "9"]
    assert pickle.dumps(made) == before
    assert pickle.loads(before)(batch, [7, 8, 9]) == found


@pytest.mark.parametrize("processes", [None, 2])
def test_map_adds_the_scores_to_a_data_set(processes: int | None) -> None:
    data = datasets.Dataset.from_list(records(20)).rename_column("key", "number")
    made = mapper("body", title="head", scorer=fake_scorer())
    found = data.map(made, batched=True, with_indices=True, batch_size=4, num_proc=processes)
    assert found["loaded"][:] == expected(20)["loaded"].to_pylist()
    assert found["body"][:] == data["body"][:]
    assert found["id"][:] == list(map(str, range(20)))


@pytest.mark.parametrize("kind", [None, "arrow", "pandas", "polars"])
def test_map_is_score_frame_whatever_the_first_batch_lacks(kind: str | None) -> None:
    """A column of nulls, or of empty lists, tells `datasets` no type for what comes later."""
    texts = ["A vote."] * 1200 + ["", "An absurd vote."]
    features = datasets.Features(text=datasets.Value("string"), side=datasets.ClassLabel(names=["left", "right"]))
    data = datasets.Dataset.from_dict({"text": texts, "side": [0, 1] * 601}, features)
    made = mapper("text", scorer=fake_scorer())
    found = data.with_format(kind).map(made, batched=True, with_indices=True).with_format(None)
    assert found.to_list() == score_frame(data, scorer=fake_scorer()).to_list()
    assert found["error"][1200] == "the text is empty"
    if kind is None:
        assert found.features["side"] == features["side"]


@pytest.mark.parametrize("streamed", [False, True])
def test_map_overwrites_no_column(streamed: bool) -> None:
    row = {"id": "a7", "title": "On it", "group": "C", "loaded": 1, "text": "A vote."}
    data = datasets.Dataset.from_list([row])
    (found,) = (data.to_iterable_dataset() if streamed else data).map(
        mapper("text", scorer=fake_scorer()), batched=True
    )
    assert {name: found.get(f"input_{name}", found[name]) for name in row} == row
    (named,) = data.map(mapper("text", id="id", title="title", group="group", scorer=fake_scorer()), batched=True)
    assert {name: named.get(f"input_{name}", named[name]) for name in row} == row
    assert [named[name] for name in ("id", "title", "group")] == ["a7", "On it", "C"]
    assert "input_id" not in named


@pytest.mark.parametrize("kind", ["pandas", "arrow", "reader", "list", "dataset", "mapper"])
def test_a_row_without_an_id_shares_none(kind: str) -> None:
    data = {"text": ["A vote."] * 3, "k": [1.0, None, 2.0]}
    given = {
        "pandas": lambda: pd.DataFrame(data),
        "arrow": lambda: pa.table(data),
        "reader": lambda: pa.table(data).to_reader(),
        "list": lambda: pa.table(data).to_pylist(),
        "dataset": lambda: datasets.Dataset.from_dict(data),
    }
    if kind == "mapper":
        ids = mapper("text", id="k", scorer=fake_scorer())(data)["id"]
    else:
        found = score_frame(given[kind](), id="k", scorer=fake_scorer())
        found = found.read_all() if kind == "reader" else found
        ids = [row["id"] for row in found] if kind == "list" else list(found["id"])
    assert list(map(str, ids)) == ["1", "row-1", "2"]


@pytest.mark.parametrize("level", LEVELS)
def test_a_batch_of_lists_may_hold_any_values(level: str) -> None:
    ids, quotes = [1, "b", None, {}], [object() for _ in range(4)]
    batch = {"text": ["A fine day. It rained.", "A vote.", 3, None], "id": ids, "quotes": quotes, "other": quotes}
    made = mapper("text", keep=["id", "other"] if level != "document" else [], level=level, scorer=fake_scorer())  # type: ignore[arg-type]
    found = made(batch)
    rows = score_frame(pd.DataFrame(batch), level=level, scorer=fake_scorer())  # type: ignore[arg-type]
    assert found["input_id"] == rows["input_id"].tolist()
    assert found["error"] == [None if pd.isna(error) else error for error in rows["error"]]
    if level == "document":
        assert found["input_quotes"] == quotes
        assert "other" not in found  # `map` keeps it itself.
    else:
        assert found["other"] == rows["other"].tolist()


def test_a_streamed_data_set_may_hold_ids_of_several_types() -> None:
    rows = [{"text": "A fine day.", "id": 1}, {"text": "It rained.", "id": "b"}]
    data = datasets.IterableDataset.from_generator(lambda: iter(rows))
    found = list(data.map(mapper("text", scorer=fake_scorer()), batched=True))
    assert [row["input_id"] for row in found] == [1, "b"]


def test_a_batch_of_arrays_is_read_as_values() -> None:
    data = datasets.Dataset.from_dict({"text": ["A vote.", "A bill."], "k": [1.0, 2.5], "id": [7, 8]})
    for batch in (data.with_format("numpy")[:], data.with_format("torch")[:]):
        found = mapper("text", group="k", scorer=fake_scorer())(batch)
        assert found["group"] == ["1", "2.5"]
        assert list(map(int, found["input_id"])) == [7, 8]


def test_keep_and_not_remove_columns_chooses_what_a_document_carries() -> None:
    data = datasets.Dataset.from_list([{"text": "A vote.", "a": 1, "b": 2}])
    names = schema("document").names
    for keep, carried in (((), ["text", "a", "b"]), (("a",), ["a"])):
        found = data.map(mapper("text", keep=keep, scorer=fake_scorer()), batched=True, remove_columns=["b"])
        assert found.column_names == [*names, *carried]


def test_map_below_the_document_keeps_what_is_named() -> None:
    data = datasets.Dataset.from_list(records(20))
    made = mapper("body", title="head", id="key", group="outlet", keep=KEPT, level="sentence", scorer=fake_scorer())
    found = data.map(made, batched=True, remove_columns=data.column_names)
    assert found.to_list() == expected(20, "sentence").to_pylist()


@pytest.mark.parametrize("with_indices", [False, True])
@pytest.mark.parametrize("text", ["a text", None])
def test_map_of_single_rows_is_told_how_to_map_batches(with_indices: bool, text: str | None) -> None:
    data = datasets.Dataset.from_dict({"body": [text]}, features=datasets.Features(body=datasets.Value("string")))
    with pytest.raises(InputError, match="add batched=True"):
        data.map(mapper("body", scorer=fake_scorer()), with_indices=with_indices)


@pytest.mark.parametrize("kind", [None, "arrow", "numpy", "pandas"])
@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"text": "boby"}, "no column 'boby'; give the argument 'text' one of these: body, number"),
        ({"text": "body", "title": "head"}, "no column 'head'; give the argument 'title' one of these: body, number"),
        (
            {"text": "body", "keep": ["outlet"]},
            "no column 'outlet'; give the argument 'keep' one of these: body, number",
        ),
    ],
)
def test_map_of_a_column_that_is_not_there_names_those_that_are(kind, columns, told) -> None:
    data = datasets.Dataset.from_dict({"body": ["a text"], "number": [1]}).with_format(kind)
    with pytest.raises(InputError, match=told):
        data.map(mapper(**columns, scorer=fake_scorer()), batched=True)


def test_map_on_a_streamed_data_set() -> None:
    data = datasets.Dataset.from_list(records(20)).to_iterable_dataset()
    found = list(data.map(mapper("body", title="head", scorer=fake_scorer()), batched=True, batch_size=4))
    assert [row["loaded"] for row in found] == expected(20)["loaded"].to_pylist()


def test_arrow_format_gives_arrow() -> None:
    data = datasets.Dataset.from_list(records(20)).with_format("arrow")
    made = mapper("body", title="head", id="key", group="outlet", keep=KEPT, scorer=fake_scorer())
    found = data.map(made, batched=True, remove_columns=KEPT, num_proc=2)
    assert found.with_format(None).to_list() == expected(20).to_pylist()


def test_wrong_column_and_wrong_type() -> None:
    with pytest.raises(InputError, match="no column 'text'; give the argument 'text' one of these: key, body"):
        score_frame(pd.DataFrame(records(1)), scorer=fake_scorer())
    for data in (["A vote."], "A vote.", 5, {"text": ["A vote."]}):
        with pytest.raises(InputError, match=f"'data' must be a data frame, .*, not {type(data).__name__}"):
            score_frame(data, scorer=fake_scorer())
    with pytest.raises(InputError, match="unknown level 'word'; set the argument 'level' to one of: document"):
        score_frame(pa.table({"text": ["x"]}), level="word", scorer=fake_scorer())  # type: ignore[arg-type]
    with pytest.raises(InputError, match="'scorer' must be a Scorer"):
        score_frame(pa.table({"text": ["x"]}), scorer="base")  # type: ignore[arg-type]


def test_columns_that_are_numbers_and_two_of_one_name() -> None:
    frame = pd.DataFrame([["A vote.", 7]])
    assert score_frame(frame, "0", scorer=fake_scorer())[["0", "1"]].to_numpy().tolist() == [["A vote.", 7]]
    for data in (
        pd.DataFrame([["A.", 1, 2]], columns=["text", "k", "k"]),
        pa.table([["A."], [1], [2]], ["text", "k", "k"]),
    ):
        with pytest.raises(InputError, match="several columns are named 'k'"):
            score_frame(data, scorer=fake_scorer())


def other_tables(given: list[dict[str, object]]) -> dict[str, object]:
    table = pa.Table.from_pylist(given)
    found: dict[str, object] = {
        "reader": pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=7)),
        "batch": table.to_batches()[0],
        "list": given,
        "iterator": iter(given),
        "streamed": datasets.Dataset(table).to_iterable_dataset(),
        "generated": datasets.IterableDataset.from_generator(lambda: iter(given)),
        "views": table.cast(
            pa.schema([pa.field(f.name, pa.string_view() if f.type == pa.string() else f.type) for f in table.schema])
        ),
    }
    with suppress(ImportError):
        import polars

        found |= {"polars": polars.DataFrame(table), "lazy": polars.LazyFrame(polars.DataFrame(table))}
    with suppress(ImportError):
        import duckdb

        found["duckdb"] = duckdb.from_arrow(table)
    return found


@pytest.mark.parametrize(("level", "own"), [*((level, {}) for level in LEVELS), ("target", {"body": "It rained."})])
@pytest.mark.parametrize("name", list(other_tables(records(1))))
def test_other_tables_come_back_as_their_kind(name: str, level: str, own: dict[str, object]) -> None:
    """The last one has no rows, for nobody is named."""
    given = [row | own for row in records(20)]
    data = other_tables(given)[name]
    found = score_frame(data, "body", **NAMED, level=level, scorer=fake_scorer())  # type: ignore[arg-type]
    assert isinstance(found, Iterator if name == "iterator" else type(data))
    rows = found.collect() if name == "lazy" else found
    if hasattr(rows, "__arrow_c_stream__") or hasattr(rows, "__arrow_c_array__"):
        rows = (rows if isinstance(rows, pa.Table) else pa.table(rows)).to_pylist()
    table = pa.Table.from_pylist(given)
    assert list(rows) == score_frame(table, "body", **NAMED, level=level, scorer=fake_scorer()).to_pylist()  # type: ignore[arg-type]


def test_data_sets_of_several_splits() -> None:
    data = datasets.DatasetDict(
        {name: datasets.Dataset.from_list(records(n)) for name, n in (("train", 5), ("test", 3))}
    )
    found = score_frame(data, "body", **NAMED, scorer=fake_scorer())
    assert isinstance(found, datasets.DatasetDict)
    assert {name: split.to_list() for name, split in found.items()} == {
        "train": expected(5).to_pylist(),
        "test": expected(3).to_pylist(),
    }


@pytest.mark.parametrize("kind", [list, iter])
def test_every_key_of_dicts_is_carried_along(kind: type) -> None:
    data = [{"text": "A vote."}, {"text": "A bill.", "author": "Ann", "id": 7}, {"text": "It passed."}]
    found = list(score_frame(kind(data), scorer=fake_scorer()))
    assert [row.get("author") for row in found] == [None, "Ann", None]
    assert [row.get("input_id") for row in found] == [None, 7, None]
    assert [row["id"] for row in found] == ["0", "1", "2"]


def test_whole_numbers_that_pandas_made_floats_are_whole_again() -> None:
    frame = pd.DataFrame({"text": ["A vote."] * 4, "key": [123456, None, 2.5, 7], "year": [2020, 2021, None, 2020]})
    found = score_frame(frame, id="key", group="year", scorer=fake_scorer())
    assert found["id"].tolist() == ["123456", "row-1", "2.5", "7"]
    assert found["group"].dropna().tolist() == ["2020", "2021", "2020"]


def test_an_iterator_is_scored_as_it_is_read() -> None:
    def endless() -> Iterator[dict[str, str]]:
        while True:
            yield {"text": f"A vote. {'The bill. ' * 5000}"}

    assert next(score_frame(endless(), scorer=fake_scorer()))["error"] is None


@pytest.mark.parametrize("first", [[], [{"text": "A vote."}]])
def test_texts_without_end_that_are_empty_come_back(first: list[dict[str, str]]) -> None:
    scored = score_frame(chain(first, repeat({"text": ""})), scorer=fake_scorer())
    found = [row["error"] for row in islice(scored, 3_000)]
    assert found == [None] * len(first) + ["the text is empty"] * (3_000 - len(first))


@pytest.mark.parametrize("level", LEVELS)
def test_documents_as_a_frame(level: str) -> None:
    scorer = fake_scorer()
    documents = scorer.score_many(biasscore.Article(row["body"], row["head"]) for row in records(5))
    found = biasscore.to_frame(documents, level, ids=[row["key"] for row in records(5)])  # type: ignore[arg-type]
    table = score_frame(pd.DataFrame(records(5)), "body", title="head", id="key", level=level, scorer=scorer)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(found, table[list(found.columns)].reset_index(drop=True))
    assert len(biasscore.to_frame(documents[0])) == 1
    with pytest.raises(InputError, match="5 documents but 1 ids"):
        biasscore.to_frame(documents, ids=["a"])
    with pytest.raises(biasscore.InputError, match="unknown level 'word'; use one of: document"):
        biasscore.to_frame(documents, "word")  # type: ignore[arg-type]


def test_input_columns_named_like_results_are_kept_under_another_name() -> None:
    names = ["text", "title", "id", "label", "loaded"]
    table = pa.table({name: [f"A {name}."] for name in names})
    for data in (table, table.to_pandas(), datasets.Dataset(table)):
        found = score_frame(data, level="sentence", scorer=fake_scorer())
        columns = list(getattr(found, "column_names", getattr(found, "columns", None)))
        assert columns == [*schema("sentence").names, "title", "input_id", "input_label", "input_loaded"]
        assert [str(value) for value in found["input_label"]] == ["A label."]


@pytest.mark.parametrize("name", ["sentence", "target", "mentions", "start"])
def test_a_table_whose_columns_are_named_like_results_of_another_level_is_compared(name: str) -> None:
    frame = pd.DataFrame({"text": ["A vote."] * 4, "outlet": [*"AABB"], name: ["a"] * 4})
    scored = score_frame(frame, group="outlet", scorer=fake_scorer())
    assert [side.n_articles for side in biasscore.compare_groups(scored).sides] == [2, 2]
    assert list(scored[f"input_{name}"]) == ["a"] * 4


def test_score_file_finds_columns_as_the_command_does(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("body,headline,outlet,url,note\nA vote.,On it,Courier,u1,n1\n", encoding="utf-8")
    summary = score_file(source, tmp_path / "found.parquet", scorer=fake_scorer())
    assert summary.guess is not None
    assert "body (the text), headline (the title" in summary.guess
    (row,) = pq.read_table(tmp_path / "found.parquet").to_pylist()
    assert (row["title"], row["group"], row["url"]) == ("On it", "Courier", "u1")
    named = score_file(source, tmp_path / "named.parquet", text="note", keep=["body"], scorer=fake_scorer())
    assert "(kept)" not in (named.guess or "")
    assert pq.read_table(named.out)["body"].to_pylist() == ["A vote."]
    with pytest.raises(InputError, match="no column 'text'"):
        score_file(source, tmp_path / "off.parquet", guess=False, scorer=fake_scorer())


def test_score_file_equals_score_frame(tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", records(20))
    out = tmp_path / "out.parquet"
    summary = score_file(source, out, text="body", **NAMED, keep=["year"], scorer=fake_scorer())
    assert summary.rows == 20
    names = schema().names
    assert pq.read_table(out).select(names).to_pylist() == expected(20).select(names).to_pylist()
