"""Fair comparisons on made-up presses of which the truth is known: events, wire copy, prevalence, many looks, time."""

from __future__ import annotations

import io
import json
import random
import re
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from fakes import fake_scorer
from rich.console import Console
from test_analysis import table
from test_events import FLOOD, FLOOD_AGAIN, STRIKE, STRIKE_AGAIN
from test_reprints import paragraph

from biasscore.analysis import SCORES, Events, LeftOut, compare, compare_groups, read_events, trend
from biasscore.analysis.articles import from_table, read_day
from biasscore.analysis.events import Member
from biasscore.analysis.means import by_event, gaps
from biasscore.analysis.prevalence import Calibrated, Rates, calibrated_for, estimate_prevalence, moved
from biasscore.analysis.sentences import Sentences
from biasscore.analysis.trends import start_of
from biasscore.errors import InputError
from biasscore.predict import checkpoints
from biasscore.report import methods
from biasscore.report.terminal import render_comparison
from biasscore.tables import Row, to_table

NAN = float("nan")


def tables(texts: dict[str, list[str]], days: list[str] | None = None) -> tuple[pa.Table, pa.Table]:
    """The document and the sentence level of a run of the fake engine."""
    scorer = fake_scorer()
    rows = [
        (Row(f"{side}{i}", group=side), scorer.score(text)) for side, own in texts.items() for i, text in enumerate(own)
    ]
    kept = None if days is None else pa.table({"date": days})
    return to_table(rows, "document", scorer.fingerprint, kept), to_table(rows, "sentence", scorer.fingerprint)


# Events


def event_table(effect: float, n_events: int = 60, seed: int = 0) -> tuple[pa.Table, dict[str, str]]:
    """Two outlets on the same events, one of them louder by ``effect``; the louder writes more of calm events."""
    rng = np.random.default_rng(seed)
    rows, of = [], {}
    for event in range(n_events):
        heat = rng.uniform(0.1, 0.6)
        for side, extra in (("calm", 0.0), ("loud", effect)):
            for copy in range(3 if side == "loud" and heat < 0.2 else 1):
                name = f"{side}-{event}-{copy}"
                rows.append((name, side, float(np.clip(heat + extra + rng.normal(0, 0.02), 0, 1))))
                of[name] = f"e{event}"
    values = {side: [value for _, s, value in rows if s == side] for side in ("calm", "loud")}
    found = table(values)
    names = [name for side in ("calm", "loud") for name, s, _ in rows if s == side]
    return found.set_column(0, "id", pa.array(names)), of


def events_file(path, of: dict[str, str]):
    path.write_text("event,id\n" + "".join(f"{event},{name}\n" for name, event in of.items()), encoding="utf-8")
    return read_events(path)


def test_differences_within_events_are_free_of_what_each_side_writes_about(tmp_path):
    given, of = event_table(0.1)
    events = events_file(tmp_path / "events.csv", of)
    found = compare_groups(given, match=events).difference("loaded")
    assert found.low <= 0.1 <= found.high
    assert found.high - found.low < 0.03
    plain = compare_groups(given).difference("loaded")
    assert plain.high - plain.low > 3 * (found.high - found.low)
    assert (found.n, found.n_against) == (60, 60)


def test_articles_without_a_counterpart_are_left_out_and_counted(tmp_path):
    given, of = event_table(0.1, n_events=8)
    of = {name: event for name, event in of.items() if name != "calm-0-0" and not name.startswith("loud-1-")}
    comparison = compare_groups(given, match=events_file(tmp_path / "events.csv", of))
    assert comparison.events.n_events == len(set(of.values())) - 2
    left = sum(part.n for part in comparison.left_out)
    assert left == len(given) - sum(side.n_articles for side in comparison.sides)
    with pytest.raises(InputError, match="no event appears in more than one group"):
        compare_groups(given, match=events_file(tmp_path / "events.csv", {"calm-0-0": "e0", "loud-1-0": "e1"}))


