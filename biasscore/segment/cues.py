"""The words that tell whose words follow: verbs and nouns of speech, written once for all rules of voice."""

from __future__ import annotations

import re

SPEECH_VERBS = (
    "said|says|say|saying|told|tells|asked|asks|added|adds|wrote|writes|tweeted|tweets|posted|replied|replies|answered"
    "|explained|explains|argued|argues|insisted|insists|noted|notes|warned|warns|declared|declares|stated|states"
    "|continued|continues|concluded|concludes|claimed|claims|admitted|admits|acknowledged|suggested|suggests"
    "|remarked|observed|recalled|responded|quipped|joked|shouted|yelled|exclaimed|shares|shared|demanded|announced"
)
_NAME = r"(?:[A-Z][\w.’'-]*|of|de|von|van|bin|al|the)"
# The attribution that may follow a closing mark: "Mrs. Clinton said." or "she said", cue not followed by what was said.
ATTRIBUTION_AFTER = re.compile(
    rf"(?:{_NAME}\s+){{1,8}}(?:\w+ly\s+)?(?:{SPEECH_VERBS})\b(?=\s*(?:[.,;]|\Z|(?:in|on|at|to|of|as|when|while|after|during"
    r"|with|from|before|by|Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday)\b))"
)
