"""Exported models give the library's own scores, through the other libraries' entry points."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import TINY
from fakes import fast_tokenizer
from tokenizers.processors import TemplateProcessing

import biasscore
from biasscore.cli.main import main
from biasscore.engine.columns import N_COLUMNS
from biasscore.export.onnx import describe
from biasscore.heads import HEADS
from biasscore.predict import checkpoints
from biasscore.predict.calibration import AffineMap

ROOT = Path(__file__).parents[1]
SENTENCES = [
    "The senator issued yet another empty warning.",
    "The bill passed by 61 votes to 39.",
    "Absurd, nasty co\u00adoperation!",
]


@pytest.fixture(scope="module", params=["bert", "mpnet", "small"])
def model(request, tmp_path_factory, tiny_model) -> Path:
    """A shipped model, and a tiny one of each family that can be exported, its calibration no identity."""
    if request.param == "small":
        return checkpoints.find("small")
    tiny = checkpoints.read(tiny_model)
    encoder = replace(TINY, distance_buckets=32) if request.param == "mpnet" else TINY
    rng = np.random.default_rng(1)
    maps = {**tiny.calibration.maps, "loaded": AffineMap(0.7, (0.3,)), "span": AffineMap(1.4, (-0.2,))}
    return checkpoints.write(
        tmp_path_factory.mktemp("models") / request.param,
        name=request.param,
        encoder=encoder,
        max_tokens=TINY.max_positions,
        weights={name: rng.normal(scale=0.4, size=shape) for name, shape in encoder.shapes(N_COLUMNS).items()},
        tokenizer_json=fast_tokenizer().to_str(),
        calibration=replace(tiny.calibration, maps=maps, span_above=0.3),
    ).path


@pytest.fixture(scope="module")
def exported(model, tmp_path_factory) -> tuple[biasscore.Scorer, str]:
    """The scorer, and the folder of transformers written from the same model."""
    folder = tmp_path_factory.mktemp("hf") / "exported"
    assert main(["export", str(model), "--format", "hf", "-o", str(folder)]) == 0
    return biasscore.load(model, dtype="float32", threads=1), str(folder)


def test_text_classification_gives_loaded(exported):
    from transformers import pipeline

    scorer, folder = exported
    classify = pipeline("text-classification", folder, trust_remote_code=True, top_k=None)
    for text, answer in zip(SENTENCES, classify(SENTENCES, batch_size=2), strict=True):
        found = {label["label"]: label["score"] for label in answer}
        assert set(found) == {"neutral", "loaded"}
        assert found["loaded"] == pytest.approx(scorer.score(text).sentences[0].loaded, abs=1e-5)


def test_token_classification_gives_the_loaded_words(exported):
    from transformers import pipeline

    scorer, folder = exported
    classify = pipeline("token-classification", folder, ignore_labels=[])
    above = json.loads(Path(folder, "config.json").read_text(encoding="utf-8"))["biasscore"]["span_above"]
    for text in SENTENCES:
        marked = set()
        for token in classify(text):
            loaded = token["score"] if token["entity"] == "LOADED" else 1 - token["score"]
            if loaded >= above and any(char.isalnum() for char in text[token["start"] : token["end"]]):
                marked |= set(range(token["start"], token["end"]))
        spans = scorer.score(text).spans
        # biasscore marks whole words and what stands between two of them.
        assert all(any(span.start <= at < span.end for span in spans) for at in marked)
        assert all(marked & set(range(span.start, span.end)) for span in spans)


def test_a_folder_saved_again_gives_the_same(exported, tmp_path):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    _, folder = exported
    by_model, by_pipeline = tmp_path / "model", tmp_path / "pipeline"
    model = AutoModelForSequenceClassification.from_pretrained(folder, trust_remote_code=True)
    model.save_pretrained(by_model)
    AutoTokenizer.from_pretrained(folder).save_pretrained(by_model)
    assert set(model.config.label2id) == {"neutral", "loaded"}
    pipeline("text-classification", folder, trust_remote_code=True).save_pretrained(by_pipeline)
    for task, options in (
        ("text-classification", {"trust_remote_code": True, "top_k": None}),
        ("token-classification", {"ignore_labels": []}),
    ):
        first, *others = (pipeline(task, str(it), **options)(SENTENCES) for it in (folder, by_model, by_pipeline))
        assert others == [first, first]


def test_no_sentence_is_scored_without_the_code(exported):
    from transformers import pipeline

    with pytest.raises(ValueError, match="trust_remote_code=True"):
        pipeline("text-classification", exported[1])


def test_the_folder_is_ready_for_the_hub(exported):
    from huggingface_hub import ModelCard

    scorer, folder = exported
    card = ModelCard.load(Path(folder, "README.md"))
    card_data = card.data.to_dict()
    assert card_data["pipeline_tag"] == "text-classification"
    name, fingerprint = scorer.fingerprint.partition("/")[0].split("@")
    assert f"`{name}` of biasscore ({fingerprint})" in card.text
    assert (Path(folder) / "tokenizer.json").is_file()


def test_a_folder_with_files_is_not_written_into(model, tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["export", str(model), "--format", "hf", "-o", str(tmp_path)]) == 2
    assert "is not an empty folder; choose a new" in capsys.readouterr().err


def test_a_graph_is_named_onnx(model, tmp_path, capsys):
    assert main(["export", str(model), "-o", str(tmp_path / "x.txt")]) == 2
    assert "must end in .onnx" in capsys.readouterr().err


@pytest.mark.parametrize("template", ["$A", "[CLS] [CLS] $A [SEP]"])
@pytest.mark.parametrize("options", [(), ("--format", "hf")])
def test_only_one_special_token_at_each_end_can_be_exported(tiny_model, tmp_path, capsys, template, options):
    tiny, tokenizer = checkpoints.read(tiny_model), fast_tokenizer()
    ends = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = TemplateProcessing(template, special_tokens=ends)
    model = checkpoints.write(
        tmp_path / "model",
        name="model",
        encoder=tiny.encoder,
        max_tokens=tiny.max_tokens,
        weights=tiny.weights(),
        tokenizer_json=tokenizer.to_str(),
        calibration=tiny.calibration,
    ).path
    assert biasscore.load(model, threads=1).score("A vote.").loaded is not None
    out = tmp_path / "out.onnx"
    assert main(["export", str(model), "-o", str(out), *options]) == 2
    assert "does not put exactly one special token before a text and one after it" in capsys.readouterr().err
    assert not out.exists()


def test_a_graph_names_the_heads_that_its_network_answers():
    shipped = checkpoints.read("small")
    assert set(describe(shipped)["heads"]) == set(HEADS) - {"framing"}
    assert "framing" in describe(replace(shipped, has_ngrams=False))["heads"]


def test_onnx_example_needs_nothing_of_ours(model, tmp_path):
    pytest.importorskip("onnxruntime")
    graph = tmp_path / "model.onnx"
    assert main(["export", str(model), "-o", str(graph)]) == 0
    code = (ROOT / "examples/onnx_without_biasscore.py").read_text(encoding="utf-8")
    code += "\nassert not [name for name in sys.modules if name.partition('.')[0] in ('biasscore', 'torch')]\n"
    result = subprocess.run(
        [sys.executable, "-c", code, graph, *SENTENCES], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    scorer = biasscore.load(model, dtype="float32", threads=1)
    for line, sentence in zip(result.stdout.splitlines(), SENTENCES, strict=True):
        score, told = line.split(" ", 1)
        assert told == sentence
        assert float(score) == pytest.approx(scorer.score(sentence).sentences[0].loaded, abs=1e-5)
