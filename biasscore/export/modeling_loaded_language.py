"""Loaded language of a sentence, for transformers: the encoder, and attention over its words.

Beside a config.json this file runs by itself (``trust_remote_code=True``); it needs torch and transformers alone. The
same weights hold a standard token classifier for the loaded words, which needs no code.
"""

import torch
from torch import nn
from transformers import BertForTokenClassification, MPNetForTokenClassification
from transformers.modeling_outputs import SequenceClassifierOutput


class _Pooled:
    """What turns a token classifier into a classifier of sentences: vectors of the words, weighted and added up."""

    def __init__(self, config):
        config.id2label = {0: "neutral", 1: "loaded"}
        config.label2id = {"neutral": 0, "loaded": 1}
        super().__init__(config)
        self.attention = nn.Linear(config.hidden_size, 1)
        self.loaded = nn.Linear(config.hidden_size, 1)
        self.post_init()

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


class BertForLoadedLanguage(_Pooled, BertForTokenClassification):
    pass


class MPNetForLoadedLanguage(_Pooled, MPNetForTokenClassification):
    pass
