"""Paragraphs that are no part of the article: bylines, captions, notices, links, copyright, fields of export files."""

from __future__ import annotations

import re
from collections.abc import Sequence

from biasscore.results import ParagraphKind
from biasscore.segment.labels import EXPORT_FIELDS

_LONGEST = 600
_LONGEST_LINE = 160
_CREDIT_REACH = 140

_NAME = r"[A-Z][\w.’'-]*(?: (?:[A-Z]\.|de|van|von|al|bin|[A-Z][\w.’'-]*)){0,4}"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\.?"
DATE = re.compile(
    rf"(?:{_DAY},? )?(?:{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH},? \d{{4}}"
    rf"|\d{{4}}-\d\d-\d\d)(?:[,;]? {_DAY})?(?:[,;] [\w ]{{1,30}}(?:Edition|edition))?"
    r"(?:,? (?:at )?\d{1,2}[:.]\d\d.{0,12})?"
)
"""A date that may fill a line: ``March 4, 2004, Thursday, Late Edition``."""

_TIME_OF_DAY = r"\d{1,2}[:.]\d\d(?::\d\d)?"
_ZONE = r"(?:GMT|UTC|HKT|BST|CET|CEST|[ECMP][SD]?T|IST|AEST|AEDT)"
TIME = re.compile(
    rf"(?:(?:last |first )?(?:updated|published|posted)(?: at)? )?(?:at )?"
    rf"(?:{_TIME_OF_DAY} ?(?:[ap]\.?m\.?)?|\d{{1,2}} ?[ap]\.?m\.?)(?: {_ZONE})?(?: \({_ZONE}\))?(?:,? {DATE.pattern})?"
    r"|(?:updated |posted )?(?:\d{1,2} ?(?:h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?|d|days?) ){1,2}ago",
    re.I,
)
"""The time of an entry of a live blog: ``10.15am GMT``, ``3 min ago``."""

_WHOLE_LINES = frozenset(
    " ".join(phrase.split())
    for phrase in """
    advertisement; advertisements; advertising; sponsored; sponsored content; story continues below; loading; share;
    story continues below advertisement; article continues below; article continues after this advertisement; tweet;
    continue reading; continue reading the main story; print; email; e-mail; comment; comments; most read; most
    popular; related; related stories; related articles; related content; related topics; related coverage; more on
    this story; skip to main content; skip to content; getty images; associated press; ap; afp; read more; see more;
    subscribe; sign in; log in; menu; newsletter; newsletters; follow us; trending; trending now; recommended;
    recommended stories; you may also like; top stories; editor's picks; editors' picks; share this; share this
    article; share this story; copy link; facebook; twitter; whatsapp; linkedin; pinterest; reddit; instagram; read
    the full story here; read the full story; read full article; back to top; view comments; show comments; end of
    document; all rights reserved; end of story; subscribe now; subscribe today; sign up; sign up now; bookmark; play
    video; watch video; image source; share on facebook; share on twitter; share on whatsapp; report a typo; order
    reprints; today's paper; next article; previous article; view gallery; view image; hide caption; toggle caption;
    enlarge this image; recommended for you; ad; paid content; promoted; sponsor content; latest news; more stories;
    popular now; listen now; view this post on instagram; view on threads; view on instagram; view on twitter; view
    this post on facebook; view on facebook; this content is not available; loading tweet; click to tweet;
    privacy policy; privacy notice; cookie policy; cookie notice; terms and conditions
    """.split(";")
)

