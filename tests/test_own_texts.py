"""The shipped models on texts written for this project that no recipe may learn from.

The bars are what the shipped weights reach, less one pair in a hundred for other processors. New weights should raise
them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import biasscore
from biasscore.results import Framing
from biasscore.scorer import Scorer
from biasscore.training.corpora import AUTHORED, NEVER_TAUGHT, authored

# Pairs that the shipped weights order right, of 103 and 483 that differ in tone, and 103 and 92 that differ in loading.
TONE = {"authored-tone": {"base": 85, "small": 85}, "authored-news": {"base": 393, "small": 366}}
LOADING = {"authored-wording": {"base": 101, "small": 100}, "authored-slant": {"base": 89, "small": 88}}

ROOT = Path(__file__).parents[1]

LEFT = (
    "Workers at the warehouse walked off the job on Monday to protest poverty wages and unsafe conditions, joining a "
    "wave of strikes against corporate greed. Organizers said the company, whose billionaire owner pays a lower tax "
    "rate than the people who pack his boxes, had spent millions on union busting.\n\n"
    "The walkout comes as Republican lawmakers push another round of tax cuts for the wealthy while slashing food "
    "assistance for low-income families. Advocates for racial justice and immigrant rights marched beside the strikers "
    "and called for universal health care, a living wage, and an end to police violence in communities of color.\n\n"
    "Climate activists joined as well. Fossil fuel executives, they noted, have known for decades what burning coal "
    "and oil does to the planet and have bankrolled climate denial ever since. Marginalized communities near the "
    "refineries suffer most from environmental racism.",
    "A federal judge on Tuesday struck down the state's abortion ban, a victory for reproductive rights after months "
    "in which women were turned away from clinics. Civil rights groups said that the fight against voter suppression "
    "and the far right's attack on transgender youth would go on.\n\n"
    "Gun violence survivors, too, have run out of patience with politicians who take money from the gun lobby and "
    "block every reform. Progressive Democrats want universal background checks and a ban on assault weapons, which "
    "most Americans support. White nationalists and conspiracy theorists, emboldened by Trump, have threatened "
    "election workers across the country.\n\n"
    "Income inequality has not been so stark since the Gilded Age. The top 1 percent owns more than the whole middle "
    "class, and student debt keeps young people of color from buying homes.",
)
RIGHT = (
    "Border Patrol agents caught more than 9,000 illegal aliens in a single week, yet the mainstream media would "
    "rather talk about anything else. Radical leftists in sanctuary cities keep releasing criminal illegal immigrants "
    "instead of handing them over to ICE, and law-abiding citizens pay the price.\n\n"
    "Conservatives have warned for years that amnesty and open borders invite lawlessness. Democrats answer with the "
    "race card. Meanwhile big government spends taxpayer money on woke bureaucrats, and the national debt passes "
    "another trillion while small businesses drown in job-killing regulations.\n\n"
    "The Second Amendment is under attack, too. Liberals want to confiscate firearms from gun owners who have broken "
    "no law, while Soros-funded prosecutors let violent felons walk. The Founding Fathers knew that a free people must "
    "be able to defend itself against tyranny.",
    "Pro-life Christians gathered at the capitol on Saturday to defend the unborn and religious liberty. Planned "
    "Parenthood, which gets half a billion in taxpayer dollars, performs abortion on demand while liberal elites sneer "
    "at people of faith.\n\n"
    "Parents are fed up with leftist indoctrination in public schools, where gender ideology and critical race theory "
    "have pushed out reading and math. Teachers' unions, the biggest donors of the Democratic Party, want to silence "
    "them. Free speech on campus has been cancelled by the politically correct mob.\n\n"
    "President Trump cut taxes, put constitutionalist judges on the Supreme Court and stood up to communist China. The "
    "deep state and its allies in the liberal media have not forgiven him, nor the patriotic Americans who love their "
    "country, their flag and their police.",
)


@cache
def scorer_of(model: str) -> Scorer:
    return biasscore.load(model, device="cpu", backend="torch", dtype="float32")


@pytest.fixture(params=["base", "small"])
def model(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def framed(model: str, text: str) -> Framing:
    found = scorer_of(model).score(text).framing
    assert found is not None
    return found


@pytest.mark.parametrize("length", [80, 300, 1000, 2200])
def test_framing_tells_the_sides_apart_at_every_length(model: str, length: int) -> None:
    left, right = (["\n\n".join(text)[:length] for text in (side, side[::-1])] for side in (LEFT, RIGHT))
    gaps = [
        (framed(model, b).right - framed(model, b).left) - (framed(model, a).right - framed(model, a).left)
        for a in left
        for b in right
    ]
    assert min(gaps) > 0
    assert np.mean(gaps) > {80: 0.05, 300: 0.2, 1000: 0.4, 2200: 0.5}[length]


def test_longer_texts_say_more(model: str) -> None:
    sizes = [abs(framed(model, RIGHT[0][:n]).right - 1 / 3) for n in (60, 300, 1000)]
    assert sizes[0] < sizes[1] < sizes[2]


@pytest.mark.parametrize("text", ["Hello.", "Thanks!", "Yes.", "Good morning to you."])
def test_a_text_without_evidence_is_of_no_lean(model: str, text: str) -> None:
    found = framed(model, text)
    assert (found.left, found.center, found.right) == pytest.approx((1 / 3,) * 3, abs=0.05)


@pytest.mark.parametrize("text", [LEFT[0].split("\n\n")[0], RIGHT[1].split("\n\n")[1], "Hello."])
def test_a_document_of_one_paragraph_has_its_paragraphs_framing(model: str, text: str) -> None:
    document = scorer_of(model).score(text)
    assert document.paragraphs[0].framing == document.framing


@pytest.mark.parametrize("corpus", TONE)
def test_tone_orders_held_out_pairs(corpus: str, model: str) -> None:
    pairs = held_out_pairs(corpus, "tone")
    said = tones(model, pairs)
    right = sum((a < b) == (one["tone"] < other["tone"]) for (one, other), (a, b) in zip(pairs, said, strict=True))
    assert right >= TONE[corpus][model]


@pytest.mark.parametrize("corpus", LOADING)
def test_loading_orders_held_out_pairs(corpus: str, model: str) -> None:
    pairs = held_out_pairs(corpus, "loaded")
    scored = scorer_of(model).score_many([record["text"] for pair in pairs for record in pair])
    loaded = [document.loaded or 0.0 for document in scored]
    ordered = sum(
        (a < b) == (one["loaded"] < other["loaded"])
        for (one, other), a, b in zip(pairs, loaded[::2], loaded[1::2], strict=True)
    )
    assert ordered >= LOADING[corpus][model]


def test_no_held_out_sentence_repeats_a_learnt_one() -> None:
    """Five words in a row: these sentences are short, and a training would know the rest."""
    learnt = {run for record in of_our_own() if record["split"] != NEVER_TAUGHT for run in runs(record["text"])}
    kept = [record["text"] for record in of_our_own() if record["split"] == NEVER_TAUGHT]
    assert not [text for text in kept if learnt.intersection(runs(text))]


def test_the_docs_count_our_own_pairs_as_the_files_do() -> None:
    page = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    news, slant = authored("authored-news"), authored("authored-slant")
    either = {record["pair"] for record in news if record["tone"]}
    pairs = {record["pair"] for record in news}
    told = f"{len(pairs):,} pairs of sentences of news on many subjects. In {len(either):,} of them"
    assert told in page
    assert f"In {len(pairs - either)} both are neither." in page
    assert f"{sum(record['loaded'] for record in slant)} loaded sentences without an insult" in page
    assert f"{sum(record['kind'] == 'terms' for record in slant)} sentences with terms" in " ".join(page.split())


def runs(text: str) -> Iterator[tuple[str, ...]]:
    words = re.findall(r"[\w'’]+", text.lower())
    return zip(*(words[i:] for i in range(5)), strict=False)


def of_our_own() -> Iterator[dict[str, Any]]:
    for corpus in AUTHORED:
        yield from authored(corpus)


def tones(model: str, pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> list[tuple[float, float]]:
    scored = scorer_of(model).score_many([record["text"] for pair in pairs for record in pair])
    found = [document.paragraphs[0].sentences[0].sentiment for document in scored]
    values = [sentiment.tone if sentiment else 0.0 for sentiment in found]
    return list(zip(values[::2], values[1::2], strict=True))


def held_out_pairs(corpus: str, label: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The pairs whose two sentences differ in the label."""
    by_pair: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for record in authored(corpus):
        if record["split"] == NEVER_TAUGHT:
            by_pair[record["pair"]].append(record)
    return [(a, b) for a, b in (p for p in by_pair.values() if len(p) == 2) if a[label] != b[label]]