def test_articles_without_a_group_do_not_decide_what_groups_share(tmp_path):
    given = table({"a": [0.1, 0.2], "b": [0.3, 0.4], "": [0.5]}, topic=["x", "y", "x", "y", "x"])
    by_topic = compare_groups(given, topic="topic")
    assert by_topic.matching.topics == (("x", 2), ("y", 2))
    assert by_topic.left_out == (LeftOut("without a group", 1),)
    events = events_file(tmp_path / "events.csv", {"a0": "e0", "b2": "e0", "a1": "e1", "4": "e1"})
    by_event = compare_groups(given, match=events)
    assert [(side.name, side.n_articles) for side in by_event.sides] == [("a", 1), ("b", 1)]
    one = compare_groups(given.filter(pa.compute.not_equal(given["group"], "b")), topic="topic")
    assert [side.name for side in one.sides] == ["(none)", "a"]


def test_ids_that_a_spreadsheet_changed_are_told(tmp_path):
    given, of = event_table(0.1, n_events=8)
    changed = {name.replace("calm-0", "calm-00"): event for name, event in of.items()}
    assert (n := len(set(changed) - set(of)))
    comparison = compare_groups(given, match=events_file(tmp_path / "events.csv", changed))
    assert comparison.left_out[0] == LeftOut("in the list of events, but not among the scored articles", n)
    with pytest.raises(InputError, match="check that a list of events has the ids of the table"):
        compare_groups(given, match=events_file(tmp_path / "events.csv", {f"0{name}": e for name, e in of.items()}))


def test_with_many_sides_each_stands_against_the_others_of_its_events():
    values = np.array([[0.1], [0.3], [0.5], [0.2], [0.6], [0.9]])
    side, event = np.array([0, 1, 2, 0, 1, 2]), np.array([0, 0, 0, 1, 1, 2])
    cells = by_event(values, side, event)
    assert cells[:, :, 0] == pytest.approx(np.array([[0.1, 0.3, 0.5], [0.2, 0.6, NAN], [NAN, NAN, 0.9]]), nan_ok=True)
    assert gaps(cells)[:, :, 0] == pytest.approx(
        np.array([[-0.3, 0.0, 0.3], [-0.4, 0.4, NAN], [NAN, NAN, NAN]]), nan_ok=True
    )


def test_events_are_found_from_scored_tables():
    texts = {"A": [FLOOD, STRIKE, paragraph(1)], "B": [FLOOD_AGAIN, STRIKE_AGAIN, paragraph(2)]}
    days = ["2024-05-01", "2024-05-03", "2024-05-01", "2024-05-01", "2024-05-03", "2024-05-01"]
    documents, sentences = tables(texts, days)
    comparison = compare_groups(documents, match="event", day="date", sentences=sentences, resamples=50)
    assert {frozenset((a.id, b.id)) for a, b in comparison.events.pairs()} == {
        frozenset({"A0", "B0"}),
        frozenset({"A1", "B1"}),
    }
    assert [side.n_articles for side in comparison.sides] == [2, 2]
    with pytest.raises(InputError, match="--level sentence"):
        compare_groups(documents, match="event", day="date")
    with pytest.raises(InputError, match=r"topic and match\) cannot be used together"):
        compare_groups(documents, match="event", topic="group", sentences=sentences)
    json.dumps(comparison.to_dict(), allow_nan=False)


def test_articles_without_a_date_are_told_apart_from_those_without_an_event():
    texts = {"A": [FLOOD, STRIKE, paragraph(1)], "B": [FLOOD_AGAIN, STRIKE_AGAIN, paragraph(2)]}
    days = ["2024-05-01", "2024-05-03", "2024-05-01", "2024-05-01", "05/03/2024", "20240501120000"]
    documents, sentences = tables(texts, days)
    found = compare_groups(documents, match="event", day="date", sentences=sentences, resamples=50)
    assert [(part.n, part.why) for part in found.left_out] == [
        (2, "without a date that can be read"),
        (2, "on no event that another group reports"),
    ]
    undated = tables(texts, ["05/31/2024"] * 6)[0]
    with pytest.raises(InputError, match="no article has a date in the column 'date' that can be read"):
        compare_groups(undated, match="event", day="date", sentences=sentences)


# Wire copy