_NETWORKS = "Twitter|Facebook|Instagram|WhatsApp|LinkedIn|Pinterest|Reddit|YouTube|TikTok|Bluesky|Threads"
# After a notice stands a mark, a title, or nothing.
_LEADS_ON = r"(?:\s?[:|»>.!–-]|\s(?-i:[A-Z“‘\"'\d])|\Z)"
# Names, and the small words between them, up to the end of a line: ``Ann Hall in Oslo; editing by Tom Reed)``.
_CREW = (
    r" (?:the |staff )?(?:writers? |reporters? )?(?>(?-i:[A-Z])[\w.’'/—–-]*)"
    r"(?:[;,.:]? \(?(?>(?:and|in|with|at|for|from|of|by|via|the|aboard|additional|reporting|writing|editing"
    r"|staff|writers?|reporters?|photo(?:graph)?s|video)\b|[|•&–—-](?= )"
    r"|(?-i:[A-Z])[\w.’'/—–-]*)){0,40}\)?[.:]?\Z"
)
# A name of several words up to the end of a line: ``The Morning Briefing.``
_TITLE = r"(?>(?-i:[A-Z])[\w.’'-]*)(?:,? (?>(?:&|and|of|from)(?= )|(?-i:[A-Z])[\w.’'-]*|\d{4}\b)){0,8}[.!]?\Z"
_WHEN = (
    rf"(?::| on| at)?:? (?:{_DAY},? )?(?:at )?(?:{_MONTH} \d|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}|\d{{4}}-\d\d"
    rf"|\d{{1,2}}[:./]\d|\d{{4}} {_ZONE}\b"
    r"|\d{1,2} ?[ap]\.?m\b|\d{1,3} \w+ ago)(?!.*(?-i:[a-z]{3})(?<!contributed)[.!?]\Z)"
)
_WHOSE = (
    r"own|solely|necessarily|opinions of|(?:his|hers) alone|not the views"
    r"|not (?:reflect|represent) the (?:views|opinions)"
    r"|(?:those|views) of (?:the|its|their|our) (?:author|writer|columnist|contributor|commentator|speaker|guest)s?"
)
# What such a line begins with, in any case of letters. An ordinary sentence begins otherwise, or goes on otherwise.
_BEGINS = re.compile(
    "(?:"
    + "|".join(
        line.strip()
        for line in rf"""
    (?:read (?:more|next|also|full story|the full (?:story|article|report))|also read|must read|see also){_LEADS_ON}
    (?:related|recommended|trending|up next|in pictures|in photos|gallery)\s?[:|»>]
    more\s?[:|»>]\s?(?-i:[A-Z“‘"'\d]|\Z)
    (?:watch|listen|video)\s?[:|»>](?!.*[a-z][.!]\Z)
    read (?:more|the full (?:story|article|report)) (?:about|of our|from|here|in|on|at|and (?:listen|see|view|watch))\b
    (?:more from [\w ]{{1,30}}|related (?:stories|articles|coverage))\s?[:|»>]
    read more\b[^.,;]{{1,60}}\b(?:coverage|reporting|stories|columns)(?: (?:of|on|about|from|by) [^.]{{1,60}})?[.!]?\Z
    (?:sign up|subscribe|register) (?:to|for) (?:the |our )?{_TITLE}
    download (?:our|the [\w ]{{0,20}}) ?app\b(?: (?:for|to)\b|[.!]?\Z)
    support (?:our|independent) [\w ]{{0,20}}journalism\b
    become a (?:member|subscriber|supporter)(?: (?:today|now|here)\b|[.!]?\Z)
    donate\b.{{0,40}}\b(?:today|now|here)[.!]?\Z
    (?:listen to our|subscribe to (?:our|the)) [\w ]{{0,20}}podcast\b
    (?:click|tap) here\b
    share (?:this (?:article|story|post|page|video)|on (?:{_NETWORKS})|your thoughts{_LEADS_ON})
    join the conversation{_LEADS_ON}
    don['’]t miss\s?:
    to report an error\b
    contact us(?: (?:at|here)\b|[.:!]?\Z)
    (?:e-?mail|tel|phone|fax|telephone)(?: us| him| her| them)?\s?:
    call our (?:news ?desk|newsroom|hotline|tip ?line)\b
    (?:tags?|topics?|keywords?|categor(?:y|ies)):
    filed under(?:\s?:|[^.]{{1,60}}\Z)
    (?:(?:first )?published|posted|(?:last )?(?:updated|modified)){_WHEN}
    first published (?:in|by|on) [^.,]{{1,60}}\.?\Z
    (?:©|&copy;|\(c\)\s?(?:copyright|\d{{4}}|[^.]{{1,40}}\Z)|copyright(?:\s?(?:©|\(c\)|&copy;|:|\d{{4}})|\Z))
    copyright (?:by |of )?{_TITLE}
    all rights reserved[.!]?(?:\Z|\s(?-i:[A-Z©]))
    (?:image|media|photo) (?:copyright|caption|source|credit)(?:, (?-i:[A-Z“])|{_LEADS_ON})
    (?:photo(?:graph)?s?|images?|pictures?|captions?|file photo|illustrations?|pictured|graphics?|credits?)\s?:
    (?:photo(?:graph)?s?|images?|pictures?|video) (?:by|credit|from)\s?:
    (?:photo(?:graph)?s?|images?|illustrations?|story|words|text|video|graphics?) by{_CREW}
    \(?(?:additional )?(?:reporting|writing|editing) by{_CREW}
    from (?:our|a staff) (?:own )?(?:correspondent|reporter|bureau)
    by clicking\b.{{0,80}}\b(?:agree|consent|accept)
    we use cookies\b
    this (?:article|story|piece|post) (?:was|is|has been)\b.{{0,40}}(?:published|corrected|updated|amended|syndicated)
    this (?:article|story|piece|post) (?:(?:originally|first) appear|appear(?:s|ed) (?:in|on|as)(?: the)? (?-i:[A-Z“]))
    a version of this (?:article|story)
    an? (?:earlier|previous) version of (?:this|the) (?:article|story)
    (?:the )?(?:opinions|views) expressed\b.{{0,120}}\b(?:{_WHOSE})\b
    to contact the (?:[\w-]+ ){{0,2}}(?:reporter|author|editor|writer)s?\b[^.:]{{0,60}}:
    terms of (?:use|service)(?:\s?[|.:]|\Z| (?:apply|and (?:conditions|privacy))\b)
    document (?-i:[A-Z]{{2,}})\w*\d{{6,}}
    \d{{1,6}} words\Z
    (?:correction|clarification|editor['’]s note):
    """.strip().splitlines()
    )
    + ")",
    re.I,
)
# What begins like a notice is one where something in it tells how to follow it.
_INVITES = re.compile(
    r"(?:sign up|subscribe|register) (?:to|for|now|here|today|and)\b|get (?:our|breaking|the latest|the day['’]s)\b"
    r"|get [\w’' ]{1,40} delivered\b|(?:follow|like|find) (?:us|him|her|them|@\w+|the [\w ]{1,30}) (?:on|at)\b"
    r"|join (?:us|our|the conversation)\b|(?:click|tap) on\b|share your\b|don['’]t miss (?:our|a|the)\b"
    r"|(?:have|got|do you have) (?:a|any) (?:news )?(?:tip|story|question|comment)s?\b[^.]{0,40}\?"
    r"|to (?:subscribe|read more|contact (?:us|the (?:[\w-]+ ){0,2}(?:reporter|author|editor|writer)s?)"
    r"|comment(?: on this|, (?:click|e-?mail|go|join|visit|write))|suggest an? (?:correction|story|topic))\b"
    r"|contact (?:the|our|him|her|them|[A-Z][\w ]{1,30}at)\b"
    r"|(?:e-?mail|call|phone) (?:our [\w ]{1,30}|us|him|her|them) (?:at|on|with|your)\b",
    re.I,
)
# A network counts where the line ends with it: ``… on Facebook and Twitter.``
_HOW = re.compile(
    rf"\b(?:newsletters?|inbox|alerts|podcasts?|our (?:free|daily|weekly|special|e-?mail|news)"
    rf"|(?:on|via|our) (?:[\w’']+ ){{0,2}}(?:{_NETWORKS})(?:(?:,|,? and|,? or|,? &) (?:{_NETWORKS}))*(?: page| group)?"
    rf"(?=[.!:]?\Z| for more\b)|(?:{_NETWORKS})(?:\.com)?/\w+"
    r"|(?:daily|weekly|morning) (?:e-?mail|briefing)s?"
    r"|(?<=\W)sign up|(?:(?:for|to) our [\w ]{1,30}|sign up|subscribe|register|click) (?:today|now|here)"
    r"|e-?mail (?:us|them)|social media|app)\b"
    r"|[\w.]@\w|(?<!\w)[@#]\w|https?:|www\.|\b\d{3}[ -]\d{3,4}\b|(?:here|below|for more)[.!]?\Z|»"
    r"|\?\s(?:follow|e-?mail|contact|call|write|send|tell us)\b",
    re.I,
)
# Words of notices, and what must stand beside them. News is about such words, too; so it is a mark or a whole sentence.
_OWNED = r"©|(?<!\d)\(c\)|\bcopyright(?: ©| \(c\)| \d{4}|:)"
_RESERVED = re.compile(
    rf"{_OWNED}|(?-i:All [Rr]ights|ALL RIGHTS) reserved[.,]"
    r"|(?:\A|[.!|] )(?:no (?:reproduction|republication|part\b.{0,60}\breproduc)|(?:do not|not to be) re(?:prod|pub)"
    r"|(?:unauthori[sz]ed )?re(?:production|publication)\b.{0,60}\b(?:prohibited|forbidden|not)\b"
    r"|(?:this|our|all|the (?:material|content) (?:on|in) this) (?:material|content|article|story|page|(?:web)?site)\b"
    r".{0,60}\b(?:may|must) not\b)",
    re.I,
)
_AGREED = re.compile(
    r"\bby \w+ing\b[^.]{0,60}\b(?:you|I) [^.]{0,20}\b(?:agree|consent|accept)|protected by recaptcha"
    r"|\b(?:read|see|view) our (?:privacy|cookie) policy (?:here|for|to)\b|\bthis (?:web)?site uses cookies\b|\|",
    re.I,
)
_HOLDS = (
    ("all rights reserved", re.compile(rf"{_OWNED}|(?:\A|[.,|] ?|\d )all rights reserved(?:[.,|]|\Z)", re.I)),
    ("may not be published", _RESERVED),
    ("may not be reproduced", _RESERVED),
    ("may not be copied", _RESERVED),
    ("without permission", _RESERVED),
    ("without written permission", _RESERVED),
    ("privacy policy", _AGREED),
    ("cookie policy", _AGREED),
    ("terms of use apply", re.compile(r"(?:\A|[.|] |and )terms of use apply\.?\Z", re.I)),
    ("terms and conditions apply", re.compile(r"\A(?:other )?terms and conditions apply", re.I)),
    ("content providers are not responsible", re.compile("")),
    ("sign up here", re.compile(r"Sign [Uu]p|SIGN|(?i:inbox|e-?mail|newsletter)")),
    ("sign up now", re.compile(r"Sign [Uu]p|SIGN|(?i:inbox|e-?mail|newsletter)")),
    ("unsubscribe at any time", re.compile(r"\byou (?:can|may) unsubscribe|sign(?:ing)? up|inbox", re.I)),
)
_BYLINE = re.compile(
    r"By (?!(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Christmas|Easter|Thanksgiving)\b(?! [A-Z]))"
    rf"(?:the )?{_NAME}(?:(?:,| and| with| in) {_NAME}){{0,6}}"
    r"(?:,? [|•-] .{1,60}|,(?: [\w.’'/-]+){1,7}| in [A-Z][\w ]{1,30})?(?<![a-z]{3}\.)\Z"
    r"|By (?:the )?(?:[A-Z][\w’'/-]* ){0,4}(?:Staff|Reports?|Reporters?|Writers?|Editors|Board|Press|News|Service)\.\Z"
)
_BYLINE_IN_CAPITALS = re.compile(r"BY [A-Z][A-Z.’' -]{2,60}(?<![A-Z]{3}\.)\Z")
_AUTHOR = re.compile(
    rf"(?:{_NAME}) (?:is|was) (?:an? |the )?[\w’' -]{{0,40}}"
    r"(?:reporter|writer|correspondent|editor|columnist|journalist|producer|contributor|fellow|professor|author)\b"
    r".{0,200}(?:[Ff]ollow (?:him|her|them) (?:on|at)|(?:reached|[Cc]ontact \w+) at|[\w.]@\w+\.\w|[.:] @\w"
    r"|(?:[Ff]ollow|[Tt]weet|Twitter).{0,60}@\w)"
)
AGENCY = r"(?:AP|AFP|EPA|PA|UPI|Reuters|REUTERS)"
SIGNATURE = rf"\(\s?{AGENCY}(?:(?:/|, ?| and | & ){AGENCY}){{0,3}}\s?\)"
"""Agencies that sign what stands before them: ``(AFP)``, ``(Reuters, AP)``."""

