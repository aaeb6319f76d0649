"""Spark on two local workers: the rows are those of the other engines."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from fakes import fake_scorer
from jobs_inputs import records

from biasscore.errors import InputError
from biasscore.jobs import score_frame
from biasscore.tables import LEVELS, Columns, schema

pytest.importorskip("pyspark", reason="needs the extra spark")
if shutil.which("java") is None:
    pytest.skip("needs Java", allow_module_level=True)

from pyspark.sql import SparkSession

from biasscore.jobs.spark import score_dataframe

pytestmark = pytest.mark.spark

COLUMNS = Columns(text="body", title="head", id="key", group="outlet", keep=("year", "body"))


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    # Workers are started as `python3` of the PATH unless told: they need the interpreter that has the library.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        yield from local_session()


def local_session() -> Iterator[SparkSession]:
    paths = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parent.parent)])
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "localhost")
        .config("spark.executorEnv.PYTHONPATH", paths)
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "16")
        .getOrCreate()
    )
    yield session
    session.stop()


def by_id(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["id"], row.get("start") or -1, row.get("sentence") or -1))


@pytest.mark.parametrize("level", LEVELS)
def test_rows_equal_those_of_score_frame(spark: SparkSession, level: str) -> None:
    rows = [*records(60), {"key": "bad", "body": None, "head": "x", "outlet": "o", "year": 1}]
    data = spark.createDataFrame(rows, "key string, body string, head string, outlet string, year long").repartition(4)
    found = score_dataframe(data, fake_scorer, COLUMNS, level=level)  # type: ignore[arg-type]
    named = {"title": "head", "id": "key", "group": "outlet"}
    table = score_frame(pa.Table.from_pylist(rows), "body", **named, level=level, scorer=fake_scorer())  # type: ignore[arg-type]
    columns = [*schema(level).names, "year", "body"]  # type: ignore[arg-type]
    assert found.columns == columns
    assert by_id([row.asDict(recursive=True) for row in found.collect()]) == by_id(table.select(columns).to_pylist())


def test_id_has_to_be_named(spark: SparkSession) -> None:
    data = spark.createDataFrame(records(1))
    with pytest.raises(InputError, match=r"name a column of ids with Columns\(id=\.\.\.\)"):
        score_dataframe(data, fake_scorer, Columns(text="body"))
    with pytest.raises(InputError, match="no column 'no'; give the argument 'text' one of these: "):
        score_dataframe(data, fake_scorer, Columns(text="no", id="key"))


def test_rows_without_an_id_get_one_each(spark: SparkSession) -> None:
    rows = [{**record, "key": None} for record in records(60)]
    data = spark.createDataFrame(rows, "key string, body string, head string, outlet string, year long").repartition(4)
    found = score_dataframe(data, fake_scorer, COLUMNS).collect()
    assert len({row["id"] for row in found}) == 60
