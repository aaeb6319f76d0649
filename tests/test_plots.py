"""Plots: what is drawn is what was given; each returns its Axes, labelled, on the Axes it was given."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from report_documents import document
from test_fair_comparison import press

from biasscore.analysis import compare, compare_groups, trend
from biasscore.errors import InputError

matplotlib = pytest.importorskip("matplotlib", reason="needs the extra plots")
matplotlib.use("agg")

from matplotlib import pyplot  # noqa: E402

from biasscore.report import plots  # noqa: E402

ARTICLE = "# A heading\n\nThe smug board passed a reckless scheme. It is so.\n\n“A lazy vote.” It was bloated."


@pytest.fixture
def ax():
    figure, axes = pyplot.subplots()
    yield axes
    figure.canvas.draw()
    pyplot.close(figure)


def labelled(ax):
    return bool(ax.get_xlabel() and ax.get_ylabel())


@pytest.mark.parametrize("score", ["loaded", "subjectivity", "tone"])
def test_course_draws_each_sentence_at_its_place(ax, score):
    doc = document(ARTICLE)
    assert plots.course(doc, score, ax=ax) is ax
    assert labelled(ax)
    sentences = [s for p in doc.paragraphs if p.kind == "text" for s in p.sentences]
    (stairs,) = ax.patches
    values, edges, _ = stairs.get_data()
    expected = [getattr(s, score) for s in sentences]
    assert list(edges) == [s.start for s in sentences] + [sentences[-1].end]
    assert np.array_equal(values, np.array(expected, dtype=float), equal_nan=True)


def test_course_of_quotes_alone_is_refused():
    with pytest.raises(InputError, match="is empty for every sentence"):
        plots.course(document("“A quote alone.”"))


def test_reliability_draws_shares_over_predictions(ax):
    predicted = np.repeat([0.1, 0.9], 50)
    labels = np.r_[np.ones(5), np.zeros(45), np.ones(45), np.zeros(5)]
    assert plots.reliability(predicted, labels, bins=2, ax=ax) is ax
    assert labelled(ax)
    points = ax.containers[0].lines[0].get_xydata()
    assert points == pytest.approx(np.array([[0.1, 0.1], [0.9, 0.9]]))


@pytest.mark.parametrize(("predicted", "labels"), [([], []), ([0.5], [1, 0]), ([1.5], [1]), ([0.5], [2])])
def test_reliability_refuses_what_is_no_probability(predicted, labels):
    with pytest.raises(InputError):
        plots.reliability(predicted, labels)


def test_forest_draws_every_interval_and_ranks_only_the_sure(ax):
    docs = [document(ARTICLE), document("A plain text.")]
    low = [docs[1], document("A lazy text.")] * 3
    comparison = compare({"few": docs[:1] * 2, "low $x_1$": low, "high": docs * 5})
    assert plots.forest(comparison, ax=ax) is ax
    assert ax.get_xlabel()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["high (n = 10)", "low $x_1$ (n = 6)", "few (n = 2)"]
    bars = [segment[:, 0] for lines in ax.collections for segment in lines.get_segments()]
    found = [comparison.side(name).estimate("loaded") for name in ("high", "low $x_1$")]
    assert np.array(bars) == pytest.approx(np.array([[e.low, e.high] for e in found]))


def test_no_label_of_a_forest_is_cut_off_and_the_first_score_is_the_default(tmp_path):
    names = {"The Northern Evening Courier and Gazette of Kestrel City": 0.1, "Herald": -0.2}
    rows = [
        {"id": f"{name}{i}", "group": name, "model": "m", "target": "Alexandria Ocasio-Cortez of the Committee",
         "target_tone": tone + 0.01 * i}
        for name, tone in names.items() for i in range(6)
    ]  # fmt: skip
    found = compare_groups(
        pa.Table.from_pylist(rows), target="alexandria ocasio-cortez of the committee", scores=("target_tone",)
    )
    ax = plots.forest(found)
    assert ax.get_xlabel().replace("\n", " ").startswith("target tone (target: “Alexandria")
    plots.save(ax, tmp_path / "tone.svg")
    width = float(re.search(r'viewBox="0 0 ([\d.]+) ', (tmp_path / "tone.svg").read_text())[1])
    ax.figure.canvas.draw()
    parts = [ax.xaxis.label, *ax.get_yticklabels()]
    ends = [part.get_window_extent() for part in parts]
    assert max(end.x1 for end in ends) - min(end.x0 for end in ends) <= width * ax.figure.dpi / 72
    assert max(map(len, ax.get_xlabel().split("\n"))) <= 44
    pyplot.close(ax.figure)


def test_trends_draw_each_side_with_its_band(ax, tmp_path):
    found = trend(press(200), by="group")
    assert plots.over_time(found, ax=ax) is ax
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a (n = 100)", "b (n = 100)"]
    assert len(ax.collections) == 2
    plots.save(ax, tmp_path / "trend.svg")
    assert (tmp_path / "trend.svg").stat().st_size > 1000


def test_distribution_is_the_empirical_one(ax):
    assert plots.distribution({"a": [0.3, 0.1, None], "b": [0.2]}, ax=ax) is ax
    assert labelled(ax)
    assert ax.lines[0].get_xydata() == pytest.approx(np.array([[0.1, 0.5], [0.3, 1.0]]))
    assert "1 without" in ax.get_legend().get_texts()[0].get_text()
    assert len({line.get_color() for line in ax.lines}) == len({line.get_marker() for line in ax.lines}) == 2


@pytest.mark.parametrize(
    "given",
    [
        [0.2, None, 0.1, float("nan")],
        np.array([0.2, np.nan, 0.1, np.nan]),
        pd.Series([0.2, None, 0.1, None]),
        pd.Series([0.2, None, 0.1, None], dtype="Float64", index=[7, 8, 9, 10]),
        pa.chunked_array([[0.2, None], [0.1, None]]),
    ],
    ids=["list", "numpy", "pandas", "nullable", "arrow"],
)
def test_a_distribution_leaves_out_and_counts_every_kind_of_missing_value(given, ax):
    plots.distribution({"A": given}, ax=ax)
    assert ax.lines[0].get_xydata() == pytest.approx(np.array([[0.1, 0.5], [0.2, 1.0]]))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["A (n = 2, 2 without)"]


def test_distribution_refuses_too_many_groups_and_empty_ones():
    with pytest.raises(InputError, match="colors for"):
        plots.distribution({str(i): [0.1] for i in range(7)})
    with pytest.raises(InputError, match="is empty for the group"):
        plots.distribution({"a": [None]})


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.course(document(ARTICLE)),
        lambda: plots.reliability(np.repeat([0.1, 0.9], 50), np.tile([0, 1], 50), bins=2),
        lambda: plots.over_time(trend(press(200), by="group")),
        lambda: plots.distribution({f"a newspaper with a long name {i}": [0.1, 0.9] for i in range(4)}),
    ],
)
def test_no_legend_lies_over_data_or_outside_the_figure(draw):
    ax = draw()
    ax.figure.canvas.draw()
    legend, field, whole = ax.get_legend().get_window_extent(), ax.get_window_extent(), ax.figure.bbox
    assert not legend.overlaps(field)
    assert legend.x0 >= 0
    assert legend.x1 <= whole.x1
    assert legend.y1 <= whole.y1
    pyplot.close(ax.figure)


def test_intervals_of_shares_are_wilsons(ax):
    plots.reliability(np.full(10, 0.5), np.r_[np.ones(9), 0], bins=1, ax=ax)
    (bar,) = ax.containers[0].lines[2][0].get_segments()
    assert bar[:, 1] == pytest.approx([0.5958, 0.9821], abs=1e-4)  # Newcombe 1998 has the formula


def test_a_figure_is_made_where_none_is_given():
    ax = plots.course(document(ARTICLE))
    assert ax.figure is not None
    pyplot.close(ax.figure)


def test_a_missing_matplotlib_names_the_extra():
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from biasscore.errors import MissingExtraError\n"
        "import biasscore.report\n"
        "try: import biasscore.report.plots\n"
        "except MissingExtraError as error: print(error)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "biasscore[plots]" in result.stdout


def test_an_unknown_score_is_refused_with_the_names_there_are():
    scored = document("A plain text. Another one.")
    with pytest.raises(InputError, match="one of: loaded, subjectivity, tone"):
        plots.course(scored, "peak")
    with pytest.raises(InputError, match="one of: loaded"):
        plots.forest(compare([scored, scored]), "nonsense")
