"""Tiny classifiers of every family, made on the spot: random weights, but each family's own config and tokenizer."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from fakes import fast_tokenizer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AlbertConfig,
    AlbertTokenizer,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    BertConfig,
    BertTokenizer,
    DebertaV2Config,
    DebertaV2Tokenizer,
    DistilBertConfig,
    DistilBertTokenizer,
    ElectraConfig,
    ModernBertConfig,
    MPNetConfig,
    MPNetTokenizer,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaTokenizer,
    XLMRobertaConfig,
    XLMRobertaTokenizer,
)

from biasscore.engine.columns import N_COLUMNS
from biasscore.engine.config import EncoderConfig
from biasscore.engine.family_table import FAMILIES as FAMILY_ROWS
from biasscore.predict import checkpoints
from biasscore.predict.calibration import UNCALIBRATED

FAMILIES = tuple(FAMILY_ROWS)
LONGEST = 64
SENTIMENT = ("negative", "neutral", "positive")

SENTENCES = (
    "The senator issued yet another empty warning on Tuesday.",
    "Café owners said the “absurd”  plan — 😀 — won't help.",
    "Prices rose 3.5% in May, the agency said.",
    "The co\u00adoperation fell apart.",
    "He called it a disgrace.",
)
WHOLE = ("said", "the", "vote", "was", "on")  # one token in every family, with the space before it
_CORPUS = [*SENTENCES, *["said the"] * 30, "a vote on the bill was held , and it was a nasty and empty vote ."] * 3
_WORDPIECE = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
_SMALL: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
}


def make(
    folder: Path,
    family: str = "roberta",
    labels: Sequence[str] = SENTIMENT,
    *,
    tokens: bool = False,
    seed: int = 0,
    **config: Any,
) -> Path:
    """Write a model and its tokenizer into a folder.

    Args:
        labels: names of its outputs.
        tokens: make a token classifier.
        config: further fields of its config.
    """
    return shutil.copytree(_made(family, tuple(labels), tokens, seed, **config), folder, dirs_exist_ok=True)


@cache
def _made(family: str, labels: tuple[str, ...], tokens: bool, seed: int, **config: Any) -> Path:
    """Made once, for the tests of a process; each gets a copy of its own."""
    folder = Path(tempfile.mkdtemp())
    tokenizer = _tokenizer(family)
    tokenizer.save_pretrained(folder)
    named = {"id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}}
    settings = _config(family, tokenizer, {"num_labels": len(labels), **named, **config})
    auto = AutoModelForTokenClassification if tokens else AutoModelForSequenceClassification
    torch.manual_seed(seed)
    network = auto.from_config(settings)
    for parameter in network.parameters():
        # Fresh weights are so small that every answer is near even; these tell texts apart.
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.2)
    network.save_pretrained(folder)
    return folder


_V3 = {
    "relative_attention": True,
    "pos_att_type": ["p2c", "c2p"],
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "position_buckets": 8,
    "position_biased_input": False,
    "type_vocab_size": 0,
}
_SPECIAL_IDS = {"cls_token_id": 2, "sep_token_id": 3, "bos_token_id": 2, "eos_token_id": 3}
_CONFIGS: dict[str, tuple[Any, dict[str, Any]]] = {
    "albert": (AlbertConfig, {"embedding_size": 16}),
    "bert": (BertConfig, {}),
    "deberta-v2": (DebertaV2Config, _V3),
    "distilbert": (DistilBertConfig, {}),
    "electra": (ElectraConfig, {"embedding_size": 32}),
    "modernbert": (ModernBertConfig, {"local_attention": 8, **_SPECIAL_IDS}),
    "mpnet": (MPNetConfig, {"max_position_embeddings": LONGEST + 2}),
    "roberta": (RobertaConfig, {"max_position_embeddings": LONGEST + 2, "type_vocab_size": 1}),
    "xlm-roberta": (XLMRobertaConfig, {"max_position_embeddings": LONGEST + 2, "type_vocab_size": 1}),
}


def _config(family: str, tokenizer: Any, fields: dict[str, Any]) -> Any:
    config, own = _CONFIGS[family]
    shape = {**_SMALL, "vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
    shape |= {"max_position_embeddings": LONGEST, **own, **fields}
    return config(**{FAMILY_ROWS[family].sizes.get(key, key): value for key, value in shape.items()})


def _tokenizer(family: str) -> Any:
    if family in ("bert", "electra", "distilbert", "mpnet"):
        words = _words(pre_tokenizers.BertPreTokenizer(), normalizers.BertNormalizer())
        letters = sorted({letter for word in words for letter in word})
        special = ["<s>", "<pad>", "</s>", "<unk>", "[UNK]", "<mask>"] if family == "mpnet" else _WORDPIECE
        tokens = [*special, *letters, *(f"##{letter}" for letter in letters), *_known(words)]
        vocabulary = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
        classes = {"distilbert": DistilBertTokenizer, "mpnet": MPNetTokenizer}
        return classes.get(family, BertTokenizer)(vocab=vocabulary)
    if family in ("roberta", "modernbert"):
        return _byte_level(family)
    words = _words(pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]))
    letters = sorted({letter for word in words for letter in word})
    pieces = [(letter, -5.0) for letter in letters]
    pieces += [(word, -2.0) for word in _known(words, mark="▁") if word not in letters]
    special = {
        "albert": ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"],
        "deberta-v2": ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"],
        "xlm-roberta": ["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
    }[family]
    scored = [(token, 0.0) for token in special] + pieces
    classes = {"albert": AlbertTokenizer, "deberta-v2": DebertaV2Tokenizer, "xlm-roberta": XLMRobertaTokenizer}
    return classes[family](vocab=scored)


def _byte_level(family: str) -> Any:
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    if family == "modernbert":
        special = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=340, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.train_from_iterator(_CORPUS, trainer)
    if family == "modernbert":
        trained.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
        )
        names = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
        return PreTrainedTokenizerFast(tokenizer_object=trained, mask_token="[MASK]", **names)
    parts = json.loads(trained.to_str())["model"]
    merges = [tuple(merge) for merge in parts["merges"]]
    return RobertaTokenizer(vocab=parts["vocab"], merges=merges)


# The trainers of WordPiece and Unigram break ties at random, so that no two runs would see the same model.
def _words(splitter: Any, normalizer: Any = None) -> list[str]:
    texts = [normalizer.normalize_str(text) if normalizer else text for text in _CORPUS]
    return sorted({word for text in texts for word, _ in splitter.pre_tokenize_str(text)})


def _known(words: list[str], mark: str = "") -> list[str]:
    """The words that are one token: every second one, and those of ``WHOLE``."""
    return sorted({*words[::2], *(mark + word for word in WHOLE)})


def embedded(folder: Path) -> Path:
    """Write a tiny model in biasscore's own layout."""
    encoder = EncoderConfig(len(fast_tokenizer().get_vocab()), 8, 2, 2, 16, 32)
    rng = np.random.default_rng(0)
    checkpoints.write(
        folder,
        name="ours",
        encoder=encoder,
        max_tokens=32,
        weights={name: rng.normal(size=shape) for name, shape in checkpoints.shapes(encoder, N_COLUMNS).items()},
        tokenizer_json=fast_tokenizer().to_str(),
        calibration=UNCALIBRATED,
    )
    return folder
