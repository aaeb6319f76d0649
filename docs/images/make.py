"""Draws the pictures of docs/reports.md anew, from the sample articles and the embedded model.

.ci/browser.sh && PYTHONPATH=notebooks python docs/images/make.py
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from newsroom import articles
from PIL import Image

import biasscore
from biasscore.report import comparison_html, to_html
from biasscore.tables import Row, to_table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TITLES = {"report": "Board puts drain bond on May ballot", "opinion": "Bury this bait and switch on May 5"}
COLOURS = 200


def pages() -> dict[str, str]:
    """The HTML of each picture, by name."""
    scorer = biasscore.load()
    texts = {name: (ROOT / "examples" / f"{name}.txt").read_text(encoding="utf-8") for name in TITLES}
    report, opinion = (scorer.score(texts[name], title=title) for name, title in TITLES.items())
    return {
        "article": to_html(opinion),
        "explained": to_html(scorer.explain(texts["opinion"], title=TITLES["opinion"])),
        "comparison": comparison_html(biasscore.compare([report, opinion])),
        "forest": comparison_html(_press(scorer)),
    }


def _press(scorer: biasscore.Scorer) -> biasscore.Comparison:
    press = articles(300)
    documents = scorer.score_many(piece.text for piece in press)
    rows = [(Row(piece.id, group=piece.outlet), doc) for piece, doc in zip(press, documents, strict=True)]
    tables = {level: to_table(rows, level, scorer.fingerprint) for level in ("document", "sentence")}
    return biasscore.compare_groups(tables["document"], sentences=tables["sentence"])


def main() -> None:
    """Write one picture a page and colour scheme, in few colours so that they stay small."""
    with tempfile.TemporaryDirectory() as folder:
        shots = []
        for name, html in pages().items():
            file = Path(folder) / f"{name}.html"
            file.write_text(html, encoding="utf-8")
            for scheme in ("light", "dark"):
                shot = {"file": str(file), "scheme": scheme, "png": str(HERE / f"{name}-{scheme}.png")}
                if name == "explained":
                    shot["focus"] = ".bs-body .bs-why:has(.bs-mark)"
                shots.append(shot)
        task = json.dumps({"chromium": shutil.which("chromium"), "shots": shots})
        subprocess.run(["node", "shoot.mjs", task], cwd=ROOT / "tests" / "browser", check=True)
    for shot in shots:
        with Image.open(shot["png"]) as picture:
            small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(shot["png"], optimize=True)


if __name__ == "__main__":
    main()
