"""How well segmentation tells whose words these are: ``python -m benchmarks.voice [--articles PATH] [--speed]``.

Reads the labels under tests/data, writes benchmarks/results/voice.json and the table between the markers of
docs/voice.md. The labels on real articles hold identifiers and offsets only; without the articles themselves
(framing_articles.parquet, https://github.com/ramybaly/Article-Bias-Prediction) that part is skipped, and its last
figures stay, and so do the figures of speed without ``--speed``. benchmarks/results/voice_history.json keeps what the
rules reached when they first met a set: this command at the commit that is named there.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from scipy.stats import binomtest

import biasscore
from benchmarks.environment import environment, write
from benchmarks.tables import fill
from biasscore.results import Mention
from biasscore.segment import QuoteRange, Segmentation, segment
from biasscore.segment.paragraphs import find_paragraphs
from biasscore.segment.phrases import WORD
from biasscore.segment.sentences import find_sentences
from biasscore.segment.voices import find_voices, tile_sentences

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = ROOT / "tests" / "data" / "voice.jsonl"
MARKS = ROOT / "tests" / "data" / "voice_articles.jsonl"
WINDOWS = ROOT / "tests" / "data" / "voice_windows.jsonl"
INDIRECT = ROOT / "tests" / "data" / "voice_indirect.jsonl"
SHORT = ROOT / "tests" / "data" / "voice_short.jsonl"
RESULTS = ROOT / "benchmarks" / "results" / "voice.json"
HISTORY = ROOT / "benchmarks" / "results" / "voice_history.json"
PAGE = ROOT / "docs" / "voice.md"
SPEED_TEXTS = 60
ORDINALS = ("fifth ", "fourth ", "third ", "second ", "")
PARTS = ("second held out", "held out", *(f"{ordinal}development" for ordinal in ORDINALS))
# Sets that no rule was made on.
UNLEARNT = PARTS[:2]
# Words from which on the rules take a quotation for speech, whatever stands beside it.
LONG = 5
# How often rules have been run over a set that no rule was made on; the last time is the published figure.
CONSULTED = {"second held out": 5, "held out": 9, "short phrases, held out": 8}

Json = dict[str, Any]
Range = tuple[int, int]


@dataclass(slots=True)
class Tally:
    """Hits among what was found and among what was labelled."""

    hits: int = 0
    found: int = 0
    labelled: int = 0

    def add(self, found: Iterable[object], labelled: Iterable[object]) -> None:
        """Count one text; each item stands for itself."""
        found, labelled = set(found), set(labelled)
        self.hits += len(found & labelled)
        self.found += len(found)
        self.labelled += len(labelled)

    def to_dict(self) -> Json:
        """Both shares with their intervals."""
        return {"precision": share(self.hits, self.found), "recall": share(self.hits, self.labelled)}


def share(hits: int, total: int) -> Json | None:
    """A proportion with its 95% interval (Wilson 1927, JASA 22:209); None without cases."""
    if not total:
        return None
    found = binomtest(hits, total).proportion_ci(method="wilson")
    return {"value": round(hits / total, 4), "low": round(found.low, 4), "high": round(found.high, 4), "n": total}


def read_lines(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def same_speaker(text: str, mention: Mention | None, label: Sequence[int] | None) -> bool:
    """Overlapping phrases, or the same words elsewhere: a speaker may be named twice beside a quotation."""
    if mention is None or label is None:
        return False
    return (mention.start < label[1] and label[0] < mention.end) or mention.text == text[label[0] : label[1]]


@dataclass(slots=True)
class SpeakerTally:
    """A speaker is right when it overlaps the labelled phrase; ``exact`` asks for the same characters."""

    right: int = 0
    exact: int = 0
    found: int = 0
    labelled: int = 0

    def add(self, text: str, quote: QuoteRange | None, label: Sequence[int] | None) -> None:
        """Count one labelled quotation; ``quote`` is what was found in its place."""
        speaker = quote.speaker if quote else None
        self.right += same_speaker(text, speaker, label)
        self.exact += bool(speaker and label and [speaker.start, speaker.end] == list(label))
        self.found += speaker is not None
        self.labelled += label is not None

    def to_dict(self) -> Json:
        """All shares with their intervals."""
        return {
            "precision": share(self.right, self.found),
            "recall": share(self.right, self.labelled),
            "exact": share(self.exact, self.labelled),
        }


@dataclass(slots=True)
class Written:
    """Tallies over the test set that was written for this project."""

    quotations: Tally = field(default_factory=Tally)
    scare: Tally = field(default_factory=Tally)
    attributed: Tally = field(default_factory=Tally)
    speaker: SpeakerTally = field(default_factory=SpeakerTally)
    kept: list[bool] = field(default_factory=list)
    cases: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    missed: list[str] = field(default_factory=list)


def characters(text: str, ranges: Iterable[Range]) -> set[int]:
    """Letters and digits in the ranges."""
    return {i for start, end in ranges for i in range(start, end) if text[i].isalnum()}


def measure_written(rows: Sequence[Json]) -> Written:
    tally = Written()
    for row in rows:
        found = segment(row["text"])
        quotes = {(quote.start, quote.end): quote for quote in found.quotes}
        labels = {(label["start"], label["end"]): label for label in row["quotes"]}
        scare = {(mention.start, mention.end) for mention in found.scare_quotes}
        scare_labels = {(m["start"], m["end"]) for m in row["author_marks"] if m["kind"] == "scare"}
        indirect = characters(row["text"], ((v.start, v.end) for s in found.sentences for v in s.voices
                                            if v.voice == "attributed"))  # fmt: skip
        indirect_labels = characters(row["text"], ((a["start"], a["end"]) for a in row["attributed"]))
        tally.quotations.add(quotes, labels)
        tally.scare.add(scare, scare_labels)
        tally.attributed.add(((row["text"], i) for i in indirect), ((row["text"], i) for i in indirect_labels))
        for key, label in labels.items():
            tally.speaker.add(row["text"], quotes.get(key), label["speaker"])
        named = [(m["start"], m["end"]) for m in row["author_marks"] if m["kind"] != "scare"]
        tally.kept += [key not in quotes and key not in scare for key in named]
        case = tally.cases[row["case"]]
        case.add(
            set(quotes) | {("scare", *key) for key in scare}, set(labels) | {("scare", *key) for key in scare_labels}
        )
        wrong_speaker = any(
            not same_speaker(row["text"], quotes[key].speaker, label["speaker"])
            for key, label in labels.items()
            if key in quotes and (label["speaker"] or quotes[key].speaker)
        )
        if set(quotes) != set(labels) or scare != scare_labels or wrong_speaker or indirect != indirect_labels:
            tally.missed.append(f"{row['case']}: {row['text']!r}")
    return tally


def measure_marks(rows: Sequence[Json], texts: Mapping[str, Segmentation]) -> Json:
    """Marks drawn at random: is what follows quoted, and by whom?"""
    quoted, scare, speaker, exact, missed = Tally(), Tally(), SpeakerTally(), [], []
    for row in rows:
        found = texts[row["article"]]
        position = row["start"]
        quote = next((q for q in found.quotes if q.start <= position < q.end), None)
        is_scare = any(mention.start == position for mention in found.scare_quotes)
        is_quoted = row["kind"] in ("quotation", "nested")
        quoted.add([position] if quote else [], [position] if is_quoted else [])
        scare.add([position] if is_scare else [], [position] if row["kind"] == "scare" else [])
        if row["kind"] == "quotation" and quote:
            exact.append(quote.start == position and quote.end == row["end"])
            speaker.add(found.text, quote, row["speaker"])
        if bool(quote) != is_quoted or is_scare != (row["kind"] == "scare"):
            missed.append({"article": row["article"], "start": position, "label": row["kind"]})
    return {
        "quotation": quoted.to_dict(),
        "same range": share(sum(exact), len(exact)),
        "scare quote": scare.to_dict(),
        "speaker": speaker.to_dict(),
        "wrong": missed,
    }


def measure_long(rows: Sequence[Json], texts: Mapping[str, Segmentation]) -> Json:
    """The same marks, but only quotations that no rule takes for a fragment: those of ``LONG`` words or more."""
    right, found = [], []
    for row in rows:
        text, quotes = texts[row["article"]].text, texts[row["article"]].quotes
        quote = next((q for q in quotes if q.start <= row["start"] < q.end), None)
        if quote and _is_long(text[quote.start : quote.end]):
            right.append(row["kind"] in ("quotation", "nested"))
        if row["kind"] == "quotation" and _is_long(text[row["start"] : row["end"]]):
            found.append(quote is not None)
    return {"precision": share(sum(right), len(right)), "recall": share(sum(found), len(found))}


def _is_long(quoted: str) -> bool:
    return len(WORD.findall(quoted)) >= LONG


def measure_windows(rows: Sequence[Json], texts: Mapping[str, Segmentation]) -> Json:
    """Windows drawn at random: what is missed in them, and what is found too much?"""
    quoted, scare = Tally(), Tally()
    for row in rows:
        found, start, end = texts[row["article"]], row["start"], row["end"]
        quotes = {(q.start, q.end) for q in found.quotes if q.start < end and start < q.end}
        marks = {m.start for m in found.scare_quotes if start <= m.start < end}
        quoted.add(((row["article"], *q) for q in quotes), ((row["article"], *q) for q in row["quotes"]))
        scare.add(((row["article"], m) for m in marks), ((row["article"], m[0]) for m in row["scare"]))
    return {"windows": len(rows), "quotation": quoted.to_dict(), "scare quote": scare.to_dict()}


def measure_indirect(rows: Sequence[Json], texts: Mapping[str, Segmentation]) -> Json:
    """Of the sentences whose indirect speech was judged, those that are still marked as they were."""
    same = []
    for row in rows:
        sentence = next((s for s in texts[row["article"]].sentences if s.start == row["start"]), None)
        voices = sentence.voices if sentence else ()
        if [[v.start, v.end] for v in voices if v.voice == "attributed"] == row["marked"]:
            same.append(row["right"])
    return {"precision": share(sum(same), len(same)), "judged": len(rows)}


def measure_short(rows: Sequence[Json], texts: Mapping[str, Segmentation]) -> Json:
    """Short phrases in marks drawn at random: whose are they, somebody's or the author's?"""
    quoted = Tally()
    for row in rows:
        mark = (row["article"], row["start"])
        found = any(quote.start == row["start"] for quote in texts[row["article"]].quotes)
        quoted.add([mark] if found else [], [mark] if row["kind"] == "quotation" else [])
    return {**quoted.to_dict(), "judged": len(rows)}


def measure_speed(texts: Sequence[str]) -> Json:
    """Processor time of each step on one core, and its share in scoring; steps and scoring take turns, text by text."""
    spent = {"paragraphs": 0.0, "sentences": 0.0, "voice": 0.0, "scoring": 0.0}
    scorer = biasscore.load(device="cpu", threads=1)
    scorer.score_many(texts[:4])
    for text in texts:
        for name, seconds in _steps(text, scorer):
            spent[name] += seconds
    scoring = spent.pop("scoring")
    characters_read = sum(map(len, texts))
    return {
        "environment": environment(),
        "model": scorer.fingerprint,
        "texts": len(texts),
        "characters": characters_read,
        "megabytes per second": {name: round(characters_read / seconds / 1e6, 2) for name, seconds in spent.items()},
        "microseconds of voice per 300 characters": round(spent["voice"] / characters_read * 300e6, 1),
        "share of voice in scoring": round(spent["voice"] / scoring, 4),
        "share of segmentation in scoring": round(sum(spent.values()) / scoring, 4),
    }


def _steps(text: str, scorer: biasscore.Scorer) -> Iterable[tuple[str, float]]:
    start = time.process_time()
    paragraphs = find_paragraphs(text)
    cut = time.process_time()
    bounds = find_sentences(text, paragraphs)
    split = time.process_time()
    tile_sentences(text, bounds, find_voices(text, paragraphs, bounds))
    done = time.process_time()
    scorer.score_many([text])
    scored = time.process_time()
    return (
        ("paragraphs", cut - start), ("sentences", split - cut), ("voice", done - split), ("scoring", scored - done)
    )  # fmt: skip


def read_articles(path: Path, wanted: set[str]) -> dict[str, str]:
    table = pq.read_table(path, columns=["id", "text"])
    pairs = zip(table["id"].to_pylist(), table["text"].to_pylist(), strict=True)
    return {name: text for name, text in pairs if name in wanted}


def measure_articles(path: Path) -> Json:
    marks, windows, indirect, short = map(read_lines, (MARKS, WINDOWS, INDIRECT, SHORT))
    texts = read_articles(path, {row["article"] for row in [*marks, *windows, *indirect, *short]})
    found = {name: segment(text) for name, text in texts.items()}
    results: Json = {"consulted": CONSULTED}
    for part in PARTS:
        results[part] = measure_marks([row for row in marks if row["part"] == part], found)
        results[part]["windows"] = measure_windows([row for row in windows if row["part"] == part], found)
    unlearnt = [row for row in marks if row["part"] in UNLEARNT]
    results["direct quotation"] = measure_long(unlearnt, found)
    results["indirect speech"] = measure_indirect(indirect, found)
    for part in ("held out", "development"):
        results[f"short phrases, {part}"] = measure_short([row for row in short if row["part"] == part], found)
    return results


def read_speed_texts(path: Path) -> list[str]:
    marks = read_articles(path, {row["article"] for row in read_lines(MARKS)})
    return [marks[name] for name in sorted(marks)[:SPEED_TEXTS]]


def measure_written_set() -> Json:
    rows = read_lines(WRITTEN)
    written = measure_written(rows)
    for line in written.missed:
        print(f"not as labelled  {line}")
    return {
        "texts": len(rows),
        "sentences": sum(len(segment(row["text"]).sentences) for row in rows),
        "quotation": written.quotations.to_dict(),
        "scare quote": written.scare.to_dict(),
        "speaker": written.speaker.to_dict(),
        "name kept as the author's": share(sum(written.kept), len(written.kept)),
        "indirect speech, letters": written.attributed.to_dict(),
        "cases": {name: tally.to_dict() for name, tally in sorted(written.cases.items())},
    }


def cell(measured: Json | None) -> str:
    if measured is None:
        return "–"
    return f"{measured['value']:.3f} ({measured['low']:.2f}–{measured['high']:.2f}, n={measured['n']})"


def quality_table(results: Json) -> list[str]:
    articles = results["articles"]
    sources = {"written for this test": results["written"]}
    for part in PARTS if articles else ():
        sources[f"articles, {part}"] = articles[part]
    history = json.loads(HISTORY.read_text(encoding="utf-8"))
    for name, first in history.items():
        sources[f"articles, {name} ({first['commit']})"] = first
    lines = ["| | set | precision | recall |", "|---|---|---|---|"]
    if articles:
        name = f"articles, both held out, {LONG} words or more"
        lines.append(row_of("direct quotation", name, articles["direct quotation"]))
    for what in ("quotation", "speaker"):
        lines += [row_of(what, name, source[what]) for name, source in sources.items() if what in source]
    lines.append(row_of("scare quote", "written for this test", results["written"]["scare quote"]))
    if articles:
        for name, parts in (("both held out", UNLEARNT), ("all development", PARTS[2:])):
            right = {"precision": accuracy(parts, articles)}
            lines.append(row_of("quoted or the author's (accuracy)", f"articles, {name}", right))
        held = articles["held out"]
        for part in ("held out", "development"):
            name = f"short phrases, {part}"
            lines.append(row_of("quotation of one to four words", f"articles, {name}", articles[name]))
        lines.append(row_of("quotation", "held out windows", held["windows"]["quotation"]))
        lines.append(row_of("same range of the quotation", "articles, held out", {"precision": held["same range"]}))
        lines.append(row_of("indirect speech", "articles, marked sentences", articles["indirect speech"]))
    return lines


def accuracy(parts: Sequence[str], articles: Mapping[str, Json]) -> Json | None:
    """Marks drawn at random whose words went to the right side, quoted or the author's: hits, rejections and all."""
    n = sum(row["part"] in parts for row in read_lines(MARKS))
    wrong = 0
    for part in parts:
        found, labelled = articles[part]["quotation"]["precision"], articles[part]["quotation"]["recall"]
        wrong += found["n"] + labelled["n"] - 2 * round(labelled["value"] * labelled["n"])
    return share(n - wrong, n)


