"""Differences between articles, outlets or any groups of scored articles, with intervals over articles.

What is compared goes one way: wire copy is left out, articles are matched (by topic or event), sides are formed, and
means, differences and telling words are taken of what remains. Each step says what it left out.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from biasscore.analysis import estimates, means
from biasscore.analysis.articles import (
    NO_GROUP,
    SCORES,
    TARGET,
    TARGET_SCORES,
    VOICES,
    Ranges,
    ScoredArticle,
    from_document,
    from_table,
    of_target,
    require,
)
from biasscore.analysis.bootstrap import RESAMPLES
from biasscore.analysis.estimates import Design, Difference, Estimate, Figures
from biasscore.analysis.events import Events, Report, match_events
from biasscore.analysis.means import Sample
from biasscore.analysis.prevalence import Calibrated, Prevalence, calibrated_for, estimate_prevalence
from biasscore.analysis.reprints import PrintedPassage, Reprints, find_reprints
from biasscore.analysis.sentences import WEIGHTS, Sentences
from biasscore.analysis.trends import Every, Trend, trend_of
from biasscore.analysis.words import TellingSentence, TellingWord, telling
from biasscore.errors import InputError
from biasscore.heads import HEADS
from biasscore.results import Document
from biasscore.tables import scored_table

SideInput: TypeAlias = Document | Sequence[Document] | pa.Table
Match: TypeAlias = Literal["event"] | Events
Sides: TypeAlias = Mapping[str, tuple[ScoredArticle, ...]]

LEVEL = 0.95

_SENTENCE_SCORES = {*WEIGHTS, "peak"}
_TITLE_SCORES = {f"title_{column.name}" for head in HEADS.values() for column in head.columns if column.of_title}

_log = logging.getLogger(__name__)


def _one_of(known: Collection[str], name: str, what: str) -> str:
    """The name, if it is known."""
    if name not in known:
        raise InputError(f"the comparison has no {what} {name!r}; use one of: {', '.join(known)}")
    return name


@dataclass(frozen=True, slots=True)
class Side:
    """One article, outlet or group.

    Attributes:
        n_articles: compared articles.
        estimates: one per score, in the order of ``Comparison.scores``.
        words, sentences: what tells this side from the others; empty without sentences.
        document: the article itself, where the side is a single Document.
        prevalence: estimated share of loaded sentences; None where that was not asked for.
    """

    name: str
    n_articles: int
    estimates: tuple[Estimate, ...]
    words: tuple[TellingWord, ...] = ()
    sentences: tuple[TellingSentence, ...] = ()
    document: Document | None = None
    prevalence: Prevalence | None = None

    def estimate(self, score: str) -> Estimate:
        """The estimate of one score; InputError if it was not compared."""
        found = {estimate.score: estimate for estimate in self.estimates}
        return found[_one_of(found, score, "score")]


@dataclass(frozen=True, slots=True)
class Matching:
    """Topics that every side wrote about; only their articles are compared.

    Attributes:
        topics: with their number of articles, which is their weight in every side's mean.
        kept, dropped: articles with and without a shared topic.
    """

    topics: tuple[tuple[str, int], ...]
    kept: int
    dropped: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Articles, or paragraphs, that are not in the figures, or not in those of the scores that ``why`` names."""

    why: str
    n: int
    what: Literal["article", "paragraph"] = "article"

    def __str__(self) -> str:
        return f"{self.n:,} {self.what}{'' if self.n == 1 else 's'} {self.why}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two or more sides differ in.

    Attributes:
        differences: with two sides, the second minus the first; with more, each side minus the others.
        level, resamples, seed: how the intervals were made; the same call gives the same figures.
        scores: the names of what is compared.
        n_looks: how many differences the adjusted intervals allow for.
        n_unscored: rows that could not be scored and are left out.
        left_out: everything that is not in the figures, and why.
        matching: None where topics were not matched.
        events: what articles were matched by; None where events were not matched.
        reprints: paragraphs that sides share; None where no sentences were given.
        prior: what prevalence was estimated with; None where it was not asked for.
        articles: what the figures are of: each compared article with its side, and its scores without shared
            paragraphs.
        target: whom the compared tone is toward, as the table names it; None without one.
    """

    model: str
    sides: tuple[Side, ...]
    differences: tuple[Difference, ...]
    level: float
    resamples: int
    seed: int
    scores: tuple[str, ...] = SCORES
    n_looks: int = 0
    n_unscored: int = 0
    left_out: tuple[LeftOut, ...] = ()
    matching: Matching | None = None
    events: Events | None = None
    reprints: Reprints | None = None
    prior: Calibrated | None = None
    articles: tuple[ScoredArticle, ...] = field(default=(), repr=False, compare=False)
    target: str | None = None

    def side(self, name: str) -> Side:
        """The side of that name; InputError if there is none."""
        found = {side.name: side for side in self.sides}
        return found[_one_of(found, name, "group")]

    def difference(self, score: str, side: str | None = None) -> Difference:
        """The difference in one score.

        Args:
            score: one of ``scores``.
            side: the side that is compared with the others; with two sides, the second, which is the default.

        Raises:
            InputError: if the score or the side was not compared, or if no side is named and there are more than two.
        """
        _one_of(self.scores, score, "score")
        found = {d.side: d for d in self.differences if d.score == score}
        if side is None and len(found) > 1:
            raise InputError(
                f"each of the {len(found)} groups has a difference of its own; name one group, for example "
                f"difference({score!r}, side={next(iter(found))!r})"
            )
        return found[next(iter(found)) if side is None else _one_of(found, side, "difference of the group")]

    def trend(self, score: str | None = None, *, every: Every = "month") -> Trend:
        """Means of the compared articles per side and period; `biasscore.analysis.trend` has those of a whole table.

        Args:
            score: one of ``scores``, by default the first.
            every: length of a period.

        Raises:
            InputError: for an unknown score, or if no compared article has a day (the argument ``day`` of
                `compare_groups`).
        """
        score = self.scores[0] if score is None else score
        _one_of(self.scores, score, "score")
        dated = ((str(a.side), a.day, a.scores[self.scores.index(score)]) for a in self.articles)
        return trend_of(dated, Design((score,), self.resamples, self.seed, self.level), every)

    def to_dict(self) -> dict[str, Any]:
        """Everything except the articles, as plain lists, dicts, strings, numbers and None."""
        sides = [
            {
                "name": side.name,
                "n_articles": side.n_articles,
                "estimates": [asdict(estimate) for estimate in side.estimates],
                "prevalence": asdict(side.prevalence) if side.prevalence else None,
                "words": [asdict(word) for word in side.words],
                "sentences": [asdict(sentence) for sentence in side.sentences],
            }
            for side in self.sides
        ]
        return {
            "model": self.model,
            "target": self.target,
            "level": self.level,
            "resamples": self.resamples,
            "seed": self.seed,
            "n_looks": self.n_looks,
            "n_unscored": self.n_unscored,
            "left_out": [asdict(part) for part in self.left_out],
            "matching": asdict(self.matching) if self.matching else None,
            "n_events": self.events.n_events if self.events else None,
            "n_shared_paragraphs": self.reprints.n_shared() if self.reprints else None,
            "sides": sides,
            "differences": [asdict(difference) for difference in self.differences],
        }


@dataclass(frozen=True, slots=True)
class _Request:
    """What the caller asked for."""

    design: Design
    topic: str | None
    match: Match | None
    keep_reprints: bool
    prior: Literal["auto"] | None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class _Material:
    """What is left to compare, and what was left out so far."""

    articles: tuple[ScoredArticle, ...]
    sentences: Sentences | None
    left_out: tuple[LeftOut, ...] = ()
    reprints: Reprints | None = None
    events: Events | None = None

    def keep(self, articles: Sequence[ScoredArticle], why: str) -> _Material:
        """Only these articles."""
        dropped = len(self.articles) - len(articles)
        left_out = (*self.left_out, LeftOut(why, dropped)) if dropped else self.left_out
        return replace(self, articles=tuple(articles), left_out=left_out)


def compare(
    sides: Sequence[Any] | Mapping[str, Any],
    *,
    topic: str | None = None,
    match: Match | None = None,
    keep_reprints: bool = False,
    prior: Literal["auto"] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Comparison:
    """Compares articles, or groups of articles.

    Args:
        sides: two or more; each a Document, several Documents, or a result table of document level (Arrow or a data
            frame). A mapping names them; otherwise a Document is named by its title, and what has none by a letter.
        topic: column of the tables whose values match articles across sides.
        match, keep_reprints, prior: as in `compare_groups`; they read the sentences of Documents. Documents have no
            day: events are matched by names and words alone.
        resamples: bootstrap resamples of the articles.
        seed: of the resampling.
        level: of the intervals, 0.95 for 95%.

    Returns:
        Differences of every score. Two single articles differ by figures without an interval.

    Raises:
        InputError: with fewer than two sides, an empty side, an article that stands there twice, documents scored by
            different models, no shared topic or event; where ``prior`` is not "auto", or the model is not known here.
    """
    named = _named(sides)
    if topic is not None and not all(isinstance(side, pa.Table) for side in named.values()):
        raise InputError(
            "the argument 'topic' works with tables of scores only, but a group is given as Documents; leave out "
            "'topic', or give each group as a table"
        )
    documents = dict(document for name, side in named.items() for document in _documents(name, side))
    articles = tuple(
        replace(article, side=name) for name, side in named.items() for article in _articles(name, side, topic)
    )
    rows = sum(1 if isinstance(side, Document) else len(side) for side in named.values())
    request = _Request(Design(SCORES, resamples, seed, level), topic, match, keep_reprints, prior)
    material = _Material(articles, Sentences.of_documents(documents) if documents else None)
    return _compare(material, tuple(named), named, request, rows)


def compare_groups(
    table: Any,
    *,
    by: str = "group",
    target: str | None = None,
    topic: str | None = None,
    match: Match | None = None,
    day: str | None = None,
    sentences: Any = None,
    keep_reprints: bool = False,
    prior: Literal["auto"] | None = None,
    scores: Sequence[str] = SCORES,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Comparison:
    """Compares the groups of one result table: outlets, authors, dates.

    Args:
        table: result table of document level: Arrow, a data frame, or the path of a file.
        by: column whose values are the sides, in alphabetical order.
        target: name (in any case) of the target to compare the tone toward, for a table of target level. Unless
            ``scores`` says otherwise, ``target_tone`` and ``target_quoted_tone`` are compared. Only articles that
            mention the target count.
        topic: column whose values match articles across groups.
        match: "event" finds articles of different groups that report the same event, and takes differences within
            events; or `Events` that were found before, or read from a corrected ``events.csv``.
        day: kept column with each article's day, for events and ``Comparison.trend``: dates, or texts that begin like
            2024-05-31.
        sentences: result table of sentence level of the same run: for telling words, wire copy, events, prevalence.
        keep_reprints: whether paragraphs that groups share count in each group's figures; by default they are left
            out where sentences are given.
        prior: "auto" estimates each group's share of loaded sentences; needs ``sentences``, and a model that is
            installed here.
        scores: columns to compare; any columns of the table with numbers, or with texts that are numbers.
        resamples, seed, level: as in `compare`.

    Raises:
        InputError: as in `compare`, and for a missing column, missing sentences, or sentences of another model. With
            ``sentences`` or ``match``, each article needs an id of its own.
    """
    table, scores = of_target(scored_table(table), target, scores)
    target = None if target is None else str(table[TARGET][0].as_py())
    sentences = None if sentences is None else scored_table(sentences)
    found = from_table(table, by=by, topic=topic, day=day, scores=scores)
    if not any(article.side for article in found):
        raise InputError(
            f"the column {by!r} of the table is empty; score the articles again with --group COLUMN, or name another "
            "column with --by (in Python: by)"
        )
    if day is not None and all(article.day is None for article in found):
        raise InputError(
            f"no article has a date in the column {day!r} that can be read; write dates such as 2026-01-31, or leave "
            "out --day (in Python: day)"
        )
    articles = tuple(replace(article, side=article.group) for article in found)
    request = _Request(Design(tuple(scores), resamples, seed, level), topic, match, keep_reprints, prior, target)
    material = _Material(articles, None if sentences is None else _sentences(sentences, articles))
    names = sorted({str(article.side) for article in articles})
    _warn_of_case(names, "groups")
    _warn_of_case({article.topic for article in articles if article.topic}, "topics")
    return _compare(material, names, {}, request, table.num_rows)


def _warn_of_case(names: Iterable[str], what: str) -> None:
    """Whether names that differ in case are one, such as CNN and cnn, only the user knows."""
    alike: dict[str, list[str]] = {}
    for name in sorted(names):
        alike.setdefault(name.casefold(), []).append(name)
    if found := [name for same in alike.values() if len(same) > 1 for name in same]:
        _log.warning(
            "some %s differ only in upper and lower case: %s; if these are the same, write them alike in the table",
            *(what, ", ".join(found[:10])),
        )


def _sentences(table: pa.Table, articles: Sequence[ScoredArticle]) -> Sentences:
    require(table, ("id", "text", "start", "loaded", "kind"), "the table of sentences")
    if table["text"].null_count != table["start"].null_count:
        raise InputError(
            "the table of sentences has empty cells in the column 'text' or 'start'; use the unchanged table that "
            "`biasscore score` wrote"
        )
    table = table.filter(pc.is_in(table["id"], pa.array([article.id for article in articles], pa.string())))
    place = ["id", "kind", "start"]
    if table.select(place).group_by(place).aggregate([]).num_rows < table.num_rows:
        raise InputError(
            "the table of sentences has a sentence twice; give each article an id of its own, and join each table of "
            "sentences once only"
        )
    found = Sentences.of_table(table)
    if not len(found):
        raise InputError(
            "the table of sentences has none of the compared articles; score the same files with --level sentence, "
            "and give the new table with --sentences (in Python: sentences)"
        )
    models = {article.model for article in articles}
    if others := sorted(set(table["model"].unique().to_pylist()) - models):
        raise InputError(
            f"the sentences were scored by another model or with other settings ({', '.join(others)}) than the "
            f"articles ({', '.join(sorted(models))}); score both tables again with the same model and settings"
        )
    return found


def _named(sides: Any) -> dict[str, SideInput]:
    """Each side under its name; anything else is refused with the right call."""
    if isinstance(sides, Mapping):
        named = {str(name): _side(side) for name, side in sides.items()}
        if len(named) < len(sides):
            raise InputError("two groups have the same name; give each group a different name")
        return named
    if isinstance(sides, str | Document) or not isinstance(sides, Iterable):
        raise InputError(
            "the argument 'sides' must be a list or dict of at least two articles or groups, not "
            f"{type(sides).__name__}"
        )
    found = list(map(_side, sides))
    return dict(zip(_names(found), found, strict=True))


def _side(side: Any) -> SideInput:
    if isinstance(side, Document):
        return side
    if hasattr(side, "__arrow_c_stream__"):
        return scored_table(side)
    documents = list(side) if isinstance(side, Iterable) and not isinstance(side, str) else [side]
    if wrong := [item for item in documents if not isinstance(item, Document)]:
        raise InputError(
            "each group must be a Document, a list of Documents or a table of scores, not "
            f"{type(wrong[0]).__name__}; score texts first with scorer.score_many"
        )
    return documents


def _names(sides: Sequence[SideInput]) -> list[str]:
    names = []
    for index, side in enumerate(sides):
        title = side.title.text.strip() if isinstance(side, Document) and side.title else ""
        names.append(title or (chr(ord("A") + index) if index < 26 else str(index + 1)))
    counted = Counter(names)
    return [_own_name(name, index, counted) for index, name in enumerate(names, start=1)]


def _own_name(name: str, index: int, counted: Counter[str]) -> str:
    """The name, with the number of its side behind it as often as another side has that name, too."""
    found = name
    while counted[found] > (found == name):
        found = f"{found} ({index})"
    return found


def _documents(name: str, side: SideInput) -> Iterator[tuple[str, Document]]:
    """Each Document of a side with the name of its article."""
    if isinstance(side, Document):
        yield name, side
    elif not isinstance(side, pa.Table):
        yield from ((f"{name} {number}", document) for number, document in enumerate(side, start=1))


def _articles(name: str, side: SideInput, topic: str | None) -> tuple[ScoredArticle, ...]:
    if isinstance(side, pa.Table):
        return from_table(side, topic=topic)
    return tuple(from_document(document, article) for article, document in _documents(name, side))


def _compare(
    material: _Material, names: Sequence[str], inputs: Mapping[str, SideInput], request: _Request, n_rows: int
) -> Comparison:
    model = _shared_model(_by_side(material, names))
    _refuse_repeats(material, request)
    prior = _calibrated(model, material, request)
    n_unscored = n_rows - len(material.articles)
    if n_unscored:
        material = replace(material, left_out=(LeftOut("could not be scored", n_unscored),))
    material = _without_reprints(_with_unknown_told(material, request), request)
    _filled(material, names)
    material, matching = _matched(material, names, request)
    sides = _filled(material, names)
    figures = _figures(sides, material.events, matching, request.design)
    material = _sentences_of(material)
    return Comparison(
        model=model,
        sides=tuple(_sides(sides, material, inputs, figures, _prevalences(sides, material, prior, request.design))),
        differences=figures.differences,
        level=request.design.level,
        resamples=request.design.resamples,
        seed=request.design.seed,
        scores=request.design.scores,
        n_looks=figures.n_looks,
        n_unscored=n_unscored,
        left_out=material.left_out,
        matching=matching,
        events=material.events,
        reprints=material.reprints,
        prior=prior,
        articles=material.articles,
        target=request.target,
    )


def _by_side(material: _Material, names: Sequence[str]) -> dict[str, tuple[ScoredArticle, ...]]:
    found: dict[str, list[ScoredArticle]] = {name: [] for name in names}
    for article in material.articles:
        found[str(article.side)].append(article)
    return {name: tuple(articles) for name, articles in found.items()}


def _filled(material: _Material, names: Sequence[str]) -> Sides:
    """The sides that still have articles, two or more."""
    sides = {name: found for name, found in _by_side(material, names).items() if found}
    if len(sides) < 2:
        raise InputError(f"fewer than two groups have articles that can be compared ({_story(material)}")
    return sides


def _shared_model(sides: Sides) -> str:
    if len(sides) < 2:
        raise InputError(
            f"a comparison needs at least two articles or groups, not {len(sides)}; add an article or a group (for one "
            "group over time, use biasscore.analysis.trend in Python)"
        )
    empty = next((name for name, found in sides.items() if not found), None)
    if empty is not None:
        raise InputError(
            f"the group {empty!r} has no article with scores; add scored articles to this group, or remove the group"
        )
    models = sorted({article.model for found in sides.values() for article in found})
    if len(models) > 1:
        raise InputError(
            f"the articles were scored by different models or with different settings ({', '.join(models)}); score "
            "all articles again with the same model and settings"
        )
    return models[0]


def _refuse_repeats(material: _Material, request: _Request) -> None:
    """Ids join articles to sentences and events, so there each is of one article; else no article may come twice."""
    if material.sentences is not None or request.match is not None:
        counted = Counter(article.id for article in material.articles)
        mend = (
            "give each article an id of its own, the same one in the table of articles and in the table of sentences "
            "(in score_frame: id)"
        )
        repeated = next((name for name, n in counted.items() if n > 1), None)
    else:
        mend = "some rows have the same id and the same scores, so remove the rows that were joined twice"
        repeated = _copied(material.articles, request.design.scores)
    if repeated is not None:
        raise InputError(f"the id {repeated!r} stands for more than one article; {mend}")


def _copied(articles: Iterable[ScoredArticle], scores: Sequence[str]) -> str | None:
    """An id that a side has twice with the same scores: one article, while others may only be numbered alike.

    Scores by the model tell, as far as they are no whole numbers; a user's own column may well repeat.
    """
    by_model = [i for i, name in enumerate(scores) if name in (*SCORES, *TARGET_SCORES)]
    seen = set()
    for article in articles:
        place = (article.side, article.id, article.title, *map(str, article.scores))
        if place in seen and any(article.scores[i] % 1 > 0 for i in by_model):
            return article.id
        seen.add(place)
    return None


def _with_unknown_told(material: _Material, request: _Request) -> _Material:
    """Tells of articles that a list of events names and the table lacks: a spreadsheet may have changed their ids."""
    if not isinstance(request.match, Events):
        return material
    known = {article.id for article in material.articles}
    n = sum(member.id not in known for member in request.match.members)
    unknown = (LeftOut("in the list of events, but not among the scored articles", n),) if n else ()
    return replace(material, left_out=(*material.left_out, *unknown))


def _calibrated(model: str, material: _Material, request: _Request) -> Calibrated | None:
    """What the scores mean; None where no shares are asked for."""
    if request.prior is None:
        return None
    if request.prior != "auto":
        raise InputError(
            f"the argument 'prior' must be 'auto' (estimates the share of loaded sentences) or None, not "
            f"{request.prior!r}; a share of your own goes into biasscore.load(prior=…), before the scoring"
        )
    if material.sentences is None:
        raise _needs_sentences("--prior auto (in Python: prior='auto')")
    found = calibrated_for(model)
    if found is None:
        raise InputError(
            "--prior auto (in Python: prior='auto') works with scores of an installed model only, but the model "
            f"{model!r} is not installed here in this version; leave out --prior, or score again with base or small"
        )
    return found


def _needs_sentences(what: str) -> InputError:
    return InputError(
        f"{what} needs the sentences of the articles; score the same articles with --level sentence, and name the new "
        "table with --sentences FILE (in Python: the argument 'sentences' of compare_groups)"
    )


def _without_reprints(material: _Material, request: _Request) -> _Material:
    """Scores of what each side wrote alone."""
    sentences = material.sentences
    side_of = {article.id: str(article.side) for article in material.articles}
    # Two single articles are compared as they stand: the reader sees both, copies and all.
    if sentences is None or len(set(side_of.values())) == len(side_of):
        return material
    places = sentences.paragraphs()
    reprints = find_reprints(PrintedPassage(name, side_of[name], index, text) for name, index, text in places)
    material = replace(material, reprints=reprints)
    if request.keep_reprints or not reprints.copies:
        return material
    shared = reprints.by_place
    rows = zip(sentences.article, sentences.paragraph.tolist(), strict=True)
    is_shared = np.array([place in shared for place in rows], dtype=bool)
    passages = LeftOut("shared with another group", len(reprints.copies), "paragraph")
    own = sentences.only(~is_shared)
    material = replace(material, sentences=own, left_out=(*material.left_out, passages))
    return _rescored(material, own, sentences.only(is_shared).ranges(), request.design.scores)


def _rescored(material: _Material, own: Sentences, shared: Mapping[str, Ranges], names: Sequence[str]) -> _Material:
    """Scores of what articles wrote alone.

    Args:
        own: sentences outside the shared paragraphs.
        shared: characters of the shared paragraphs, by article; other articles keep their scores.
    """
    scores = own.of(shared).scores()
    kept = [article for article in material.articles if article.id not in shared or article.id in scores]
    material = material.keep(kept, "with shared paragraphs only (such as agency copy)")
    kept = [article.without(shared[article.id]) if article.id in shared else article for article in kept]
    kept = [article for article in kept if article.id not in shared or article.mentions != ()]
    material = material.keep(kept, "with mentions of the target in shared paragraphs only")
    articles = [a if a.id not in shared else _with_own(a, scores[a.id], names) for a in kept]
    left_out = (*material.left_out, *_lost(kept, articles, names))
    return replace(material, articles=tuple(articles), left_out=left_out)


def _with_own(article: ScoredArticle, scores: Mapping[str, float], names: Sequence[str]) -> ScoredArticle:
    """The article with scores that are computed anew; without those that cannot be (framing, a user's own column)."""
    of_title = {name: value for name, value in zip(names, article.scores, strict=True) if name in _TITLE_SCORES}
    found = {**scores, **article.tones(), **of_title}
    return replace(article, scores=tuple(found.get(name, math.nan) for name in names))


def _lost(before: Sequence[ScoredArticle], after: Sequence[ScoredArticle], names: Sequence[str]) -> Iterator[LeftOut]:
    """Which scores articles lost with their shared paragraphs, and why.

    Means of sentences are not told: an article that quotes nobody in its own paragraphs has no quoted words to score.
    """
    counted = Counter(
        (_why_lost(name, was), name)
        for was, now in zip(before, after, strict=True)
        for name, old, new in zip(names, was.scores, now.scores, strict=True)
        if name not in _SENTENCE_SCORES and math.isfinite(old) and not math.isfinite(new)
    )
    lost: dict[tuple[str, int], list[str]] = {}
    for (why, name), n in counted.items():
        lost.setdefault((why, n), []).append(name)
    return (LeftOut(f"from {', '.join(found)} only: {why}", n) for (why, n), found in lost.items())


def _why_lost(score: str, article: ScoredArticle) -> str:
    if score in VOICES and article.mentions is not None:
        return "all such mentions are in shared paragraphs"
    keep = "(--keep-reprints keeps them; in Python: keep_reprints=True)"
    if score in VOICES:
        return f"the table has no column 'mentions', which says what stands in shared paragraphs {keep}"
    return f"this cannot be computed without shared paragraphs {keep}"


def _matched(material: _Material, names: Sequence[str], request: _Request) -> tuple[_Material, Matching | None]:
    if request.match is not None and request.topic is not None:
        raise InputError(
            "--topic and --match (in Python: topic and match) cannot be used together; use only one of the two"
        )
    if request.match is not None:
        return _matched_by_event(_grouped(material), request.match), None
    if request.topic is not None:
        return _matched_by_topic(_grouped(material), names)
    return material, None


def _grouped(material: _Material) -> _Material:
    """Without the articles of no group, if two groups remain: they cannot decide what the groups have in common."""
    found = [article for article in material.articles if article.side != NO_GROUP]
    return material.keep(found, "without a group") if len({article.side for article in found}) > 1 else material


def _matched_by_event(material: _Material, match: Match) -> _Material:
    if match != "event" and not isinstance(match, Events):
        raise InputError(
            f"the argument 'match' is {match!r}; set it to 'event', or to an Events object, which match_events and "
            "read_events return"
        )
    if match == "event":
        material = _dated(material)
    events = _find_events(material) if match == "event" else match
    of = events.of()
    sides: dict[str, set[str | None]] = {}
    for article in material.articles:
        if article.id in of:
            sides.setdefault(of[article.id], set()).add(article.side)
    kept = [article for article in material.articles if len(sides.get(of.get(article.id, ""), ())) > 1]
    if not kept:
        raise InputError(
            "no event appears in more than one group; compare without --match (in Python: match), find events in "
            "Python with match_events and a larger 'window_days', or check that a list of events has the ids of the "
            "table"
        )
    ids = {article.id for article in kept}
    events = replace(events, members=tuple(member for member in events.members if member.id in ids))
    return replace(material.keep(kept, "on no event that another group reports"), events=events)


def _dated(material: _Material) -> _Material:
    """Without the articles that have no day, if others have one: `match_events` leaves them out."""
    dated = [article for article in material.articles if article.day is not None]
    return material.keep(dated, "without a date that can be read") if dated else material


def _find_events(material: _Material) -> Events:
    if material.sentences is None:
        raise _needs_sentences("--match event (in Python: match='event')")
    texts: dict[str, list[str]] = {}
    for name, _, text in material.sentences.paragraphs():
        texts.setdefault(name, []).append(text)
    return match_events(
        [Report(a.id, str(a.side), a.title, "\n\n".join(texts.get(a.id, ())), a.day) for a in material.articles]
    )


def _matched_by_topic(material: _Material, names: Sequence[str]) -> tuple[_Material, Matching]:
    sides = [found for found in _by_side(material, names).values() if found]
    shared = set.intersection(*({a.topic for a in found if a.topic is not None} for found in sides))
    if not shared:
        raise InputError("no topic occurs in every group; compare fewer groups, or remove --topic (in Python: topic)")
    kept = [article for article in material.articles if article.topic in shared]
    topics = sorted(topic for topic in shared if topic is not None)
    counted = Counter(article.topic for article in kept)
    sizes = tuple((topic, counted[topic]) for topic in topics)
    dropped = len(material.articles) - len(kept)
    return material.keep(kept, "on a topic that not every group wrote about"), Matching(sizes, len(kept), dropped)


def _story(material: _Material) -> str:
    parts = ", ".join(map(str, material.left_out))
    keep = ", or add --keep-reprints (in Python: keep_reprints=True)" if material.reprints else ""
    mend = f"use more articles, or leave out --topic and --match (in Python: topic and match){keep}"
    return f"left out: {parts or 'none'}); {mend}"


def _figures(sides: Sides, events: Events | None, matching: Matching | None, design: Design) -> Figures:
    values = {name: np.array([article.scores for article in found], dtype=np.float64) for name, found in sides.items()}
    if events is not None:
        of = events.of()
        number = {event: index for index, event in enumerate(dict.fromkeys(of.values()))}
        event = np.array([number[of[article.id]] for found in sides.values() for article in found])
        side = np.repeat(np.arange(len(sides)), [len(found) for found in sides.values()])
        cells = means.by_event(np.concatenate(list(values.values())), side, event)
        return estimates.within_events(tuple(sides), cells, design)
    if matching is not None:
        order = {topic: index for index, (topic, _) in enumerate(matching.topics)}
        strata = {name: np.array([order[str(a.topic)] for a in found]) for name, found in sides.items()}
        weights = np.array([size for _, size in matching.topics], dtype=np.float64)
        samples = [Sample(name, found, strata[name]) for name, found in values.items()]
        return estimates.within_topics(samples, weights, design)
    return estimates.plain([Sample(name, found) for name, found in values.items()], design)


def _sentences_of(material: _Material) -> _Material:
    """Sentences of the articles that are compared, and no others."""
    if material.sentences is None:
        return material
    return replace(material, sentences=material.sentences.of({article.id for article in material.articles}))


def _sides(
    sides: Sides,
    material: _Material,
    inputs: Mapping[str, SideInput],
    figures: Figures,
    prevalences: Sequence[Prevalence | None],
) -> Iterator[Side]:
    quotes = {article.id: article.quotes for article in material.articles}
    statements = material.sentences.statements(quotes) if material.sentences else {}
    told = telling([[s for article in found for s in statements.get(article.id, ())] for found in sides.values()])
    parts = zip(sides.items(), figures.estimates, told, prevalences, strict=True)
    for (name, found), estimated, (words, sentences), share in parts:
        document = inputs.get(name)
        single = document if isinstance(document, Document) else None
        yield Side(name, len(found), estimated, words, sentences, single, share)


def _prevalences(
    sides: Sides, material: _Material, prior: Calibrated | None, design: Design
) -> Sequence[Prevalence | None]:
    if prior is None or material.sentences is None:
        return [None] * len(sides)
    place = {article.id: (i, j) for i, found in enumerate(sides.values()) for j, article in enumerate(found)}
    places = np.array([place[name] for name in material.sentences.article], dtype=np.int64).reshape(-1, 2)
    loaded = material.sentences.numbers["loaded"]
    order = np.argsort(places[:, 0], kind="stable")
    of_side = np.split(order, np.searchsorted(places[order, 0], np.arange(1, len(sides))))
    how = {"resamples": design.resamples, "seed": design.seed}
    return [estimate_prevalence(loaded[rows], places[rows, 1], prior, level=design.level, **how) for rows in of_side]
