"""Words that authors doubt by putting them in marks: claims of standing, merit or fact.

Words that politicians like to be quoted with (*moderate*, *fair*, *success*) and the names of political camps are left
out, since in marks they are mostly somebody's.
"""

from __future__ import annotations

_PEOPLE = """
adults allies ally artist artists comedian comedians consultants doctor doctors expert experts fact-checker
fact-checkers feminist feminists friend friends guests hero heroes historian historians intellectual intellectuals
journalist journalists judges jurors leader leaders owners partners peacekeepers peacemaker peacemakers philanthropist
philosopher professor protesters rebels reformer reformers reporter reporters researchers scholar scholars scientist
scientists statesman teacher teachers team thinkers victims volunteers winner
"""
_VIRTUES = """
accountability authenticity charity choices civility compassion democracy diversity education enlightenment equality
freedom goodwill honesty inclusion inclusivity integrity journalism justice kindness leadership liberation logic
morality morals objectivity patriotism philanthropy progress reasoning scholarship science tolerance transparency
truth truths virtue wisdom
"""
_DEEDS = """
accomplishment accomplishments achievement achievements aid analysis apology benefits ceasefire clinic comedy
compromise concession concessions consensus contribution contributions corrections crime crimes culture cuts deal
deals debate dialogue discussion discussions donation donations efforts election elections errors evidence evolution
explanation explanations fact fact-check fact-checked fact-checking facts findings fix fixes fixing gift gifts glitch
glitches hearing hearings help helped helping idea information investigation investigations investment investments
joke jokes laws lesson lessons majority mandate minority mistake mistakes negotiations news permission plan plans
problem problems proceedings process proof protection protections protest protests recovery reform reforms regulation
reporting rescue research results review rights rules safeguards scandal scandals services solution
solutions strategies strategy studies study summit talks training treatment treatments trial truce vetting victories
victory
"""
_VERBS = """
apologized believed believes cured deserve deserved deserves discovered donated educated knew liberated loved saved
saves saving volunteered won
"""

CLAIMS = frozenset(" ".join((_PEOPLE, _VIRTUES, _DEEDS, _VERBS)).split())
"""Standings, virtues, deeds and successes: ``the “experts” got it wrong``."""

QUALITIES = frozenset(
    """
    brave caring charitable civilized compassionate decent educational enlightened ethical good heroic honest
    humanitarian impartial inclusive independent innocent intellectual moral neutral nice noble nonpartisan objective
    open-minded patriotic peaceful principled pure rational respectable righteous sainted scholarly scientific
    selfless sophisticated superior tolerant unbiased virtuous well-meaning wise wrong
    """.split()
)
"""Qualities: in doubt where they stand before a noun; after a verb they are often somebody's words."""

CONTEMPT = (
    "absurd|bogus|botched|cynical|deranged|discredited|draconian|farcical|faux|flawed|glorified|half-baked|harebrained"
    "|hypocritical|idiotic|inane|incoherent|laughable|ludicrous|meaningless|misguided|nonsensical|oblivious|outrageous"
    "|pathetic|phone?y|preposterous|questionable|ridiculous|sanctimonious|self-righteous|sham|shoddy|silly|stupid"
    "|(?:much-|over-?)?(?:ballyhooed|hyped|vaunted)|worthless"
)
"""What an author who doubts a thing calls it, as an alternation: ``harebrained “schemes”``."""