# Such a signature is a credit only where names alone stand before it: "Pike and Reed. (AP)". Else it signs a report, or
# "(EPA)" is the agency's short name. All other credits name who made a picture.
_SIGNED_NAMES = re.compile(
    r"(?:(?>[A-Z][a-z.’][\w.’'-]*|and|at|in|of|on|the|with)[,;]? ){0,12}"
    rf"(?:\A|(?<=[.!?”\"] ))(?:{SIGNATURE}|AFP)\.?\Z"
)
_CREDITED = r"(?>[A-Z][\w.’'&@-]*|\d{1,4}|\w+(?=/)|by|via|for|of|from|and|courtesy|photo|file)"
_CREDIT = re.compile(
    rf"(?:(?!{SIGNATURE})\(\s?(?:{_CREDITED}[ ,/:|-]{{1,3}}){{0,12}}"
    r"(?:Getty|Reuters|REUTERS|AFP|AP (?:Photo|photo|File|Images)|(?:AP|EPA|PA)(?=/)|(?:PA|EPA) (?:Wire|Images)|File"
    r"|(?:AP|AFP|EPA|PA|UPI|Reuters|Courtesy) (?:[Ff]ile |[Hh]andout )?(?:[Pp]hoto|[Pp]icture|[Ii]mage)s?"
    r"|(?:(?<=[/,|])|(?<=[/,|] )|(?<=via ))AP|(?<=/)(?:EPA|PA))"
    rf"(?:[ ,/:|-]{{1,3}}{_CREDITED}){{0,12}}\s?\)"
    r"|\((?:[Pp]ictures?|[Cc]redits?|[Gg]raphics?|[Vv]ideo): ?(?=[A-Z@©])[^()]{0,80}\)"
    r"|\((?:[A-Z]\w+ ){0,4}(?:[Pp]hotos?|Images?|Illustration)(?: [Cc]redit| [Ss]ource| [Ii]llustration)?"
    r"(?::| by\b| via\b)[^()]{0,80}\)"
    r"|(?:[.)/] ?|\A)(?:Photo(?:graph)?:? )?(?:Getty Images|AP Photo|AFP(?=/)|Shutterstock|Alamy|PA Wire)"
    r"(?:/[\w ]{1,30})?"
    r"|(?:/ ?|(?:\A|[.)] ?)Photo(?:graph)?:? )(?:AFP|EPA)(?:/[\w ]{1,30})?|\AEPA)\.?\Z"
)
_PUBLICATION = re.compile(
    r"(?:The )?(?:[A-Z][\w.’'&-]*,? ){0,5}(?:Times|Post|Courier|News|Herald|Journal|Tribune|Guardian|Today|TODAY|Press"
    r"|Star|Telegraph|Mail|Gazette|Chronicle|Globe|Observer|Independent|Standard|Mirror|Examiner|Bulletin|Dispatch|Register|Sun"
    r"|Sentinel|Record|Review|Monitor|Reuters|Express|Daily|Weekly|Magazine|CNN|BBC|NPR)(?: \([A-Z][\w .,]{1,30}\))?\Z"
)
_DIRECTION = re.compile(r"[(\[](?:[A-Z][A-Z ,.:;/’'&0-9-]{2,80}|[a-z][a-z ]{2,20})[)\]]\.?\Z")
_FIELD = re.compile(r"([A-Za-z][A-Za-z /-]{1,30}):")
_LONE_FIELDS = frozenset("body; graphic; load-date; classification; correction; notes; full text".split("; "))
_FACTIVA = re.compile(r"(?:HD|BY|WC|PD|SN|SC|PG|LA|CY|LP|TD|CO|IN|NS|RE|IPD|IPC|PUB|AN|ED|ET|CR|CT|SE|RF)(?:\s|\Z)")
# The other codes are words or short names as well: "IN A STATEMENT", "LA POLICE".
_FACTIVA_ALONE = frozenset("HD WC PD SN SC PG LP TD CY NS IPD IPC PUB RF".split())
_FACTIVA_TEXT = re.compile(r"(?:LP|TD)\s+\S")
_LANGUAGES = frozenset("english german french spanish italian dutch portuguese".split())


