"""Matches the outputs of a classifier to our labels by name, or refuses it.

The rule: a name is compared in lower case without anything but letters and digits, and must equal a label of the task
or one of its other names below. Every label must be found exactly once (a token classifier may have several outputs for
loaded words, such as B-LOADED and I-LOADED). Names that say nothing, such as LABEL_0, are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from biasscore.errors import LabelMapError
from biasscore.heads import HEADS

_OTHER_NAMES: Mapping[str, Mapping[str, str]] = {
    "loaded": {
        **dict.fromkeys(("unbiased", "nonbiased", "notbiased", "nobias", "notloaded", "nonloaded"), "neutral"),
        **dict.fromkeys(("biased", "bias", "lexicalbias", "loadedlanguage"), "loaded"),
    },
    "spans": {
        "o": "outside",
        **dict.fromkeys(("bias", "biased", "lexicalbias", "loadedlanguage"), "loaded"),
    },
    "subjectivity": {"obj": "objective", "neutral": "objective", "subj": "subjective"},
    "sentiment": {"neg": "negative", "neu": "neutral", "pos": "positive"},
    "framing": {
        **dict.fromkeys(("leftwing", "leftleaning"), "left"),
        **dict.fromkeys(("centre", "centrist"), "center"),
        **dict.fromkeys(("rightwing", "rightleaning"), "right"),
    },
}
_TAG = re.compile(r"^[BIESLU][-_]")


def match(
    answer: str,
    names: Sequence[str],
    *,
    model: str,
    given: Sequence[str] | None = None,
    known: Sequence[str] | None = None,
) -> tuple[int, ...]:
    """The class of each output.

    Args:
        answer: what the model is asked for.
        names: the model's own names of its outputs (``id2label``).
        model: its name, for the message.
        given: the user's names, one an output; they win over the model's own.
        known: the registry's names, taken where the model's own say nothing.

    Returns:
        One index into ``HEADS[answer].labels`` an output.

    Raises:
        LabelMapError: if the outputs do not answer the task, or their names leave open which is which.
    """
    _check_number(answer, names, model)
    if given is not None:
        classes = _classes(answer, given)
        if classes is None or len(given) != len(names):
            raise LabelMapError(
                f"biasscore cannot use the names ({', '.join(given)}) that --labels (in Python: labels) gives to the "
                f"outputs of {model}; for the score {answer!r}, give {len(names)} names in the order of the "
                f"outputs: {', '.join(HEADS[answer].labels)}"
            )
        return classes
    own = _classes(answer, names)
    expected = _classes(answer, known) if known is not None else None
    if own is not None and expected is not None and own != expected:
        raise LabelMapError(
            f"the outputs of {model} ({', '.join(names)}) are not in the order that biasscore knows for this "
            f"model; read in the model card what each output means, then name all outputs in the model's own "
            f"order, for example {_how(answer, names)}"
        )
    found = own or expected
    if found is None:
        raise LabelMapError(
            f"biasscore does not know what the outputs of {model} ({', '.join(names)}) mean for the score {answer!r}; "
            f"read the model card, then name the outputs in order, for example {_how(answer, names)}"
        )
    return found


def _check_number(answer: str, names: Sequence[str], model: str) -> None:
    classes = HEADS[answer].labels
    n = len(names)
    # A token classifier may tell beginnings from insides; one output is the logit of a binary task's second class.
    other = n > 2 if answer == "spans" else (n, len(classes)) == (1, 2)
    if n != len(classes) and not other:
        raise LabelMapError(
            f"{model} has {n} outputs ({', '.join(names[:6])}{', …' if n > 6 else ''}), but the score {answer!r} "
            f"needs {len(classes)} ({', '.join(classes)}); use another model"
        )


def _classes(answer: str, names: Sequence[str]) -> tuple[int, ...] | None:
    """Class indices, or None if a name is unknown or a class is missing or named twice."""
    found = [class_of(answer, name) for name in names]
    indices = tuple(index for index in found if index is not None)
    if len(indices) < len(found):
        return None
    if len(names) == 1:
        return indices if indices == (1,) else None
    complete = set(indices) == set(range(len(HEADS[answer].labels)))
    unique = len(set(indices)) == len(indices)
    return indices if complete and (unique or answer == "spans") else None


def class_of(answer: str, name: str) -> int | None:
    """The class of a head that a label names; None where it names none."""
    if answer == "spans":
        name = _TAG.sub("", name)
    key = "".join(char for char in name.casefold() if char.isalnum())
    label = _OTHER_NAMES.get(answer, {}).get(key, key)
    return HEADS[answer].labels.index(label) if label in HEADS[answer].labels else None


def _how(answer: str, names: Sequence[str]) -> str:
    classes = HEADS[answer].labels if len(names) > 1 else HEADS[answer].labels[1:]
    values = [*classes, *classes[-1:] * (len(names) - len(classes))]
    return f"--labels {answer}={','.join(values)} (in Python: labels={{{answer!r}: {values!r}}})"
