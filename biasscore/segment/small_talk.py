"""Greetings, thanks, answers of a word and sign-offs: they claim nothing, so no wording of theirs can be judged.

Models were taught on statements. Of a bare "Hello." or "Right." they say anything, and transcripts are full of them.
"""

from __future__ import annotations

import re

from biasscore.segment.phrases import common_words

# A longer stretch has something to say.
_LONGEST = 60

_GREETING = (
    r"hello(?: there)?|hi(?: there)?|hey(?: there)?|greetings|good (?:morning|afternoon|evening|night|day)"
    r"|goodbye|bye(?:[ -]bye)?"
    r"|welcome(?: back)?(?: to the (?:program|programme|show|podcast|broadcast))?|dear|cheers|congratulations"
    r"|congrats"
    r"|see you(?: (?:then|later|soon|there|tomorrow|next week))?|take care|good luck|best of luck"
    r"|happy (?:birthday|holidays|new year|thanksgiving|easter|anniversary)|merry christmas"
    r"|(?:nice|good|great) to (?:meet|see|have|be with) you(?: (?:here|too|again))?|how are you(?: doing)?(?: today)?"
    r"|(?:(?:with )?(?:kind|warm|best) )?(?:wishes|regards)|(?:yours )?(?:sincerely|truly|faithfully)(?: yours)?"
)
_THANKS = (
    r"(?:many )?thanks(?: (?:a lot|so much|very much|again))?|thank you(?: (?:so much|very much|again|both|all))?"
    r"|(?:thanks|thank you)(?: (?:so|very) much)? for (?:joining|having|being|watching|listening|reading|coming)"
    r"(?: (?:in|us|me|here|with us|on))*|you['’]re (?:very )?welcome"
    r"|(?:my |it['’]s a |a )?pleasure(?: to be here)?|no problem"
)
# Nobody who is named after these is surely a person: "Sorry, Snowflakes!"
_PLEA = r"please|(?:i['’]m )?sorry|excuse me|pardon(?: me)?"
_ANSWER = (
    r"yes|no|yeah|yep|yup|nope|nah|right|(?:that['’]s |that is )?(?:right|correct|true)|ok|okay|o\.k|all right"
    r"|alright|sure|of course"
    r"|exactly|absolutely|certainly|definitely|indeed|maybe|perhaps|probably|not (?:yet|really|at all)"
    r"|i (?:see|know|agree|do|guess)"
    r"|i don['’]t know|i think so|so do i|me too|well|uh(?:[ -]huh)?|um|hmm?|huh|mm[ -]hmm|oh|ah|fair enough"
    r"|got it|go (?:ahead|on)"
    r"|sounds good|no comment"
)
_BROADCAST = (
    r"stay (?:tuned|with us)|we['’]ll be (?:right )?back|(?:back|over) to you|more to come|(?:coming )?up next"
    r"|after the break"
    r"|read (?:more|on)|(?:take a|let['’]s) listen|(?:laughter|applause|crosstalk)"
)
_TO_WHOM = (
    r"sir|ma['’]am|madam|everyone|everybody|folks|all|guys|friends?|colleagues?|readers?|ladies and gentlemen|both"
    r"|your hono[u]?r|(?:(?:mr|madam)\.? )?(?:president|speaker|secretary|chairman|senator|governor|doctor|professor)"
    r"|again|now|today"
)
_NAME = r"(?:(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Senator|Governor|Doctor|Professor)\.? )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)?"
_FIRST = r"(?:(?:oh|ah|well|yes|no|um|uh) )*"
_NAMING = rf"(?i:{_FIRST}(?:{_GREETING}|{_THANKS}|{_ANSWER}|{_BROADCAST}))"
_UNIT = rf"(?:{_NAMING}(?:, {_NAME})?|(?i:{_FIRST}(?:{_PLEA}))|{_NAMING}(?i:,? (?:{_TO_WHOM})))"
_MARKS = r"[\s\"“”'‘’()\[\],;:.!?…–—-]*"
# In captions, ">>" stands before the words of each new speaker.
_SMALL_TALK = re.compile(rf">{{0,3}}{_MARKS}{_UNIT}(?:\s*[,;:.!?…–—-]+\s*{_UNIT})*{_MARKS}")
_NAMED = re.compile(r"(?<=, )(?:[A-Z][\w’'-]*\.? ?)+")


def is_small_talk(text: str, start: int, end: int) -> bool:
    """Whether a stretch holds nothing but small talk, with whom it addresses: *Yes, sir. Thank you, Mara.*"""
    if end - start > _LONGEST or not _SMALL_TALK.fullmatch(text, start, end):
        return False
    return all(_is_name(found[0]) or _SMALL_TALK.fullmatch(found[0]) for found in _NAMED.finditer(text, start, end))


def _is_name(words: str) -> bool:
    return words.rsplit(maxsplit=1)[-1].lower().strip(".") not in common_words()
