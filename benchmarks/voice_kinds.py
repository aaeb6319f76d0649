"""How well segmentation reads the layouts that people have: ``python -m benchmarks.voice_kinds [--show PART]``.

Reads tests/data/voice_kinds.jsonl, writes benchmarks/results/voice_kinds.json and a table in docs/voice.md. Each text
carries its labels: ⟦quoted⟧, ‹speaker›, ⟨attributed⟩, ⟪boilerplate⟫, ⌊a stretch without a claim⌋ and ¦ where glued
sentences part. Half of the texts of each kind were held out before there was a rule for it.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.environment import environment, write
from benchmarks.tables import fill
from benchmarks.voice import PAGE, Tally, cell, characters, read_lines
from biasscore.segment import Segmentation, segment

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ROOT / "tests" / "data" / "voice_kinds.jsonl"
RESULTS = ROOT / "benchmarks" / "results" / "voice_kinds.json"
# What the rules reached when they first met the texts; one of the held-out texts has been learnt from since.
FIRST = ROOT / "benchmarks" / "results" / "voice_kinds_first.json"
PARTS = ("held out", "development")
OPENING = {"⟦": "quoted", "‹": "speaker", "⟨": "attributed", "⟪": "boilerplate", "⌊": "unscored"}
CLOSING = "⟧›⟩⟫⌋"
_MARKUP = re.compile(f"[{''.join(OPENING)}{CLOSING}¦]")

Json = dict[str, Any]
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text of one kind with what is to be found in it."""

    kind: str
    part: str
    text: str
    ranges: dict[str, list[Range]]
    glued: list[int]
    notes: list[str] = field(default_factory=list)


def read_labelled(row: Json) -> Labelled:
    """Take the labels out of a text."""
    marked = row["marked"]
    ranges: dict[str, list[Range]] = defaultdict(list)
    opened: list[tuple[str, int]] = []
    glued, plain, last = [], [], 0
    for n, match in enumerate(_MARKUP.finditer(marked)):
        plain.append(marked[last : match.start()])
        last = match.end()
        position = match.start() - n
        if match[0] == "¦":
            glued.append(position)
        elif match[0] in OPENING:
            opened.append((OPENING[match[0]], position))
        else:
            name, start = opened.pop()
            ranges[name].append((start, position))
    plain.append(marked[last:])
    return Labelled(row["kind"], row["part"], "".join(plain), dict(ranges), glued, row.get("notes", []))


def voiced(found: Segmentation, voice: str) -> list[Range]:
    return [(v.start, v.end) for s in found.sentences for v in s.voices if v.voice == voice]


def core(text: str, start: int, end: int) -> Range | None:
    """A range without what is no letter or digit at its ends."""
    inside = [i for i in range(start, end) if text[i].isalnum()]
    return (inside[0], inside[-1] + 1) if inside else None


def turns(row: Labelled, found: Segmentation) -> tuple[set[Any], set[Any]]:
    """Quotations with both their ends."""
    quotes = {core(row.text, q.start, q.end) for q in found.quotes}
    return quotes - {None}, {core(row.text, *r) for r in row.ranges.get("quoted", [])}


def quoted(row: Labelled, found: Segmentation) -> tuple[set[Any], set[Any]]:
    return characters(row.text, voiced(found, "quoted")), characters(row.text, row.ranges.get("quoted", []))


def others(row: Labelled, found: Segmentation) -> tuple[set[Any], set[Any]]:
    """Words that are not plainly the author's: quoted or attributed."""
    words = characters(row.text, voiced(found, "quoted") + voiced(found, "attributed"))
    return words, characters(row.text, row.ranges.get("quoted", []) + row.ranges.get("attributed", []))


def unscored(row: Labelled, found: Segmentation) -> tuple[set[Any], set[Any]]:
    silent = [(v.start, v.end) for s in found.sentences for v in s.voices if not v.scored]
    return (
        {core(row.text, *r) for r in silent} - {None},
        {core(row.text, *r) for r in row.ranges.get("unscored", [])},
    )


def boilerplate(row: Labelled, found: Segmentation) -> tuple[set[Any], set[Any]]:
    """Paragraphs."""
    labels = row.ranges.get("boilerplate", [])
    whole = {(p.start, p.end) for p in found.paragraphs}
    return {(p.start, p.end) for p in found.paragraphs if p.kind == "boilerplate"}, {r for r in labels if r in whole}


