"""Outlets: how many articles of each are read, which fold each is in, and how their names are masked.

About half of news articles name their own outlet or byline, and a model would learn the masthead. What it learns must
hold for publishers that it has never read, so no publisher stands on both sides of a split.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from biasscore.heads import FRAMING
from biasscore.training.corpora import Row

ARTICLES_AN_OUTLET = 20

_NEUTRAL = "the outlet"
_PERSON = "the reporter"

# Names as they stand in running text; the corpus' own outlet names are added to them.
_MASTHEADS = (
    "Fox News Channel|Fox News|Fox Business|FoxNews.com|Fox & Friends|Washington Times|CNN Politics|CNN.com|CNN"
    "|POLITICO|Politico|NPR News|NPR|National Public Radio|USA TODAY|USA Today|New York Times|NYTimes|The Times"
    "|Vox.com|Vox|The Hill|Christian Science Monitor|The Monitor|Townhall.com|Townhall|National Review Online"
    "|National Review|NRO|BuzzFeed News|BuzzFeed|CBS News|CBSNews|CBS|NBC News|NBC|MSNBC|ABC News|Daily Beast"
    "|Daily Kos|Democracy Now!?|HuffPost|Huffington Post|The Intercept|Jacobin|Media Matters|Mother Jones"
    "|The Nation|The New Yorker|New York Magazine|Slate|ThinkProgress|TIME Magazine|Time Magazine|TIME"
    "|Vanity Fair|VICE News|Vice News|Washington Post|WaPo|Yahoo News|Daily Mail|Daily Wire|HotAir|Hot Air"
    "|MarketWatch|New York Post|NewsBusters|TheBlaze|The Blaze|Washington Examiner|Washington Free Beacon"
    "|Free Beacon|Epoch Times|Breitbart News|Breitbart|Daily Caller|The Federalist|Newsmax|Wall Street Journal"
    "|WSJ|Business Insider|International Business Times|Marshall Project|Pew Research Center|Scientific American"
    "|Axios|Bloomberg News|Bloomberg|CNBC|FiveThirtyEight|ProPublica|RealClearPolitics|Reuters|Associated Press"
    "|AP|BBC News|BBC|Al Jazeera|The Atlantic|Boston Globe|Chicago Sun-Times|The Economist|The Guardian|The Week"
    "|CBN News|CBN|AllSides|The Flip Side|Getty Images|Tribune News Service|The Lid|Human Events"
)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\w+|(?<![\w@])@\w{2,}|\b[\w-]+\.(?:com|org|net)\b(?:/\S*)?")
_CREDIT = re.compile(
    r"(?im)^[^\w\n]{0,3}(?:by [^\n.]{3,60}|(?:read|see|view|watch) (?:more|also|the full)\b.{0,120}"
    r"|(?:advertisement|story continues below|sign up|subscribe|follow us|copyright|©|all rights reserved).{0,200}"
    r"|.{0,80}\b(?:contributed to this (?:report|story|article)|contributed reporting)\b.{0,80})$"
)
# Outlets that are one publisher's, or one person, under two names; as ``publisher`` spells them.
_PUBLISHER_OF = {
    "brentbozell": "mediaresearchcenter",
    "buzzfeednews": "buzzfeed",
    "chicagosuntimes": "suntimes",
    "foxbusiness": "fox",
    "foxlatino": "fox",
    "foxnews": "fox",
    "intelligencer": "newyorkmagazine",
    "jacobinmag": "jacobin",
    "msnbc": "nbc",
    "nbcnews": "nbc",
    "newsbusters": "mediaresearchcenter",
    "newyorktimesboard": "newyorktimes",
    "nymag": "newyorkmagazine",
    "nypost": "newyorkpost",
    "nytimes": "newyorktimes",
    "revjessejacksonsr": "jessejackson",
    "richardalowry": "richlowry",
    "time": "timemagazine",
    "wsj": "wallstreetjournal",
    "yahoothe360": "yahoo",
}
_DOMAIN = re.compile(r"(?:\.co\.uk|[. ](?:com|org|net)|\.[a-z]{2,4})$")


@lru_cache(maxsize=1)
def _mastheads() -> re.Pattern[str]:
    return re.compile(rf"(?:\b[Tt]he\s+)?(?<!\w)(?:{_MASTHEADS})(?:['’]s?)?(?!\w)")


@lru_cache(maxsize=4096)
def _own_names(outlet: str, authors: str) -> re.Pattern[str] | None:
    names = [outlet] if len(outlet) > 3 and outlet.lower() not in ("guest writer", "week", "nation") else []
    for author in re.split(r",| and |;", authors):
        words = author.split()
        if 2 <= len(words) <= 5:
            names += [" ".join(words), words[-1]] if len(words[-1]) > 3 else [" ".join(words)]
    return re.compile(rf"(?i:\b(?:the )?(?:{'|'.join(map(re.escape, names))})\b)") if names else None


def mask_outlet(text: str, outlet: str = "", authors: str = "") -> str:
    """Replace what tells an article's publisher by neutral words.

    Args:
        text: an article or paragraph; paragraph breaks stay.
        outlet: its outlet's name in any case; masked beside the known mastheads.
        authors: its byline, names parted by commas; full names and surnames are masked.

    Returns:
        The text without mastheads, bylines, web addresses and credit lines. Offsets are not kept: for training only.
    """
    text = _CREDIT.sub("", text)
    text = _ADDRESS.sub(_NEUTRAL, text)
    text = _mastheads().sub(_NEUTRAL, text)
    own, name = _own_names(outlet, authors), outlet.lower().removeprefix("the ")
    if own is None:
        return text
    return own.sub(lambda match: _NEUTRAL if match[0].lower().removeprefix("the ") == name else _PERSON, text)


def of_each_outlet(rows: Sequence[Row], most: int = ARTICLES_AN_OUTLET) -> list[Row]:
    """At most so many articles of each outlet, spread evenly over its own; by default what framing is judged on."""
    shares = ((found, min(most, len(found))) for found in _by_outlet(rows))
    return [found[i * len(found) // n] for found, n in shares for i in range(n)]


def draw_of_each_outlet(rows: Sequence[Row], most: int, rng: np.random.Generator) -> list[Row]:
    """At most so many articles of each outlet, drawn at random, so that no masthead stands for a whole lean."""
    return [found[i] for found in _by_outlet(rows) for i in sorted(rng.permutation(len(found))[:most])]


def _by_outlet(rows: Sequence[Row]) -> list[list[Row]]:
    """The articles of each outlet, outlets by name."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.outlet].append(row)
    return [found[outlet] for outlet in sorted(found)]


def outlet_folds(articles: Sequence[Row], folds: int, rng: np.random.Generator) -> dict[str, int]:
    """The fold of each outlet; every fold has publishers of every lean, large and small, each with all its outlets."""
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for row in articles:
        counts[publisher(row.outlet)][row.lean or 0] += 1
    fold_of: dict[str, int] = {}
    for lean in range(len(FRAMING.labels)):
        names = [name for name in sorted(counts) if counts[name].most_common(1)[0][0] == lean]
        shuffled = [names[i] for i in rng.permutation(len(names))]
        by_size = sorted(shuffled, key=lambda name: -counts[name].total())
        fold_of |= {name: i % folds for i, name in enumerate(by_size)}
    return {outlet: fold_of[publisher(outlet)] for outlet in sorted({row.outlet for row in articles})}


def publisher(outlet: str) -> str:
    """One spelling of names and web addresses: "the hill", "thehill.com" → "hill"."""
    name = re.sub(r"[^a-z0-9]", "", _DOMAIN.sub("", outlet.lower()))
    name = name.removeprefix("the") if name.startswith("the") and len(name) > 6 else name
    return _PUBLISHER_OF.get(name, name)
