"""Evaluation end to end: what is judged, on which rows, beside which baselines, and what it refuses."""

from __future__ import annotations

import csv
import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import fake_scorer
from hypothesis import given, settings
from hypothesis import strategies as st

from biasscore.analysis.bootstrap import RESAMPLES
from biasscore.cli.main import main
from biasscore.errors import InputError, TrainingError
from biasscore.evaluation import baselines
from biasscore.evaluation.answers import Answers, ask, from_probabilities
from biasscore.evaluation.evaluate import evaluate
from biasscore.evaluation.figures import Origin, Rival, judge, leans_of_outlets
from biasscore.evaluation.labelled_rows import LABEL_COLUMNS, RowSet, table_sets
from biasscore.evaluation.out_of_fold import judged_sets
from biasscore.evaluation.words import joined, words_of_spans
from biasscore.heads import LOADED, MAPS, SENTIMENT, SUBJECTIVITY
from biasscore.predict.calibration import UNCALIBRATED, AffineMap, sigmoid, softmax
from biasscore.training import leakage
from biasscore.training.calibration_fit import (
    F1_SLACK,
    FEWEST_SENTENCES,
    NEVER,
    STAGE_MAPS,
    fit_calibration,
    fit_map,
    label_thresholds,
    lowest_f1_threshold,
)
from biasscore.training.corpora import Row, read_corpus
from biasscore.training.predictions import Prediction, row_id, write_predictions

NOWHERE = Origin("by hand", shipped=True, seen=0)


def sentence(i: int, loaded: bool) -> str:
    # Numbers as words apart, so that no two sentences share eight words.
    digits = " ".join(f"n{i}x{k}" for k in range(4))
    return f"The senator {digits} said the {'absurd nasty regime' if loaded else 'bill'} {digits[::-1]} ."


def write_babe(folder, n: int = 160) -> list[dict]:
    """A data folder with one small corpus of our own sentences in BABE's columns."""
    records = []
    for i in range(n):
        loaded = i % 2 == 1
        records.append(
            {
                "dataset": "babe",
                "split": "train",
                "text": sentence(i, loaded),
                "loaded": int(loaded),
                "outlet": f"outlet {i % 6}",
                "lean": ("left", "right", "center")[i % 3],
                "topic": "bills",
                "loaded_words": ["absurd", "nasty"] if loaded else [],
                "opinion": None,
                "gpt4": None,
                "gpt35": None,
            }
        )
    pq.write_table(pa.Table.from_pylist(records), folder / "loaded.parquet")
    return records


def noisy_predictions(records: list[dict], seed: int = 0) -> list[Prediction]:
    rng = np.random.default_rng(seed)
    found = []
    for i, record in enumerate(records):
        common = {"scheme": "random folds", "row": row_id(record["text"]), "fold": i // 2 % 4, "dataset": "babe"}
        common |= {"outlet": record["outlet"], "lean": record["lean"]}
        logit = float(rng.normal(3 if record["loaded"] else -3, 3))
        found.append(Prediction("loaded", gold=record["loaded"], logits=(logit,), **common))
        at = 0
        for word in record["text"].split():
            start = record["text"].index(word, at)
            at = start + len(word)
            gold = int(word in record["loaded_words"])
            if word != ".":
                said = float(rng.normal(3 if gold else -4, 1.5))
                found.append(Prediction("span", gold=gold, logits=(said,), start=start, end=at, **common))
    return found


def write_csv(path, rows: list[tuple], header: tuple[str, ...]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])


# calibration


@given(st.floats(0.2, 4), st.floats(-2, 2), st.integers(0, 99))
@settings(deadline=None, max_examples=25)
def test_the_fitted_map_is_the_one_that_made_the_labels(scale, shift, seed):
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(20_000, 1))
    truth = (rng.random(20_000) < sigmoid(scale * logits[:, 0] + shift)).astype(int)
    found = fit_map(logits, truth)
    # Five standard errors or more, which grow with the scale: fewer labels are in doubt.
    near = 0.12 + 0.05 * scale
    assert found.scale == pytest.approx(scale, abs=near)
    assert found.shift[0] == pytest.approx(shift, abs=near)


