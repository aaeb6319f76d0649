"""Classifiers of every family answer as transformers.pipeline does: one text, many, and long ones in windows."""

import json
import random
from dataclasses import replace

import hub_models
import numpy as np
import pytest
from hub_models import FAMILIES, SENTENCES, SENTIMENT, WHOLE, make
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import pipeline

import biasscore
from biasscore.engine.base import OutOfMemoryError
from biasscore.engine.batching import windows
from biasscore.engine.config import FamilyConfig
from biasscore.engine.device import EngineOptions
from biasscore.engine.families import shapes as family_shapes
from biasscore.engine.reader import OVERLAP
from biasscore.engine.tokens import with_words
from biasscore.engine.torch_engine import TorchEngine
from biasscore.heads import HEADS
from biasscore.predict.calibration import UNCALIBRATED, AffineMap
from biasscore.predict.fields import read_object
from biasscore.predict.hub import model as hub_model
from biasscore.predict.hub.files import Source
from biasscore.predict.hub.networks import PaddedNetwork
from biasscore.predict.hub.opening import Opener, Terms
from biasscore.predict.types import Passage, Piece, Questions, SentenceInput

LONG = " ".join(random.Random(0).choices(WHOLE, k=150))
EXACT = EngineOptions(device="cpu", dtype="float32", threads=1, budget=512)


@pytest.fixture(scope="module", params=FAMILIES)
def family(request, tmp_path_factory):
    return make(tmp_path_factory.mktemp(request.param) / request.param, request.param)


@pytest.fixture(scope="module")
def roberta(tmp_path_factory):
    return make(tmp_path_factory.mktemp("roberta") / "tone")


def load(*models, **options):
    return biasscore.load(*models, device="cpu", dtype="float32", threads=1, **options)


def head_of(folder, answer="sentiment", request=EXACT, **terms):
    return Opener(request, Terms(**terms)).head(answer, folder)


def probabilities(head, texts):
    return head.calibration.maps[head.answer].probabilities(head.judge(texts))


def theirs(folder, texts, names=SENTIMENT, **options):
    """[texts, labels] from transformers, one text at a time."""
    pipe = pipeline("text-classification", model=str(folder), top_k=None, device="cpu", **options)
    scores = [{each["label"]: each["score"] for each in answer} for answer in pipe(list(texts))]
    return np.array([[score[name] for name in names] for score in scores])


def test_one_text_and_many_are_scored_as_by_the_pipeline(family):
    head = head_of(family)
    expected = theirs(family, SENTENCES)
    assert np.ptp(expected, axis=0).min() > 1e-3  # the model tells the texts apart
    assert np.abs(probabilities(head, SENTENCES) - expected).max() < 1e-5
    assert np.abs(probabilities(head, SENTENCES[:1]) - expected[:1]).max() < 1e-5


