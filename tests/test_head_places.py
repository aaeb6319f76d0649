"""Each place that has to know a head of sentences; a failure names the file to change, and what to do there.

``docs/architecture.md`` lists the same files. A new head has its row in ``heads`` and its field in ``results`` first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, replace
from inspect import signature
from types import SimpleNamespace
from typing import Any, get_args

import numpy as np
import pytest
import torch
from report_documents import document
from rich.console import Console
from test_training import tiny_tokenizer

from biasscore.engine.columns import EVERY_HEAD, N_COLUMNS, STAGE_HEADS
from biasscore.evaluation import answers, evaluate, labelled_rows
from biasscore.evaluation.baselines import baselines_of, tfidf
from biasscore.evaluation.labelled_rows import RowSet
from biasscore.heads import HEADS, LOADED, Head
from biasscore.report import comparison, html, plots, terminal, view
from biasscore.results import PROBABILITIES, Document, Paragraph, Sentence
from biasscore.scorer import load
from biasscore.training import corpora, own
from biasscore.training.batches import collate
from biasscore.training.corpora import Row
from biasscore.training.examples import encode, sentence_example
from biasscore.training.objective import logits, losses
from biasscore.training.predict import Predictor
from biasscore.training.recipe import Weights

TEXT = "the absurd vote."
OF_SENTENCES = [head for head in HEADS.values() if head.level == "sentence"]

pytestmark = pytest.mark.parametrize("head", OF_SENTENCES, ids=lambda head: head.name)


def asked(ask: Callable[[], Any], do: str) -> Any:
    """What a place says of a head; one that does not know the head at all fails with what to do there."""
    try:
        return ask()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        pytest.fail(f"{do} ({error!r})")


def own_row(head: Head) -> Row:
    """A row of own.parquet with a label of this head alone."""
    columns = [column for column in head.label_columns if column in own.LABELS]
    assert columns, (
        f"biasscore/training/own.py: add one of {head.label_columns} to LABELS, with the values it may hold (these "
        "names are label_columns in biasscore/heads.py)"
    )
    do = f"biasscore/training/corpora.py: give Row a field for {head.name}; _own_labels fills it from {columns[0]!r}"
    labels = corpora._own_labels({columns[0]: 1})
    assert labels, do
    row: Row = asked(lambda: Row("own", "train", "a", TEXT, **labels), do)
    return row


def judged_row(head: Head) -> Row:
    """The row of a user's table that is judged."""
    rows = RowSet(head, "own", "test", (TEXT,), np.array([1]), ("",), ("",))
    do = f"biasscore/evaluation/labelled_rows.py: add {head.name!r} to rows_of, with the name of its field in Row"
    return asked(lambda: labelled_rows.rows_of(rows), do)[0]


def with_and_without(head: Head) -> tuple[Document, Document]:
    """A document whose sentences have this score, and the same one without it."""
    value = 0.75 if head.n_logits == 1 else PROBABILITIES[head.name](0.1, 0.2, 0.7)
    return tuple(_document(head, found) for found in (value, None))  # type: ignore[return-value]


def _document(head: Head, value: object) -> Document:
    made = document(TEXT)
    [paragraph] = made.paragraphs
    do = f"biasscore/results.py: give Sentence the field {head.field!r}"
    sentences: tuple[Sentence, ...] = tuple(
        asked(lambda s=s: replace(s, **{head.field: value}), do) for s in paragraph.sentences
    )
    return replace(made, paragraphs=(replace(paragraph, sentences=sentences),))


# what scores


def test_only_loaded_reads_the_author_alone(head: Head) -> None:
    assert head is LOADED or head.reads == "sentence", (
        f"biasscore/heads.py: {head.name} has reads='author', but only `loaded` may read the author's words alone: "
        "predict/assemble would leave the score None; take the default, 'sentence'"
    )


def test_its_map_has_its_name(head: Head) -> None:
    assert head.maps == (head.name,), f"biasscore/heads.py: write maps=({head.name!r},) in the row of {head.name}"


def test_passages_have_the_score(head: Head) -> None:
    assert all(hasattr(kind, head.field) for kind in (Sentence, Paragraph, Document)), (
        f"biasscore/results.py: give Sentence the field {head.field!r}, and _Aggregate a property of that name: the "
        "mean over the sentences, as for `subjectivity`"
    )


def test_a_model_can_be_chosen_for_it(head: Head) -> None:
    assert head.name in signature(load).parameters, (
        f"biasscore/scorer.py: give load the keyword {head.name!r}, and name it in its docstring"
    )


# what teaches


def test_training_writes_where_the_network_reads(head: Head) -> None:
    assert STAGE_HEADS.of(head.name) == EVERY_HEAD.of(head.name), (
        f"biasscore/engine/columns.py: training writes {head.name} into the columns of another head; in _IN_ORDER, "
        "heads of targets must come last"
    )


def test_its_loss_has_a_weight(head: Head) -> None:
    assert head.name in {field.name for field in fields(Weights)}, (
        f"biasscore/training/recipe.py: give Weights the field {head.name!r}"
    )


def test_its_labels_are_read_from_own_parquet(head: Head) -> None:
    assert head.name in own_row(head).heads, f"biasscore/training/corpora.py: add {head.name!r} to Row.heads"


