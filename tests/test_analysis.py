"""Comparison: intervals over articles, topics, telling words, and what is refused."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from math import log, sqrt

import numpy as np
import pyarrow as pa
import pytest
from fakes import fake_scorer
from hypothesis import given, settings
from hypothesis import strategies as st
from report_documents import document

from biasscore.analysis import SCORES, Events, compare, compare_groups, trend
from biasscore.analysis.bootstrap import MIN_ROWS, interval
from biasscore.analysis.estimates import Design, within_topics
from biasscore.analysis.means import Sample, draws, matched_draws, matched_means, means
from biasscore.analysis.sentences import Sentences, author_text
from biasscore.analysis.words import Statement, log_odds, telling, words
from biasscore.errors import InputError
from biasscore.tables import COLUMNS, Row, to_table

LOADED = "The smug board passed a reckless scheme. It was a shameless vote by the board."
PLAIN = "The board passed the plan. “A reckless vote,” a member said."


def table(groups: dict[str, list[float | None]], **columns: list[object]) -> pa.Table:
    """A document-level result table in which every score of an article is the same number."""
    rows = [(group, value) for group, values in groups.items() for value in values]
    return pa.table(
        {
            "id": [f"{group}{i}" for i, (group, _) in enumerate(rows)],
            "group": [group for group, _ in rows],
            "model": ["m@1"] * len(rows),
            "error": pa.array([None] * len(rows), pa.string()),
            **{score: pa.array([value for _, value in rows], pa.float64()) for score in SCORES},
            **columns,
        }
    )


def test_scores_are_the_result_tables():
    assert set(SCORES) <= {column.name for column in COLUMNS if "document" in column.levels}


def test_two_articles_differ_without_an_interval():
    one, two = document(PLAIN, title="One"), document(LOADED, title="Two")
    comparison = compare([one, two])
    found = comparison.difference("loaded")
    assert found.value == pytest.approx(two.loaded - one.loaded)
    assert (found.low, found.high, found.n, found.n_against) == (None, None, 1, 1)
    assert (found.side, found.against) == ("Two", "One")
    assert comparison.side("One").document is one
    assert comparison.difference("tone").value == pytest.approx(0)
    json.dumps(comparison.to_dict(), allow_nan=False)


def test_a_score_that_a_side_lacks_has_no_difference():
    found = compare([document("It is plain."), document(PLAIN)]).difference("quoted_loaded")
    assert (found.value, found.low, found.n, found.n_against) == (None, None, 1, 0)


def test_different_models_do_not_compare():
    with pytest.raises(InputError, match=r"different models.*a@1, b@2.*the same model"):
        compare([document(PLAIN, model="a@1"), document(PLAIN, model="b@2")])


@pytest.mark.parametrize(
    ("sides", "message"),
    [
        ([], "at least two articles or groups"),
        (
            [document(PLAIN)],
            "at least two articles or groups, not 1; add an article or a group .*biasscore.analysis.trend",
        ),
        ({"a": document(PLAIN), "b": []}, "no article with scores"),
        ([table({"a": [0.1]}).drop(["model"]), document(PLAIN)], "no column 'model'"),
    ],
)
def test_what_cannot_be_compared_is_refused(sides, message):
    with pytest.raises(InputError, match=message):
        compare(sides)


def test_topics_need_tables_and_columns_must_exist():
    with pytest.raises(InputError, match="'topic' works with tables of scores only"):
        compare([document(PLAIN), document(PLAIN)], topic="topic")
    with pytest.raises(InputError, match="no column 'outlet'"):
        compare_groups(table({"a": [0.1], "b": [0.2]}), by="outlet")
    with pytest.raises(InputError, match="--level document"):
        compare_groups(table({"a": [0.1], "b": [0.2]}, sentence=[0, 1]))


def test_names_are_titles_or_letters_and_never_the_same():
    names = [
        side.name for side in compare([document(PLAIN), document(PLAIN, title="B"), document(PLAIN, title="B")]).sides
    ]
    assert names == ["A", "B (2)", "B (3)"]


def test_a_title_that_looks_like_a_numbered_one_hides_no_document():
    titles = ["X", "X", "X (2)", "X (2) (2)"]
    names = [side.name for side in compare([document(PLAIN, title=title) for title in titles]).sides]
    assert len(set(names)) == 4
    assert names[2:] == titles[2:]
    with pytest.raises(InputError, match="two groups have the same name"):
        compare({1: document(PLAIN), "1": document(PLAIN), "2": document(PLAIN)})


def test_an_id_that_stands_for_two_articles_is_refused():
    given = table({"a": [0.1, 0.2, 0.3], "b": [0.5, 0.6, 0.7]})
    again = given.set_column(0, "id", pa.array([*"012", *"012"]))
    rows = {name: again[name] for name in ("id", "model", "loaded")}
    sentences = pa.table({**rows, "text": ["A plan."] * 6, "start": range(6), "kind": ["text"] * 6})
    assert compare_groups(again).side("a").n_articles == 3  # Nothing is joined by the ids.
    for joined in ({"sentences": sentences}, {"match": Events(())}):
        with pytest.raises(InputError, match="the id '0' stands for more than one article"):
            compare_groups(again, **joined)
    with pytest.raises(InputError, match="stands for more than one article; some rows have the same id and the same s"):
        compare_groups(pa.concat_tables([given, given]))
    with pytest.raises(InputError, match="the id 'a 1' stands for more than one article"):
        compare({"a": [document(PLAIN)] * 2, "a 1": document(PLAIN)})


def test_tables_of_two_runs_that_number_their_articles_alike_compare():
    runs = [table({"a": [0.1 * i, 0.2, 0.0], "b": [0.3 * i, 0.6, 0.7]}, stars=[5.0] * 6) for i in (1, 2)]
    runs[1] = runs[1].filter(pa.array([True, False, True, True, False, False]))
    for scores in (("loaded",), ("stars",)):
        assert [side.n_articles for side in compare_groups(pa.concat_tables(runs), scores=scores).sides] == [5, 4]


def test_a_table_of_sentences_that_does_not_fit_is_refused():
    given = table({"a": [0.1, 0.2], "b": [0.3, 0.4]})
    rows = {name: given[name] for name in ("id", "model", "loaded")}
    sentences = pa.table({**rows, "text": ["A plan."] * 4, "start": [0] * 4, "kind": ["text"] * 4})
    assert compare_groups(given, sentences=sentences).side("a").n_articles == 2
    other = sentences.set_column(1, "model", pa.array(["m@1", "m@1", "m@1", "small@2"]))
    with pytest.raises(InputError, match=r"scored by another model or with other settings \(small@2\).*\(m@1\)"):
        compare_groups(given, sentences=other)
    gone = given.slice(0, 3)
    assert len(compare_groups(gone, sentences=other).sides) == 2  # Sentences of other articles do not matter.
    with pytest.raises(InputError, match="has a sentence twice"):
        compare_groups(given, sentences=pa.concat_tables([sentences, sentences]))


def test_shares_that_cannot_be_estimated_are_refused():
    given = table({"a": [0.1, 0.2], "b": [0.3, 0.4]})
    rows = {name: given[name] for name in ("id", "model", "loaded")}
    sentences = pa.table({**rows, "text": ["A plan."] * 4, "start": [0] * 4, "kind": ["text"] * 4})
    with pytest.raises(InputError, match=r"--prior auto .* needs the sentences"):
        compare_groups(given, prior="auto")
    with pytest.raises(InputError, match=r"'prior' must be 'auto' .* not 0.2"):
        compare_groups(given, sentences=sentences, prior=0.2)
    with pytest.raises(InputError, match="the model 'm@1' is not installed here"):
        compare_groups(given, sentences=sentences, prior="auto")
    with pytest.raises(InputError, match="the model 'hand@0' is not installed here"):
        compare([document(PLAIN), document(LOADED)], prior="auto")


def test_few_articles_have_no_interval_and_enough_have_one():
    nine = [document(LOADED), document(PLAIN), document(LOADED)] * 3
    few = compare({"a": [document(PLAIN)] * (MIN_ROWS - 1), "b": nine}, keep_reprints=True)
    assert few.side("a").estimate("loaded").low is None
    assert few.side("b").estimate("loaded").low is not None
    assert few.difference("loaded").low is None
    found = compare({"a": [document(PLAIN)] * MIN_ROWS, "b": nine}, keep_reprints=True).difference("loaded")
    assert found.low < found.value < found.high


def test_scores_that_do_not_vary_have_no_interval():
    same = compare_groups(table({"a": [0.0] * 6, "b": [0.5] * 9}))
    for found in (*same.differences, *(e for side in same.sides for e in side.estimates)):
        assert found.value is not None
        assert (found.low, found.high) == (None, None)
    assert {(d.adjusted_low, d.adjusted_high) for d in same.differences} == {(None, None)}
    assert same.n_looks == 0
    varied = compare_groups(table({"a": [0.0] * 6, "b": [0.5, 0.4, 0.6] * 3}))
    assert varied.side("a").estimate("loaded").low is None
    assert varied.difference("loaded").low < 0.5 < varied.difference("loaded").high


def test_a_small_side_widens_the_intervals_of_large_ones_by_its_share_of_the_error():
    rng = np.random.default_rng(6)
    given = {name: list(rng.beta(2, 5, 200)) for name in "abcdefgh"}

    def half_width(groups: dict[str, list[float]]) -> float:
        found = compare_groups(table(groups), scores=("loaded",)).difference("loaded", "a")
        return (found.adjusted_high - found.adjusted_low) / 2

    alone, beside = half_width(given), half_width(given | {"tiny": list(rng.beta(2, 5, 5))})
    assert alone < beside < 1.8 * alone
    two = compare_groups(table({"a": given["a"], "tiny": list(rng.beta(2, 5, 5))}), scores=("loaded",))
    found = two.difference("loaded")
    # Here nearly all of the error is the small side's, so Student's t has few degrees of freedom.
    assert found.adjusted_high - found.adjusted_low > 1.3 * (found.high - found.low)


def test_the_same_call_gives_the_same_figures_and_order_does_not_matter():
    rng = np.random.default_rng(1)
    given = table({"a": list(rng.random(20)), "b": list(rng.random(30))})
    one, two = (compare_groups(given, seed=3) for _ in range(2))
    assert one == two
    parts = {name: given.filter(pa.compute.equal(given["group"], name)) for name in ("b", "a")}
    turned = compare(parts, seed=3).difference("tone")
    straight = one.difference("tone")
    assert (turned.value, turned.low, turned.high) == pytest.approx((-straight.value, -straight.high, -straight.low))
    assert compare_groups(given, seed=4).difference("tone") != straight


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(300):
        sample = Sample(f"side {trial}", rng.beta(2, 5, size=(12, 1)))
        found = interval(means(sample)[0], draws(sample, 400, 0)[:, 0], 12, 0.95)
        hits += found[0] <= 2 / 7 <= found[1]
    assert 0.89 <= hits / 300 <= 0.99


@pytest.mark.parametrize("score", ["tone", "target_quoted_tone", "title_tone", "target_positive", "title_loaded"])
def test_intervals_end_where_the_scale_ends(score):
    lowest = -1.0 if score.endswith("tone") else 0.0
    given = table({"a": [0.1] * 5, "b": [0.2] * 5})
    given = given.drop_columns(score) if score in SCORES else given
    given = given.append_column(score, pa.array([lowest, lowest, lowest, lowest, 0.1, 0.9, 1.0, 1.0, 1.0, 1.0]))
    low, high = (side.estimate(score) for side in compare_groups(given, scores=(score,)).sides)
    assert (low.low, high.high) == (lowest, 1.0)


def test_sentences_do_not_buy_narrower_intervals():
    articles = [document(LOADED), document(PLAIN)] * 4
    longer = [document(" ".join([LOADED] * 20)), document(" ".join([PLAIN] * 20))] * 4
    short, long = (
        compare({"a": docs, "b": docs}, keep_reprints=True).side("a").estimate("loaded_share")
        for docs in (articles, longer)
    )
    assert long.high - long.low == pytest.approx(short.high - short.low, abs=0.02)


def test_with_more_sides_each_stands_against_the_mean_of_the_others():
    comparison = compare_groups(table({"a": [0.1] * 6, "b": [0.4] * 60, "c": [0.8] * 6}))
    found = comparison.difference("loaded", "a")
    assert found.against == "the others"
    assert found.value == pytest.approx(0.1 - (0.4 + 0.8) / 2)
    assert found.n_against == 6
    assert len(comparison.differences) == 3 * len(SCORES)


def test_what_was_not_compared_is_refused_by_name():
    three = compare_groups(table({"a": [0.1] * 6, "b": [0.4] * 6, "c": [0.8] * 6}))
    with pytest.raises(InputError, match=r"each of the 3 groups .* difference\('loaded', side='a'\)"):
        three.difference("loaded")
    two = compare_groups(table({"a": [0.1] * 6, "b": [0.4] * 6}))
    assert two.difference("loaded", "b") == two.difference("loaded")
    for ask, unknown in (
        (lambda: two.difference("words"), "score 'words'; use one of: loaded"),
        (lambda: two.difference("loaded", "a"), "difference of the group 'a'; use one of: b"),
        (lambda: two.side("c"), "group 'c'; use one of: a, b"),
        (lambda: two.side("a").estimate("words"), "score 'words'; use one of: loaded"),
    ):
        with pytest.raises(InputError, match=f"the comparison has no {unknown}"):
            ask()


def test_a_small_side_does_not_take_the_interval_of_the_others():
    rng = np.random.default_rng(3)
    given = {"a": list(rng.random(9)), "b": list(rng.random(9)), "tiny": [0.9]}
    comparison = compare_groups(table(given))
    found = comparison.difference("loaded", "a")
    assert found.value == pytest.approx(np.mean(given["a"]) - np.mean(given["b"]))
    assert found.low < found.value < found.high
    tiny = comparison.difference("loaded", "tiny")
    assert tiny.value == pytest.approx(0.9 - (np.mean(given["a"]) + np.mean(given["b"])) / 2)
    assert tiny.low is None


def test_rows_without_group_or_score_are_counted_not_lost():
    given = table({"a": [0.1, 0.2, None], "b": [0.3, 0.4]}, error=["broken", None, None, None, None])
    given = given.set_column(1, "group", pa.array(["a", "a", "a", "b", None]))
    comparison = compare_groups(given)
    assert comparison.n_unscored == 1
    assert [(side.name, side.n_articles) for side in comparison.sides] == [("(none)", 1), ("a", 2), ("b", 1)]
    assert comparison.side("a").estimate("loaded").n == 1


@pytest.mark.parametrize("missing", [None, "", " "])
def test_articles_without_a_group_have_one_name_everywhere(missing):
    given = table({"a": [0.1, 0.2], "b": [0.3, 0.4]}, target=["Hall"] * 4, date=["2024-05-31"] * 4)
    given = given.set_column(1, "group", pa.array(["a", "a", missing, missing]))
    assert [side.name for side in compare_groups(given.drop_columns("target")).sides] == ["(none)", "a"]
    assert set(trend(given, by="group").sides) == {"(none)", "a"}
    plots = pytest.importorskip("biasscore.report.plots")
    drawn = plots.outlets_by_target(given, ["Hall"], score="loaded")
    assert [label.get_text() for label in drawn.get_yticklabels()] == ["(none)", "a"]
    with pytest.raises(InputError, match="the column 'group' of the table is empty"):
        compare_groups(given.drop_columns("target").set_column(1, "group", pa.array([missing] * 4)))


@pytest.mark.parametrize("missing", [None, "", " "])
def test_articles_without_a_topic_have_none_in_common(missing):
    given = table({"a": [0.1, 0.2], "b": [0.3, 0.4]}, topic=["x", missing, "x ", missing])
    matched = compare_groups(given, topic="topic")
    assert (matched.matching.topics, matched.matching.dropped) == ((("x", 2),), 2)


def test_groups_that_differ_in_blanks_are_one_and_in_case_are_told(caplog):
    given = table({"CNN": [0.1], "CNN ": [0.2], "cnn": [0.3], "Fox": [0.4]})
    assert {side.name: side.n_articles for side in compare_groups(given).sides} == {"CNN": 2, "Fox": 1, "cnn": 1}
    assert "some groups differ only in upper and lower case: CNN, cnn;" in caplog.text


def test_matching_by_topic_takes_away_a_difference_of_subject():
    # Both sides write alike on each subject; one writes more about the heated one.
    cold, hot = 0.1, 0.7
    values = {"a": [cold] * 8 + [hot] * 2 + [0.9], "b": [cold] * 2 + [hot] * 8}
    topics = ["cold"] * 8 + ["hot"] * 2 + ["own"] + ["cold"] * 2 + ["hot"] * 8
    given = table(values, topic=topics)
    assert compare_groups(given).difference("loaded").value == pytest.approx(0.58 - 3.1 / 11)
    matched = compare_groups(given, topic="topic")
    assert matched.difference("loaded").value == pytest.approx(0)
    assert matched.matching.topics == (("cold", 10), ("hot", 10))
    assert (matched.matching.kept, matched.matching.dropped) == (20, 1)
    with pytest.raises(InputError, match="no topic"):
        compare_groups(table({"a": [0.1], "b": [0.2]}, topic=["x", "y"]), topic="topic")


def test_small_sides_are_compared_with_the_mean_of_the_others():
    found = compare_groups(table({"a": [0.1], "b": [0.3, 0.5], "c": [0.9, 0.9, 0.9]}), resamples=9)
    against = {d.side: (d.value, d.n_against) for d in found.differences if d.score == "loaded"}
    expected = {"a": (0.1 - 0.65, 2), "b": (0.4 - 0.5, 1), "c": (0.9 - 0.25, 1)}
    assert against == {side: (pytest.approx(value), n) for side, (value, n) in expected.items()}


def test_matched_means_do_not_depend_on_the_order_of_articles():
    rng = np.random.default_rng(3)
    values, strata, order = rng.random((30, 2)), np.repeat(np.arange(3), [5, 10, 15]), rng.permutation(30)
    values[:5, 1] = np.nan  # a topic without the score counts for no side
    [sorted_], [mixed] = (
        matched_means([Sample("a", values[at], strata[at])], np.ones(3)) for at in (np.arange(30), order)
    )
    assert mixed == pytest.approx(sorted_)
    assert mixed == pytest.approx(
        [
            np.mean([values[strata == k, 0].mean() for k in range(3)]),
            np.mean([values[strata == k, 1].mean() for k in (1, 2)]),
        ]
    )


def test_matched_draws_are_centred_on_the_matched_means():
    rng = np.random.default_rng(2)
    samples = [
        Sample(name, rng.random((60, 2)) + shift, np.repeat(np.arange(6), 10))
        for name, shift in (("a", 0.0), ("b", 0.2))
    ]
    weights = np.full(6, 20.0)
    value = np.subtract(*matched_means(samples, weights))
    drawn = np.subtract(*matched_draws(samples, weights, 800, 0))
    assert drawn.shape == (800, 2)
    assert drawn.mean(axis=0) == pytest.approx(value, abs=0.02)
    assert (drawn.std(axis=0) > 0.02).all()


def test_log_odds_follow_the_paper():
    side, others = Counter(tax=8, the=40), Counter(tax=2, the=50)
    prior = side + others
    alpha = {word: 250 * count / prior.total() for word, count in prior.items()}
    here, there = 8 + alpha["tax"], 2 + alpha["tax"]
    delta = log(here / (48 + 250 - here)) - log(there / (52 + 250 - there))
    found = log_odds(side, prior, prior.total(), prior)
    assert found["tax"] == pytest.approx(delta / sqrt(1 / here + 1 / there))
    assert found["tax"] > 0 > found["the"]


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 50), min_size=2), st.data())
def test_log_odds_turn_their_sign_with_the_sides(counts, data):
    side = Counter({word: data.draw(st.integers(0, n)) for word, n in counts.items()})
    prior = Counter(counts)
    others = prior - side
    there, back = (log_odds(one, prior, prior.total(), prior) for one in (side, others))
    assert there == pytest.approx({word: -z for word, z in back.items()}, abs=1e-9)


def test_telling_words_are_the_authors_own():
    documents = [document(text * 60) for text in (LOADED + " ", PLAIN + " ")]
    quotes = [[(quote.start, quote.end) for quote in found.quotes] for found in documents]
    sides = [
        Sentences.of_documents({"a": found}).statements({"a": own})["a"]
        for found, own in zip(documents, quotes, strict=True)
    ]
    (smug, sentences), (plain, _) = telling(sides)
    assert {"smug", "reckless", "shameless"} <= {word.word for word in smug}
    assert "reckless" not in {word.word for word in plain}
    assert all(word.count > 0 for word in (*smug, *plain))
    assert sentences[0].text in LOADED
    assert len({sentence.text for sentence in sentences}) == len(sentences)


def test_typical_sentences_hold_a_typical_word():
    """Many words that are each hardly typical must not make a typical sentence."""
    calm = " ".join(f"river{letter}" for letter in "abcdefghijklmnopqrst")
    side = [Statement("Smug smug smug words again.", "smug " * 40 + "words again to come", 0.9, "a"),
            Statement("Calm.", calm, 0.1, "b")]  # fmt: skip
    other = [Statement("Other.", "vote bill plan council " * 60, 0.1, "c")]
    (told, sentences), _ = telling([side, other])
    assert [word.word for word in told] == ["smug"]
    assert [sentence.text for sentence in sentences] == ["Smug smug smug words again."]


def test_a_one_word_vocabulary_tells_nothing():
    same = [Statement("vote", "vote", None, "a")]
    assert telling([same, same]) == (((), ()), ((), ()))
    assert telling([[], []]) == (((), ()), ((), ()))


def test_sentence_tables_tell_words_too():
    given = table({"a": [0.1] * 3, "b": [0.2] * 3})
    sentences = pa.table(
        {
            "id": given["id"],
            "text": ["A smug plan for the town. " * 90] * 3 + ["A calm plan for the town. " * 90] * 3,
            "start": [0] * 6,
            "loaded": [0.5] * 6,
            "kind": ["text"] * 6,
            "model": given["model"],
        }
    )
    comparison = compare_groups(given, sentences=sentences)
    assert comparison.side("a").words[0].word == "smug"
    assert comparison.side("b").words[0].word == "calm"
    assert compare_groups(given).side("a").words == ()


def test_author_text_leaves_quotations_out():
    text = "Go, “stay,” he said. “No.”"
    assert words(author_text(text, 10, [(14, 21), (31, 36)])) == ["go", "he", "said"]
    assert author_text(text, 10, [(0, 10), (36, 40)]).strip() == text
    assert author_text(text, 10, [(0, 99)]).strip() == ""


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=MIN_ROWS, max_size=12), st.lists(st.floats(0, 1), min_size=5, max_size=12))
def test_intervals_hold_their_value_and_stay_in_range(one, two):
    comparison = compare_groups(table({"a": one, "b": two}), resamples=50)
    for found in (*comparison.differences, *(e for side in comparison.sides for e in side.estimates)):
        reach = 2 if found.score == "tone" else 1
        assert (found.low is None) == (found.high is None)
        assert found.low is None or -reach <= found.low <= found.high <= reach
    one_value = (len(set(comparison_values)) == 1 for comparison_values in (one, two))
    for side, constant in zip(comparison.sides, one_value, strict=True):
        assert not constant or side.estimate("loaded").low is None
    assert comparison.difference("loaded").value == pytest.approx(np.mean(two) - np.mean(one))


def test_results_are_frozen():
    comparison = compare([document(PLAIN), document(LOADED)])
    with pytest.raises(dataclasses.FrozenInstanceError):
        comparison.seed = 1


def test_tables_and_documents_give_the_same_comparison():
    texts = {
        "a": ["The senator said absurd vote. “They absurd,” he said.", "The bill is nasty."] * 3,
        "b": ["He said it."] * 6,
    }
    scorer = fake_scorer()
    documents = {name: [scorer.score(" ".join([text] * 9)) for text in given] for name, given in texts.items()}
    scored = [
        (Row(f"{name} {i}", group=name), doc) for name, docs in documents.items() for i, doc in enumerate(docs, 1)
    ]
    level = {level: to_table(scored, level, scorer.fingerprint) for level in ("document", "sentence")}
    from_tables = compare_groups(level["document"], sentences=level["sentence"], resamples=100)
    from_documents = compare(documents, resamples=100)
    assert from_tables == from_documents
    assert from_tables.side("a").words


@pytest.mark.parametrize(("cells", "known"), [((2, 1, 1, 1), False), ((2, 2, 2), False), ((5, 6, 7, 5), True)])
def test_thin_matched_topics_have_no_interval(cells, known):
    strata = np.repeat(np.arange(len(cells)), cells)
    rng = np.random.default_rng(0)
    sides = [Sample(name, rng.normal(size=(len(strata), 1)), strata) for name in "AB"]
    weights = np.full(len(cells), 1 / len(cells))
    one, two = matched_draws(sides, weights, 400, seed=0)
    found = interval(0.0, (two - one)[:, 0], len(strata), 0.95)
    assert (found is not None) == known


def test_intervals_of_matched_topics_cover_the_truth_about_as_often_as_they_say():
    """Topics differ in how far the sides are apart, so six of them say little, however many articles they have."""
    rng = np.random.default_rng(0)
    strata, plain, adjusted = np.repeat(np.arange(6), 20), 0, 0
    for trial in range(200):
        apart = rng.normal(0, 0.02, 6)[strata]
        values = (rng.normal(0, 0.02, (120, 1)), apart[:, None] + rng.normal(0, 0.02, (120, 1)))
        sides = [Sample(name, found, strata) for name, found in zip("AB", values, strict=True)]
        [found] = within_topics(sides, np.full(6, 40.0), Design(("loaded",), 400, trial, 0.95)).differences
        assert (found.n, found.n_against) == (120, 120)
        plain += found.low <= 0 <= found.high
        adjusted += found.adjusted_low <= 0 <= found.adjusted_high
    assert plain / 200 >= 0.89
    assert adjusted / 200 >= 0.93


def test_a_score_in_few_of_the_matched_topics_has_no_interval():
    rng = np.random.default_rng(1)
    strata = np.repeat(np.arange(6), 10)
    values = rng.random((60, 2))
    values[strata > 3, 1] = np.nan
    sides = [Sample(name, values, strata) for name in "AB"]
    found = within_topics(sides, np.full(6, 20.0), Design(("loaded", "peak"), 200, 0, 0.95))
    assert [estimate.low is not None for estimate in found.estimates[0]] == [True, False]


def test_function_words_of_a_single_article_tell_nothing():
    text = "It has this and that. The council has the plan and the vote. "
    one = [Statement(text, text * 400, 0.1, "one")]
    two = [Statement("Calm water.", "Calm water over stone. " * 400, 0.1, "two")]
    (told, _), _ = telling([one, two])
    assert {word.word for word in told} == {"council", "plan", "vote"}
    many = [Statement(text, text, 0.1, f"article {i}") for i in range(400)]
    (told, _), _ = telling([many, two])
    assert "has" in {word.word for word in told}


def test_letters_of_abbreviations_tell_nothing():
    text = "The U.S. council met at 5 p.m. on the plan."
    side = [Statement(text, text, 0.1, f"article {i}") for i in range(100)]
    other = [Statement("Calm water.", "Calm water over stone. " * 400, 0.1, "two")]
    (told, _), _ = telling([side, other])
    assert "council" in {word.word for word in told}
    assert not {"u", "s", "p", "m"} & {word.word for word in told}


@settings(deadline=None)
@given(st.lists(st.integers(0, 60), min_size=0, max_size=12, unique=True), st.integers(0, 40), st.text(max_size=30))
def test_author_text_leaves_out_what_any_quotation_covers(borders, start, text):
    borders = sorted(borders)
    quotes = list(zip(borders[::2], borders[1::2], strict=False))
    outside = [c for at, c in enumerate(text, start) if not any(first <= at < last for first, last in quotes)]
    assert author_text(text, start, quotes).replace(" ", "") == "".join(outside).replace(" ", "")
