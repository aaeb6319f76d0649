"""What a new head touches: its row in ``heads`` and its fields in ``results``, and nothing else on the way of a text.

The test edits these two files in a copy of the package, as a person would, and scores with a tiny model there.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

ROWS = """
IRONY = Head(
    "irony", ("plain", "ironic"), "sentence", "irony", "Does the author mean the opposite?", "irony", ("ironic",),
    columns=(ScoreColumn("irony", "Probability of irony.", chart="irony", of_title=True),),
)
STANCE = Head(
    "stance", ("against", "for"), "target", "stance", "Is the author for the target?", "stance", ("stance",),
)

HEADS = {h.name: h for h in (LOADED, SPANS, SUBJECTIVITY, SENTIMENT, FRAMING, TARGETS, IRONY, STANCE)}
"""
SENTENCE_FIELDS = "    irony: float | None = None\n    stance: tuple[float | None, ...] = ()\n"
AGGREGATE = """    @property
    def irony(self) -> float | None:
        return self._mean(lambda s: (s.irony, s.end - s.start))

"""
SCRIPT = """
import sys
from pathlib import Path
import numpy as np
from conftest import TINY
from fakes import fast_tokenizer

import biasscore
from biasscore.analysis import compare_groups
from biasscore.analysis.articles import SCORES
from biasscore.cli.main import main
from biasscore.engine.columns import EVERY_HEAD, STAGE_HEADS
from biasscore.predict import checkpoints
from biasscore.predict.calibration import UNCALIBRATED
from biasscore.predict.types import Piece, Questions, SentenceInput
from biasscore.tables import schema

folder = Path(sys.argv[1])
assert biasscore.__file__.startswith(str(folder)), biasscore.__file__

# Training teaches by STAGE_HEADS what is written and read by EVERY_HEAD, wherever the new row stands.
assert set(EVERY_HEAD.sizes) - set(STAGE_HEADS.sizes) == {"targets", "stance"}
for head in STAGE_HEADS.sizes:
    assert STAGE_HEADS.of(head) == EVERY_HEAD.of(head), head

rng = np.random.default_rng(0)
checkpoints.write(
    folder / "tiny", name="tiny", encoder=TINY, max_tokens=32, tokenizer_json=fast_tokenizer().to_str(),
    weights={n: rng.normal(scale=0.4, size=s) for n, s in TINY.shapes(EVERY_HEAD.n_columns).items()},
    calibration=UNCALIBRATED,
)
scorer = biasscore.load(folder / "tiny", device="cpu", backend="torch", dtype="float32")
document = scorer.explain("A nasty regime. They said it.", title="An absurd bill")
assert all(0 < s.irony < 1 for s in document.sentences) and 0 < document.irony < 1
assert document.to_dict()["irony"] == document.irony
assert {"irony", "stance"} <= document.to_dict()["paragraphs"][0]["sentences"][0].keys()
assert [c.task for c in document.sentences[0].contributions] == ["loaded", "subjectivity", "sentiment", "irony"]
assert {"irony", "title_irony"} <= set(schema("document").names) and "irony" in SCORES

text = "The senator said the bill was nasty."
asked = SentenceInput(text, (Piece(0, len(text), "author"),), mentions=((4, 11), (21, 25), (4, 25)))
[said] = scorer._model.predict(Questions([asked])).sentences
assert len(said.answers["stance"]) == 3 and len(set(said.answers["stance"])) == 3
assert all(0 < p < 1 for p in said.answers["stance"])
[alone] = scorer._model.predict(Questions([SentenceInput(text, asked.pieces, mentions=((21, 25),))])).sentences
assert abs(alone.answers["stance"][0] - said.answers["stance"][1]) < 1e-6

(folder / "text.txt").write_text("A nasty regime. They said it.")
assert main(["score", str(folder / "text.txt"), "--model", str(folder / "tiny"), "--json"]) == 0
"""


def replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def test_a_sentence_head_and_a_target_head_need_two_files(tmp_path):
    package = tmp_path / "biasscore"
    shutil.copytree(ROOT / "biasscore", package, ignore=shutil.ignore_patterns("__pycache__"))
    heads, results = package / "heads.py", package / "results.py"
    text = heads.read_text(encoding="utf-8")
    # The table is one line, or several where its names are many.
    table = re.search(r"^HEADS: [^}]*\}$", text, re.MULTILINE)
    assert table, "heads.py has no line 'HEADS: … }': change this test"
    heads.write_text(replaced(text, table[0], ROWS), encoding="utf-8")
    text = results.read_text(encoding="utf-8")
    last_field = "    contributions: tuple[Contributions, ...] | None = None\n"
    text = replaced(text, last_field, last_field + SENTENCE_FIELDS)
    text = replaced(text, "    @property\n    def peak(", AGGREGATE + "    @property\n    def peak(")
    results.write_text(text, encoding="utf-8")
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        env={"PYTHONPATH": f"{tmp_path}:{ROOT / 'tests'}", "PATH": "", "HOME": str(tmp_path), "OMP_NUM_THREADS": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert '"irony": 0.' in found.stdout
