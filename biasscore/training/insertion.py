"""Loaded words in plain company: a modifier set before a noun of a neutral sentence, beside the sentence as it was.

Marked corpora show loaded words mostly in sentences that are loaded all over, so a small encoder leans on the company
and misses the one word in a factual sentence. Minimal pairs made by insertion (counterfactual augmentation, Kaushik,
Hovy and Lipton 2020) teach it the word itself. The modifiers are those marked in the project's own sentences: no word
of another corpus' held-out rows comes in.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

PAIRS = 2_000
_MODIFIERS = (
    "absurd bogus breathless bumbling clueless corrupt cowardly cynical delusional disgraceful doomed draconian empty "
    "farcical fawning feeble flailing gutless half-baked hollow hypocritical hysterical insane laughable lavish "
    "meaningless monstrous pathetic pitiful reckless ridiculous ruthless shameful shameless sham sickening sinister "
    "spineless thuggish tired toothless toxic unhinged venomous vile woke"
).split()
# A lower-case noun, by its ending, after a word that leaves room for a modifier.
_ROOM = re.compile(
    r"\b(?:the|its|their|his|her|of|with|for|about|from|by|no|these|those|new|made|makes?|offer(?:ed|s)?|gave|gives?|"
    r"issued?|issues|issuing|announced|sent|sends?|held|released|called)\s+"
    r"(?=(?P<noun>[a-z]{3,}(?:[^s\W]s|tion|ment|ship|ism)\b))"
)
_LONGEST = 240


def pairs(sentences: Sequence[str], seed: int, n: int = PAIRS) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """Minimal pairs out of neutral sentences.

    Args:
        sentences: neutral ones, of any length; those that offer no place are passed over.
        seed: of the order, the places and the modifiers.
        n: most pairs.

    Yields:
        The sentence as it was, the same with a modifier, and the two words that are marked in it.
    """
    draw = random.Random(seed)
    made = 0
    for sentence in draw.sample(list(sentences), len(sentences)):
        places = list(_ROOM.finditer(sentence)) if len(sentence) <= _LONGEST else []
        if not places:
            continue
        place, modifier = draw.choice(places), draw.choice(_MODIFIERS)
        yield sentence, f"{sentence[: place.end()]}{modifier} {sentence[place.end() :]}", (modifier, place["noun"])
        made += 1
        if made == n:
            return
