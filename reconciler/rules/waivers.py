"""Waivers: which are in force, and the rules about them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from reconciler.core.model import Document, Severity, Waiver
from reconciler.core.suggest import nearest
from reconciler.rules._base import Context, Hit, quoted, rule
from reconciler.rules._registry import discover

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTICE_DAYS = 14
NEVER_WAIVED = "CX106"

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def waivers_in_force(document: Document, today: str) -> tuple[Waiver, ...]:
    """The document's waivers that count today (ISO date, UTC), sorted; the day ``expires`` is included."""
    if not document.body.get("waivers"):
        return ()
    valid = [waiver for _, waiver in _waivers(document) if _counts(waiver, today)]
    return tuple(sorted(valid, key=lambda waiver: (waiver.rule, waiver.expires, waiver.reason)))


def _waivers(document: Document) -> Iterator[tuple[int, Waiver]]:
    """Every waiver with its index; what is no waiver at all is the schema's to find."""
    written = document.body.get("waivers")
    for index, item in enumerate(written if isinstance(written, (list, tuple)) else ()):
        if isinstance(item, Mapping):
            values = {key: str(item.get(key, "")) for key in ("rule", "reason", "expires")}
            yield index, Waiver(**values)


def _counts(waiver: Waiver, today: str) -> bool:
    expires = _date(waiver.expires)
    return expires is not None and expires >= date.fromisoformat(today) and _waivable(waiver.rule)


def _waivable(code: str) -> bool:
    return code != NEVER_WAIVED and code in discover()


def _date(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if _ISO_DATE.fullmatch(written) else None
    except ValueError:
        return None


@rule("CX106", "waiver", Severity.ERROR, kinds=("Template", "Webhook", "Campaign"))
def waiver(document: Document, context: Context) -> Iterator[Hit]:
    """A waiver that has expired, that names no rule that can be waived, or that is about to expire.

    What: a waiver excuses one document from one rule until the end of the day `expires` (UTC). After that day
    it waives nothing, and the finding it hid comes back. In the 14 days before, this is only a warning. A
    rule that does not exist, a loading error (CX0xx) and CX106 itself cannot be waived.

    Why: an exception that a carrier or counsel granted is granted for a time and for a reason. An exception
    without an end becomes the rule. This check cannot be waived, nor its severity changed in the Policy.

    How to fix: make the template comply and drop the waiver; or have the exception renewed, and write the
    new date and its reason. The change is then reviewed like any other.

    Waive it: it cannot be waived.

    Fails (on 2027-07-01):   waivers: [{rule: CX103, reason: Carrier exception 1182, expires: 2027-06-30}]
    Passes (on 2027-05-30):  waivers: [{rule: CX103, reason: Carrier exception 1182, expires: 2027-06-30}]
    """
    if not document.body.get("waivers"):
        return
    today = date.fromisoformat(context.today)
    for index, one in _waivers(document):
        if not _waivable(one.rule):
            yield Hit(_unknown(one.rule), ("waivers", index, "rule"))
        elif (hit := _dated(one, today)) is not None:
            message, severity = hit
            yield Hit(message, ("waivers", index, "expires"), severity=severity)


def _unknown(code: str) -> str:
    if code == NEVER_WAIVED:
        return "Waiver for a rule that cannot be waived. CX106 is what keeps waivers honest: remove this one."
    if re.fullmatch(r"CX0[0-9]{2}", code):
        return f"Waiver for a rule that cannot be waived. {code} is about the file itself: fix the file."
    known = sorted(set(discover()) - {NEVER_WAIVED})
    near = nearest(code, known)
    hint = f"Did you mean {near}?" if near else f"It must be one of {', '.join(known)}."
    return f"Waiver for an unknown rule. There is no rule {quoted(code)}, so nothing is waived. {hint}"


def _dated(one: Waiver, today: date) -> tuple[str, Severity] | None:
    expires = _date(one.expires)
    if expires is None:
        what = f"Waiver without a valid date. {quoted(one.expires)} is not a date such as 2027-06-30"
        return f"{what}, so {one.rule} is not waived.", Severity.ERROR
    left = (expires - today).days
    if left < 0:
        what = f"Expired waiver. It waived {one.rule} until {one.expires} and waives nothing now"
        return (
            f"{what}: make the document comply and remove it, or have the exception renewed.",
            Severity.ERROR,
        )
    if left <= NOTICE_DAYS:
        when = f"in {left} day{'s' if left != 1 else ''}" if left else "at the end of today"
        what = f"Waiver about to expire. {one.rule} is waived until {one.expires}, which ends {when} (UTC)"
        return f"{what}: make the document comply, or have the exception renewed.", Severity.WARNING
    return None


@rule("CX110", "unused-waiver", Severity.WARNING, kinds=("Template", "Webhook", "Campaign"), last=True)
def unused_waiver(document: Document, context: Context) -> Iterator[Hit]:
    """A waiver that waives nothing.

    What: the document is excused from a rule that it does not break. The waiver is in force, but there is
    nothing for it to waive.

    Why: such a waiver hides the next finding of that rule, which nobody has looked at and nobody agreed to.
    An auditor who reads it also believes in an exception that does not exist.

    How to fix: remove the waiver. If the rule was waived because of another finding, find out where that
    went.

    Waive it: say which finding is expected to come back, and when.

    Fails:   content: "Acme: see you at 5. Reply STOP to opt out."
             waivers: [{rule: CX103, reason: Carrier exception 1182, expires: 2027-06-30}]
    Passes:  the same without `waivers`
    """
    in_force = [(index, one) for index, one in _waivers(document) if _counts(one, context.today)]
    unused = [(index, one) for index, one in in_force if one.rule not in context.fired | {"CX110"}]
    own = [(index, one) for index, one in in_force if one.rule == "CX110"]
    if own:
        # A waiver for this very rule excuses the others, and is itself unused when there are none.
        unused = [] if unused else own
    for index, one in unused:
        yield Hit(
            f"Waiver that waives nothing. {one.rule} has nothing against this document: remove the waiver, "
            "or it will hide the next such finding unseen.",
            ("waivers", index),
        )