def test_wire_copy_is_left_out_of_each_sides_figures():
    wire = "He said absurd absurd nasty vote and the nasty absurd bill was an absurd nasty thing to say today."
    own = {"A": "It was a bill on a vote.", "B": "The bill he said it was."}
    texts = {side: [f"{own[side]}\n\n{wire}", own[side], wire] for side in own}
    documents, sentences = tables(texts)
    comparison = compare_groups(documents, sentences=sentences)
    alone = compare_groups(*[tables({side: [text, text] for side, text in own.items()})[0]])
    kept = compare_groups(documents, sentences=sentences, keep_reprints=True)
    for side in own:
        fair, own_only, all_copies = (found.side(side) for found in (comparison, alone, kept))
        assert (fair.n_articles, all_copies.n_articles) == (2, 3)
        assert fair.estimate("loaded").value == pytest.approx(own_only.estimate("loaded").value)
        assert all_copies.estimate("loaded").value > fair.estimate("loaded").value
        # Framing is no mean of sentences: of an article with shared paragraphs it cannot be told.
        assert fair.estimate("framing_left").n <= 1
    assert [(part.n, part.what) for part in comparison.left_out] == [(4, "paragraph"), (2, "article"), (2, "article")]
    assert comparison.left_out[-1].why.startswith("from framing_left, framing_center, framing_right only: ")
    assert comparison.reprints.n_shared("A") == 2
    assert "nasty" not in {word.word for side in comparison.sides for word in side.words}


def test_a_group_of_wire_copy_alone_is_left_out_whatever_is_matched():
    wires = [paragraph(100 + i) for i in range(3)]
    own = {side: [paragraph(first + i) for i in range(5)] for side, first in (("A", 10), ("B", 30))}
    texts = {"AP": wires, **{side: [f"{wires[i % 3]}\n\n{text}" for i, text in enumerate(own[side])] for side in own}}
    documents, sentences = tables(texts)
    documents = documents.append_column("topic", pa.array(["x"] * len(documents)))
    for topic in (None, "topic"):
        found = compare_groups(documents, sentences=sentences, topic=topic, resamples=50)
        assert [(side.name, side.n_articles) for side in found.sides] == [("A", 5), ("B", 5)]
    alone = documents.filter(pa.compute.is_in(documents["group"], pa.array(["A", "AP"])))
    with pytest.raises(InputError, match="fewer than two groups have articles that can be compared"):
        compare_groups(alone, sentences=sentences, topic="topic")


# The fake engine's tone depends on how a mention is written.
WIRE = "The absurd bill of {} was in the nasty vote and the absurd vote was in it to the nasty bill of today."
NAMED, UNNAMED = f"{WIRE.format('Mayor Ann Hall')} “Mayor Ann Hall is it,” he said.", WIRE.format("the senator")
HALL = {
    "A": ("Ann Hall is nasty.", "They vote on the bill of Ann Hall.", "“Hall is absurd,” he said."),
    "B": ("The bill of Ann Hall was in it. “Ann Hall is it,” he said.", "Hall was in it.", "President Hall was it."),
}


def target_tables(texts: dict[str, list[str]], **columns: list[object]) -> tuple[pa.Table, pa.Table]:
    """The target level and the sentence level of a run of the fake engine."""
    scorer = fake_scorer()
    rows = [
        (Row(f"{side}{i}", group=side), scorer.score(text)) for side, own in texts.items() for i, text in enumerate(own)
    ]
    targets = to_table(rows, "target", scorer.fingerprint)
    targets = targets.filter(pa.compute.equal(targets["target"], "Ann Hall"))
    for name, values in columns.items():
        targets = targets.append_column(name, pa.array(values))
    return targets, to_table(rows, "sentence", scorer.fingerprint)


def test_the_tone_toward_a_target_is_that_of_mentions_outside_wire_copy():
    names = ("target_tone", "target_quoted_tone", "target_attributed_tone")
    for wire in (NAMED, UNNAMED):
        given = {side: [f"{text}\n\n{wire}\n\n{' '.join(own)}" for text in own] for side, own in HALL.items()}
        targets, sentences = target_tables(given)
        found = compare_groups(targets, target="Ann Hall", sentences=sentences, scores=names)
        cut = {side: [text.replace(wire, "") for text in texts] for side, texts in given.items()}
        alone = compare_groups(target_tables(cut)[0], target="Ann Hall", scores=names)
        kept = compare_groups(targets, target="Ann Hall", sentences=sentences, scores=names, keep_reprints=True)
        as_scored = compare_groups(targets, target="Ann Hall", scores=names)
        for side in HALL:
            for name in names[:2]:
                fair, own, copies = (one.side(side).estimate(name) for one in (found, alone, kept))
                assert fair.value == pytest.approx(own.value)
                assert fair.n == own.n == 3
                assert copies == as_scored.side(side).estimate(name)
                assert (copies.value == pytest.approx(fair.value)) == (wire == UNNAMED)
        assert [str(part) for part in found.left_out] == ["6 paragraphs shared with another group"]


