"""A made-up press for notebook 3: outlets that differ, by known rates, in loaded wording and in whom they are for.

Every sentence is built from templates written for this project. Because the rates are known, the notebook can check
what the scores say against what is so.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

LOADED_RATE = {"Courier": 0.05, "Ledger": 0.10, "Valley Post": 0.25, "Patriot Desk": 0.45, "Common Cause Daily": 0.45}
"""Share of an outlet's own sentences that come from the loaded templates."""

STANCE = {
    "Patriot Desk": {"Dana Okafor": "against", "Peter Lindqvist": "for", "Rosa Delgado": "neither"},
    "Common Cause Daily": {"Dana Okafor": "for", "Peter Lindqvist": "against", "Rosa Delgado": "neither"},
}
"""How two of the outlets write about three politicians: two sentences of three are so, the others are plain."""

QUOTE_RATE = 0.2

TOPICS = {
    "transit": ("a transit levy", "riders", "the bus agency", "the new rail line"),
    "schools": ("a school budget", "parents", "the school board", "the reading program"),
    "police": ("a police contract", "residents", "the police union", "the oversight panel"),
    "housing": ("a rezoning plan", "renters", "the planning office", "the tower on Elm Street"),
    "water": ("a water rate increase", "homeowners", "the water district", "the treatment plant"),
    "energy": ("a solar ordinance", "ratepayers", "the power company", "the new substation"),
}
"""Topic: the measure, the people, the body and the thing that its articles are about."""

PLAIN = (
    "The council voted {m} to {n} on Tuesday to send {measure} to the full assembly.",
    "{Body} estimates that {thing} would cost ${n} million over {m} years.",
    "About {n} {people} spoke during a hearing that lasted {m} hours.",
    "The proposal would take effect in {month} if it is approved.",
    "{Body} plans to publish a revised estimate in {month}.",
    "Council member {name} sponsored the measure, which has {m} co-sponsors.",
    "A report posted on the city's website lists {n} changes to {thing}.",
    "Similar measures passed in {m} neighboring counties last year.",
    "{Body} said that {thing} would be finished in {month}.",
    "The item returns to the agenda in {month}, according to the clerk's office.",
    "{Name} asked staff to compare the plan with {m} alternatives.",
    "The vote followed {m} months of talks between the city and {body}.",
)
LOADED = (
    "In a stunning betrayal of {people}, the council rammed through {measure} without a shred of shame.",
    "The reckless scheme will punish hard-working {people} and reward the usual cronies.",
    "{Name}, never one to miss a camera, peddled the same tired talking points.",
    "{Body}, bloated and arrogant as ever, brushed every honest question aside.",
    "Only the willfully blind could still defend {thing}, a monument to greed and incompetence.",
    "The so-called compromise is a disgraceful sham, cooked up behind closed doors.",
    "Radical ideologues have hijacked {body}, and {people} will pay the price.",
    "{Name} and the other spineless hacks on the council caved yet again.",
    "What a farce: {thing} has become a bottomless pit for other people's money.",
    "The fanatics behind {measure} sneer at anyone who dares to disagree.",
)
QUOTES = (
    "“This is a disgrace and an insult to {people},” {Name} said.",
    "“We looked at the figures for {m} months before we decided,” {Name} said.",
    "“It is a shameless money grab,” a spokesman for {body} said of the proposal.",
    "“I support it because {thing} is {n} years old,” {Name} said.",
)
ABOUT = {
    "for": (
        "{name} handled the flood with calm and skill.",
        "Once more, {name} kept a promise that others had broken.",
        "{name} gave an honest and moving answer to the families.",
        "Thanks to the tireless work of {name}, the clinic stays open.",
    ),
    "against": (
        "{name} lied to the voters about the debt.",
        "The arrogant {name} ignored every warning from the engineers.",
        "{name} has failed the town again, and blames everybody else.",
        "Critics are right to call {name} a disgrace to the office.",
    ),
    "neither": (
        "{name} will speak at the library on Thursday.",
        "{name} sent the figures to the committee in {month}.",
        "The panel invited {name} to its meeting in {month}.",
        "{name} voted with the majority.",
    ),
}
"""Sentences about a politician, by stance."""
NAMES = ("Okafor", "Lindqvist", "Marsh", "Delgado", "Whitaker", "Nguyen", "Bauer", "Castellanos")
MONTHS = ("March", "April", "June", "September", "October")


@dataclass(frozen=True, slots=True)
class Piece:
    """One made-up article."""

    id: str
    outlet: str
    topic: str
    text: str


def articles(n: int, seed: int = 0) -> list[Piece]:
    """``n`` articles, spread evenly over the outlets; the same seed gives the same articles."""
    rng = random.Random(seed)
    outlets = list(LOADED_RATE)
    return [_article(f"a{i:04d}", outlets[i % len(outlets)], rng) for i in range(n)]


def campaign(n: int, seed: int = 0) -> list[Piece]:
    """``n`` short articles by the outlets of ``STANCE``, each about two of the three politicians."""
    rng = random.Random(seed)
    outlets = list(STANCE)
    return [_about_two(f"c{i:04d}", outlets[i % len(outlets)], rng) for i in range(n)]


def _about_two(name: str, outlet: str, rng: random.Random) -> Piece:
    stances = rng.sample(sorted(STANCE[outlet].items()), 2)
    sentences = []
    for person, stance in [*stances, *stances]:
        template = rng.choice(ABOUT[stance if rng.random() < 2 / 3 else "neither"])
        sentences.append(template.format(name=person, month=rng.choice(MONTHS)))
    return Piece(name, outlet, "campaign", " ".join(sentences))


def _article(name: str, outlet: str, rng: random.Random) -> Piece:
    topic = rng.choice(list(TOPICS))
    # Outlets in one country differ in articles, too: an opinion page is not a council report.
    rate = min(1.0, LOADED_RATE[outlet] * rng.choice((0.5, 1.0, 1.5)))
    paragraphs = [" ".join(_sentence(topic, rate, rng) for _ in range(rng.randint(2, 3))) for _ in range(3)]
    return Piece(name, outlet, topic, "\n\n".join(paragraphs))


def _sentence(topic: str, rate: float, rng: random.Random) -> str:
    own = LOADED if rng.random() < rate else PLAIN
    template = rng.choice(QUOTES if rng.random() < QUOTE_RATE else own)
    measure, people, body, thing = TOPICS[topic]
    name = rng.choice(NAMES)
    values = {"measure": measure, "people": people, "body": body, "thing": thing, "name": name, "Name": name}
    numbers = {"n": rng.randint(12, 90), "m": rng.randint(3, 9), "month": rng.choice(MONTHS)}
    return template.format(**values, **numbers, Body=body[0].upper() + body[1:])