def test_three_classes_get_one_scale_and_three_shifts():
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(20_000, 3)) * 2
    wanted = softmax(0.5 * logits + np.array([0.6, 0.0, -0.6]))
    truth = (rng.random((20_000, 1)) > np.cumsum(wanted, axis=1)).sum(axis=1)
    found = fit_map(logits, truth)
    assert found.scale == pytest.approx(0.5, abs=0.05)
    np.testing.assert_allclose(found.shift, [0.6, 0.0, -0.6], atol=0.1)


def test_separable_rows_get_a_finite_map():
    found = fit_map(np.array([[-1.0], [-2.0], [1.0], [2.0]]), np.array([0, 0, 1, 1]))
    assert math.isfinite(found.scale)
    assert found.probabilities(np.array([[2.0]]))[0] < 0.999


def test_one_class_cannot_be_calibrated():
    with pytest.raises(TrainingError, match="all have the same label; add rows"):
        fit_map(np.zeros((5, 1)), np.ones(5, dtype=int))


def test_out_of_fold_probabilities_never_use_the_fold_they_are_of(tmp_path):
    records = write_babe(tmp_path)
    rows = {row.row: row for row in read_corpus("babe", tmp_path)}
    predictions = [p for p in noisy_predictions(records) if p.head == "loaded"]
    turned = [replace(p, gold=1 - p.gold) if p.fold == 0 else p for p in predictions]
    (_, _, before), (_, _, after) = *judged_sets(predictions, rows), *judged_sets(turned, rows)
    first = np.array([p.fold == 0 for p in predictions])
    np.testing.assert_array_equal(before.scores[first], after.scores[first])
    assert not np.array_equal(before.scores[~first], after.scores[~first])


def test_framing_that_learnt_nothing_is_no_worse_than_a_guess():
    # Were an outlet calibrated by all others, its own lean would be the rarest there, and every guess wrong.
    rng = np.random.default_rng(0)
    rows, predictions = {}, []
    for i in range(360):
        outlet = i % 9
        name = f"{i:016x}"
        rows[name] = Row("made", "valid", name, f"text {i}", outlet=f"o{outlet}", lean=outlet % 3)
        logits = tuple(float(v) for v in rng.normal(scale=0.01, size=3))
        where = {"dataset": "made", "outlet": f"o{outlet}"}
        predictions.append(Prediction("framing_document", "held-out", name, outlet % 3, logits, 0, **where))
    ((_, judged, answers),) = judged_sets(predictions, rows)
    block = judge(judged, answers, NOWHERE, unit="outlet")
    assert block.figures["auc"].value == pytest.approx(0.5, abs=0.1)
    assert block.calibration["left"].corrected.value < 0.05


@given(st.integers(0, 200))
@settings(deadline=None, max_examples=30)
def test_labels_reach_their_precision_on_the_rows_they_were_chosen_on(seed):
    rng = np.random.default_rng(seed)
    probabilities = rng.beta(0.7, 0.7, 2000)
    truth = (rng.random(2000) < probabilities).astype(int)
    neutral_below, loaded_above = label_thresholds(probabilities, truth)
    assert neutral_below <= loaded_above
    assert truth[probabilities >= loaded_above].mean() >= 0.9
    assert 1 - truth[probabilities <= neutral_below].mean() >= 0.9
    # Least demanding: a step lower and the precision is gone.
    lower = np.sort(probabilities[probabilities < loaded_above])[-1]
    if neutral_below < lower:
        assert truth[probabilities >= lower].mean() < 0.9


def test_a_precision_out_of_reach_labels_next_to_nothing():
    probabilities = np.linspace(0.01, 0.99, 500)
    truth = np.arange(500) % 2
    assert label_thresholds(probabilities, truth) == pytest.approx((1 - NEVER, NEVER))


