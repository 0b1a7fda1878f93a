"""Other systems' placeholders, which this one sends as they stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.core.model import Document, Severity
from reconciler.core.sms import PLACEHOLDER
from reconciler.rules._base import Context, Hit, as_read, listed, quoted, rule, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = r"[\w .-]{1,60}"
_WORDS = frozenset(
    """
    account address agent amount appointment balance brand business city client clinic code company contact coupon
    customer date day dealer department doctor domain due email employee event expiry field first firstname full
    fullname id insert invoice item last lastname link location member merchant message month name number office
    order organization otp patient percent phone pin placeholder price product provider reference salutation
    sender service shop signature site staff state status store street student surname team text ticket time title
    total tracking url user username value variable venue website year your
    """.split()  # noqa: SIM905
)
"""What a placeholder is called; a brand in square brackets is none."""

_FOREIGN = re.compile(
    r"\*\|[^|*\n]{1,60}\|\*"  # Mailchimp, Mandrill
    r"|\$\{[^{}\n]{1,60}\}"  # JavaScript, Java, shells
    r"|#\{[^{}\n]{1,60}\}"  # Ruby
    r"|\{%[^%\n]{0,200}%\}"  # Liquid, Jinja
    rf"|(?<!\{{)\{{{_NAME}\}}(?!\}})"  # Python, C#, CXone's console
    rf"|[｛﹛]{{1,2}}{_NAME}[｝﹜]{{1,2}}"
    rf"|<<{_NAME}>>|\(\({_NAME}\)\)|@@{_NAME}@@|\[\[{_NAME}\]\]"
    r"|(?<![\w%])%(?:[A-Za-z]\w{1,40}%|\([A-Za-z]\w{0,40}\)s|[sd](?!\w))"
    r"|#(?:[A-Z][A-Z0-9_]{1,40}|[A-Za-z]\w{0,40}_\w{1,40})#"
    r"|\[(?P<bracketed>[\w .'/-]{1,60})\]"
)
_LIKELY = re.compile(r"[｛﹛%#@|\[<(]")


@rule("CX115", "foreign-placeholder", Severity.WARNING, kinds=("Template",))
def foreign_placeholder(document: Document, context: Context) -> Iterator[Hit]:  # noqa: ARG001
    """What looks like another system's placeholder, and would go out as it stands.

    What: `{first_name}`, `[Insert Date]`, `%NAME%`, `${x}`, `*|F|*`, `<<x>>`, `((x))`, `#NAME#`, `@@x@@`,
    `{% … %}` and braces of full width. A word in square brackets counts only where it is written as a name of
    such a field: [First Name], not [all] and not [Acme].

    Why: only {{ name }} is filled in. Everything else reaches customers as it was typed, mostly because the
    text was copied out of a mail tool or a draft; carriers take it for a sign of a careless sender (CTIA
    Messaging Principles and Best Practices, 2023-05, section 5.3).

    How to fix: write {{first_name}} and give it a budget in `variables`. If the signs are meant, change the
    wording, or waive the rule.

    Waive it: say what the signs mean to the reader, and that nothing was to be filled in.

    Fails:   content: "Hi {first_name}, see you at 5. Reply STOP to opt out."
    Passes:  content: "Hi {{first_name}}, see you at 5. Reply STOP to opt out."
    """
    content = text(document, "content")
    if content is None or (content.count("{") == 2 * content.count("{{") and not _LIKELY.search(content)):
        return
    read, places = as_read(PLACEHOLDER.sub(lambda match: "\n" * len(match[0]), content))
    found = [match for match in _FOREIGN.finditer(read) if _is_name(match["bracketed"])]
    if found:
        names = listed([quoted(match[0]) for match in found])
        yield Hit(
            f"Looks like another system's placeholder. Only {{{{name}}}} is filled in, and this goes out as it "
            f"stands: {names}. Write {{{{name}}}}, or change the wording.",
            ("content",),
            offset=places[found[0].start()],
        )


def _is_name(bracketed: str | None) -> bool:
    """Whether what stands in square brackets is written as a field's name; whatever is in none, is."""
    if bracketed is None:
        return True
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Za-z][a-z]*", bracketed)
    written = "_" in bracketed or all(word[0].isupper() for word in words)
    return written and any(word.lower() in _WORDS for word in words)
