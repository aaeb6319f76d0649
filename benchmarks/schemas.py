"""The published schemas, read off the code: the columns of tables in docs/schema.md, and docs/document.schema.json.

`python -m benchmarks.tables` writes both.
"""

from __future__ import annotations

import inspect
import types
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from biasscore.results import JSON_SCHEMA_VERSION, Document
from biasscore.tables.schema import COLUMNS, LEVELS, type_name

_PLAIN: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def columns() -> str:
    """The columns of result tables as the table of docs/schema.md."""
    lines = [f"| column | type | {' | '.join(LEVELS)} | meaning |", f"|---|---|{':-:|' * len(LEVELS)}---|"]
    for column in COLUMNS:
        marks = " | ".join("●" if level in column.levels else "" for level in LEVELS)
        lines.append(f"| `{column.name}` | {type_name(column.type)} | {marks} | {column.meaning} |")
    return "\n".join(lines)


def of_documents() -> dict[str, Any]:
    """The schema of what ``Document.to_json`` and ``biasscore score --json`` write, as JSON Schema 2020-12."""
    definitions: dict[str, Any] = {}
    _define(Document, definitions)
    document = definitions["Document"]
    own = {"id": {"type": "string"}, "schema": {"const": JSON_SCHEMA_VERSION}}  # the command alone writes the id
    document["properties"] = {**own, **document["properties"]}
    document["required"] = ["schema", *document["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A document scored by biasscore",
        "$ref": "#/$defs/Document",
        "$defs": dict(sorted(definitions.items())),
    }


def _define(cls: type, definitions: dict[str, Any]) -> None:
    """An object with the fields of a class and the aggregates that are computed from them."""
    definitions[cls.__name__] = {}
    hints = get_type_hints(cls)
    own = {field.name: hints[field.name] for field in fields(cls)}
    for name, found in inspect.getmembers(cls, lambda member: isinstance(member, property)):
        own.setdefault(name, get_type_hints(found.fget)["return"])
    needed = [f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING]
    definitions[cls.__name__] = {
        "type": "object",
        "properties": {name: _of(hint, definitions) for name, hint in own.items()},
        "required": needed,
        "additionalProperties": False,
    }


def _of(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, inner = get_origin(hint), get_args(hint)
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_of(part, definitions) for part in inner]}
    if origin is tuple:
        return {"type": "array", "items": _of(inner[0], definitions)}
    if is_dataclass(hint) and isinstance(hint, type):
        if hint.__name__ not in definitions:
            _define(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    return {}
