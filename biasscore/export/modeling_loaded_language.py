"""Loaded language of a sentence, for transformers: the encoder, and attention over its words.

Beside a config.json this file runs by itself (``trust_remote_code=True``); it needs torch and transformers alone. The
same weights hold a standard token classifier for the loaded words, which needs no code.
"""

from copy import deepcopy

import torch
from torch import nn
from transformers import BertForTokenClassification, MPNetForTokenClassification, TextClassificationPipeline
from transformers.modeling_outputs import SequenceClassifierOutput

WORDS = {"O": 0, "LOADED": 1}
SENTENCES = {"neutral": 0, "loaded": 1}
PIPELINES = {
    "text-classification": {
        "impl": "modeling_loaded_language.LoadedLanguagePipeline",
        "pt": ["AutoModelForSequenceClassification"],
    }
}


class LoadedLanguagePipeline(TextClassificationPipeline):
    """Named in config.json, so that transformers asks for the code and does not make up a head without it."""

    def check_model_type(self, supported_models):
        # The list of transformers cannot know the classes below.
        pass


class _Pooled:
    """What turns a token classifier into a classifier of sentences: vectors of the words, weighted and added up."""

    def __init__(self, config):
        _name(config, SENTENCES)
        super().__init__(config)
        self.attention = nn.Linear(config.hidden_size, 1)
        self.loaded = nn.Linear(config.hidden_size, 1)
        self.post_init()

    def save_pretrained(self, *args, **kwargs):
        # The file is the one that the token classifier reads, too. A pipeline has put classes in place of names.
        _name(self.config, WORDS)
        self.config.custom_pipelines = deepcopy(PIPELINES)
        try:
            super().save_pretrained(*args, **kwargs)
        finally:
            _name(self.config, SENTENCES)

    def forward(self, input_ids, attention_mask=None, labels=None, **_):
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        vectors = getattr(self, self.base_model_prefix)(input_ids, attention_mask=attention_mask)[0]
        special = torch.isin(input_ids, torch.tensor(self.config.special_token_ids, device=input_ids.device))
        words = attention_mask.bool() & ~special
        weights = self.attention(vectors).squeeze(-1).masked_fill(~words, float("-inf")).softmax(dim=-1)
        # A text without words has no weights: nan, as nothing speaks for either label.
        logit = (weights.unsqueeze(-1) * self.loaded(vectors)).sum(dim=1)
        logits = torch.cat([torch.zeros_like(logit), logit], dim=-1)
        loss = None if labels is None else nn.functional.cross_entropy(logits, labels.view(-1))
        return SequenceClassifierOutput(loss=loss, logits=logits)


def _name(config, labels):
    config.label2id = dict(labels)
    config.id2label = {number: label for label, number in labels.items()}


class BertForLoadedLanguage(_Pooled, BertForTokenClassification):
    pass


class MPNetForLoadedLanguage(_Pooled, MPNetForTokenClassification):
    pass