def test_the_tone_toward_a_target_is_compared_on_the_same_events_without_wire_copy():
    texts = {side: [f"Ann Hall was in it. {own[k % 3]}\n\n{UNNAMED}" for k in range(6)] for side, own in HALL.items()}
    targets, sentences = target_tables(texts)
    of = Events(tuple(Member(f"e{k}", f"{side}{k}", side, "", "", None, ()) for k in range(6) for side in "AB"))
    found = compare_groups(targets, target="Ann Hall", match=of, sentences=sentences)
    difference = found.difference("target_tone")
    assert (difference.n, difference.n_against) == (6, 6)
    assert difference.low < difference.value < difference.high
    told = methods(found)
    assert "Differences rest on 6 events (target quoted tone: 0)." in told
    assert "mean over its mentions in the other paragraphs" in told
    stream = io.StringIO()
    render_comparison(found, Console(file=stream, width=100))
    assert re.search(r"^score +A +B +difference +n$", stream.getvalue(), re.MULTILINE)
    assert re.search(r"^target tone .* 6$", stream.getvalue(), re.MULTILINE)
    assert "Framing is experimental" not in stream.getvalue()


def test_articles_that_name_a_target_in_wire_copy_only_are_left_out_and_counted():
    plain = "It was a bill on a vote."
    quoted = "“Ann Hall is absurd,” he said."
    own = ["Ann Hall is nasty."] * 3
    texts = {side: [*own, f"{plain}\n\n{NAMED}", f"{quoted}\n\n{NAMED}"] for side in "AB"}
    targets, sentences = target_tables(texts)
    found = compare_groups(targets, target="Ann Hall", sentences=sentences)
    assert [side.n_articles for side in found.sides] == [4, 4]
    assert [str(part) for part in found.left_out] == [
        "4 paragraphs shared with another group",
        "2 articles with mentions of the target in shared paragraphs only",
        "2 articles from target_tone only: all such mentions are in shared paragraphs",
    ]
    kept = compare_groups(targets, target="Ann Hall", sentences=sentences, keep_reprints=True)
    assert (kept.left_out, [side.n_articles for side in kept.sides]) == ((), [5, 5])
    assert json.loads(json.dumps(found.to_dict()["left_out"]))[1]["n"] == 2


def test_mentions_in_headings_and_quotations_keep_what_results_say():
    text = "# Ann Hall wins\n\nAnn Hall is nasty. “Ann Hall is absurd,” he said.\n\nThe vote of Ann Hall was absurd."
    targets, _ = target_tables({"A": [text]})
    (article,) = from_table(targets, scores=("target_tone", "target_quoted_tone"))
    assert len(article.mentions) == 4
    tones = article.without(()).tones()
    assert tones["target_tone"] == pytest.approx(article.scores[0])
    assert tones["target_quoted_tone"] == pytest.approx(article.scores[1])
    assert np.isnan(tones["target_attributed_tone"])


def test_what_cannot_be_computed_without_wire_copy_is_left_out_and_counted():
    own = ["Ann Hall is nasty."] * 3
    texts = {side: [*own, f"{own[0]}\n\n{UNNAMED}"] for side in "AB"}
    targets, sentences = target_tables(texts, clicks=list(range(8)), title_loaded=[0.5] * 8)
    asked = {"target": "Ann Hall", "sentences": sentences, "scores": ("target_tone", "clicks", "title_loaded")}
    found = compare_groups(targets, **asked)
    ns = [[estimate.n for estimate in side.estimates] for side in found.sides]
    assert ns == [[4, 3, 4]] * 2
    assert str(found.left_out[-1]) == (
        "2 articles from clicks only: this cannot be computed without shared paragraphs (--keep-reprints keeps them; "
        "in Python: keep_reprints=True)"
    )
    older = compare_groups(targets.drop_columns(["mentions"]), **asked)
    assert [side.estimate("target_tone").n for side in older.sides] == [3, 3]
    assert "2 articles from target_tone only: the table has no column 'mentions'" in str(older.left_out[1])
    kept = compare_groups(targets.drop_columns(["mentions"]), **asked, keep_reprints=True)
    assert [side.estimate("clicks").n for side in kept.sides] == [4, 4]


