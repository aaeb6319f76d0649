"""A made-up press for notebook 3: five outlets that differ, by a known rate, in how often they use loaded wording.

Every sentence is built from templates written for this project. Because the rates are known, the notebook can check
what the scores say against what is so.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

LOADED_RATE = {"Courier": 0.05, "Ledger": 0.10, "Valley Post": 0.25, "Patriot Desk": 0.45, "Common Cause Daily": 0.45}
"""Share of an outlet's own sentences that come from the loaded templates."""

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
