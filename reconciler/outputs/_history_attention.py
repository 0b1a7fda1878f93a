"""What needs attention, in plain words: what is alike is said once. Foreign text is not made visible yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.kinds import by_phase, conditional
from reconciler.outputs._history_words import named
from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from reconciler.audit.report.history import Group
    from reconciler.outputs._history_words import Names

_MOST = 10
"""Names that a group has in a line."""


def what(group: Group, known: Names) -> str:
    """What is the matter, and what to do about it; what is alike is said once, with its number."""
    first, number = group.attention[0], len(group.attention)
    one, many = _CONCERNS[group.kind]
    kind = by_phase().get(group.phase or "")
    noun = kind.noun if kind is not None else group.phase or conditional().noun
    target = named(first.target, known.get((first.tenant, first.target)))
    name, _, ends = (group.detail or "").partition(" ")
    return (one if number == 1 else many).format(
        what=f"{noun} {target}",
        target=target,
        number=number,
        many=counted(number, noun),
        detail=group.detail,
        rule=name,
        day=ends,
        seq=first.seq,
    )


_CONCERNS = {
    "chain": (
        "The log is damaged from record {seq} on. Compare it with a copy, and find out who could write to it.",
    )
    * 2,
    "head": (
        "The record {detail}, kept elsewhere as the log's head, is not in this log. Compare it with a copy.",
    )
    * 2,
    "doubt": (
        "Nobody can say whether a change of the {what} reached the tenant. Look at it in the console.",
        "Nobody can say whether changes of {many} reached the tenant. Look at them in the console.",
    ),
    "begun": (
        (
            "A change of the {what} was begun, and how it ended is not recorded. The next run of reconciler apply "
            "finds out what became of it."
        ),
        (
            "Changes of {many} were begun, and how they ended is not recorded. The next run of reconciler apply "
            "finds out what became of them."
        ),
    ),
    "failed": (
        "The last change of the {what} failed. Its entry says why.",
        "The last changes of {many} failed. Their entries say why.",
    ),
    "blocked": (
        "The last change of the {what} was blocked. Its entry says by what.",
        "The last changes of {many} were blocked. Their entries say by what.",
    ),
    "conflict": (
        (
            "The last change of the {what} was stopped, because somebody had changed it in the tenant. Nothing was "
            "overwritten: plan and review again."
        ),
        (
            "The last changes of {many} were stopped, because somebody had changed them in the tenant. Nothing was "
            "overwritten: plan and review again."
        ),
    ),
    "held": (
        "The {what} is held: a person decided against it in the tenant (rejected, suspended or the like).",
        "{many} are held: a person decided against them in the tenant (rejected, suspended or the like).",
    ),
    "drift": (
        "The {what} was {detail}. Find out who changed it there; reconciler plan shows how it is now.",
        "{many} were {detail}. Find out who changed them there; reconciler plan shows how they are now.",
    ),
    "expired": (
        "The exemption of {target} from rule {rule} ended on {day}.",
        "{number} exemptions from rule {rule} ended on {day}.",
    ),
    "ending": (
        "The exemption of {target} from rule {rule} ends on {day}.",
        "{number} exemptions from rule {rule} end on {day}.",
    ),
    "not-ready": (
        "{target} is approved, but not ready for carriers: a rule is broken, or it is not registered.",
        "{many} are approved, but not ready for carriers: a rule is broken, or they are not registered.",
    ),
    "undelivered": (
        (
            "The tenant's own audit log lacks {detail} of these records. They are safe here; the next run of "
            "reconciler apply or reconciler audit publish sends them."
        ),
    )
    * 2,
    "unnamed": (
        "The last change of {target} that took effect names neither an approver nor a pull request.",
        "The last changes of {many} that took effect name neither an approver nor a pull request.",
    ),
    "lacking": (
        "{detail} is missing: the log goes on from that file. Nothing that stands there is in this report.",
    )
    * 2,
    "torn": (
        (
            "The last line of the log was cut off by a crash. The next run of reconciler apply sets it aside; no "
            "record that was confirmed is lost."
        ),
    )
    * 2,
}
"""By kind: of one, and of many."""


def who(group: Group, known: Names) -> str:
    """Who or what points that are alike are about, the first of them, and how many more there are."""
    said = [
        f"{named(one.target, known.get((one.tenant, one.target)))}, record {one.seq}"
        for one in group.attention[:_MOST]
    ]
    more = len(group.attention) - _MOST
    return "; ".join([*said, f"and {more} more"] if more > 0 else said)
