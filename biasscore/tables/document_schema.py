"""The JSON Schema of ``Document.to_json``, read off the result classes; published as docs/document.schema.json."""

from __future__ import annotations

import inspect
import types
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from biasscore.results import JSON_SCHEMA_VERSION, Document

_PLAIN: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def document_schema() -> dict[str, Any]:
    """The schema, in the words of JSON Schema 2020-12."""
    definitions: dict[str, Any] = {}
    _define(Document, definitions)
    document = definitions["Document"]
    document["properties"] = {"schema": {"const": JSON_SCHEMA_VERSION}, **document["properties"]}
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
