"""The corpora: what they are, under which licence, and their rows as one kind of frozen record."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from biasscore.errors import TrainingError
from biasscore.heads import FRAMING
from biasscore.segment import segment
from biasscore.training.hub_corpora import HOMES, read_home
from biasscore.training.made_by_rule import contrasts, moves
from biasscore.training.own import COLUMNS, read_own
from biasscore.training.predictions import row_id

Terms = Literal["permissive", "restricted"]
PERMISSIVE: Terms = "permissive"
RESTRICTED: Terms = "restricted"


@dataclass(frozen=True, slots=True)
class Corpus:
    """One public data set.

    Attributes:
        name: as recipes and the ``dataset`` column say it.
        file: the Parquet file of a data folder that holds its rows; "" for what the package carries.
        licence: of the copy that the recipes were run on; where another copy has another one, both are named.
        terms: restricted for non-commercial and copyleft data.
        citation: the paper to cite.
        home: where it is published.
    """

    name: str
    file: str
    licence: str
    terms: Terms
    citation: str
    home: str

    @property
    def permissive(self) -> bool:
        """Whether weights learnt from it may be used for any purpose."""
        return self.terms == PERMISSIVE


_TABLE = (
    Corpus(
        "anno-lexical", "loaded.parquet", "MIT (makers' repository; the Hub copy says CC BY-NC-ND 4.0)", PERMISSIVE,
        "Horych et al. 2025, The Promises and Pitfalls of LLM Annotations in Dataset Labeling (NAACL Findings)",
        "https://huggingface.co/datasets/mediabiasgroup/anno-lexical",
    ),
    Corpus(
        "babe", "loaded.parquet", "AGPL-3.0", RESTRICTED,
        "Spinde et al. 2021, Neural Media Bias Detection Using Distant Supervision With BABE (EMNLP Findings)",
        "https://huggingface.co/datasets/mediabiasgroup/BABE",
    ),
    Corpus(
        "checkthat", "subjectivity.parquet", "CC BY-NC-SA 4.0", RESTRICTED,
        "Ruggeri et al. 2025, Overview of the CLEF-2025 CheckThat! Lab Task 1 on Subjectivity in News Articles",
        "https://gitlab.com/checkthat_lab/clef2025-checkthat-lab",
    ),
    Corpus(
        "subj", "subjectivity.parquet", "MIT", PERMISSIVE,
        "Pang and Lee 2004, A Sentimental Education (ACL)",
        "https://huggingface.co/datasets/SetFit/subj",
    ),
    Corpus(
        "newsmtsc", "sentiment.parquet", "MIT", PERMISSIVE,
        "Hamborg and Donnay 2021, NewsMTSC: A Dataset for (Multi-)Target-dependent Sentiment Classification (EACL)",
        "https://huggingface.co/datasets/fhamborg/news_sentiment_newsmtsc",
    ),
    Corpus(
        "mpqa", "sentiment.parquet", "academic and research use only (makers)", RESTRICTED,
        "Wiebe, Wilson and Cardie 2005, Annotating Expressions of Opinions and Emotions in Language (LREC)",
        "https://mpqa.cs.pitt.edu/corpora/mpqa_corpus",
    ),
    Corpus(
        "mpqa-2.0", "opinion_expressions.parquet", "academic and research use only (makers)", RESTRICTED,
        "Wiebe, Wilson and Cardie 2005, Annotating Expressions of Opinions and Emotions in Language (LREC)",
        "https://mpqa.cs.pitt.edu/corpora/mpqa_corpus",
    ),
    Corpus(
        "ptc", "propaganda_spans.parquet", "GPL-3.0 (of the copy)", RESTRICTED,
        "Da San Martino et al. 2020, SemEval-2020 Task 11: Detection of Propaganda Techniques in News Articles",
        "https://propaganda.qcri.org/ptc",
    ),
    Corpus(
        "sst2", "sentiment.parquet", "MIT", PERMISSIVE,
        "Socher et al. 2013, Recursive Deep Models for Semantic Compositionality (EMNLP)",
        "https://huggingface.co/datasets/SetFit/sst2",
    ),
    Corpus(
        "phrasebank", "sentiment.parquet", "CC BY-NC-SA 3.0", RESTRICTED,
        "Malo et al. 2014, Good Debt or Bad Debt: Detecting Semantic Orientations in Economic Texts (JASIST)",
        "https://huggingface.co/datasets/takala/financial_phrasebank",
    ),
    Corpus(
        "article-bias-prediction", "framing_articles.parquet", "Apache-2.0", PERMISSIVE,
        "Baly et al. 2020, We Can Detect Your Bias: Predicting the Political Ideology of News Articles (EMNLP)",
        "https://github.com/ramybaly/Article-Bias-Prediction",
    ),
    Corpus(
        "political-news-2019", "more_framing.parquet", "GPL-3.0 (of the copy)", RESTRICTED,
        "articles of 373 outlets from Google News and Webhose, 2019; leans by AllSides and Media Bias/Fact Check",
        "https://github.com/csaguiar/media-bias-political-news",
    ),
    Corpus(
        "hyperpartisan-byarticle-train", "more_framing.parquet", "CC BY 4.0", PERMISSIVE,
        "Kiesel et al. 2019, SemEval-2019 Task 4: Hyperpartisan News Detection; leans of the outlets by AllSides "
        "and Media Bias/Fact Check",
        "https://zenodo.org/records/1489920",
    ),
    Corpus(
        "fakenewscorpus-sample", "more_framing.parquet", "Apache-2.0", PERMISSIVE,
        "a sample of FakeNewsCorpus; leans of the outlets by AllSides and Media Bias/Fact Check",
        "https://github.com/several27/FakeNewsCorpus",
    ),
    Corpus(
        "authored", "", "Apache-2.0", PERMISSIVE,
        "written for this project: 70 loaded sentences with their words marked, each beside a plain one",
        "biasscore/training/data/authored.jsonl",
    ),
    Corpus(
        "authored-tone", "", "Apache-2.0", PERMISSIVE,
        "written for this project: pairs of sentences on what rises and falls, counts, and irony beside earnest praise",
        "biasscore/training/data/authored-tone.jsonl",
    ),
    Corpus(
        "authored-wording", "", "Apache-2.0", PERMISSIVE,
        "written for this project: loaded sentences without an insult beside plain ones, and technical terms that only "
        "look loaded",
        "biasscore/training/data/authored-wording.jsonl",
    ),
    Corpus(
        "authored-news", "", "Apache-2.0", PERMISSIVE,
        "written for this project: pairs of sentences of news on many subjects, good, bad or neither",
        "biasscore/training/data/authored-news.jsonl",
    ),
    Corpus(
        "authored-slant", "", "Apache-2.0", PERMISSIVE,
        "written for this project: more loaded sentences without an insult beside plain ones, and more terms",
        "biasscore/training/data/authored-slant.jsonl",
    ),
    Corpus(
        "moves", "", "Apache-2.0", PERMISSIVE,
        "made by rule for this project: pairs of sentences in which a measure of the news rises or falls",
        "biasscore/training/data/moves.toml",
    ),
    Corpus(
        "newsmtsc-targets", "targets.parquet", "MIT", PERMISSIVE,
        "Hamborg and Donnay 2021, NewsMTSC: A Dataset for (Multi-)Target-dependent Sentiment Classification (EACL)",
        "https://huggingface.co/datasets/fhamborg/news_sentiment_newsmtsc",
    ),
    Corpus(
        "contrasts", "", "Apache-2.0", PERMISSIVE,
        "made by rule for this project: sentences that praise one target and blame another, or report of both",
        "biasscore/training/data/contrasts.toml",
    ),
    Corpus(
        "silver", "silver.parquet", "of the models that labelled it", RESTRICTED,
        "sentences of articles with the probabilities of larger models (biasscore label)",
        "",
    ),
    Corpus(
        "own", "own.parquet", "your own", RESTRICTED,
        "the user's own labels: text, split, and any of loaded (0, 1), subjective (0, 1), tone (-1, 0, 1)",
        "",
    ),
)  # fmt: skip

# The split of authored sentences that no recipe may learn from; tests and figures rest on it.
NEVER_TAUGHT = "held_out"
AUTHORED = ("authored", "authored-tone", "authored-wording", "authored-news", "authored-slant")
ARTICLES = "article-bias-prediction"
VOTES = ("expert_share", "llm_gpt_4", "llm_mixtral_8x7b")
"""Columns of ``babe_votes.parquet``: the share of experts who called a sentence loaded, two language models' votes."""