@given(st.integers(0, 100))
@settings(deadline=None, max_examples=30)
def test_the_lowest_threshold_near_the_best_f1_is_taken(seed):
    rng = np.random.default_rng(seed)
    probabilities = np.round(rng.uniform(0.01, 0.99, 60), 2)
    truth = rng.integers(0, 2, 60)
    truth[0] = 1

    def f1(threshold: float) -> float:
        said = probabilities >= threshold
        return 2 * (said & (truth == 1)).sum() / (said.sum() + truth.sum())

    taken = lowest_f1_threshold(probabilities, truth)
    best = max(f1(t) for t in np.unique(probabilities))
    assert f1(taken) >= F1_SLACK * best - 1e-12
    assert all(f1(t) < F1_SLACK * best for t in np.unique(probabilities) if t < taken)


def test_each_map_with_enough_rows_is_fitted_and_the_others_are_the_bases():
    rng = np.random.default_rng(3)
    rows = []
    for head, classes in ((name, head.n_logits) for name, head in MAPS.items()):
        for i in range(300):
            gold = int(rng.integers(0, max(2, classes)))
            logits = rng.normal(size=classes)
            logits[gold if classes > 1 else 0] += 2 if classes > 1 or gold else -2
            rows.append(Prediction(head, "held-out", f"{i:016x}", gold, tuple(logits), 0, "babe"))
    found = fit_calibration(rows)
    loaded = [row for row in rows if row.head == "loaded"]
    assert found.prevalence == pytest.approx(np.mean([row.gold for row in loaded]))
    assert {name for name, fitted in found.maps.items() if fitted != UNCALIBRATED.maps[name]} == STAGE_MAPS
    assert all(fitted.scale > 0 for fitted in found.maps.values())
    base = replace(UNCALIBRATED, maps={**UNCALIBRATED.maps, "span": AffineMap(3.0, (1.0,))}, span_above=0.3)
    others = fit_calibration([row for row in rows if row.head != "span"], base)
    assert others == replace(found, maps={**found.maps, "span": base.maps["span"]}, span_above=0.3)
    alone = fit_calibration(loaded, base)
    assert alone.maps == {**base.maps, "loaded": found.maps["loaded"]}
    assert (alone.prevalence, alone.loaded_above) == (found.prevalence, found.loaded_above)
    few = [row for i, row in enumerate(loaded) if i < FEWEST_SENTENCES - 1]
    assert fit_calibration(few, base) == base
    assert fit_calibration([replace(row, gold=1) for row in loaded], base) == base
    assert fit_calibration([replace(row, dataset="authored-wording") for row in loaded], base) == base


def test_rows_that_the_shipped_map_was_not_fitted_on_are_judged_with_it():
    rng = np.random.default_rng(7)
    shipped = replace(UNCALIBRATED, maps={**UNCALIBRATED.maps, "loaded": AffineMap(2.0, (-1.0,))}, loaded_above=0.9)
    for dataset, n in (("authored-wording", 200), ("own", FEWEST_SENTENCES - 1)):
        rows = {f"{i:016x}": Row(dataset, "test", f"{i:016x}", f"text {i}", loaded=i % 2) for i in range(n)}
        said = [
            Prediction("loaded", "held-out", name, int(row.loaded), (4 + 2 * row.loaded + rng.normal(),), 0, dataset)
            for name, row in rows.items()
        ]
        ((_, _, answers),) = judged_sets(said, rows, shipped)
        wanted = sigmoid(2.0 * np.array([p.logits[0] for p in said]) - 1.0)
        np.testing.assert_allclose(answers.scores, wanted)
        assert answers.labels == tuple(shipped.label(float(p)) for p in wanted)


