"""A plan for a pull request: verdict, what must not be missed, a table, each object's difference, how to apply.

Every part has its room, so that whatever stands in a plan the whole is at most ``LIMIT`` bytes: names, rows and
details are left out from the end, and counted; the counts themselves are never left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.outputs._grouping import groups
from reconciler.outputs._marks import bytes_of, cell, code, filled, some, whole, word
from reconciler.outputs._plan_details import FIELDS, details
from reconciler.outputs._planned import aside, claimed, undone, verdict
from reconciler.outputs._results import counted
from reconciler.plan.offline import BANNER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.model import Plan
    from reconciler.outputs._grouping import TargetGroup
    from reconciler.outputs._plan_details import Section
    from reconciler.outputs._results import Planned

LIMIT = 60_000
"""Bytes of UTF-8: what a comment holds, with a margin for both readings of its 65,536 characters."""

ROWS = 20
_ROOM = {"box": 7_500, "table": 11_000, "slack": 1_500, "left out": 2_000}
_ELSEWHERE = (
    "The saved plan has all of it: `reconciler show FILE` prints it, as does the log of the run that made it."
)


def render(report: Planned) -> str:
    """The whole comment."""
    plan = report.plan
    found = groups(plan.actions)
    top = [f"## {verdict(plan)}", "", *_where(plan)]
    boxes = _box("CAUTION", list(_caution(plan)), "more guards")
    boxes += _box("WARNING", list(_warnings(plan)), "more")
    boxes += _box("IMPORTANT", list(_relaxed(plan)), "more")
    boxes += _box("NOTE", [code(note, most=900) for note in plan.notes if note != BANNER], "more notes")
    boxes += _table(plan, found)
    foot = list(_foot(report))
    room = LIMIT - bytes_of([*top, *boxes, *foot]) - _ROOM["slack"] - _ROOM["left out"]
    kept, left = _fitting(details(plan, found), room)
    return whole([*top, *_left_out(left), *boxes, *kept, *foot])


def _fitting(blocks: Iterator[Section], room: int) -> tuple[list[str], list[str]]:
    """The lines of the blocks that fit, and the names that are not in them; after the first that does not, none."""
    kept: list[str] = []
    left: list[str] = []
    for block in blocks:
        lines = list(block.lines()) if room >= 0 else []
        room -= bytes_of(lines)
        if room < 0:
            left += block.names
        else:
            kept += lines
            left += block.names[block.named :]
    return kept, left


def _left_out(names: Sequence[str]) -> list[str]:
    """At the top, for nobody reviews what is not on the page."""
    if not names:
        return []
    number = counted(len(names), "object is", "objects are")
    return [f"**{number} not shown here, for want of room**: {some(names)}. {_ELSEWHERE}", ""]


def _where(plan: Plan) -> Iterator[str]:
    if plan.tenant is None:
        yield f"**Offline.** {BANNER}"
    else:
        yield f"Tenant {code(str(plan.tenant))}"
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


def _table(plan: Plan, found: Sequence[TargetGroup]) -> list[str]:
    if not found:
        return []
    rows = ([_table_row(group, causes=plan.relaxed is not None)] for group in found)
    cause = (" Cause |", "---|") if plan.relaxed is not None else ("", "")
    return [
        f"| Action | Target | Fields |{cause[0]}",
        f"|---|---|---|{cause[1]}",
        *filled(rows, len(found), _ROOM["table"], _and_more, most=ROWS),
        "",
    ]


def _and_more(number: int) -> list[str]:
    return ["", f"_and {number} more_"]


def _table_row(group: TargetGroup, *, causes: bool) -> str:
    changed = list(dict.fromkeys(change.field for action in group.actions for change in action.changes))
    fields = ", ".join(map(word, changed[:FIELDS]))
    more = f" and {len(changed) - FIELDS} more" if len(changed) > FIELDS else ""
    caused = dict.fromkeys(action.cause for action in group.actions if action.cause is not None)
    cause = f" {', '.join(map(word, caused))} |" if causes else ""
    what = ", ".join(f"**{name}**" if name == "revoke" else word(name) for name in group.operations)
    many = len(group.targets) > 1
    target = f"{len(group.targets)} alike, {cell(group.targets[0])} …" if many else cell(group.targets[0])
    return f"| {what} | {target} | {fields}{more} |{cause}"


def _foot(report: Planned) -> Iterator[str]:
    """What a reviewer's approval stands for; the commands are for those who type, in the text output."""
    plan = report.plan
    if plan.digest is None and report.file is None:
        return
    yield ""
    yield "---"
    if report.file is not None:
        yield claimed(plan, code(report.file))
        yield ""
    if plan.digest is None:
        return
    yield f"Digest `{plan.digest}`"
    if plan.actions or plan.unchecked:
        yield ""
        yield f"Approving this commit is approving exactly this on {code(str(plan.tenant))}: nothing else will be done."
    made = [
        f"{label} {code(value)}" for label, value in (("commit", report.commit), ("run", report.run)) if value
    ]
    if made:
        yield ""
        yield f"Planned at {', '.join(made)}."
