"""A foreign classifier is calibrated into a head file, and the file is taken in its place."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hub_models import make
from safetensors.torch import load_file, save_file

import biasscore
from biasscore import InputError, ModelError, TrainingError
from biasscore.cli.main import main
from biasscore.engine.device import EngineOptions
from biasscore.evaluation.calibrate_head import calibrate_head, calibration_of, word_logits
from biasscore.evaluation.labelled_rows import marked_table
from biasscore.heads import LOADED
from biasscore.predict.calibration import UNCALIBRATED
from biasscore.predict.hub.opening import Opener, Terms
from biasscore.training.examples import marked_ranges

WORDS = "the a vote on bill was held it said empty nasty warning prices rose in May".split()


@pytest.fixture
def texts():
    rng = np.random.default_rng(0)
    return [" ".join(rng.choice(WORDS, 8)) + "." for _ in range(200)]


def head_of(folder, answer):
    return Opener(EngineOptions(threads=1), Terms()).head(answer, folder)


def write_table(path, texts, **columns):
    pq.write_table(pa.table({"text": texts, **columns}), path)
    return path


def log_loss(probability, truth):
    return -np.log(np.where(truth == 1, probability, 1 - probability)).mean()


def test_a_calibrated_head_is_better_calibrated_and_keeps_the_order(tmp_path, texts):
    folder = make(tmp_path / "bias", labels=("neutral", "biased"))
    raw = head_of(folder, "loaded").judge(texts)[:, 0]
    # The truth follows the model's order, but it is far too rarely loaded and too sure.
    chance = 1 / (1 + np.exp(-0.5 * (raw - np.median(raw)) + 1.0))
    truth = (np.random.default_rng(1).random(len(texts)) < chance).astype(int)
    table = write_table(tmp_path / "rows.parquet", texts, loaded=truth)
    file = tmp_path / "bias.json"
    found = calibrate_head(folder, table, file, options=EngineOptions(threads=1))
    assert found.prevalence == pytest.approx(truth.mean())

    before, after = biasscore.load(None, loaded=folder), biasscore.load(None, loaded=file)
    old = np.array([d.sentences[0].loaded for d in before.stream(texts)])
    new = np.array([d.sentences[0].loaded for d in after.stream(texts)])
    assert log_loss(new, truth) < log_loss(old, truth)
    assert (np.argsort(new, kind="stable") == np.argsort(old, kind="stable")).all()
    assert before.fingerprint != after.fingerprint
    assert after.settings.prior == pytest.approx(truth.mean())
    rarer = biasscore.load(None, loaded=file, prior=0.01).score(texts[0]).sentences[0].loaded
    assert rarer < new[0]


def test_framing_is_calibrated_for_paragraphs_and_documents(tmp_path, texts):
    folder = make(tmp_path / "lean", "bert", labels=("left", "center", "right"))
    truth = np.arange(len(texts)) % 3
    table = write_table(tmp_path / "rows.parquet", texts, framing=[["left", "center", "right"][i] for i in truth])
    calibrate_head(folder, table, tmp_path / "lean.json", options=EngineOptions(threads=1))
    document = biasscore.load(None, framing=tmp_path / "lean.json").score(texts[0])
    assert document.framing == document.paragraphs[0].framing
    # The labels do not follow the model, so the fitted answer is near even, whatever the model thinks.
    assert max(document.framing.to_dict().values()) < 0.6


def likelier_half(model, texts):
    """The words of each text that the model holds for likelier than half of all words."""
    tokens, logits = head_of(model, "spans").mark(texts)
    median = np.median(word_logits(texts, [()] * len(texts), tokens, logits)[0])
    found = []
    for i, text in enumerate(texts):
        own = slice(tokens.bounds[i], tokens.bounds[i + 1])
        loaded = np.unique(tokens.word[own][logits[own] >= median])
        places = [tokens.word[own] == index for index in loaded]
        found.append([text[tokens.start[own][at].min() : tokens.end[own][at].max()] for at in places])
    return found


@pytest.mark.parametrize("family", ["bert", "roberta", "xlm-roberta", "deberta-v2"])
def test_spans_are_calibrated_on_marked_words(tmp_path, texts, family):
    folder = make(tmp_path / "words", family, labels=("O", "B-BIAS", "I-BIAS"), tokens=True)
    # By itself it marks nothing; the rows say that half of the words are loaded, the likelier half.
    weights = load_file(folder / "model.safetensors")
    weights["classifier.bias"][0] = 50.0
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    marks = likelier_half(folder, texts)
    table = write_table(tmp_path / "rows.parquet", texts, loaded_words=marks)
    command = ["calibrate", str(folder), "--data", str(table), "--task", "spans", "-o", str(tmp_path / "words.json")]
    assert main([*command, "--device", "cpu", "--dtype", "float32", "--threads", "1"]) == 0

    # As it was calibrated: where "auto" means a trial of int8, the busy machine would decide.
    before, after = (
        biasscore.load(None, spans=model, dtype="float32", threads=1) for model in (folder, tmp_path / "words.json")
    )
    wanted = [marked_ranges(text, words) for text, words in zip(texts, marks, strict=True)]
    assert f1(after, texts, wanted) > max(0.6, f1(before, texts, wanted) - 1e-9)
    scores = [span.score for document in after.stream(texts) for span in document.spans]
    assert all(0 < score < 1 for score in scores)


def f1(scorer, texts, wanted):
    """Of characters in loaded words."""
    hits = found = true = 0
    for document, ranges in zip(scorer.stream(texts), wanted, strict=True):
        ours = {i for span in document.spans for i in range(span.start, span.end) if document.text[i].isalnum()}
        theirs = {i for start, end in ranges for i in range(start, end) if document.text[i].isalnum()}
        hits, found, true = hits + len(ours & theirs), found + len(ours), true + len(theirs)
    return 2 * hits / (found + true)


def test_a_table_marks_words_in_lists_or_between_semicolons(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("text,loaded_words\nAn absurd and nasty vote.,absurd;nasty\nA vote.,\n", encoding="utf-8")
    texts, marked = marked_table(file)
    assert [[text[a:b] for a, b in ranges] for text, ranges in zip(texts, marked, strict=True)] == [
        ["absurd", "nasty"],
        [],
    ]
    with pytest.raises(InputError, match="name the column of loaded words"):
        marked_table(write_table(tmp_path / "none.parquet", ["A vote."]))


def test_a_head_file_says_all_that_is_needed_to_load_it(tmp_path, texts):
    folder = make(tmp_path / "m", labels=("LABEL_0", "LABEL_1"))
    labels = {"loaded": ("loaded", "neutral")}
    table = write_table(tmp_path / "rows.parquet", texts, loaded=np.arange(len(texts)) % 2)
    # Beside the weights it does not count as part of the model, and the folder may move.
    calibrate_head(folder, table, folder / "head.json", options=EngineOptions(threads=1), terms=Terms(labels=labels))
    moved = folder.rename(tmp_path / "moved")
    file = moved / "head.json"
    assert json.loads(file.read_text())["labels"] == ["loaded", "neutral"]
    assert biasscore.load(None, loaded=file).score("A vote.").loaded is not None


@pytest.fixture
def file(tmp_path, texts):
    folder = make(tmp_path / "m", labels=("neutral", "biased"))
    table = write_table(tmp_path / "rows.parquet", texts, loaded=np.arange(len(texts)) % 2)
    calibrate_head(folder, table, tmp_path / "m.json", options=EngineOptions(threads=1))
    return tmp_path / "m.json"


@pytest.mark.parametrize("name", ["heads/m.json", "~/heads/m.json", "heads/m@2.json"])
def test_a_head_file_in_a_subfolder_is_no_name_on_the_hub(file, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: pytest.fail("asked the Hub"))
    place = Path(name).expanduser()
    place.parent.mkdir()
    head = json.loads(file.read_text()) | {"model": str(tmp_path / "m")}
    place.write_text(json.dumps(head))
    assert biasscore.load(None, loaded=name).fingerprint == biasscore.load(None, loaded=file).fingerprint


def test_a_head_file_for_another_answer_is_refused(file):
    with pytest.raises(
        ModelError, match=r"is calibrated for the score 'loaded', not for 'sentiment'; use .* with --loaded"
    ):
        biasscore.load(None, sentiment=file)


def test_a_head_file_of_other_weights_is_refused(file, tmp_path):
    make(tmp_path / "m", labels=("neutral", "biased"), seed=1)
    with pytest.raises(ModelError, match="was calibrated for"):
        biasscore.load(None, loaded=file)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": "\n" * 10_000},
        {"answer": "mood"},
        {"calibration": {}},
        {"calibration": UNCALIBRATED.to_dict() | {"maps": {}}},
        {"labels": None},
        {"identity": "a\n\x1b" * 1_000},
        "{",
        "[]",
    ],
)
def test_a_broken_head_file_is_refused(file, change):
    file.write_text(change if isinstance(change, str) else json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(ModelError, match="`biasscore calibrate` again") as caught:
        biasscore.load(None, loaded=file)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 2_000


@pytest.mark.parametrize("words", [False, True])
def test_the_split_that_figures_rest_on_calibrates_nothing(tmp_path, texts, words):
    folder = make(tmp_path / "m", labels=("O", "B-BIAS", "I-BIAS") if words else ("neutral", "biased"), tokens=words)
    column, labels = "loaded", [i % 2 for i in range(len(texts))]
    if words:
        column, labels = "loaded_words", [[text.split()[i % 2]] for i, text in enumerate(texts)]
    split = ["train" if i < 150 else "test" for i in range(len(texts))]
    whole = write_table(tmp_path / "whole.parquet", texts, split=split, **{column: labels})
    short = write_table(tmp_path / "short.parquet", texts[:150], **{column: labels[:150]})
    one, other = (
        calibrate_head(
            folder, table, tmp_path / "m.json", task="spans" if words else None, options=EngineOptions(threads=1)
        )
        for table in (whole, short)
    )
    assert one == other


def test_rows_that_cannot_calibrate_are_refused(tmp_path, texts):
    folder = make(tmp_path / "m", labels=("neutral", "biased"))
    one_class = write_table(tmp_path / "one.parquet", texts, loaded=[1] * len(texts))
    with pytest.raises(TrainingError, match="all have the same label; add rows"):
        calibrate_head(folder, one_class, tmp_path / "m.json")
    with pytest.raises(InputError, match="column of labels"):
        calibrate_head(folder, write_table(tmp_path / "none.parquet", texts), tmp_path / "m.json")
    with pytest.raises(InputError, match="unknown task 'tone'; set --task"):
        calibrate_head(folder, one_class, tmp_path / "m.json", task="tone")
    assert not (tmp_path / "m.json").exists()


def test_texts_without_tokens_are_left_out_of_the_fit():
    logits = np.array([[1.0], [-1.0], [np.nan], [2.0]], dtype=np.float32)
    truth = np.array([1, 0, 1, 0])
    assert calibration_of(LOADED, logits, truth).maps["sentiment"] == UNCALIBRATED.maps["sentiment"]
    assert calibration_of(LOADED, logits, truth) == calibration_of(LOADED, logits[[0, 1, 3]], truth[[0, 1, 3]])


def test_an_embedded_model_needs_no_head_of_its_own(tmp_path):
    told = (
        r"base is a model of biasscore and is calibrated already; use base directly, with --prior \(in Python: prior\)"
    )
    with pytest.raises(InputError, match=told):
        calibrate_head("base", tmp_path / "rows.csv", tmp_path / "head.json")
