"""Characters that a reviewer cannot see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.core.hidden import HIDDEN
from reconciler.core.model import Document, Severity
from reconciler.core.unicode_classes import IDEOGRAPHIC, JOINED, PICTOGRAPHIC
from reconciler.rules._base import Context, Hit, code_point, listed, rule, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHADE = "(?:[\ufe0e\ufe0f]|[\U0001f3fb-\U0001f3ff]\ufe0f?)?"
"""How a pictograph is shown: as text, as a picture, or in a tone of skin (UTS #51)."""

_MONGOLIAN = "\u1820-\u18aa"
"""Letters whose form a variation selector chooses (The Unicode Standard, section 13.5)."""

_SUSPECT = re.compile(
    # Passed over: an emoji, a region's flag, a keycap, a joiner or a variant that spelling needs.
    f"[{PICTOGRAPHIC}]{_SHADE}(?:\u200d[{PICTOGRAPHIC}]{_SHADE})*"
    "(?:(?<=\U0001f3f4)[\U000e0061-\U000e007a]{2}[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,4}\U000e007f)?"
    "|[0-9#*]\ufe0f\u20e3"
    f"|(?<=[{JOINED}])\u200d|(?<=[{JOINED}])\u200c(?=[{JOINED}])"
    f"|(?<=[{_MONGOLIAN}])[\u180b-\u180d\u180f]|(?<=[{_MONGOLIAN}])\u180e(?=[{_MONGOLIAN}])"
    f"|(?<=[{IDEOGRAPHIC}])[\U000e0100-\U000e01ef]"
    f"|(?P<bad>{HIDDEN.pattern})"
)


@rule("CX109", "control", Severity.ERROR, kinds=("Template",))
def control(document: Document, context: Context) -> Iterator[Hit]:  # noqa: ARG001
    """The text holds control characters, or characters that cannot be seen.

    What: in `content` and `name`, control characters other than line breaks (a tab too), characters that
    change the direction of writing, and whatever Unicode gives no ink: zero-width space, byte order mark,
    soft hyphen, variation selectors, tags, interlinear annotation, non-characters, and blanks that are not spaces,
    such as the empty Braille pattern. Allowed are joiners and variation selectors in an emoji, the tags of a
    flag, and joiners in a script that needs them (Persian, Hindi …).

    Why: what a reviewer cannot see, a reviewer cannot approve. They can make a text read otherwise on the
    phone than in the pull request (CVE-2021-42574 of 2021-11-01), split a keyword so that carriers' filters
    miss it, and each of them makes the message UCS-2. They mostly come from copying out of a web page. The
    classes are Unicode's own (The Unicode Standard 17.0, 2025-09-09: Default_Ignorable_Code_Point).

    How to fix: delete them; the finding says which and where. An editor that shows invisible characters
    helps.

    Waive it: hardly ever. Say which character it is, what it does to the text on a phone, and who saw it there.

    Fails:   content: "Hello\\u200B there. Reply STOP to opt out."
    Passes:  content: "Hello there. Reply STOP to opt out."
    """
    for field in ("content", "name"):
        value = text(document, field)
        # Nearly every text is done with here, in a fraction of a microsecond.
        if value is None or (value.isascii() and value.isprintable()) or not HIDDEN.search(value):
            continue
        bad = [match.start() for match in _SUSPECT.finditer(value) if match["bad"]]
        if bad:
            found = listed([f"{code_point(value[at])} at character {at + 1}" for at in bad])
            yield Hit(
                f"Characters that cannot be seen. Delete them, for nobody can review them: {found}.",
                (field,),
                offset=bad[0],
            )
