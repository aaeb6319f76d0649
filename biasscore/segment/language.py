"""Is a text English? Words of grammar tell most; where they leave a doubt, a detector decides if one is installed.

Headlines have few words of grammar. Without a detector, the common words of English news tell what is English there.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from biasscore.segment.phrases import WORD, common_words

_FEWEST_WORDS = 8
# Words of grammar make up some half of running English; other languages share a few of the shapes.
_GRAMMAR = frozenset(
    """
    the of and to a in that is was he for it with as his on be at by i this had not are but from or have an they which
    one you were her all she there would their we him been has when who will more no if out so said what its about
    than into them can only other new some could time these two may then do first any my now such like our over me
    even most after also did many before must through years where much your way well down should because each just
    those people how too s t says up
    """.split()
)
_SHARED = frozenset("a in was an do me no i on as so he is his her".split())
_PLAIN_SHARE = 0.3
_READ = 4_000
# A detector takes longer by far than the search for words, and a paragraph or two tell it enough.
_READ_BY_DETECTOR = 1_000
_SURE = 0.5


def is_foreign(text: str) -> bool:
    """Does the beginning of a text look like another language than English?"""
    sample = text[:_READ]
    letters = [] if sample.isascii() else [character for character in sample[:500] if character.isalpha()]
    latin = sum(character < "\u0250" for character in letters)
    if len(letters) >= 20 and 2 * latin < len(letters):
        return True
    cased = WORD.findall(sample)
    if len(cased) < _FEWEST_WORDS:
        return False
    grammar = [word for word in map(str.lower, cased) if word in _GRAMMAR]
    own = any(word not in _SHARED for word in grammar)
    if own and len(grammar) >= _PLAIN_SHARE * len(cased):
        return False
    identify = detector()
    if identify is not None:
        language, probability = identify.classify(sample[:_READ_BY_DETECTOR])
        return bool(language != "en" and probability >= _SURE)
    lowered = [word for word in cased if word.islower()]
    return 2 * len(lowered) >= len(cased) and 2 * sum(word in common_words() for word in lowered) < len(lowered)


@cache
def detector() -> Any:
    """The detector of the extra ``language``, loaded when the first text needs it; None where it is not installed."""
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError:
        return None
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
