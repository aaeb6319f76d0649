"""Columns that go by names that the field uses: found, used, and said in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal, get_args

import pyarrow as pa

from biasscore.tables.formats import READERS
from biasscore.tables.formats.base import DATE_NAMES, OUTLET_NAMES, TEXT_NAMES, URL_NAMES, is_nested
from biasscore.tables.records import Columns
from biasscore.tables.streams import InputFile

Field = Literal["text", "title", "id", "group", "keep"]
FIELDS: tuple[Field, ...] = get_args(Field)

_NAMES: dict[Field, tuple[str, ...]] = {
    "text": TEXT_NAMES,
    "title": ("title", "headline"),
    "id": ("id", "article_id", "sentence_id", "doc_id", "uuid"),
    "group": OUTLET_NAMES,
    "keep": (*DATE_NAMES, *URL_NAMES, "byline"),
}
_USES = {"text": "the text", "title": "the title, scored separately", "id": "the row's id", "group": "the group"}


def left_open(**given: object) -> tuple[Field, ...]:
    """The fields for which no column was named."""
    return tuple(field for field in FIELDS if not given[field])


def guess_columns(
    columns: Columns, guessed: Collection[Field], looked: Sequence[tuple[InputFile, pa.Schema]]
) -> tuple[Columns, str | None]:
    """The columns, with those added that go by a usual name in every table.

    Args:
        columns: as the user named them.
        guessed: fields that the user left open.
        looked: each file with its columns.

    Returns:
        The columns, and one line that says what was found; None where nothing was.
    """
    tables = [schema.names for source, schema in looked if not READERS[source.format].holds_articles]
    # A note beside exports has nothing but its text, and so nothing to say on their columns.
    shared = _shared(tables or [schema.names for _, schema in looked if schema.names != ["text"]])
    if len(tables) != 1:
        guessed = set(guessed) - {"id"}  # two tables number their rows alike
    used = {*columns.fields.values(), *columns.keep}
    # A group goes by the name in a record, and what is kept may be anything; texts, titles and ids may not.
    nested = {column.name for _, schema in looked for column in schema if is_nested(column)}
    plain = shared - nested
    # Nor is the text its own title or id.
    usable = {"text": plain, "group": shared, "keep": shared}
    own = plain - {columns.text}
    found = {field: [n for n in _NAMES[field] if n in usable.get(field, own)] for field in FIELDS if field in guessed}
    if not tables:
        found.pop("text", None)
        found.pop("title", None)  # articles bring their own
    changes = {field: names[0] for field, names in found.items() if names and field != "keep"}
    if changes.get("text", columns.text) == columns.text or columns.text in shared:
        changes.pop("text", None)
    kept = tuple(name for name in found.get("keep", ()) if name not in used)
    told = [f"{name} ({_USES[field]})" for field, name in changes.items()]
    told += [f"{', '.join(kept)} (kept)"] if kept else []
    line = f"columns found: {', '.join(told)}; add --no-guess to use only the columns that you name" if told else None
    return replace(columns, **changes, keep=(*columns.keep, *kept)), line


def _shared(tables: Sequence[Sequence[str]]) -> set[str]:
    """Names that stand once in every table."""
    once = [{name for name, times in Counter(names).items() if times == 1} for names in tables]
    return set.intersection(*once) if once else set()