def row_of(what: str, name: str, measured: Json) -> str:
    recall = cell(measured["recall"]) if "recall" in measured else ""
    return f"| {what} | {name} | {cell(measured['precision'])} | {recall} |"


def case_table(results: Json) -> list[str]:
    lines = [
        "The texts that were written for this test, by case. In *split*, words of the author interrupt a quotation; "
        "*scare* are scare quotes; *nickname*, *term* and *title* are marks that quote nobody. “–” means that nothing "
        "was found, or that there is nothing to find.",
        "",
        "| case | precision | recall |",
        "|---|---|---|",
    ]
    for name, case in results["written"]["cases"].items():
        lines.append(f"| {name.replace('_', ' ')} | {cell(case['precision'])} | {cell(case['recall'])} |")
    return lines


def speed_lines(results: Json) -> list[str]:
    speed = results.get("speed")
    if not speed:
        return []
    rates = ", ".join(f"{name} {rate} MB/s" for name, rate in speed["megabytes per second"].items())
    load, cores = speed["environment"]["load_average"][0], speed["environment"]["usable_cores"]
    busy = " of a busy machine" if load > cores else ""
    return [
        "",
        f"Speed on one core{busy} (load average {load}; {speed['texts']} articles): {rates}. Finding whose words these "
        f"are (voice) takes {speed['microseconds of voice per 300 characters']} microseconds per 300 characters, "
        f"{speed['share of voice in scoring']:.1%} of the processor time of scoring with {speed['model']}; all of "
        f"segmentation takes {speed['share of segmentation in scoring']:.1%}.",
    ]


def write_page(results: Json) -> None:
    lines = [*quality_table(results), "", *case_table(results), *speed_lines(results)]
    fill(PAGE, "voice", "\n".join(["", *lines, ""]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=Path, help="framing_articles.parquet; without it that part is skipped")
    parser.add_argument("--speed", action="store_true", help="time it too, which needs a quiet machine")
    arguments = parser.parse_args()
    earlier = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    results: Json = {name: earlier.get(name) for name in ("written", "articles", "speed")}
    results["written"] = measure_written_set()
    if arguments.articles is None:
        print("skipped: labels on real articles (give --articles PATH to framing_articles.parquet)")
    else:
        results["articles"] = measure_articles(arguments.articles)
        if arguments.speed:
            results["speed"] = measure_speed(read_speed_texts(arguments.articles))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    write(RESULTS, results)
    write_page(results)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