def test_the_means_over_time_are_of_what_is_compared():
    wire = "He said absurd absurd nasty vote and the nasty absurd bill was an absurd nasty thing to say today."
    own = {"A": "It was a bill on a vote.", "B": "The bill he said it was."}
    texts = {side: [f"{own[side]}\n\n{wire}", own[side], own[side]] for side in own}
    documents, sentences = tables(texts, ["2024-05-01", "2024-05-02", "2024-06-01"] * 2)
    documents = documents.append_column("topic", pa.array(["x", "x", "own to A", "x", "x", "own to B"]))
    found = compare_groups(documents, sentences=sentences, topic="topic", day="date", resamples=50)
    over_time = found.trend("loaded", every="month")
    assert [(period.side, period.start.month, period.n) for period in over_time.periods] == [("A", 5, 2), ("B", 5, 2)]
    for period in over_time.periods:
        assert period.value == pytest.approx(found.side(period.side).estimate("loaded").value)
    scored = trend(documents, by="group")
    assert scored.periods[0].value > over_time.periods[0].value
    with pytest.raises(InputError, match="no article has both a date"):
        compare_groups(documents, resamples=50).trend()
    with pytest.raises(InputError, match="no score 'words'"):
        found.trend("words")


def test_documents_know_their_wire_copy_too():
    scorer = fake_scorer()
    wire = paragraph(3)
    sides = {
        side: [scorer.score(f"{wire}\n\n{paragraph(10 + at)}") for at in range(i, i + 3)]
        for i, side in ((0, "A"), (5, "B"))
    }
    assert compare(sides).reprints.n_shared() == 6
    two = compare({side: documents[0] for side, documents in sides.items()})
    assert two.reprints is None  # Two single articles are compared as they stand.


def test_scores_from_all_sentences_are_the_documents_own():
    rng = random.Random(0)
    pieces = [
        "He said absurd vote.",
        "“Nasty bill,” he said.",
        "It was the bill.",
        "“It was it.”",
        "He said it was absurd.",
    ]
    scorer = fake_scorer()
    texts = ["\n\n".join(" ".join(rng.choices(pieces, k=3)) for _ in range(3)) for _ in range(8)]
    documents = {f"d{i}": scorer.score(text) for i, text in enumerate(texts)}
    rows = [(Row(name), document) for name, document in documents.items()]
    of_table = Sentences.of_table(to_table(rows, "sentence", "m"))
    expected = {row["id"]: row for row in to_table(rows, "document", "m").to_pylist()}
    for found in (Sentences.of_documents(documents).scores(), of_table.scores()):
        for name, scores in found.items():
            for score, value in scores.items():
                wanted = expected[name][score]
                assert value == pytest.approx(NAN if wanted is None else wanted, nan_ok=True), (name, score)


# Many looks


def test_adjusted_intervals_hold_for_all_differences_at_once():
    rng = np.random.default_rng(4)
    plain = adjusted = 0
    for trial in range(120):
        given = table({name: list(rng.beta(2, 5, 15)) for name in "abcdefgh"})
        found = compare_groups(given, resamples=300, seed=trial, scores=("loaded",))
        assert found.n_looks == 8
        plain += all(d.low <= 0 <= d.high for d in found.differences)
        adjusted += all(d.adjusted_low <= 0 <= d.adjusted_high for d in found.differences)
    assert plain / 120 < 0.85
    assert adjusted / 120 >= 0.9


def test_adjusting_never_narrows_and_one_look_needs_little():
    rng = np.random.default_rng(5)
    one = compare_groups(table({"a": list(rng.random(30)), "b": list(rng.random(30))}), scores=("loaded",))
    found = one.difference("loaded")
    assert one.n_looks == 1
    assert found.adjusted_low <= found.low <= found.high <= found.adjusted_high
    assert found.adjusted_high - found.adjusted_low < 1.1 * (found.high - found.low)
    few = compare_groups(table({"a": [0.1] * 2, "b": [0.2] * 9})).difference("loaded")
    assert (few.adjusted_low, few.adjusted_high) == (None, None)


