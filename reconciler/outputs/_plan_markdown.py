"""A plan for a pull request: verdict, what must not be missed, a table, each object's difference, how to apply.

Every part has its room, so that whatever stands in a plan the whole is at most ``LIMIT`` bytes: names, rows and
details are left out from the end, and counted; the counts themselves are never left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.outputs._marks import bytes_of, cell, code, filled, some, whole, word
from reconciler.outputs._plan_details import FIELDS, details
from reconciler.outputs._planned import aside, undone, verdict
from reconciler.outputs._results import counted
from reconciler.plan.offline import BANNER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.model import Action, Plan

LIMIT = 60_000
"""Bytes of UTF-8: what a comment holds, with a margin for both readings of its 65,536 characters."""

ROWS = 20
_ROOM = {"box": 7_500, "table": 11_000, "slack": 1_500}
_ELSEWHERE = "the saved plan and the text output have all of it."


def render(plan: Plan) -> str:
    """The whole comment."""
    head = [f"## {verdict(plan).removesuffix('; no digest')}", "", *_where(plan)]
    head += _box("CAUTION", list(_caution(plan)), "more guards")
    head += _box("WARNING", list(_warnings(plan)), "more")
    head += _box("IMPORTANT", list(_relaxed(plan)), "more")
    head += _box("NOTE", [code(note, most=900) for note in plan.notes if note != BANNER], "more notes")
    head += _table(plan)
    foot = list(_foot(plan))
    total, blocks = details(_ranked(plan), plan.findings)
    room = LIMIT - bytes_of([*head, *foot]) - _ROOM["slack"]
    return whole([*head, *filled(blocks, total, room, _left_out), *foot])


def _left_out(number: int) -> list[str]:
    return [f"_{counted(number, 'more entry', 'more entries')} left out here: {_ELSEWHERE}_", ""]


def _where(plan: Plan) -> Iterator[str]:
    if plan.base_url is None:
        yield f"**Offline.** {BANNER}"
    else:
        yield f"Tenant {code(plan.base_url)}"
    if plan.targets:
        yield ""
        yield f"Narrowed to {some(plan.targets)}"
    yield ""


def _caution(plan: Plan) -> Iterator[str]:
    """What is refused without a flag or a review, and what takes somebody's work back."""
    guarded = {target for guard in plan.guards if guard.name == "revoke" for target in guard.targets}
    for guard in plan.guards:
        concerned = f" Concerns {len(guard.targets)}: {some(guard.targets)}" if guard.targets else ""
        yield f"**Guard** {code(guard.name)}: {code(guard.message, most=600)}{concerned}"
    revoked = [action.target for action in plan.actions if action.operation == "revoke"]
    if not guarded.issuperset(revoked):
        yield f"**Revoked: {len(revoked)}.** {some(revoked)}"
    if undone(plan):
        newer = "The base branch has something newer: merge it, or rebase."
        yield f"**Undoes the base branch: {len(undone(plan))}.** {newer} {some(undone(plan))}"


def _warnings(plan: Plan) -> Iterator[str]:
    """Boxes for objects without an action that are not as the files ask, or unknown."""
    for label, names, meaning in aside(plan, ("held", "pending", "unchecked", "unlisted")):
        if names:
            yield f"**{label}: {len(names)}.** {meaning[0].upper()}{meaning[1:]}. {some(names)}"
    if plan.findings:
        by_severity = [
            counted(number, str(severity))
            for severity in ("error", "warning")
            if (number := sum(finding.severity == severity for finding in plan.findings))
        ]
        yield f"**Findings: {', '.join(by_severity)}.**"


def _relaxed(plan: Plan) -> Iterator[str]:
    if plan.relaxed:
        yield f"**Rules made easier by this branch: {len(plan.relaxed)}**"
        yield from (code(words, most=400) for words in plan.relaxed)


def _box(kind: str, items: Sequence[str], noun: str) -> list[str]:
    """A box in the colour of its kind; elsewhere than on GitHub a quote that begins with the word."""
    if not items:
        return []
    blocks = ([f"> - {item}"] for item in items)
    lines = filled(blocks, len(items), _ROOM["box"], lambda number: [f"> - and {number} {noun}"])
    return [f"> [!{kind}]", *lines, ""]


def _ranked(plan: Plan) -> list[Action]:
    """Revocations and what undoes the base branch first: the plan's order is that of doing, not of looking."""
    return sorted(plan.actions, key=lambda action: (action.operation != "revoke", not action.undoes))


def _table(plan: Plan) -> list[str]:
    if not plan.actions:
        return []
    rows = ([_table_row(action, causes=plan.relaxed is not None)] for action in _ranked(plan))
    cause = (" Cause |", "---|") if plan.relaxed is not None else ("", "")
    return [
        f"| Action | Target | Fields |{cause[0]}",
        f"|---|---|---|{cause[1]}",
        *filled(rows, len(plan.actions), _ROOM["table"], _and_more, most=ROWS),
        "",
    ]


def _and_more(number: int) -> list[str]:
    return ["", f"_and {number} more_"]


def _table_row(action: Action, *, causes: bool) -> str:
    fields = ", ".join(word(change.field) for change in action.changes[:FIELDS])
    more = f" and {len(action.changes) - FIELDS} more" if len(action.changes) > FIELDS else ""
    cause = f" {word(action.cause) if action.cause is not None else ''} |" if causes else ""
    operation = f"**{action.operation}**" if action.operation == "revoke" else word(action.operation)
    what = f"{operation} ({word(action.phase)})"
    return f"| {what} | {cell(action.target)} | {fields}{more} |{cause}"


def _foot(plan: Plan) -> Iterator[str]:
    if plan.digest is None:
        return
    sandbox = " --sandbox" if plan.base_url == "sandbox" else ""
    yield "---"
    yield f"Digest `{plan.digest}`"
    if plan.actions or plan.unchecked:
        digits = plan.digest.removeprefix("sha256:")[:12]
        yield ""
        yield f"Apply exactly this with `reconciler apply{sandbox} FILE`, where FILE is the saved plan,"
        narrowed = " and the same `--target`" if plan.targets else ""
        yield f"or with `reconciler apply{sandbox} --expect-digest {digits}`{narrowed}."