_VOTES_FILE = "babe_votes.parquet"
# The techniques of propaganda that lie in single words and names, as loaded language does.
_WORDING = ("Loaded_Language", "Name_Calling-Labeling")
Mark = tuple[int, int, float]
"""Start and end of a marked range, and the share of those asked who marked it."""

# Fewer articles of many more outlets.
MORE_ARTICLES = ("political-news-2019", "hyperpartisan-byarticle-train", "fakenewscorpus-sample")
CORPORA: dict[str, Corpus] = {corpus.name: corpus for corpus in _TABLE}


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text; a label is None where the corpus does not give it.

    Attributes:
        row: ``predictions.row_id`` of the text and of what else tells it apart (see ``_row``).
        loaded: 0 or 1; in between where models have labelled the row.
        votes: the ``VOTES`` on ``loaded``, 0 to 1; none where one is missing.
        marked: words that count as loaded by the published labels; None where nobody was asked.
        marks: what training reads in place of ``marked`` where single annotators' marks are known.
        subjective: 0 or 1, or in between.
        tone: 0 negative, 1 neutral, 2 positive.
        tones: probabilities of the three, in place of ``tone``.
        mention: start and end of the target that ``toward`` speaks of.
        toward: the tone toward that target, as ``tone``.
        lean: class of ``heads.FRAMING``; of the outlet, not of the text.
    """

    corpus: str
    split: str
    row: str
    text: str
    outlet: str = ""
    outlet_lean: str = ""
    authors: str = ""
    title: str = ""
    loaded: float | None = None
    votes: tuple[float, ...] = ()
    marked: tuple[str, ...] | None = None
    marks: tuple[Mark, ...] | None = None
    subjective: float | None = None
    tone: int | None = None
    tones: tuple[float, float, float] | None = None
    mention: tuple[int, int] | None = None
    toward: int | None = None
    lean: int | None = None

    @property
    def heads(self) -> frozenset[str]:
        """The heads that the row has labels for."""
        labels = {
            "loaded": self.loaded,
            "spans": self.marked if self.marks is None else self.marks,
            "subjectivity": self.subjective,
            "sentiment": self.tone if self.tones is None else self.tones,
            "targets": self.toward,
            "framing": self.lean,
        }
        return frozenset(name for name, label in labels.items() if label is not None)


def read_corpus(name: str, folder: Path) -> list[Row]:
    """Read one corpus from a data folder, or from its public home where the folder has no such file.

    Rows come in the order of their source, without repeated texts.

    Args:
        name: a key of ``CORPORA``.
        folder: holds the corpus' Parquet file.

    Raises:
        TrainingError: if the corpus is unknown, its file unreadable, or no row is left.
    """
    if name not in CORPORA:
        raise TrainingError(f"unknown corpus {name!r}; use one of: {', '.join(CORPORA)}")
    rows: dict[str, Row] = {}
    votes = _votes(Path(folder)) if name == "babe" else {}
    for record in _source(name, Path(folder)):
        row = _row(name, {**record, **votes.get(str(record["text"]), {})})
        if row is not None:
            rows.setdefault(row.row, row)
    if not rows:
        wanted = f": a text, and a label in one of the columns {', '.join(COLUMNS)}" if name == "own" else ""
        raise TrainingError(
            f"the corpus {name!r} has no rows that biasscore can use; check the file of this corpus (docs/training.md "
            f"says what it must hold{wanted})"
        )
    return list(rows.values())


def _source(name: str, folder: Path) -> list[dict[str, Any]]:
    if name in AUTHORED:
        return authored(name)
    if name == "moves":
        # A plain report of a measure is neutral wording, whatever its tone.
        return [{"split": "train", "text": text, "tone": tone, "loaded": 0} for text, tone in moves(seed=1)]
    if name == "contrasts":
        return [{"split": "train", **record} for record in contrasts(seed=1)]
    if name == "newsmtsc-targets":
        return _targets(folder / CORPORA[name].file)
    if name == "ptc":
        return _sentences_with_wording(_records(name, folder / CORPORA[name].file))
    return _records(name, folder / CORPORA[name].file)


def _votes(folder: Path) -> dict[str, dict[str, Any]]:
    """Single answers on BABE's sentences, by text; none where the data folder lacks the file."""
    file = folder / _VOTES_FILE
    if not file.exists():
        return {}
    table = pq.read_table(file, columns=["text", "marks", *VOTES])
    return {record["text"]: record for record in table.to_pylist()}


