"""What was measured of a model, and its two faces: JSON for machines, a Markdown table for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from biasscore.analysis.bootstrap import LIMITS, RESAMPLES, Figure
from biasscore.evaluation.calibration_error import N_BINS
from biasscore.evaluation.cost import Cost
from biasscore.evaluation.figures import Block, to_dict

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of one model.

    Attributes:
        model: fingerprint of what was judged.
        version: of biasscore.
        day: when, as YYYY-MM-DD.
        settings: how the model was opened; empty where only predictions were judged.
        blocks: one a task and set of rows.
        notes: what was left out, and why.
        training: what the training cost; None where no log of it is kept.
        people: how far annotators agree, from ``fairness.people``; None without their answers.
        swaps: how scores move when names change sides, from ``fairness.swapped``; None for a single file.
    """

    model: str
    version: str
    day: str
    settings: Mapping[str, Any]
    blocks: tuple[Block, ...]
    notes: tuple[str, ...] = ()
    training: Cost | None = None
    people: Mapping[str, Any] | None = None
    swaps: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values; the layout of ``metrics.json``."""
        return {
            "format": FORMAT,
            "model": self.model,
            "biasscore": self.version,
            "day": self.day,
            "settings": dict(self.settings),
            "method": {"resamples": RESAMPLES, "interval_percentiles": list(LIMITS), "calibration_bins": N_BINS},
            "notes": list(self.notes),
            "training": asdict(self.training) if self.training else None,
            "people": self.people,
            "swaps": self.swaps,
            "blocks": [to_dict(block) for block in self.blocks],
        }

    def write_json(self, path: Path, beside: Mapping[str, Any] | None = None) -> None:
        """Write ``to_dict``.

        Args:
            beside: an earlier evaluation whose other entries, and blocks of other heads, are kept; none is if it is of
                other weights.
        """
        written = self.to_dict()
        # NAME@FINGERPRINT/ENGINE: the engine does not matter.
        if beside and beside["model"].split("/")[0] == self.model.split("/")[0]:
            judged = {block.task for block in self.blocks}
            others = [block for block in beside["blocks"] if block["task"] not in judged]
            written = {**beside, **written, "blocks": [*written["blocks"], *others]}
            written["training"] = written["training"] or beside.get("training")
            written["notes"] = list(dict.fromkeys([*beside["notes"], *written["notes"]]))
        text = json.dumps(written, indent=1, ensure_ascii=False, allow_nan=False)
        Path(path).write_text(text + "\n", encoding="utf-8")

    def to_markdown(self) -> str:
        """A table of all systems on all rows, then what goes with each set of rows."""
        lines = [f"# Evaluation of {self.model}", "", *_table(_HEADER, self._rows()), ""]
        for block in self.blocks:
            lines += [f"## {block.task}: {_rows_name(block)}", "", *_details(block), ""]
        lines += [f"* {note}" for note in self.notes]
        return "\n".join(lines).rstrip() + "\n"

    def write_markdown(self, path: Path) -> None:
        """Write ``to_markdown``."""
        Path(path).write_text(self.to_markdown(), encoding="utf-8")

    def _rows(self) -> Iterator[Sequence[str]]:
        for block in self.blocks:
            first = next(iter(block.calibration.values()), None)
            error = f"{first.corrected} (raw {first.raw.value:.3f})" if first else ""
            yield [block.task, _rows_name(block), str(block.n), "this model", *_common(block.figures), error]
            for name, baseline in block.baselines.items():
                yield ["", "", "", name, *_common(baseline.figures), ""]


_HEADER = ("task", "rows", "n", "system", "macro-F1", "AUC", "Brier", "ECE, bias-corrected")


def _common(figures: Mapping[str, Figure]) -> list[str]:
    return [str(figures[name]) if name in figures else "" for name in ("macro_f1", "auc", "brier")]


def _rows_name(block: Block) -> str:
    return f"{block.dataset}, {block.split}"


def _details(block: Block) -> Iterator[str]:
    classes = ", ".join(f"{n} {label}" for label, n in block.classes.items())
    yield (
        f"{block.n} rows ({classes}); {_how(block)}; {_seen(block.origin.seen)}. {_left_out(block)}; unanswered: "
        f"{block.unanswered}. Intervals: {block.n_units} {block.unit}s resampled."
    )
    yield ""
    yield from _table(("true \\ predicted", *block.classes), _confusion_rows(block))
    yield ""
    own = [[name, str(figure)] for name, figure in block.figures.items() if "." in name]
    if own:
        yield from [*_table(("figure", "value [95% interval]"), own), ""]
    if block.calibration:
        yield from [*_table(_CALIBRATION, _calibration_rows(block)), ""]
    if block.baselines:
        yield from _table(("baseline", "trained on", "behind in macro-F1 by", "behind in AUC by"), _behind(block))


def _how(block: Block) -> str:
    return "through load()" if block.origin.how == "as loaded" else block.origin.how


def _left_out(block: Block) -> str:
    if block.origin.seen is None:
        return "Not compared with training texts, for none were at hand"
    if block.origin.left_out is None:
        return "Rows that share words with training texts were left out; nobody counted them"
    return f"Left out for sharing words with training texts: {block.origin.left_out}"


def _seen(count: int | None) -> str:
    if count is None:
        return "whether the shipped weights saw these rows is not known"
    return f"the shipped weights saw {count or 'none'} of them"


_CALIBRATION = ("probability of", "ECE raw", "corrected", "root mean square", "band of a calibrated model", "inside")


def _calibration_rows(block: Block) -> Iterator[Sequence[str]]:
    for name, found in block.calibration.items():
        band = f"{found.band.mean:.3f} [{found.band.low:.3f}, {found.band.high:.3f}]"
        yield [
            name,
            str(found.raw),
            str(found.corrected),
            str(found.root_mean_square),
            band,
            "yes" if found.within_band else "no",
        ]


def _confusion_rows(block: Block) -> Iterator[Sequence[str]]:
    for label, counts in zip(block.classes, block.confusion, strict=True):
        yield [label, *map(str, counts)]


def _behind(block: Block) -> Iterator[Sequence[str]]:
    for name, baseline in block.baselines.items():
        yield [name, str(baseline.trained_on or ""), *_common(baseline.ahead)[:2]]


def _table(header: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]