def test_any_numeric_column_compares():
    given = table({"a": [0.1] * 6, "b": [0.2] * 6}).append_column("words", pa.array([500.0, 700.0] * 6))
    found = compare_groups(given, scores=("words", "loaded"))
    assert found.difference("words").value == pytest.approx(0)
    assert found.side("a").estimate("words").high > 1
    assert found.scores == ("words", "loaded")
    with pytest.raises(InputError, match="no column 'lines'"):
        compare_groups(given, scores=("lines",))


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_texts_that_are_numbers_compare(kind):
    """Kept columns come back from CSV as the texts that were written."""
    given = table({"a": [0.1] * 6, "b": [0.2] * 6}).append_column(
        "n", pa.array(["1.5", "3", None, "", "2", "6"] * 2, kind)
    )
    found = compare_groups(given, scores=("n",))
    assert found.side("a").estimate("n").value == pytest.approx(3.125)
    assert found.side("a").estimate("n").n == 4
    truth = given.append_column("t", pa.array(["true", "false", None] * 4, kind))
    assert compare_groups(truth, scores=("t",)).side("a").estimate("t").value == pytest.approx(0.5)
    for text in ("n/a", "2024_01", "5 stars"):
        bad = given.append_column("bad", pa.array(["1", text, "x"] * 4, kind))
        with pytest.raises(InputError, match=f"the column 'bad' holds the text '{text}', which is no number"):
            compare_groups(bad, scores=("bad",))
    with pytest.raises(InputError, match="has values of type list"):
        compare_groups(given.append_column("bad", pa.array([[1]] * 12)), scores=("bad",))


# Prevalence


def labelled(share: float, n: int, rng: np.random.Generator, prior: float = 0.5) -> np.ndarray:
    """Scores calibrated for ``prior``, of sentences of which ``share`` is loaded (normal logits, equal spread)."""
    loaded = rng.random(n) < share
    logits = np.where(loaded, 1.0, -1.0) * 1.28 + rng.normal(0, 1.6, n) + np.log(prior / (1 - prior))
    return 1 / (1 + np.exp(-logits))