def is_boilerplate(line: str) -> bool:
    """Is a paragraph, by itself, no part of the article?"""
    if len(line) > _LONGEST:
        return False
    if _BEGINS.match(line) or _CREDIT.search(line, max(0, len(line) - _CREDIT_REACH)) or _SIGNED_NAMES.match(line):
        return True
    if _INVITES.match(line) and _HOW.search(line):
        return True
    lowered = line.lower()
    if _AUTHOR.match(line) or any(phrase in lowered and beside.search(line) for phrase, beside in _HOLDS):
        return True
    if len(line) > _LONGEST_LINE:
        return False
    plain = line.strip(" .…:>»|-–—*_").lower().replace("’", "'")
    return bool(
        plain in _WHOLE_LINES
        or _BYLINE.match(line)
        or _BYLINE_IN_CAPITALS.match(line)
        or _DIRECTION.match(line)
        or DATE.fullmatch(line.strip(" .|"))
        or TIME.fullmatch(line.strip(" .|"))
    )


def field(line: str) -> str:
    """The name of the export file's field that a line begins with, in lower case; empty where there is none."""
    match = _FIELD.match(line)
    name = match[1].lower().strip() if match else line.lower().strip() if len(line) < 20 else ""
    known = name in EXPORT_FIELDS if match else name in _LONE_FIELDS
    return name if known else ""