def test_every_window_of_a_long_text_is_scored_as_by_the_pipeline(family):
    head = head_of(family)
    classifier = head.classifier
    tokens = classifier.tokenizer([LONG])
    assert len(tokens.ids) > 2 * classifier.max_tokens
    size = classifier.max_tokens - len(classifier.tokenizer.before) - len(classifier.tokenizer.after)
    cuts = windows(len(tokens.ids), size, min(OVERLAP, size // 2))
    slices = [slice_of(classifier.tokenizer, tokens, cut) for cut in cuts]
    expected = theirs(family, slices, function_to_apply="none")
    own = np.array([cut.own_stop - cut.own_start for cut in cuts])
    reading = classifier.reader(list(tokens.sequences()))
    assert reading.n_windows == [len(cuts)]
    for i, cut in enumerate(cuts):
        alone = classifier.reader([tokens.ids[cut.start : cut.stop]]).rows
        assert np.abs(alone - expected[i]).max() < 1e-5
    assert np.abs(reading.rows[0] - (own @ expected) / own.sum()).max() < 1e-5


def slice_of(tokenizer, tokens, cut):
    """The text whose tokens are the window's; some tokenizers keep a word's space, some leave it out of the offsets."""
    start, end = int(tokens.start[cut.start]), int(tokens.end[cut.stop - 1])
    wanted = tokens.ids[cut.start : cut.stop].tolist()
    candidates = (LONG[start:end], LONG[start - 1 : end] if start else "", LONG[start:end].strip())
    return next(text for text in candidates if tokenizer([text]).ids.tolist() == wanted)


def test_scores_depend_neither_on_company_nor_on_the_budget(family):
    head = head_of(family)
    together = head.judge([*SENTENCES, LONG])
    for budget in (1, 64):
        small = head_of(family, request=replace(EXACT, budget=budget))
        assert np.abs(small.judge([*SENTENCES, LONG]) - together).max() < 1e-5
    alone = np.concatenate([head.judge([text]) for text in (*SENTENCES, LONG)])
    assert np.abs(alone - together).max() < 1e-5


def test_nothing_of_a_long_text_is_left_out(family):
    head = head_of(family)
    first, second = head.judge([LONG + " absurd nasty warning", LONG + " prices rose"])
    assert np.abs(first - second).max() > 1e-3


def test_half_precision_stays_close(family):
    exact = probabilities(head_of(family), SENTENCES)
    rounded = probabilities(head_of(family, request=replace(EXACT, dtype="bfloat16")), SENTENCES)
    assert 0 < np.abs(rounded - exact).max() < 0.1


@pytest.mark.parametrize("name", ["albert", "deberta-v2", "modernbert"])
def test_families_that_transformers_runs_take_float16_too(tmp_path, name):
    folder = make(tmp_path / "m", name)
    rounded = probabilities(head_of(folder, request=replace(EXACT, dtype="float16")), SENTENCES)
    assert 0 < np.abs(rounded - probabilities(head_of(folder), SENTENCES)).max() < 0.02


def test_a_sibling_of_bert_runs_on_any_engine(roberta):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    exact = probabilities(head_of(roberta), SENTENCES)
    onnx = head_of(roberta, request=replace(EXACT, backend="onnx"))
    int8 = head_of(roberta, request=replace(EXACT, backend="onnx", dtype="int8"))
    assert np.abs(probabilities(onnx, SENTENCES) - exact).max() < 1e-5
    assert 0 < np.abs(probabilities(int8, SENTENCES) - exact).max() < 0.1
    assert int8.fingerprint.endswith("/onnx-cpu-int8")


@pytest.mark.parametrize("name", ["albert", "deberta-v2", "modernbert"])
def test_transformers_meets_few_widths_and_they_count_as_padding(tmp_path, name):
    """oneDNN keeps a kernel for every shape. A classifier, and an encoder of the same family under our heads."""
    classifier = head_of(make(tmp_path / "m", name)).classifier
    config = FamilyConfig.from_dict(read_object(tmp_path / "m" / "config.json"))
    weights = {n: np.zeros(shape, dtype=np.float32) for n, shape in family_shapes(config, 3).items()}
    engine = TorchEngine(config, weights, "cpu", "float32", 1, 512)
    for network, module in ((classifier.network, classifier.network._network), (engine, engine._network.encoder)):
        batches = [(longest, longest - 2) for longest in (5, 8, 30, 61, 64)]
        shapes = [shape_of(network, module, lengths) for lengths in batches]
        assert shapes == [(2, 8), (2, 8), (2, 32), (2, 64), (2, 64)]
        assert [network.cells(np.array(lengths)) for lengths in batches] == [16, 16, 64, 128, 128]


def shape_of(network, module, lengths):
    """What transformers is given for a batch of these lengths."""
    met = []
    hook = module.register_forward_pre_hook(
        lambda _, args, given: met.append((args, tuple(given["input_ids"].shape))), with_kwargs=True
    )
    network.project([np.full(length, 5, dtype=np.int32) for length in lengths])
    hook.remove()
    (((), shape),) = met
    return shape


@pytest.mark.parametrize("changes", [{"hidden_act": "relu"}, {"embedding_size": 16}])
def test_a_sibling_that_differs_is_left_to_transformers(tmp_path, changes):
    folder = make(tmp_path / "m", "electra" if "embedding_size" in changes else "bert", **changes)
    head = head_of(folder)
    assert isinstance(head.classifier.network, PaddedNetwork)
    assert np.abs(probabilities(head, SENTENCES) - theirs(folder, SENTENCES)).max() < 1e-5


def test_running_out_of_memory_halves_the_batch(roberta):
    head = head_of(roberta)
    expected = head.judge(SENTENCES)
    network = head.classifier.network

    class Small:
        budget, device, cells = network.budget, network.device, staticmethod(network.cells)

        def project(self, batch):
            if len(batch) > 1:
                raise OutOfMemoryError("no room")
            return network.project(batch)

    head.classifier.reader.network = Small()
    tokens = head.classifier.tokenizer(SENTENCES)
    found = head.classifier.reader(list(tokens.sequences())).rows
    assert np.abs(found - expected).max() < 1e-5
    assert head.classifier.reader.stats.retries > 0


def test_outputs_are_put_in_our_order(tmp_path):
    folder = make(tmp_path / "m", labels=("Positive", "NEG", "neutral"))
    expected = theirs(folder, SENTENCES, ("NEG", "neutral", "Positive"))
    assert np.abs(probabilities(head_of(folder), SENTENCES) - expected).max() < 1e-5


@pytest.mark.parametrize("labels", [("neutral", "biased"), ("Biased", "Non-biased"), ("biased",)])
def test_a_binary_task_takes_two_outputs_or_one(tmp_path, labels):
    folder = make(tmp_path / "m", labels=labels)
    expected = theirs(folder, SENTENCES, [name for name in labels if name.lower() == "biased"])
    assert np.abs(probabilities(head_of(folder, "loaded"), SENTENCES) - expected[:, 0]).max() < 1e-5


def test_outputs_that_stand_alone_are_brought_to_the_sum_one(tmp_path):
    folder = make(tmp_path / "m", problem_type="multi_label_classification")
    expected = theirs(folder, SENTENCES)
    assert np.abs(expected.sum(axis=1) - 1).max() > 0.05
    expected /= expected.sum(axis=1, keepdims=True)
    assert np.abs(probabilities(head_of(folder), SENTENCES) - expected).max() < 1e-5


def test_a_text_without_tokens_has_no_score(roberta):
    assert np.isnan(head_of(roberta).judge([""])).all()
    document = load(None, sentiment=roberta).score("")
    assert document.sentiment is None


# Tokens and spans


@pytest.fixture(scope="module", params=FAMILIES)
def tokenizer(request, tmp_path_factory):
    folder = make(tmp_path_factory.mktemp("words") / request.param, request.param)
    return head_of(folder).classifier.tokenizer


TEXTS = st.lists(
    st.text("aé e\u0301😀“”’-—.,'\u00ad\u00a0 \tthe", max_size=30) | st.sampled_from(SENTENCES), min_size=1, max_size=4
)


@settings(max_examples=30, deadline=None)
@given(texts=TEXTS)
def test_offsets_are_those_of_the_text_as_given(tokenizer, texts):
    tokens = with_words(tokenizer(texts), texts)
    for i, text in enumerate(texts):
        own = slice(tokens.bounds[i], tokens.bounds[i + 1])
        start, end = tokens.start[own], tokens.end[own]
        assert ((start >= 0) & (start <= end) & (end <= len(text))).all()
        assert (np.diff(start) >= 0).all()
        for s, e in zip(start, end, strict=True):
            assert text[s:e] == text[s:e].strip()


def test_every_visible_character_of_a_sentence_is_in_a_token(tokenizer):
    tokens = with_words(tokenizer(SENTENCES), SENTENCES)
    for i, text in enumerate(SENTENCES):
        covered = {
            char
            for t in range(tokens.bounds[i], tokens.bounds[i + 1])
            for char in range(tokens.start[t], tokens.end[t])
        }
        lost = {char for n, char in enumerate(text) if n not in covered and not char.isspace()}
        # BERT's normalizer drops the soft hyphen: no token can hold it.
        assert lost <= {"\u00ad"}


def spans_of(folder, text):
    document = load(None, spans=folder).score(text)
    for span in document.spans:
        assert document.text[span.start : span.end] == span.text
    return document.spans


@pytest.mark.parametrize("name", FAMILIES)
def test_a_token_classifier_marks_whole_words(tmp_path, name):
    folder = make(tmp_path / "m", name, labels=("O", "B-BIAS", "I-BIAS"), tokens=True)
    head = head_of(folder, "spans")
    tokens = with_words(head.classifier.tokenizer(SENTENCES), SENTENCES)
    pipe = pipeline("token-classification", model=str(folder), device="cpu", ignore_labels=[])
    reading = head.classifier.reader(list(head.classifier.tokenizer(SENTENCES).sequences()))
    ours = head.probabilities(reading.rows, "span")
    for i, text in enumerate(SENTENCES):
        answers = pipe(text)
        mine = ours[tokens.bounds[i] : tokens.bounds[i + 1]]
        assert len(answers) == len(mine)
        for answer, loaded in zip(answers, mine, strict=True):
            if answer["entity"] == "O":
                assert abs(1 - answer["score"] - loaded) < 1e-5
        for span in spans_of(folder, text):
            before, after = text[span.start - 1 : span.start], text[span.end : span.end + 1]
            assert span.text == span.text.strip()
            assert not (before.isalnum() and span.text[0].isalnum())
            assert not (after.isalnum() and span.text[-1].isalnum())


def test_a_span_keeps_to_one_voice(tmp_path):
    folder = make(tmp_path / "m", "xlm-roberta", labels=("O", "BIAS"), tokens=True)
    head = head_of(folder, "spans")
    certain = replace(UNCALIBRATED, maps={**UNCALIBRATED.maps, "span": AffineMap(1.0, (50.0,))})
    from biasscore.predict.hub.model import HubModel

    text = "He said “the absurd vote” was nasty."
    cut = (text.index("“"), text.index("”") + 1)
    pieces = (Piece(0, cut[0], "author"), Piece(*cut, "quoted", 0), Piece(cut[1], len(text), "author"))
    batch = HubModel((replace(head, calibration=certain),)).predict(Questions([SentenceInput(text, pieces)]))
    found = [(text[span.start : span.end], span.voice) for span in batch.sentences[0].spans]
    assert found == [("He said", "author"), ("the absurd vote", "quoted"), ("was nasty", "author")]


# What is shared, and how several models are joined


def test_two_tasks_of_one_model_share_its_forward(tmp_path):
    folder = make(tmp_path / "m", labels=("LABEL_0", "LABEL_1"))
    labels = {"loaded": ("neutral", "loaded"), "subjectivity": ("subjective", "objective")}
    one = load(None, loaded=folder, labels={"loaded": labels["loaded"]})
    both = load(None, loaded=folder, subjectivity=folder, labels=labels)
    text = " ".join(SENTENCES)
    one.score(text)
    document = both.score(text)
    assert both.stats.tokens == one.stats.tokens > 0
    for sentence in document.sentences:
        assert sentence.loaded == pytest.approx(1 - sentence.subjectivity)


def test_models_with_one_tokenizer_share_the_tokenisation(tmp_path, monkeypatch):
    tone = make(tmp_path / "tone")
    bias = make(tmp_path / "bias", labels=("neutral", "biased"), seed=1)
    scorer = load(None, sentiment=tone, loaded=bias)
    calls = []
    original = hub_models_tokenizer().__call__
    monkeypatch.setattr(
        hub_models_tokenizer(), "__call__", lambda self, texts: calls.append(1) or original(self, texts)
    )
    scorer.score(SENTENCES[0])
    assert len(calls) == 1


def test_each_model_keeps_its_own_length_beside_another_with_the_same_tokenizer(tmp_path):
    tone, lean = make(tmp_path / "tone"), make(tmp_path / "lean", labels=("left", "center", "right"), seed=1)
    for folder, longest in ((tone, 16), (lean, 64)):
        file = folder / "tokenizer_config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"model_max_length": longest}))
    alone, both = load(None, framing=lean), load(None, sentiment=tone, framing=lean)
    assert both.score(LONG).framing == alone.score(LONG).framing
    assert alone.fingerprint in both.fingerprint


def test_the_length_of_a_window_is_part_of_the_identity(roberta):
    head = head_of(roberta)
    before = head.identity
    head.classifier.max_tokens -= 1
    assert head.identity != before


def hub_models_tokenizer():
    from biasscore.engine.tokens import Tokenizer

    return Tokenizer


def test_a_model_for_loaded_reads_whole_sentences_and_says_so(tmp_path):
    folder = make(tmp_path / "m", labels=("neutral", "biased"))
    scorer = load(None, loaded=folder)
    document = scorer.score("The nasty regime called the vote “a disgrace.” “Nasty.” “It is a disgrace,” he said.")
    mixed, quoted, said = document.sentences
    assert mixed.quoted_chars > 0
    assert mixed.quoted_loaded is None
    assert mixed.loaded == pytest.approx(theirs(folder, [mixed.text], ["biased"])[0, 0], abs=1e-5)
    assert mixed.label in {"loaded", "neutral", "uncertain"}
    for sentence in (quoted, said):  # "he said" only says who speaks, so these have no words of the author to score
        assert (sentence.loaded, sentence.quoted_loaded, sentence.label) == (None, None, None)
    assert document.quoted_loaded is None
    assert "loaded(whole sentences)=" in document.model


def test_framing_reads_running_text(tmp_path):
    folder = make(tmp_path / "m", "bert", labels=("right", "left", "center"))
    names = ("left", "center", "right")
    paragraphs = ["The vote was held. It was empty.", "Prices rose in May."]
    scorer = load(None, framing=folder)
    document = scorer.score("\n\n".join(paragraphs))
    for paragraph, expected in zip(document.paragraphs, theirs(folder, paragraphs, names), strict=True):
        assert list(paragraph.framing.to_dict().values()) == pytest.approx(expected, abs=1e-5)
    # WordPiece does not count whitespace, so the paragraphs one after another are their tokens one after another.
    whole = theirs(folder, [" ".join(paragraphs)], names)[0]
    assert list(document.framing.to_dict().values()) == pytest.approx(whole, abs=1e-5)
    assert scorer.score(paragraphs[0]).framing == scorer.score(paragraphs[0]).paragraphs[0].framing


def test_a_passage_without_tokens_has_no_framing(tmp_path):
    from biasscore.predict.hub.model import HubModel

    head = head_of(make(tmp_path / "m", "bert", labels=("left", "center", "right")), "framing")
    batch = HubModel((head,)).predict(Questions((), [Passage((), ("",)), Passage((), ("A vote.",))], [Passage((), ())]))
    assert batch.paragraphs[0] is None
    assert batch.paragraphs[1] is not None
    assert batch.documents == (None,)


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return hub_models.embedded(tmp_path_factory.mktemp("ours") / "ours")


TEXT = "The nasty regime said the vote was empty. “An absurd bill,” she said.\n\nThey vote on it."


def test_a_classifier_stands_beside_an_embedded_model(ours, roberta):
    alone, joined = load(ours), load(ours, sentiment=roberta)
    before, after = alone.score(TEXT), joined.score(TEXT)
    tones = theirs(roberta, [sentence.text for sentence in after.sentences])
    for mine, other, tone in zip(before.sentences, after.sentences, tones, strict=True):
        assert replace(other, sentiment=mine.sentiment, n_tokens=mine.n_tokens) == mine
        assert list(other.sentiment.to_dict().values()) == pytest.approx(tone, abs=1e-5)
    assert after.framing == before.framing
    assert after.quotes == before.quotes
    assert before.model in after.model
    assert "sentiment=tone@" in after.model
    named = {**dict.fromkeys(HEADS, ours), "sentiment": roberta}
    assert joined.settings.model == " ".join(f"{head}={model}" for head, model in named.items())


def test_what_is_explained_is_what_is_scored(ours, roberta):
    document = load(ours, sentiment=roberta).explain(TEXT)
    of_sentences = {head.name for head in HEADS.values() if head.level == "sentence"}
    assert {part.task for part in document.sentences[0].contributions} == of_sentences - {"sentiment"}


def test_the_map_of_a_head_may_have_another_name(tmp_path, monkeypatch):
    scorer = load(None, subjectivity=make(tmp_path / "m", labels=("objective", "subjective")))
    expected = scorer.score(TEXT).sentences[0].subjectivity
    renamed = replace(HEADS["subjectivity"], maps=("opinion",))
    monkeypatch.setattr(hub_model, "HEADS", {**HEADS, "subjectivity": renamed})
    [head] = scorer._model.heads
    calibration = replace(head.calibration, maps={"opinion": head.calibration.maps["subjectivity"]})
    scorer._model.heads = (replace(head, calibration=calibration),)
    assert scorer.score(TEXT).sentences[0].subjectivity == expected


def test_spans_come_with_loaded(ours, tmp_path):
    folder = make(tmp_path / "m", labels=("neutral", "biased"))
    alone, joined = load(ours).score(TEXT), load(ours, loaded=folder).score(TEXT)
    assert joined.spans == alone.spans
    assert load(None, loaded=ours).score(TEXT).spans == alone.spans
    assert load(None, loaded=folder).score(TEXT).spans == ()


def test_what_no_model_is_named_for_stays_empty(ours):
    document = load(None, loaded=ours).score(TEXT)
    assert document.loaded is not None
    assert (document.subjectivity, document.sentiment, document.framing) == (None, None, None)


def test_equal_models_have_equal_fingerprints(tmp_path):
    first, again, other = (make(tmp_path / str(i), seed=seed) for i, seed in enumerate((0, 0, 1)))
    identities = [head_of(folder).identity for folder in (first, again, other)]
    assert identities[0] == identities[1] != identities[2]
    given = head_of(first, labels={"sentiment": SENTIMENT[::-1]})
    assert given.identity != identities[0]


def test_a_source_is_an_id_a_pinned_id_or_a_folder(tmp_path):
    assert Source.parse("owner/name@refs/pr/10") == Source("owner/name", "refs/pr/10")
    assert Source.parse("owner/name").folder is None
    odd = tmp_path / "a@b"
    odd.mkdir()
    assert Source.parse(odd) == Source(str(odd))
    assert Source.parse("./nowhere").folder is not None