def speakers(row: Labelled, found: Segmentation) -> tuple[set[Any], set[Any]]:
    """Speakers; a field of the file or a place that becomes one is wrong."""
    said = {(q.speaker.start, q.speaker.end) for q in found.quotes if q.speaker}
    return said, set(row.ranges.get("speaker", []))


def glued(row: Labelled, found: Segmentation) -> tuple[set[Any], set[Any]]:
    """Borders between two sentences that no blank parts."""
    starts = {s.start for s in found.sentences}
    return {i for i in starts if i and not row.text[i - 1].isspace()}, set(row.glued)


def notes(row: Labelled, found: Segmentation) -> tuple[set[Any], set[Any]]:
    return {note.code for note in found.notes}, set(row.notes)


Measure = Callable[[Labelled, Segmentation], tuple[set[Any], set[Any]]]
MEASURES: dict[str, dict[str, Measure]] = {
    "labels": {"turns with both ends": turns, "quoted characters": quoted},
    "rests": {"stretches without a score": unscored},
    "exports": {"speakers": speakers, "boilerplate paragraphs": boilerplate, "quoted characters": quoted},
    "glued": {"borders": glued},
    "posts": {"quoted characters": quoted, "labels and signatures": unscored},
    "marks": {"quoted characters": quoted, "quotations with both ends": turns},
    "headlines": {"quotations with both ends": turns},
    "attribution": {"characters of others' words": others},
    "interviews": {"quoted characters": quoted},
    "boilerplate": {"boilerplate paragraphs": boilerplate},
    "notes": {"notes": notes},
}

SHOWN = {
    "labels": "transcripts",
    "rests": "words that only say who speaks",
    "exports": "export files",
    "glued": "glued sentences",
    "marks": "other marks",
    "attribution": "indirect speech and views of others",
    "interviews": "interviews without labels",
    "notes": "notes on odd texts",
}
"""Names of kinds in docs/voice.md, where they are not the same: those of its table of layouts."""


def measure(rows: Sequence[Labelled], *, show: str = "") -> Json:
    """Precision and recall of each kind and part."""
    tallies: dict[str, dict[str, dict[str, Tally]]] = {
        kind: {name: {part: Tally() for part in PARTS} for name in measures} for kind, measures in MEASURES.items()
    }
    for number, row in enumerate(rows):
        found = segment(row.text)
        for name, each in MEASURES[row.kind].items():
            got, labelled = each(row, found)
            tallies[row.kind][name][row.part].add(((number, i) for i in got), ((number, i) for i in labelled))
            if show == row.part and got != labelled:
                print(f"--- {row.kind}: {name}\n{row.text}")
                print(
                    "   found:   ",
                    _spelled(row.text, got - labelled),
                    "\n   missed:  ",
                    _spelled(row.text, labelled - got),
                )
    return {
        kind: {name: {part: tally.to_dict() for part, tally in parts.items()} for name, parts in measures.items()}
        for kind, measures in tallies.items()
    }


def _spelled(text: str, items: set[Any]) -> Any:
    """Ranges as their words, characters as a string."""
    ordered = sorted(items)
    if ordered and isinstance(ordered[0], tuple):
        return [text[slice(*each)] for each in ordered]
    return "".join(text[i] for i in ordered) if ordered and isinstance(ordered[0], int) else ordered


def table(results: Json) -> list[str]:
    first = json.loads(FIRST.read_text(encoding="utf-8"))["kinds"]
    lines = ["| kind | what is counted | set | precision | recall |", "|---|---|---|---|---|"]
    for kind, measures in results["kinds"].items():
        for name, parts in measures.items():
            met = {"held out, when first met": first[kind][name]["held out"]}
            for part, shares in {**parts, **met}.items():
                precision, recall = (cell(shares[share]) for share in ("precision", "recall"))
                lines.append(f"| {SHOWN.get(kind, kind)} | {name} | {part} | {precision} | {recall} |")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", choices=PARTS, default="", help="print what is wrong in the texts of this part")
    arguments = parser.parse_args()
    rows = [read_labelled(row) for row in read_lines(TEXTS)]
    results = {"environment": environment(), "texts": len(rows), "kinds": measure(rows, show=arguments.show)}
    write(RESULTS, results)
    fill(PAGE, "kinds", "\n".join(["", *table(results), ""]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
