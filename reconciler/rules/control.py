"""Characters that a reviewer cannot see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.core.hidden import BIDI, CONTROL, FILLERS, FORMAT
from reconciler.core.model import Document, Severity
from reconciler.rules._base import Context, Hit, code_point, listed, rule, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANY = f"[{BIDI}{FORMAT}{FILLERS}{CONTROL}]"

_PICTURE = "[\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"

_JOINING = (
    "[\u0600-\u074f\u0750-\u077f\u07c0-\u07ff\u0840-\u0dff\u0f00-\u109f\u1780-\u18af\u1b00-\u1bff\ua840-\ua87f"
    "\ua8e0-\ua8ff\ua980-\ua9df\uaa60-\uaaff\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00010aff\U00011000-\U000115ff\U0001e900-\U0001e95f]"
)
"""Scripts whose letters take another form beside a joiner: Arabic, Syriac, N'Ko, Mandaic, the Indic family,
Myanmar, Khmer, Mongolian, Adlam (Unicode core specification sections 9, 12 to 14 and 23.2)."""

_SUSPECT = re.compile(
    # Passed over: a region's flag, a joined emoji, a joiner that spelling needs, an ideograph's variant.
    "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"
    f"|(?:(?<={_PICTURE})|(?<={_PICTURE}\ufe0f))\u200d(?={_PICTURE})"
    f"|(?<={_JOINING})\u200d|(?<={_JOINING})\u200c(?={_JOINING})"
    "|(?<=[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]"
    f"|(?P<bad>{_ANY})"
)
_CANDIDATE = re.compile(_ANY)


@rule("CX109", "control", Severity.ERROR, kinds=("Template",))
def control(document: Document, context: Context) -> Iterator[Hit]:  # noqa: ARG001
    """The text holds control characters, or characters that cannot be seen.

    What: in `content` and `name`, control characters other than line breaks (a tab too), characters that
    change the direction of writing, and characters without width: zero-width space, byte order mark, soft
    hyphen and their like. Allowed are a zero-width joiner inside an emoji, joiners in a script that needs
    them (Persian, Hindi …), and the tags of a flag.

    Why: what a reviewer cannot see, a reviewer cannot approve. They can make a text read otherwise on the
    phone than in the pull request (CVE-2021-42574), split a keyword so that filters miss it, and each of them
    makes the message UCS-2. They mostly come from copying out of a web page.

    How to mend: delete them; the finding says which and where. An editor that shows invisible characters
    helps.

    Fails:   content: "Hello\\u200B there. Reply STOP to opt out."
    Passes:  content: "Hello there. Reply STOP to opt out."
    """
    for field in ("content", "name"):
        value = text(document, field)
        # Nearly every text is done with here, in a fraction of a microsecond.
        if value is None or (value.isascii() and value.isprintable()) or not _CANDIDATE.search(value):
            continue
        bad = [match.start() for match in _SUSPECT.finditer(value) if match["bad"]]
        if bad:
            found = listed([f"{code_point(value[at])} at character {at + 1}" for at in bad])
            yield Hit(
                f"Characters that cannot be seen. Delete them, for nobody can review them: {found}.",
                (field,),
                offset=bad[0],
            )
