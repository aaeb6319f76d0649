"""Sample articles for the tests of tables and jobs, written for them, in any amount."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_SENTENCES = (
    "The senator said the bill was absurd.",
    "He voted on it.",
    "“They issued empty warnings,” she said of the vote.",
    "A nasty regime of warnings, it was.",
    "We is in the bill, and the bill is in we!",
    "It was “empty” of BFFs.",
)


def article(number: int) -> str:
    """A text of a few paragraphs that differs from its neighbours, with shared sentences in between."""
    parts = [_SENTENCES[(number * 7 + i * i) % len(_SENTENCES)] for i in range(1 + number % 5)]
    return f"Bill {number} was a vote. {' '.join(parts)}\n\nThe {number} of it. {parts[0]}"


def records(count: int) -> list[dict[str, Any]]:
    """Rows as a table would hold them."""
    return [
        {
            "key": f"a{i}",
            "body": article(i),
            "head": f"The vote on bill {i}",
            "outlet": f"o{i % 3}",
            "year": 2000 + i % 9,
        }
        for i in range(count)
    ]


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return path