def test_a_few_rows_among_many_are_judged_with_the_map_that_the_many_decide():
    # The shipped map is fitted on both corpora together; the few have their own bias, which it does not know.
    rng = np.random.default_rng(8)
    rows, said = {}, []
    for i in range(440):
        dataset, gold, name = "own" if i < 40 else "babe", i % 2, f"{i * 2**34 + i:016x}"
        rows[name] = Row(dataset, "test", name, f"text {i}", loaded=gold)
        logit = (4 if dataset == "own" else -1) + 2 * gold + rng.normal()
        said.append(Prediction("loaded", "held-out", name, gold, (logit,), 0, dataset))
    judged = {found.dataset: (found, answers) for _, found, answers in judged_sets(said, rows)}
    found, answers = judged["own"]
    shipped = fit_calibration(said).maps["loaded"]
    whole = shipped.probabilities(np.array([p.logits for p in said[:40]]))
    np.testing.assert_allclose(answers.scores, whole, atol=0.1)
    assert answers.scores.mean() > found.truth.mean() + 0.2


# leakage


def test_case_punctuation_and_ligatures_hide_no_copy():
    found = leakage.overlap(["“The ﬁrst bill,” he SAID!"], ["the first bill he said", "Another bill"])
    np.testing.assert_array_equal(found.equal, [True, False])


def test_overlap_is_the_share_of_eight_word_sequences():
    words = [f"w{i}" for i in range(12)]
    training = ["before " + " ".join(words[:9]) + " after"]
    found = leakage.overlap(training, [" ".join(words), " ".join(words[:7])])
    np.testing.assert_allclose(found.share, [2 / 5, 0.0])
    np.testing.assert_array_equal(found.touched, [True, False])
    np.testing.assert_array_equal(found.copied, [False, False])


def test_shared_outlets_are_refused():
    with pytest.raises(TrainingError, match="outlet 'x' is both in the training data"):
        leakage.assert_disjoint(["x", "y"], ["z", "x"])
    leakage.assert_disjoint(["x", ""], ["z", ""])


# words and rows


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), max_size=6))
@settings(deadline=None)
def test_words_join_to_spans_that_cover_them(words):
    text = "an utterly absurd, nasty and half-baked plan of the old regime again"
    ranges = sorted({(a, min(a + n, len(text))) for a, n in words if a < len(text)})
    spans = joined(text, ranges)
    assert all(any(s <= a and b <= max(e, b) for s, e in spans) for a, b in ranges)
    assert len(spans) <= len(ranges)


def test_neighbouring_words_are_one_span_and_a_comma_parts_them():
    text = "utterly absurd, nasty plan"
    assert joined(text, [(0, 7), (8, 14), (16, 21)]) == ((0, 14), (16, 21))


def test_word_figures_by_hand():
    text = "an absurd nasty plan"
    found = words_of_spans([text, "a plan"], [[(3, 9)], []], [[(3, 9), (10, 15)], []])
    figures = {name: statistic(np.ones((1, 2)))[0] for name, statistic in found.statistics().items()}
    assert figures["words.f1"] == pytest.approx(2 / 3)
    assert figures["spans.exact_f1"] == 0.0
    assert figures["spans.partial_f1"] == pytest.approx(2 * 1 * 0.5 / 1.5)


def test_labels_are_read_as_names_or_numbers(tmp_path):
    file = tmp_path / "tones.csv"
    write_csv(file, [("a", "negative"), ("b", "0"), ("c", "1.0"), ("d", "-1")], ("text", "tone"))
    found, rest = table_sets(file)
    assert found.task is SENTIMENT
    assert not len(rest)
    assert found.truth.tolist() == [0, 1, 2, 0]
    write_csv(file, [("a", "1", "left")], ("text", "loaded", "lean"))
    assert table_sets(file)[0].task is LOADED
    assert table_sets(file)[0].leans == ("left",)
    write_csv(file, [("a", "yes")], ("text", "opinion"))
    with pytest.raises(InputError, match="has no column of labels"):
        table_sets(file)
    with pytest.raises(InputError, match=r"row 1 of .* has the unknown label 'yes'; use one of: "):
        table_sets(file, task="subjectivity", label="opinion")
    write_csv(file, [("a", ""), ("b", "")], ("text", "loaded"))
    with pytest.raises(InputError, match=r"the column 'loaded' of .* has no labels; write a label"):
        table_sets(file)