def export_lines(lines: Sequence[str]) -> dict[int, ParagraphKind]:
    """Which of an export file's lines are no part of the article, and which is its headline.

    Returns:
        "boilerplate" or "heading" by index; empty where the text is no export file: it needs two fields of one.
    """
    fields = {i: name for i, line in enumerate(lines) if (name := field(line))}
    codes = {i: line[:3].strip() for i, line in enumerate(lines) if _FACTIVA.match(line)}
    found_codes = set(codes.values())
    if len(found_codes) < 3 or len(found_codes & _FACTIVA_ALONE) < 2:
        codes = {}
    if len(set(fields.values())) < 2 and not codes:
        return {}
    found: dict[int, ParagraphKind] = {}
    for i, name in fields.items():
        if name == "full text" and len(lines[i]) > 40:
            continue
        found[i] = "heading" if name in ("headline", "title") and len(lines[i]) > len(name) + 2 else "boilerplate"
        if lines[i].lower().strip() == "graphic" and i + 1 < len(lines):
            found.setdefault(i + 1, "boilerplate")
    for i, code in codes.items():
        if not _FACTIVA_TEXT.match(lines[i]):
            found[i] = "heading" if code == "HD" else "boilerplate"
    for i, line in enumerate(lines):
        header = _PUBLICATION.match(line) or line.lower() in _LANGUAGES or _is_above_a_date(lines, i)
        if header and i not in found and len(line) < 80:
            found[i] = "boilerplate"
    return found


def _is_above_a_date(lines: Sequence[str], i: int) -> bool:
    """The name of a newspaper stands above its date."""
    return i + 1 < len(lines) and bool(DATE.fullmatch(lines[i + 1].strip(" ."))) and len(lines[i].split()) <= 6