def _targets(file: Path) -> list[dict[str, Any]]:
    """The targets of NewsMTSC; those of the articles that calibrate their head are never taught."""
    records: list[dict[str, Any]] = _table(file, "newsmtsc").to_pylist()
    return [{**r, "split": NEVER_TAUGHT if calibrates(r["doc"]) else r["split"]} for r in records]


def calibrates(doc: str) -> bool:
    """Whether an article with targets is one of those that calibrate the head of targets: one in five."""
    return zlib.crc32(doc.encode()) % 5 == 0


def _sentences_with_wording(articles: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Sentences of articles that hold a span of ``_WORDING``, and the next sentence after each."""
    found: list[dict[str, Any]] = []
    for article in articles:
        spans = [s for s in article["spans"] if s["technique"] in _WORDING]
        before = False
        for sentence in segment(article["text"]).sentences:
            start, end = sentence.start, sentence.end
            marks = [
                (max(s["start"], start) - start, min(s["end"], end) - start, 1.0)
                for s in spans
                if s["start"] < end and s["end"] > start
            ]
            skipped = any(s["start"] < end and s["end"] > start for s in article["skip"])
            if (marks or before) and not skipped:
                found.append({"split": article["split"], "text": article["text"][start:end], "ranges": marks})
            before = bool(marks)
    return found


def authored(name: str) -> list[dict[str, Any]]:
    """The records of one of ``AUTHORED``, in their order: text, kind, split, pair and labels."""
    file = resources.files("biasscore.training") / "data" / f"{name}.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]


def _records(name: str, file: Path) -> list[dict[str, Any]]:
    if name == "own":
        return read_own(file)
    if name in HOMES and not file.exists():
        return read_home(name)
    records: list[dict[str, Any]] = _table(file, name).to_pylist()
    return records


def _table(file: Path, name: str) -> pa.Table:
    """The rows of one data set.

    Raises:
        TrainingError: if the file cannot be read.
    """
    try:
        return pq.read_table(file, filters=[("dataset", "=", name)])
    except FileNotFoundError as error:
        raise TrainingError(f"{file} does not exist; copy or build this file (docs/training.md says how)") from error
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"{file} cannot be read ({error}); copy or build this file again (docs/training.md says how)"
        ) from error


def _row(name: str, record: Mapping[str, Any]) -> Row | None:
    """None for a text that has no single label."""
    text = str(record["text"]).strip()
    labels = _LABELS[name](record)
    if not text or not labels:
        return None
    # A sentence stands once for each of its targets, and once for each group of models that labelled it.
    apart = labels.get("mention") or (record["split"] if name == "silver" else "")
    return Row(
        corpus=name,
        split=record["split"],
        row=row_id(f"{text} {apart}"),
        text=text,
        outlet=record.get("outlet") or "",
        outlet_lean=record.get("lean") or "",
        **labels,
    )


def _loaded_label(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"loaded": int(record["loaded"])}


def _subjective_label(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"subjective": int(record["subjective"])}


def _writers_label(record: Mapping[str, Any]) -> dict[str, Any]:
    # The other subsets are thinly annotated. What is unsure holds an element without intensity.
    thin = record["subset"] != "mpqaOriginal" or record["unsure"]
    return {} if thin else {"subjective": int(record["writer_own"])}


def _tone_label(record: Mapping[str, Any]) -> dict[str, Any]:
    tones = set(record["target_polarity"] or [record["sentence_polarity"]])
    tone = tones.pop()
    return {} if tones or tone is None else {"tone": int(tone) + 1}


def _lean_label(record: Mapping[str, Any]) -> dict[str, Any]:
    """None of an outlet whose lean the lists that know it dispute."""
    if not record.get("lists_agree", True):
        return {}
    lean = FRAMING.labels.index(record["lean"])
    return {"lean": lean, "authors": record.get("authors") or "", "title": record.get("title") or ""}


def _ranges_labels(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"marks": tuple(record["ranges"])}


def _target_labels(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"mention": (record["start"], record["end"]), "toward": int(record["polarity"]) + 1}


def _silver_labels(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "loaded": record["loaded"],
        "marks": tuple((m["start"], m["end"], m["share"]) for m in record["marks"]),
        "subjective": record["subjective"],
        "tones": tuple(record["tones"]),
    }


def _babe_labels(record: Mapping[str, Any]) -> dict[str, Any]:
    votes = tuple(float(record[c]) for c in VOTES if record.get(c) is not None)
    words, answers = record["loaded_words"], record.get("marks")
    labels = {"loaded": int(record["loaded"]), "marked": None if words is None else tuple(words)}
    if words is not None and answers is not None:
        labels["marks"] = tuple((m["start"], m["end"], m["n_marked"] / m["n_annotators"]) for m in answers)
    return {**labels, "votes": votes if len(votes) == len(VOTES) else ()}


def _own_labels(record: Mapping[str, Any]) -> dict[str, Any]:
    columns = (("loaded", 0), ("subjective", 0), ("tone", 1))
    labels: dict[str, Any] = {n: int(record[n]) + shift for n, shift in columns if record.get(n) is not None}
    marked = record.get("loaded_words")
    return labels if marked is None else {**labels, "marked": tuple(marked)}


_LABELS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "anno-lexical": _loaded_label,
    "babe": _babe_labels,
    "checkthat": _subjective_label,
    "subj": _subjective_label,
    "newsmtsc": _tone_label,
    "mpqa": _tone_label,
    "mpqa-2.0": _writers_label,
    "ptc": _ranges_labels,
    "sst2": _tone_label,
    "phrasebank": _tone_label,
    **dict.fromkeys((ARTICLES, *MORE_ARTICLES), _lean_label),
    "own": _own_labels,
    "newsmtsc-targets": _target_labels,
    "contrasts": _target_labels,
    "silver": _silver_labels,
    **dict.fromkeys((*AUTHORED, "moves"), _own_labels),
}
"""By corpus, what makes the labels of a ``Row`` of its record; none for a text that has no single label."""
