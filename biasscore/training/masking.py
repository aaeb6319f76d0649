"""Outlet masking: about half of news articles name their own outlet or byline, and a model would learn the masthead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

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


@lru_cache(maxsize=1)
def _mastheads() -> re.Pattern[str]:
    return re.compile(rf"(?:\b[Tt]he\s+)?(?<!\w)(?:{_MASTHEADS})(?:['’]s?)?(?!\w)")


@lru_cache(maxsize=4096)
def _own_names(outlet: str, authors: str) -> re.Pattern[str] | None:
    names = [outlet] if len(outlet) > 3 and outlet not in ("guest writer", "week", "nation") else []
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
    own = _own_names(outlet, authors)
    return (
        own.sub(lambda match: _NEUTRAL if match[0].lower().removeprefix("the ") == outlet else _PERSON, text)
        if own
        else text
    )


def names_outlet(texts: Sequence[str], outlets: Sequence[str]) -> float:
    """Share of texts, 0 to 1, that contain their outlet's name as a word, in any case."""
    hits = [bool(re.search(rf"(?i)\b{re.escape(name)}\b", text)) for text, name in zip(texts, outlets, strict=True)]
    return sum(hits) / len(hits) if hits else 0.0
