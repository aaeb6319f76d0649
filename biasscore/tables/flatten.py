"""Documents to rows of the flat schema. Figures are read off the documents; none is computed here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from biasscore.heads import HEADS
from biasscore.results import Document, Paragraph, Quote, Sentence, Target, TargetMention, value_of
from biasscore.tables.records import Columns, Row
from biasscore.tables.schema import COLUMNS, Level, schema


def to_table(
    scored: Iterable[tuple[Row, Document | None]], level: Level, model: str, kept: pa.Table | None = None
) -> pa.Table:
    """One table of results.

    Args:
        scored: each row with its document; None where the row has an error.
        level: one table row per document, paragraph, sentence or target; a row with an error is one table row at every
            level, an article without text has none below the document, one without a target none at level target.
        model: fingerprint, for every row.
        kept: columns carried along, one table row per scored row; they follow the result columns, and one with the
            name of a result column is called ``input_NAME``.
    """
    columns = schema(level)
    records: list[dict[str, Any]] = []
    origins: list[int] = []
    for origin, (row, document) in enumerate(scored):
        common = {"id": row.id, "group": row.group, "title": row.title, "model": model, "error": row.error}
        parts = [{}] if document is None else _RECORDS[level](document)
        for part in parts:
            notes = " ".join(filter(None, (row.note and f"{row.note}.", part.get("notes")))) or None
            records.append({**common, **part, "notes": notes})
            origins.append(origin)
    table = pa.Table.from_pylist(records, columns)
    if kept is not None:
        taken = kept.take(pa.array(origins, pa.int64()))
        for name, column in zip(kept_names(kept.column_names, level), taken.columns, strict=True):
            table = table.append_column(name, column)
    return table


def kept_columns(columns: Columns, names: Sequence[str], level: Level) -> tuple[str, ...]:
    """The names that are carried along next to the results of a level.

    A column that the results hold anyway (the one named by ``columns.id`` and itself called ``id``, say) is left out.
    """
    present = schema(level).names
    held = {field for field, column in columns.fields.items() if field == column}
    return tuple(name for name in dict.fromkeys(names) if not (name in present and name in held))


def kept_names(names: Sequence[str], level: Level) -> list[str]:
    """What carried columns are called in the table: ``input_NAME`` where a result has the name.

    Results of other levels count, too, where a reader of tables knows them by their name or type.
    """
    taken = {*schema(level).names, "target", *(column.name for column in COLUMNS if column.type != pa.string())}
    found = []
    for name in names:
        while name in taken:
            name = f"input_{name}"  # noqa: PLW2901 until it is free
        taken.add(name)
        found.append(name)
    return found


def _document_records(document: Document) -> Iterator[dict[str, Any]]:
    counted = [paragraph for paragraph in document.paragraphs if paragraph.counts]
    sentences = [sentence for paragraph in counted for sentence in paragraph.sentences]
    title = document.title
    everything = [*document.sentences, *(title.sentences if title else ())]
    yield {
        **_scores(document, "document"),
        **_weights(sentences),
        **{f"title_{column.name}": value_of(title, column) for column in _COLUMNS if column.of_title and title},
        "n_paragraphs": len(counted),
        "n_headings": sum(paragraph.kind == "heading" for paragraph in document.paragraphs),
        "n_boilerplate": sum(paragraph.kind == "boilerplate" for paragraph in document.paragraphs),
        "n_sentences": len(sentences),
        "n_quotes": len(document.quotes),
        "n_tokens": sum(sentence.n_tokens for sentence in everything),
        "quotes": [_quote(quote) for quote in document.quotes],
        "notes": " ".join(note.text for note in document.notes) or None,
    }


def _paragraph_records(document: Document) -> Iterator[dict[str, Any]]:
    for index, kind, paragraph in _paragraphs(document):
        yield {
            **_scores(paragraph, "paragraph"),
            **_weights(paragraph.sentences),
            "paragraph": index,
            "kind": kind,
            "text": paragraph.text,
            "start": paragraph.start,
            "end": paragraph.end,
            "n_sentences": len(paragraph.sentences),
            "n_tokens": sum(sentence.n_tokens for sentence in paragraph.sentences),
            "duplicate_of": paragraph.duplicate_of,
        }


def _sentence_records(document: Document) -> Iterator[dict[str, Any]]:
    number = 0
    for index, kind, paragraph in _paragraphs(document):
        for sentence in paragraph.sentences:
            yield {
                **_scores(sentence, "sentence"),
                **_weights([sentence]),
                "paragraph": index,
                "sentence": None if index is None else number,
                "kind": kind,
                "voice": sentence.voice,
                "text": sentence.text,
                "start": sentence.start,
                "end": sentence.end,
                "n_tokens": sentence.n_tokens,
                "n_windows": sentence.n_windows,
            }
            number += index is not None


def _target_records(document: Document) -> Iterator[dict[str, Any]]:
    for target in document.targets or ():
        yield {
            **_values(target, "target"),
            "target": target.name,
            "n_mentions": len(target.mentions),
            "mentions": [_mention(mention) for mention in target.mentions],
        }


_COLUMNS = tuple(column for head in HEADS.values() for column in head.columns)
_RECORDS = {
    "document": _document_records,
    "paragraph": _paragraph_records,
    "sentence": _sentence_records,
    "target": _target_records,
}


def _paragraphs(document: Document) -> Iterator[tuple[int | None, str, Paragraph]]:
    """The title first, then the paragraphs with their index."""
    if document.title is not None:
        yield None, "title", document.title
    for index, paragraph in enumerate(document.paragraphs):
        yield index, paragraph.kind, paragraph


def _scores(scored: Document | Paragraph | Sentence, level: Level) -> dict[str, Any]:
    return {**_values(scored, level), "spans": [span.to_dict() for span in scored.spans]}


def _values(scored: Document | Paragraph | Sentence | Target, level: Level) -> dict[str, Any]:
    return {column.name: value_of(scored, column) for column in _COLUMNS if level in column.levels}


def _mention(mention: TargetMention) -> dict[str, Any]:
    found = mention.to_dict()
    return {name: found[name] for name in ("text", "start", "end", "voice", "tone", "speaker")}


def _weights(sentences: Sequence[Sentence]) -> dict[str, int]:
    return {
        "n_chars": sum(sentence.end - sentence.start for sentence in sentences),
        "author_chars": sum(sentence.author_chars for sentence in sentences),
        "quoted_chars": sum(sentence.quoted_chars for sentence in sentences),
        "attributed_chars": sum(sentence.attributed_chars for sentence in sentences),
    }


def _quote(quote: Quote) -> dict[str, Any]:
    return {
        "text": quote.text,
        "start": quote.start,
        "end": quote.end,
        "loaded": quote.loaded,
        "speaker": quote.speaker.text if quote.speaker else None,
        "cue": quote.cue.text if quote.cue else None,
    }