@pytest.mark.parametrize("column", LABEL_COLUMNS)
def test_every_label_column_that_is_looked_for_can_be_judged(tmp_path, column):
    labels = LABEL_COLUMNS[column].labels
    found = judged_table(
        tmp_path, [(sentence(i, loaded=i % 2 == 1), labels[i % 2]) for i in range(4)], ("text", column)
    )
    assert [block.task for block in found.blocks] == [LABEL_COLUMNS[column].name]


def test_a_task_is_judged_on_its_own_column_of_labels(tmp_path):
    file = tmp_path / "two.csv"
    write_csv(file, [("It closed.", "0", "1"), ("A sham.", "1", "0")], ("text", "loaded", "subjective"))
    for task, truth in ((None, [0, 1]), ("loaded", [0, 1]), ("subjectivity", [1, 0])):
        assert table_sets(file, task=task)[0].truth.tolist() == truth
    with pytest.raises(InputError, match="has no column of labels"):
        table_sets(file, task="sentiment")


def test_label_files_as_they_are_published(tmp_path):
    babe = 'text;type;label_bias;label_opinion\n"It closed; sadly.";center;Non-biased;Fact\nGutless.;right;Biased;'
    (tmp_path / "babe.csv").write_text(babe, encoding="utf-8")
    found, _ = table_sets(tmp_path / "babe.csv")
    assert (found.task, found.truth.tolist(), found.texts[0]) == (LOADED, [0, 1], "It closed; sadly.")
    lines = (
        'sentence_id\tsentence\tlabel\tsolved\na1\tIt closed.\tOBJ\tNo\na2\t"Gutless, he said.\tSUBJ\na3\tIt is.\tOBJ\n'
    )
    (tmp_path / "checkthat.tsv").write_text(lines, encoding="utf-8")
    found, _ = table_sets(tmp_path / "checkthat.tsv")
    assert (found.task.name, found.truth.tolist()) == ("subjectivity", [0, 1, 0])
    rows = [{"body": f"{i}.", "loaded": i % 2, "split": split} for i in range(4) for split in ("train", "test")]
    (tmp_path / "split.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    found, rest = table_sets(tmp_path / "split.jsonl")
    assert [(part.split, len(part), part.truth.tolist()) for part in (found, rest)] == [
        ("test", 4, [0, 1, 0, 1]),
        ("train", 4, [0, 1, 0, 1]),
    ]


# judging


def made_rows(n: int = 300) -> tuple[RowSet, np.ndarray]:
    rng = np.random.default_rng(4)
    probabilities = rng.beta(0.8, 0.8, n)
    truth = (rng.random(n) < probabilities).astype(int)
    leans = tuple(rng.choice(["left", "right"], n))
    rows = RowSet(LOADED, "made", "all", tuple(map(str, range(n))), truth, ("",) * n, leans)
    return rows, probabilities


def test_a_block_says_what_it_stands_on():
    rows, probabilities = made_rows()
    labels = tuple("loaded" if p > 0.8 else "neutral" if p < 0.2 else "uncertain" for p in probabilities)
    probabilities[7] = np.nan
    rival = Rival(from_probabilities(np.full(300, 0.5)), 10)
    block = judge(rows, from_probabilities(probabilities, labels), NOWHERE, {"a coin": rival})
    assert (block.n, block.unanswered) == (299, 1)
    assert sum(map(sum, block.confusion)) == 299
    assert block.calibration["loaded"].within_band
    assert block.figures["precision_loaded.50%"].value > block.figures["precision_loaded.10%"].value
    negatives = (rows.truth == 0) & (np.arange(300) != 7)
    left = negatives & (np.array(rows.leans) == "left")
    expected = (np.nan_to_num(probabilities)[left] >= 0.5).mean()
    assert block.figures["false_positive_rate.left"].value == pytest.approx(expected)
    coin = block.baselines["a coin"]
    assert coin.figures["auc"].value == 0.5
    assert coin.ahead["auc"].value == pytest.approx(block.figures["auc"].value - 0.5)
    assert coin.ahead["auc"].low > 0


def test_a_row_without_a_lean_has_its_outlets():
    rows = RowSet(
        LOADED, "made", "all", tuple("abcde"), np.zeros(5), ("x", "x", "y", "y", "z"), ("left", "", "left", "right", "")
    )
    assert leans_of_outlets(rows) == ("left", "left", "left", "right", "")


def test_a_model_that_says_nothing_cannot_be_judged():
    rows, _ = made_rows()
    with pytest.raises(InputError, match="gives no score for any of the 300 rows"):
        judge(rows, from_probabilities(np.full(300, np.nan)), NOWHERE)


def test_headings_and_quotations_are_answered_too():
    texts = ("Absurd regime", "“An absurd regime.”", "The bill. The absurd nasty regime.")
    rows = RowSet(LOADED, "made", "all", texts, np.array([1, 1, 1]), ("",) * 3, ("",) * 3)
    answers = ask(fake_scorer(), rows)
    assert answers.answered.all()
    assert isinstance(answers, Answers)


@pytest.mark.parametrize("name", ["tone", "peak"])
def test_a_head_of_two_classes_that_nobody_knows_is_read_from_its_field_and_has_a_baseline(name):
    """``name`` is a number that passages have, here in place of the field of a new head."""
    texts = ("The absurd nasty regime.", "The bill.")
    head = replace(SUBJECTIVITY, name="new", field=name)
    answers = ask(fake_scorer(), RowSet(head, "made", "all", texts, np.array([1, 0]), ("",) * 2, ("",) * 2))
    assert answers.scores.tolist() == [getattr(fake_scorer().score(text), name) for text in texts]
    assert list(baselines.baselines_of(head)) == ["TF-IDF + logistic regression"]


# baselines


def training_rows() -> baselines.Training:
    texts = tuple(sentence(i, loaded=i % 2 == 1) for i in range(40))
    marked = tuple(((t.index("absurd"), t.index("absurd") + 6),) if "absurd" in t else () for t in texts)
    return baselines.Training(texts, np.arange(40) % 2, marked)


def test_the_lexicon_holds_what_annotators_marked():
    assert baselines.loaded_words(training_rows()) == {"absurd"}
    texts = ["An absurd idea .", "An idea ."]
    assert baselines.lexicon(LOADED, training_rows(), texts).predicted.tolist() == [1, 0]


def test_bag_of_words_learns_from_the_training_rows():
    answers = baselines.tfidf(LOADED, training_rows(), ["the absurd nasty regime", "the bill"])
    assert answers.predicted.tolist() == [1, 0]
    assert answers.probabilities


def test_sentiment_lexicons_tell_praise_from_blame():
    pytest.importorskip("vaderSentiment")
    pytest.importorskip("textblob")
    texts = ["A great and wonderful victory.", "A horrible, terrible failure.", "The vote is on Monday."]
    nothing = baselines.Training((), np.empty(0, dtype=int))
    for tone in (baselines.vader, baselines.textblob_tone):
        assert tone(SENTIMENT, nothing, texts).predicted.tolist() == [2, 0, 1]
    assert baselines.textblob_subjectivity(SUBJECTIVITY, nothing, texts).predicted.tolist() == [1, 1, 0]


# the whole


def test_a_csv_is_evaluated_from_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("biasscore.scorer.load", lambda model: fake_scorer())
    file, figures = tmp_path / "mine.csv", tmp_path / "metrics.json"
    rows = [(sentence(i, loaded=i % 2 == 1), i % 2, "left" if i % 4 < 2 else "right") for i in range(80)]
    write_csv(file, rows, ("text", "loaded", "lean"))
    pictures = tmp_path / "pictures"
    pytest.importorskip("matplotlib")
    assert main(["evaluate", "fake", "--data", str(file), "--json", str(figures), "--diagrams", str(pictures)]) == 0
    assert "| loaded | mine, all rows | 80 | this model |" in capsys.readouterr().out
    found = json.loads(figures.read_text())
    assert found["method"]["resamples"] == RESAMPLES
    block = found["blocks"][0]
    assert block["n"] == 80
    assert block["origin"]["seen"] is None
    assert block["figures"]["auc"]["value"] > 0.9
    assert [path.suffix for path in pictures.iterdir()] == [".png"]


def judged_table(tmp_path, rows, header, monkeypatch=None, **options):
    write_csv(tmp_path / "mine.csv", rows, header)
    return evaluate(fake_scorer(), tmp_path / "mine.csv", **options)


def test_baselines_on_a_table_learn_from_its_other_rows(tmp_path, monkeypatch):
    # A corpus in the current folder is no part of the table.
    write_babe(tmp_path)
    monkeypatch.chdir(tmp_path)
    rows = [(sentence(i, loaded=i % 2 == 1), i % 2, "test" if i < 30 else "train") for i in range(90)]
    name = "TF-IDF + logistic regression"
    split = judged_table(tmp_path, rows, ("text", "loaded", "split")).blocks[0]
    assert (split.n, split.baselines[name].trained_on) == (30, 60)
    assert split.baselines[name].figures["auc"].value > 0.9
    found = judged_table(tmp_path, [row[:2] for row in rows], ("text", "loaded"))
    assert (found.blocks[0].n, found.blocks[0].baselines[name].trained_on) == (90, 72)
    assert any("lexicon of marked words is left out for mine: there are no rows with marked" in n for n in found.notes)


def test_a_baseline_with_next_to_nothing_to_learn_from_is_left_out(tmp_path):
    few = [(sentence(i, loaded=i % 2 == 1), i % 2) for i in range(20)]
    strange = [(f"w{i}x", i % 2) for i in range(100)]  # no word stands in two texts
    for rows in (few, strange):
        found = judged_table(tmp_path, rows, ("text", "loaded"))
        assert not found.blocks[0].baselines
        assert any("TF-IDF + logistic regression is left out for mine" in note for note in found.notes)


def test_too_few_rows_for_a_calibration_error_are_told(tmp_path):
    rows = [(sentence(i, loaded=i % 2 == 1), i % 2) for i in range(60)]
    few, enough = (judged_table(tmp_path, rows[:n], ("text", "loaded"), baselines=()) for n in (59, 60))
    told = "mine, all rows: no calibration error (ECE), because it needs at least 60 rows"
    assert few.notes == (told,)
    assert f"* {told}\n" in few.to_markdown()
    assert enough.notes == ()


def test_a_prior_is_judged_on_a_table_from_the_command_line(tmp_path, capsys):
    rows = [(sentence(i, loaded=i % 2 == 1), i % 2) for i in range(20)]
    write_csv(tmp_path / "mine.csv", rows, ("text", "loaded"))
    figures = tmp_path / "figures.json"
    command = ["evaluate", "small", "--data", str(tmp_path / "mine.csv"), "--baselines", "--json", str(figures)]
    assert main([*command, "--prior", "0.2"]) == 0
    found = json.loads(figures.read_text(encoding="utf-8"))
    assert found["settings"]["prior"] == 0.2
    assert "+prior=0.2" in found["model"]
    assert main([*command, "--prior", "2"]) == 2
    assert "between 0 and 1" in capsys.readouterr().err


@pytest.mark.parametrize(("data", "further"), [(".", ()), ("mine.csv", ("--update",))])
def test_a_prior_is_for_tables_and_not_for_the_figures_of_a_model(tmp_path, monkeypatch, capsys, data, further):
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", "small", "--data", data, "--prior", "0.2", *further]) == 2
    assert "--prior works with a table only, and without --update" in capsys.readouterr().err


def test_rows_of_one_class_have_no_macro_f1(tmp_path):
    rows = [(sentence(i, loaded=True), 1) for i in range(60)]
    found = judged_table(tmp_path, rows, ("text", "loaded"))
    assert "macro_f1" not in found.blocks[0].figures
    assert "macro-F1" in found.to_markdown()


def test_held_out_rows_are_judged_for_each_score_that_they_have_labels_for(tmp_path, tiny_model):
    shutil.copytree(tiny_model, tmp_path / "m")
    stage = '[[stages]]\nname = "s"\nparts = [{ corpus = "own" }]\n'
    held = '[held_out]\nsplits = { own = ["test"] }\n'
    (tmp_path / "m" / "recipe.toml").write_text(f'name = "m"\nbase = "b"\n{held}{stage}')
    rows = [
        {
            "split": "test" if i % 2 else "train",
            "text": sentence(i, loaded=False),
            "tone": i % 3 - 1,
            "subjective": i // 2 % 2,
            "loaded": 0,
        }
        for i in range(80)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "own.parquet")
    found = evaluate(tmp_path / "m", tmp_path)
    assert [(block.task, block.n) for block in found.blocks] == [("subjectivity", 40), ("sentiment", 40)]
    assert any("own, test: not judged, for all rows are labelled 'neutral'" in note for note in found.notes)


def test_predictions_of_training_are_judged_beside_baselines_trained_on_the_same_folds(tmp_path):
    records = write_babe(tmp_path)
    write_predictions(tmp_path / "predictions.parquet", noisy_predictions(records))
    found = evaluate(fake_scorer(), tmp_path, predictions=tmp_path / "predictions.parquet")
    block = next(block for block in found.blocks if block.split == "random folds")
    assert not block.origin.shipped
    assert block.n == len(records)
    assert block.figures["macro_f1"].low < block.figures["macro_f1"].value < block.figures["macro_f1"].high
    assert block.figures["words.auc"].value > 0.95
    assert {"spans.exact_f1", "precision_loaded.25%", "false_positive_rate.left_minus_right"} <= set(block.figures)
    assert block.figures["spans.exact_f1"].value <= block.figures["spans.partial_f1"].value
    assert block.calibration["loaded"].corrected.value <= block.calibration["loaded"].raw.value
    assert "random folds" in found.to_markdown()
    as_loaded = next(block for block in found.blocks if block.split == "train")
    assert as_loaded.origin.shipped
    assert as_loaded.origin.seen is None
    assert as_loaded.figures["auc"].value > 0.9
    assert as_loaded.baselines["TF-IDF + logistic regression"].trained_on == len(records) * 4 / 5


def test_random_folds_are_shown_on_the_rows_of_the_outlets_left_out(tmp_path):
    records = write_babe(tmp_path)
    predictions = noisy_predictions(records)
    left_out = [
        replace(p, scheme="leave-outlet-out", fold=int(p.outlet[-1])) for p in predictions if p.outlet < "outlet 4"
    ]
    write_predictions(tmp_path / "predictions.parquet", [*predictions, *left_out])
    found = evaluate(fake_scorer(), tmp_path, predictions=tmp_path / "predictions.parquet", baselines=())
    blocks = {block.split: block for block in found.blocks}
    beside = blocks["random folds, outlets of leave-outlet-out"]
    assert beside.n == blocks["leave-outlet-out"].n < blocks["random folds"].n
    assert set(beside.outlets) == {f"outlet {i}" for i in range(4)}
    assert not blocks["random folds"].baselines


def test_an_unknown_baseline_is_refused(tmp_path):
    with pytest.raises(InputError, match="unknown baseline 'GPT'"):
        evaluate(fake_scorer(), tmp_path, baselines=["GPT"])


@pytest.mark.parametrize("task", ["tone", "targets", "spans"])
def test_an_unknown_task_is_refused(tmp_path, task):
    with pytest.raises(
        InputError, match=rf"unknown task '{task}'; set --task .* to one of: loaded, subjectivity, sent"
    ):
        evaluate(fake_scorer(), tmp_path, task=task)


def test_a_folder_without_known_data_is_refused(tmp_path):
    with pytest.raises(InputError, match="no labelled rows for"):
        evaluate(fake_scorer(), tmp_path)
