"""A model as a folder that transformers opens and the Hugging Face Hub shows.

One set of weights serves two pipelines. The head of loaded words is a standard token classifier. The head of loaded
language pools by attention, which no class of transformers does, so a file of code lies beside the weights and runs
with ``trust_remote_code=True``. Calibration is folded into the weights: softmax of the logits is the calibrated
probability.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import numpy as np
from numpy.typing import NDArray

from biasscore.engine.bert import their_config, their_weights
from biasscore.engine.config import EncoderConfig
from biasscore.errors import InputError, ModelError
from biasscore.export.onnx import bert_of, ends_of
from biasscore.heads import HEADS
from biasscore.predict.calibration import AffineMap
from biasscore.predict.checkpoints import CARD, Checkpoint

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

Floats = NDArray[np.float32]

CODE = "modeling_loaded_language.py"
_CLASSES = {"bert": "Bert", "mpnet": "MPNet"}


def write_huggingface(checkpoint: Checkpoint, folder: Path) -> None:
    """Write config, weights, tokenizer, code and card; ``huggingface_hub.upload_folder`` publishes them.

    Raises:
        InputError: if the folder exists and is not empty.
        ModelError: if the model has no head for loaded language or for loaded words, or its tokenizer puts other
            special tokens around a text than one before and one after it.
        BackendError: if transformers computes the encoder: its folder is one for transformers already.
    """
    encoder = bert_of(checkpoint)
    for head in ("loaded", "spans"):
        if not checkpoint.columns.has(head):
            raise ModelError(
                f"the model {checkpoint.name} does not score {HEADS[head].topic}, but the export needs this score; "
                "use another model"
            )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} exists and is not an empty folder; choose a new or empty folder with --out")
    tokenizer = _tokenizer(checkpoint)
    folder.mkdir(parents=True, exist_ok=True)
    _write_weights(checkpoint, encoder, folder)
    tokenizer.save_pretrained(folder)
    config = _config(checkpoint, encoder, tokenizer)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    shutil.copy(Path(__file__).with_name(CODE), folder / CODE)
    _card(checkpoint).save(folder / CARD)


def _config(checkpoint: Checkpoint, encoder: EncoderConfig, tokenizer: PreTrainedTokenizerFast) -> dict[str, Any]:
    from biasscore.export.modeling_loaded_language import PIPELINES, WORDS

    values = their_config(encoder)
    name = _CLASSES[values["model_type"]]
    calibration = checkpoint.calibration
    return {
        **values,
        "architectures": [f"{name}ForTokenClassification"],
        "auto_map": {"AutoModelForSequenceClassification": f"{Path(CODE).stem}.{name}ForLoadedLanguage"},
        # Without the flag trust_remote_code, the pipeline ends in an error, not in answers of a random head.
        "custom_pipelines": PIPELINES,
        "id2label": {str(number): label for label, number in WORDS.items()},
        "label2id": WORDS,
        "special_token_ids": sorted(set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}),
        "biasscore": {
            "model": f"{checkpoint.name}@{checkpoint.fingerprint}",
            "neutral_below": calibration.neutral_below,
            "loaded_above": calibration.loaded_above,
            "span_above": calibration.span_above,
            "prevalence": calibration.prevalence,
        },
    }


def _write_weights(checkpoint: Checkpoint, encoder: EncoderConfig, folder: Path) -> None:
    from safetensors.numpy import save_file

    weights = checkpoint.weights()
    rows, bias = weights["heads.weight"], weights["heads.bias"]
    maps, columns = checkpoint.calibration.maps, checkpoint.columns
    word = _calibrated(rows[columns.values("spans")], bias[columns.values("spans")], maps["span"])
    sentence = _calibrated(rows[columns.values("loaded")], bias[columns.values("loaded")], maps["loaded"])
    attention = columns.pooled("loaded").attention
    heads: dict[str, Floats] = {
        # Two logits, the first always 0: their softmax is the sigmoid of the second.
        "classifier.weight": np.concatenate([np.zeros_like(word[0]), word[0]]),
        "classifier.bias": np.concatenate([np.zeros_like(word[1]), word[1]]),
        "loaded.weight": sentence[0],
        "loaded.bias": sentence[1],
        "attention.weight": rows[attention : attention + 1],
        "attention.bias": bias[attention : attention + 1],
    }
    tensors = {
        name: np.ascontiguousarray(array) for name, array in {**their_weights(weights, encoder), **heads}.items()
    }
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)


def _calibrated(rows: Floats, bias: Floats, fitted: AffineMap) -> tuple[Floats, Floats]:
    shift = np.asarray(fitted.shift, dtype=np.float32)
    return np.float32(fitted.scale) * rows, np.float32(fitted.scale) * bias + shift


def _tokenizer(checkpoint: Checkpoint) -> PreTrainedTokenizerFast:
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    tokenizer, before, after = ends_of(checkpoint)
    fast = tokenizer.fast
    first, last = fast.id_to_token(before), fast.id_to_token(after)
    fast.post_processor = TemplateProcessing(f"{first} $0 {last}", special_tokens=[(first, before), (last, after)])
    named = {"pad_token": ("[PAD]", "<pad>"), "unk_token": ("[UNK]", "<unk>"), "mask_token": ("[MASK]", "<mask>")}
    known = {
        option: next((token for token in tokens if fast.token_to_id(token) is not None), None)
        for option, tokens in named.items()
    }
    return PreTrainedTokenizerFast(
        tokenizer_object=fast,
        cls_token=first,
        sep_token=last,
        model_max_length=checkpoint.max_tokens,
        model_input_names=["input_ids", "attention_mask"],
        **{option: token for option, token in known.items() if token is not None},
    )


def _card(checkpoint: Checkpoint) -> Any:
    from huggingface_hub import ModelCard, ModelCardData

    data = ModelCardData(
        language="en",
        license="other",
        library_name="transformers",
        pipeline_tag="text-classification",
        tags=["media-bias", "loaded-language", "news", "biasscore"],
        model_name=f"biasscore-{checkpoint.name}",
    )
    template = Path(__file__).with_name("card_template.md").read_text(encoding="utf-8")
    own = checkpoint.path / CARD
    text = jinja2.Template(template, keep_trailing_newline=True).render(
        name=checkpoint.name,
        fingerprint=checkpoint.fingerprint,
        calibration=checkpoint.calibration,
        card=own.read_text(encoding="utf-8") if own.is_file() else "",
    )
    return ModelCard(f"---\n{data.to_yaml()}\n---\n\n{text}")
