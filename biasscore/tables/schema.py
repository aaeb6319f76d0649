"""The flat Arrow schema of results, at four levels. ``docs/schema.md`` is generated from ``COLUMNS``.

A column is declared once, with the levels it stands at. Names follow `biasscore.results`; a score that does not
exist is null, never 0 and never NaN. A row that could not be scored has its reason in ``error`` and null scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import pyarrow as pa

from biasscore.errors import InputError
from biasscore.heads import HEADS, ScoreColumn, TableLevel

Level = TableLevel
LEVELS: tuple[Level, ...] = get_args(Level)

METADATA_KEY = b"biasscore"
"""Key of the file metadata: one JSON object with library version, schema, level, model and settings."""

SCHEMA_VERSION = 1

_TEXT, _NUMBER, _COUNT = pa.string(), pa.float64(), pa.int64()


def _struct(nullable: tuple[str, ...] = (), **types: pa.DataType) -> pa.DataType:
    return pa.struct([pa.field(name, type_, nullable=name in nullable) for name, type_ in types.items()])


_PLACE = {"text": _TEXT, "start": _COUNT, "end": _COUNT}
SPAN = _struct(**_PLACE, score=_NUMBER, voice=_TEXT)
QUOTE = _struct(("loaded", "speaker", "cue"), **_PLACE, loaded=_NUMBER, speaker=_TEXT, cue=_TEXT)
MENTION = _struct(("tone", "speaker"), **_PLACE, voice=_TEXT, tone=_NUMBER, speaker=_TEXT)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the result tables.

    Attributes:
        levels: the levels at which it stands.
        meaning: one line for the documentation.
    """

    name: str
    type: pa.DataType
    levels: tuple[Level, ...]
    meaning: str


_TEXTS: tuple[Level, ...] = ("document", "paragraph", "sentence")
_TARGET: tuple[Level, ...] = ("target",)
_DOCUMENT: tuple[Level, ...] = ("document",)
_PASSAGES: tuple[Level, ...] = ("document", "paragraph")
_PARTS: tuple[Level, ...] = ("paragraph", "sentence")
_SENTENCE: tuple[Level, ...] = ("sentence",)


def _score_columns() -> Iterator[Column]:
    """What the heads give, and at the end what the title has of it."""
    given = [column for head in HEADS.values() for column in head.columns]
    for column in given:
        yield Column(column.name, _type(column), column.levels, column.meaning)
    for column in given:
        if column.of_title:
            yield Column(f"title_{column.name}", _type(column), _DOCUMENT, f"`{column.name}` of the title.")


def _type(column: ScoreColumn) -> pa.DataType:
    return _NUMBER if column.is_number else _TEXT


COLUMNS: tuple[Column, ...] = (
    Column(
        "id", _TEXT, LEVELS, "The article: the column named by `--id`, else a column called `id`, else file and row."
    ),
    Column(
        "group",
        _TEXT,
        LEVELS,
        "The column named by `--group`, else one called `outlet` or the like; null if there is none.",
    ),
    Column("title", _TEXT, _DOCUMENT, "The title; its scores are in the `title_` columns."),
    Column("paragraph", _COUNT, _PARTS, "Index of the paragraph in the article, from 0; null for the title."),
    Column("sentence", _COUNT, _SENTENCE, "Index of the sentence in the article, from 0; null for the title."),
    Column(
        "kind",
        _TEXT,
        _PARTS,
        "`text`, `quotation`, `heading`, `boilerplate` or `title`; the first two count in the article's scores.",
    ),
    Column("voice", _TEXT, _SENTENCE, "Whose words: `author`, `quoted`, `attributed` or `mixed`."),
    Column("text", _TEXT, _PARTS, "The characters from `start` to `end`."),
    Column("start", _COUNT, _PARTS, "First character in the article's text (in the title, for the title's rows)."),
    Column("end", _COUNT, _PARTS, "One past the last character; offsets count Unicode code points."),
    Column(
        "target",
        _TEXT,
        _TARGET,
        "The person, organization, place or group: the fullest name in the article, or the name that you gave.",
    ),
    *_score_columns(),
    Column("n_paragraphs", _COUNT, _DOCUMENT, "Paragraphs that count in the scores (headings and boilerplate do not)."),
    Column("n_headings", _COUNT, _DOCUMENT, "Paragraphs that are headings."),
    Column("n_boilerplate", _COUNT, _DOCUMENT, "Paragraphs that are bylines, captions, links, notices and the like."),
    Column("n_sentences", _COUNT, _PASSAGES, "Sentences that count in the scores."),
    Column("n_quotes", _COUNT, _DOCUMENT, "Quotations."),
    Column("n_tokens", _COUNT, _TEXTS, "Tokens read, of an article with its headings and title."),
    Column("n_windows", _COUNT, _SENTENCE, "More than 1 for a sentence longer than the encoder reads at once."),
    Column("n_chars", _COUNT, _TEXTS, "Characters of the counted sentences: the weight of subjectivity and sentiment."),
    Column("author_chars", _COUNT, _TEXTS, "Author characters: the weight of `loaded` and `loaded_share`."),
    Column("quoted_chars", _COUNT, _TEXTS, "Quoted characters: the weight of `quoted_loaded`."),
    Column("attributed_chars", _COUNT, _TEXTS, "Characters of indirect speech: the weight of `attributed_loaded`."),
    Column("duplicate_of", _COUNT, ("paragraph",), "Index of the earlier paragraph with the same text."),
    Column("spans", pa.list_(SPAN), _TEXTS, "Loaded words: text, start, end, score, voice."),
    Column("quotes", pa.list_(QUOTE), _DOCUMENT, "Quotations: text, start, end, loaded, speaker, cue."),
    Column("notes", _TEXT, _DOCUMENT, "What is odd about the text, one sentence per note; null where nothing is."),
    Column("n_mentions", _COUNT, _TARGET, "Mentions of the target, in every voice and in headings."),
    Column("mentions", pa.list_(MENTION), _TARGET, "Mentions: text, start, end, voice, tone, speaker."),
    Column("model", _TEXT, LEVELS, "Fingerprint of weights, calibration, backend, dtype; compare only what shares it."),
    Column("error", _TEXT, LEVELS, "Why the row could not be scored; null where it was."),
)


def schema(level: Level = "document") -> pa.Schema:
    """The result schema at one level, without kept columns and metadata.

    Raises:
        InputError: there is no such level.
    """
    if level not in LEVELS:
        raise InputError(f"unknown level {level!r}; use one of: {', '.join(LEVELS)}")
    return pa.schema([pa.field(column.name, column.type) for column in COLUMNS if level in column.levels])


def type_name(type_: pa.DataType) -> str:
    """In a few words, however deeply it is nested."""
    if pa.types.is_list(type_):
        return f"list of {type_.value_type.num_fields} fields"
    return "struct" if pa.types.is_struct(type_) else str(type_)