def rates(rng: np.random.Generator, prior: float = 0.5) -> Rates:
    high, low = (labelled(share, 3000, rng, prior) >= 0.5 for share in (1.0, 0.0))
    return Rates(int(high.sum()), int((~high).sum()), int(low.sum()), int((~low).sum()))


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.8])
def test_shares_are_estimated_where_counting_is_wrong(share):
    rng = np.random.default_rng(int(100 * share))
    of = Calibrated(0.5, 0.5, rates(rng))
    hits, errors, naive = [0, 0], [], []
    for trial in range(40):
        scores = labelled(share, 600, rng)
        found = estimate_prevalence(scores, np.arange(600) // 6, of, resamples=200, seed=trial)
        for at, by in enumerate((found.estimated, found.adjusted)):
            hits[at] += by.low <= share <= by.high
            errors.append(abs(by.value - share))
        naive.append(abs(found.counted - share))
    assert np.mean(errors) < 0.04
    assert min(hits) / 40 >= 0.85
    assert share == 0.5 or np.mean(errors) < np.mean(naive)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_intervals_hold_on_corpora_whose_scores_are_off(share):
    """Each corpus is off by its own amount, all its articles alike, as other labellers' are."""
    rng = np.random.default_rng(int(100 * share))
    of, inside, naive = Calibrated(0.5, 0.5, rates(rng)), [], []
    for trial in range(60):
        shift = rng.normal(0.0, of.shift)
        scores = moved(labelled(share, 600, rng), 0.5, 1 / (1 + np.exp(-shift)))
        found = estimate_prevalence(scores, np.arange(600) // 6, of, resamples=200, seed=trial)
        inside.append([by.low <= share <= by.high for by in (found.estimated, found.adjusted)])
        unaware = estimate_prevalence(scores, np.arange(600) // 6, replace(of, shift=0.0), resamples=200, seed=trial)
        naive.append(unaware.estimated.low <= share <= unaware.estimated.high)
        assert found.share == found.estimated
    assert min(np.mean(inside, axis=0)) >= 0.85
    assert np.mean(naive) < 0.8


def test_a_moved_prior_changes_no_estimate():
    rng = np.random.default_rng(1)
    scores = labelled(0.3, 2000, rng)
    plain = estimate_prevalence(scores, np.arange(2000) // 5, Calibrated(0.5, 0.5), resamples=50)
    again = estimate_prevalence(moved(scores, 0.5, 0.1), np.arange(2000) // 5, Calibrated(0.1, 0.5), resamples=50)
    assert again.estimated.value == pytest.approx(plain.estimated.value, abs=1e-6)
    assert again.counted == plain.counted


def test_articles_are_resampled_not_sentences():
    rng = np.random.default_rng(2)
    scores = np.concatenate([labelled(share, 40, rng) for share in rng.choice([0.05, 0.9], 30)])
    own = Calibrated(0.5, 0.5, shift=0.0)
    clustered = estimate_prevalence(scores, np.repeat(np.arange(30), 40), own, resamples=300)
    single = estimate_prevalence(scores, np.arange(1200), own, resamples=300)
    assert clustered.estimated.high - clustered.estimated.low > 2 * (single.estimated.high - single.estimated.low)


@pytest.mark.parametrize("prior", [0.56, 0.2])
def test_small_corpora_keep_the_share_that_their_scores_assume(prior):
    found = estimate_prevalence(
        np.array([0.9, NAN, 0.1]), np.array([0, 1, 2]), Calibrated(prior, 0.56, Rates(8, 2, 1, 9))
    )
    assert (found.estimated, found.adjusted, found.prior, found.n_sentences) == (None, None, prior, 2)
    assert estimate_prevalence(np.zeros(0), np.zeros(0, dtype=np.int64), Calibrated(0.5, 0.5)).n_articles == 0


def test_a_corpus_without_one_loaded_sentence_has_no_interval():
    found = estimate_prevalence(np.full(300, 0.001), np.arange(300) // 10, Calibrated(0.5, 0.5), resamples=50)
    assert found.share.value == pytest.approx(0, abs=1e-6)
    assert (found.share.low, found.share.high) == (None, None)


@pytest.mark.skipif("base" not in checkpoints.available(), reason="needs the embedded model models/base")
def test_a_model_is_known_by_its_fingerprint():
    checkpoint = checkpoints.read("base")
    own = checkpoint.calibration.prevalence
    found = calibrated_for(f"base@{checkpoint.fingerprint}/torch-cpu-float32")
    assert (found.prior, found.own_prior) == (own, own)
    rates = found.rates
    # Counted on the very rows that the prior is of.
    assert (rates.hits + rates.misses) / (rates.hits + rates.misses + rates.alarms + rates.passes) == pytest.approx(own)
    assert rates.hits > rates.misses
    assert calibrated_for(f"base@{checkpoint.fingerprint}+prior=0.1/torch-cpu-float32").prior == 0.1
    assert calibrated_for("base@0000/torch-cpu-float32") is None
    given = table({"a": [0.1] * 6, "b": [0.2] * 6})
    for given_prior, told in (("", "55.4%"), ("+prior=0.2", "20%")):
        model = f"base@{checkpoint.fingerprint}{given_prior}/torch-cpu-float32"
        found = compare_groups(given.set_column(2, "model", pa.array([model] * 12)), resamples=50)
        assert f"Scores assume that {told} of sentences are loaded." in methods(found)
    assert calibrated_for("loaded=somebody/else@1") is None


# Time


def press(n: int, seed: int = 0) -> pa.Table:
    """Articles of two outlets over half a year; one becomes louder in April."""
    rng = np.random.default_rng(seed)
    days = [date(2024, 1, 1) + timedelta(days=int(d)) for d in rng.integers(0, 181, n)]
    sides = ["a" if i % 2 else "b" for i in range(n)]
    level = [0.2 + 0.3 * (side == "a" and day >= date(2024, 4, 1)) for side, day in zip(sides, days, strict=True)]
    values = np.clip(np.array(level) + rng.normal(0, 0.1, n), 0, 1)
    scores = {score: pa.array(values) for score in SCORES}
    return pa.table({"id": [str(i) for i in range(n)], "model": ["m"] * n, "group": sides, "date": days, **scores})


def test_months_have_means_and_intervals():
    found = trend(press(600), by="group")
    assert [period.start.month for period in found.periods if period.side == "a"] == [1, 2, 3, 4, 5, 6]
    assert found.sides == ("a", "b")
    assert sum(period.n for period in found.periods) == 600
    for period in found.periods:
        truth = 0.5 if period.side == "a" and period.start.month >= 4 else 0.2
        assert period.low - 0.02 <= truth <= period.high + 0.02
    assert found.table().column_names == ["side", "start", "value", "low", "high", "n"]


def test_a_period_of_few_articles_is_wider_and_not_hidden():
    given = press(300)
    lone = pa.table({name: given[name].slice(0, 1) for name in given.column_names}).set_column(
        3, "date", pa.array([date(2025, 1, 5)])
    )
    found = trend(pa.concat_tables([given, lone]), every="month")
    last, other = found.periods[-1], found.periods[0]
    assert last.n == 1
    assert last.high - last.low > 3 * (other.high - other.low)


def test_coverage_of_single_articles_is_about_what_is_said():
    inside = []
    for seed in range(6):
        given = press(400, seed)
        found = trend(given.filter(pa.compute.equal(given["group"], "b")), every="day")
        inside += [period.low <= 0.2 <= period.high for period in found.periods]
    assert 0.9 <= np.mean(inside) <= 0.99


def test_one_article_per_period_tells_nothing_of_how_far_they_scatter():
    days = [date(2024, month, day) for month, day in ((1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2), (4, 1), (4, 2))]
    scores = {score: pa.array(np.linspace(0, 1, 12)) for score in SCORES}
    given = {"id": [str(i) for i in range(12)], "model": ["m"] * 12, **scores}
    few = trend(pa.table({**given, "date": [*days, *(date(2024, month, 1) for month in (5, 6, 7, 8))]}))
    assert {period.low for period in few.periods} == {None}  # Four articles beyond one per period.
    enough = trend(pa.table({**given, "date": [*days, *(date(2024, month, 1) for month in (5, 5, 7, 8))]}))
    assert None not in {period.low for period in enough.periods}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-05-31", date(2024, 5, 31)),
        (" 2024-05-31T23:30:00-05:00", date(2024, 5, 31)),
        ("20240531", date(2024, 5, 31)),
        ("20240531T2330", date(2024, 5, 31)),
        # Nexis, ProQuest, Factiva, feeds.
        ("May 31, 2024 Friday 6:05 PM GMT", date(2024, 5, 31)),
        ("Friday, May 31, 2024", date(2024, 5, 31)),
        ("Sept. 3, 2024", date(2024, 9, 3)),
        ("Jun 3, 2024", date(2024, 6, 3)),
        ("31 May 2024", date(2024, 5, 31)),
        ("Fri, 31 May 2024 10:00:00 +0200", date(2024, 5, 31)),
        ("May 3rd, 2024", date(2024, 5, 3)),
        *(
            (text, None)
            for text in ("May 2024", "May 35, 2024", "Marching 3, 2024", "in May 3, 2024", "May 3", "3 Mai 2024")
        ),
        *(
            (text, None)
            for text in ("05/31/2024", "2024-5-3", "20240531120000", "20240501120000", "2024-13-01", "1714")
        ),
    ],
)
def test_a_day_is_read_in_full_or_not_at_all(text, day):
    assert read_day(text) == day


@pytest.mark.parametrize(("every", "start"), [("day", 16), ("week", 13), ("month", 1)])
def test_periods_begin_on_their_first_day(every, start):
    assert start_of(date(2024, 5, 16), every) == date(2024, 5, start)


def test_texts_are_days_and_what_is_none_is_counted():
    given = press(4).set_column(3, "date", pa.array(["2024-05-31T10:00:00Z", "31.5.2024", None, "2024-05-30"]))
    found = trend(given, every="day")
    assert [period.start for period in found.periods] == [date(2024, 5, 30), date(2024, 5, 31)]
    assert found.n_undated == 2
    assert found.periods[0].low is None
    with pytest.raises(InputError, match="'day', 'week' or 'month'"):
        trend(given, every="year")
    with pytest.raises(InputError, match="no article has both a date"):
        trend(given.set_column(3, "date", pa.array(["?"] * 4)))
