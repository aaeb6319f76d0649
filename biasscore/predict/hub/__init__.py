"""Pretrained classifiers from the Hugging Face Hub, or from a folder, for any head.

    ids, folders, head files ─locate, match labels→ heads ─HubModel→ predictions ─CombinedModel→ one model

See docs/hub.md for the rules: which families load, how labels are matched, how long texts are read.
"""

from biasscore.predict.hub.registry import REGISTRY

__all__ = ["REGISTRY"]