def test_its_labels_reach_the_loss(head: Head) -> None:
    row = own_row(head)
    [sentence] = encode(tiny_tokenizer(), [TEXT], 32)
    batch = collate([sentence_example(row, sentence, votes=0.0, weight=1.0)])
    found = losses(logits(torch.zeros(len(batch.ids), N_COLUMNS), batch), batch)
    assert head.name in found, f"biasscore/training/objective.py: add {head.name!r} to logits and losses"
    assert found[head.name] > 0, (
        f"the label of {head.name} gets lost: biasscore/training/examples.py (Example, sentence_example) and "
        "biasscore/training/batches.py (Batch, collate) each need a field for it, and biasscore/training/objective.py "
        "(losses) reads it"
    )


def test_rows_kept_out_are_predicted(head: Head, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = [np.zeros((len(encode(tiny_tokenizer(), [TEXT], 32)[0].ids), N_COLUMNS), np.float32)]
    monkeypatch.setattr(Predictor, "project", lambda *_: nothing)
    predictor = Predictor(torch.nn.Identity(), tiny_tokenizer(), 32, "float32", "held-out")  # type: ignore[arg-type]
    said = {prediction.head for prediction in predictor.sentences([own_row(head)])}
    assert head.name in said, (
        f"biasscore/training/predict.py: add {head.name} to Predictor.sentences; calibration and figures need it"
    )


# what judges


def test_a_row_of_the_users_is_a_labelled_row(head: Head) -> None:
    assert head.name in judged_row(head).heads, (
        f"biasscore/evaluation/labelled_rows.py: rows_of gives {head.name} the wrong field of Row"
    )


def test_the_class_of_a_row_is_known(head: Head) -> None:
    do = f"biasscore/evaluation/labelled_rows.py: add {head.name!r} to truth_of, with its field in Row"
    assert asked(lambda: labelled_rows.truth_of(judged_row(head), head), do) == 1, do


def test_a_column_of_labels_is_recognised_by_its_values(head: Head) -> None:
    found = labelled_rows._labels_of([{"my_label": label} for label in head.labels], None, "my_label")
    assert found == (head, "my_label"), (
        f"biasscore/evaluation/labelled_rows.py: add {head.name} to the heads that _labels_of tries"
    )


def test_rows_kept_out_are_judged(head: Head) -> None:
    row = judged_row(head)
    library = SimpleNamespace(rows=lambda _: [row, row])
    session = SimpleNamespace(trained_on=SimpleNamespace(held_out=lambda: [("own", [row])], library=library))
    judged = {rows.task for rows in evaluate._Session._held_out_sets(session)}  # type: ignore[arg-type]
    assert head in judged, (
        f"biasscore/evaluation/evaluate.py: add {head.name} to the heads that are judged on rows kept out"
    )


def test_what_a_model_says_is_compared_with_labels(head: Head) -> None:
    do = f"biasscore/evaluation/answers.py: _probabilities must read the score {head.name} from a passage"
    for made, is_known in zip(with_and_without(head), (True, False), strict=True):
        found = asked(lambda made=made: answers._probabilities(answers.whole(made), head), do)
        assert len(found) == head.n_logits, do
        assert np.isfinite(found).all() == is_known or head is LOADED, do


def test_it_is_compared_with_a_baseline(head: Head) -> None:
    assert tfidf in baselines_of(head).values(), (
        f"biasscore/evaluation/baselines.py: the row of {head.name} in BASELINES lacks TF-IDF + logistic regression"
    )


# what reports show


def test_it_has_a_meaning_for_charts(head: Head) -> None:
    assert any(column.name in view.MEANINGS for column in head.columns), (
        f"biasscore/heads.py: give a column of {head.name} a `chart`, its meaning in a few words"
    )


def test_reports_have_its_figure(head: Head) -> None:
    shown, bare = (view.figures(made.paragraphs[0]) for made in with_and_without(head))
    assert shown != bare, f"biasscore/report/view.py: add the score {head.name} to _SHOWN"


def test_the_terminal_shows_it_of_a_paragraph(head: Head) -> None:
    look = terminal._look(Console(width=100))
    shown, bare = (terminal._paragraph_line(1, made.paragraphs[0], look) for made in with_and_without(head))
    assert shown.plain != bare.plain, f"biasscore/report/terminal.py: _paragraph_line must print {head.name}"


def test_the_page_shows_it_beside_a_paragraph(head: Head) -> None:
    margins = (re.findall(r'class="bs-margin">.*?</dl>', html.to_html(d), re.DOTALL) for d in with_and_without(head))
    shown, bare = (set(found) for found in margins)
    assert shown, "biasscore/report/templates/passage.html: the margin is not where this test looks for it"
    assert shown != bare, f"biasscore/report/templates/passage.html: the margin must show {head.name}"


def test_the_page_says_why(head: Head) -> None:
    [sentence] = with_and_without(head)[0].paragraphs[0].sentences
    tasks = {task for _, _, task, _ in html._explained(sentence)}
    assert head.name in tasks, f"biasscore/report/html.py: _explained must yield {head.name}"


def test_groups_are_compared_by_it_in_a_chart(head: Head) -> None:
    names = {column.name for column in head.columns}
    assert names & set(comparison.FOREST_SCORES), f"biasscore/report/comparison.py: add {head.name} to FOREST_SCORES"


def test_its_course_through_a_text_can_be_drawn(head: Head) -> None:
    names = {column.name for column in head.columns}
    assert names & set(get_args(plots.CourseScore)), f"biasscore/report/plots.py: add {head.name} to CourseScore"
