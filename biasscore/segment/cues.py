"""The words that tell whose words follow: verbs and nouns of speech, written once for all rules of voice."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SAYING = """
accept acknowledge add admit advise agree allege announce answer argue ask assert assure bellow bemoan blast boast brag
caution chant chide claim clarify comment complain concede conclude confess confide confirm contend continue counter
crow cry deadpan declare demand deny describe detail dismiss empathize emphasise emphasize estimate exclaim explain
fume gush hint indicate inform insist intone joke lament maintain mention mock muse mutter note notify object observe
offer opine order plead pledge point post predict proclaim promise pronounce protest query question quip rage rant rate
reason recall recount reflect reiterate remark remind reply report respond retort reveal rule scoff share shout shriek
sigh signal snap snarl sneer speculate state stress suggest surmise tease testify thunder tweet urge venture vow wail
warn whine whisper wonder worry yell
""".split()
_NAMING = """
accuse apologise apologize applaud assess attack bash beg berate blame blast brand call cast castigate champion
chastise characterise characterize cite commend compare complain condemn credit criticise criticize decry deem defend
demand denounce depict deride describe dismiss disparage dub excoriate express fault frame hail highlight
invoke label lambaste lash laud liken mock paint pan pillory pledge portray praise profess promise propose rail rebuke
refer regard reject ridicule rip savage scold scorn single skewer slam talk term thank tout trumpet upbraid urge
vilify voice vow welcome
""".split()
_THINKING = "believe think fear hope expect suspect".split()
_IRREGULAR_SAYING = """
labeled labeling read reads said say saying says spoke swears swore tell telling tells thought told writes writing
written wrote
""".split()
_NOUNS = """
statement warning claim claims promise pledge accusation accusations remark remarks comment comments letter speech
tweet announcement assertion description descriptions insistence declaration admission complaint words
""".split()


def _forms(verb: str) -> Iterator[str]:
    """A regular verb in its four forms; a doubled consonant or a final e or y included."""
    yield verb
    stem = verb.removesuffix("e")
    if verb.endswith("y") and verb[-2] not in "aeiou":
        yield from (verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing")
    elif verb in _DOUBLING:
        yield from (verb + "s", verb + verb[-1] + "ed", verb + verb[-1] + "ing")
    else:
        ending = verb if verb.endswith("ee") else stem
        yield from (verb + ("es" if verb.endswith(("sh", "ss", "ch")) else "s"), stem + "ed", ending + "ing")


_DOUBLING = frozenset("admit brag snap dub quip rip slam refer beg label pan deadpan".split())


def _all_forms(verbs: list[str]) -> frozenset[str]:
    return frozenset(form for verb in verbs for form in _forms(verb))


SAYING = _all_forms(_SAYING) | frozenset(_IRREGULAR_SAYING)
"""Verbs that take a quotation or a clause: said, warned, claimed."""

THINKING = frozenset(form for form in _all_forms(_THINKING) if not form.endswith("ing"))
"""Verbs that take a clause: believes, fears."""

ACTS = _all_forms(_NAMING) | frozenset(_NOUNS)
"""Words that make a quoted phrase in the same sentence somebody's: called, praised, accused, warning."""

BASES = frozenset(_SAYING + _NAMING) | frozenset("say tell write".split())
"""Forms that are verbs only beside a plural subject or an auxiliary: ``critics call it`` but ``a phone call``."""

NOUNS = frozenset(_NOUNS)

PLURALS = frozenset(
    "shares reports claims notes calls demands promises remarks comments points states answers questions fears hopes "
    "pledges objects signals posts queries suspects tweets cries rules protests hints boasts jokes quips rants replies "
    "attacks blames praises rebukes savages estimates mentions offers credits terms vows brands labels".split()
)
"""Verbs that look like nouns in the plural: verbs only after a name or pronoun."""

GOVERNING = SAYING | ACTS | THINKING

PARTICIPLES = frozenset(word for word in GOVERNING if word.endswith("ing"))

PRONOUNS = frozenset("he she they it we i you who someone somebody everyone nobody".split())

DETERMINERS = frozenset(
    "the a an his her their its our my your one two three some many several another both most this these those each "
    "every no few".split()
)

SKIPPED_BEFORE_CUE = frozenset(
    "has had have also later once then again never famously repeatedly did would will may might could should often "
    "just even still has simply now recently both all always first further soon since went on to is are was were been "
    "do does not can must".split()
)
"""Auxiliaries and adverbs that may stand between a subject and its verb of speech."""

CALENDAR = frozenset(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August "
    "September October November December Today Yesterday Tomorrow".split()
)
DAYS = frozenset(map(str.lower, CALENDAR))

OFFICES = frozenset(
    "former acting deputy president secretary leader director spokesman spokeswoman spokesperson analyst professor "
    "lawyer attorney adviser advisor strategist senator chairman chairwoman chief minister author economist reporter "
    "columnist critic candidate official host anchor counsel judge justice governor mayor pollster activist "
    "historian aide member congressman congresswoman lawmaker editor expert scholar manager executive founder "
    "co-founder colleague correspondent commentator contributor".split()
)
"""Words of office that belong to the name they precede."""

_ATTRIBUTING = "|".join(sorted(SAYING - PARTICIPLES))
_NAME = r"(?:[A-Z][\w.’'-]{0,40}|of|de|von|van|bin|al|the)"
# What may follow a closed question: "Mrs. Clinton said." but not "Mrs. Clinton said that …", a new sentence.
ATTRIBUTION_AFTER = re.compile(
    rf"(?:{_NAME}\s+){{1,8}}(?:\w+ly\s+)?(?:{_ATTRIBUTING})\b(?=\s*(?:[.,;]|\Z|(?:in|on|at|to|of|as|when|while|after"
    r"|during|with|from|before|by|me|us|him|her|them|reporters|[A-Z][a-z]+day)\b))"
)
