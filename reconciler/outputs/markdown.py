"""GitHub-flavoured Markdown for a pull request: what must not be missed first, then detail as far as it fits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.outputs import _wording as wording
from reconciler.outputs._marks import cell, code, fenced, html
from reconciler.outputs.text import verdict
from reconciler.reports import Applied, Audited, Failed, Imported, Planned, Validated, counted, summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.model import Action, Finding, Plan, Result
    from reconciler.outputs import Look
    from reconciler.reports import Report

LIMIT = 60_000
"""Bytes of UTF-8: what a comment holds, with a margin for both readings of its 65,536 characters."""

ROWS = 20
NAMES = 20
LONGEST = 2_000


def render(report: Report, look: Look) -> str:  # noqa: ARG001  Markdown looks the same to everyone
    """The report, at most ``LIMIT`` bytes."""
    match report:
        case Planned():
            return _fitted(*_planned(report.plan))
        case Applied():
            return _fitted(list(_applied(report)), [], [], "result")
        case Validated():
            return _fitted([f"## {_validity(report)}", ""], list(_findings(report.findings)), [], "finding")
        case Failed():
            head = [
                "## Failed",
                "",
                *fenced("text", [wording.visible(x) for x in report.error.message[:8000].split("\n")]),
            ]
            return _fitted([*head, ""], list(_findings(report.error.findings)), [], "finding")
        case Audited():
            return _fitted([code(report.said, most=LONGEST), ""], [], [], "record")
        case Imported():
            written = [[f"- {code(one.id)} {' '.join(one.waivers)}".rstrip()] for one in report.written]
            left = [[f"- left out: {code(one.id)} {code(one.why)}"] for one in report.skipped]
            return _fitted(["## Imported", ""], [*written, *left], [], "document")


def _fitted(head: list[str], details: Sequence[list[str]], foot: list[str], what: str) -> str:
    """Head and foot whole; between them as many details as fit, and how many do not."""
    room = LIMIT - _bytes(head) - _bytes(foot) - 200
    kept: list[str] = []
    for number, detail in enumerate(details):
        room -= _bytes(detail)
        if room < 0:
            left = len(details) - number
            kept += [f"_{counted(left, what)} more left out here: {_WHERE}_", ""]
            break
        kept += detail
    return "\n".join([*head, *kept, *foot]).rstrip("\n") + "\n"


_WHERE = "the plan file and the job's text output have all of it."


def _bytes(lines: Sequence[str]) -> int:
    return sum(len(line.encode("utf-8", "replace")) + 1 for line in lines)


def _planned(plan: Plan) -> tuple[list[str], list[list[str]], list[str], str]:
    head = [
        f"## {verdict(plan).removesuffix('; no digest')}",
        "",
        *_where(plan),
        *_warnings(plan),
        *_table(plan),
    ]
    by_target: dict[str, list[Action]] = {}
    for action in plan.actions:
        by_target.setdefault(action.target, []).append(action)
    details = [list(_detail(target, actions, plan)) for target, actions in by_target.items()]
    others = tuple(finding for finding in plan.findings if finding.target not in by_target)
    return head, [*details, *_findings(others)], list(_foot(plan)), "object"


def _where(plan: Plan) -> Iterator[str]:
    if plan.base_url is None:
        yield "**Offline: the tenant was not asked.** These are the files against the base alone, not to be applied."
    else:
        yield f"Tenant {code(plan.base_url)}"
    if plan.targets:
        yield f"Narrowed to {_names(plan.targets)}"
    yield ""


def _warnings(plan: Plan) -> Iterator[str]:
    """What a reviewer must not miss, the worst first."""
    lines = [
        f"- :no_entry: **Guard `{guard.name}`**: {code(guard.message, most=400)}" for guard in plan.guards
    ]
    revoked = [action.target for action in plan.actions if action.operation == "revoke"]
    undone = [action.target for action in plan.actions if action.undoes]
    drifted = [action.target for action in plan.actions if action.cause in {"drift", "both"}]
    said = (
        (":rotating_light: **Revoked**", revoked),
        (
            ":leftwards_arrow_with_hook: **Undoes what is newer on the base branch** (merge it, or rebase)",
            undone,
        ),
        (":warning: **Not of this branch** (the tenant differs from what the base asked for)", drifted),
        (":hourglass: **Pending** (taken, not decided yet)", plan.pending),
        (":raised_hand: **Held** (somebody decided against it in the tenant)", plan.held),
        (":grey_question: **Secret not checked here** (applying this plan may rotate it)", plan.unchecked),
        (":see_no_evil: **Lists the tenant refused**", plan.unlisted),
    )
    lines += [f"- {words}: {_names(tuple(dict.fromkeys(names)))}" for words, names in said if names]
    lines += [f"- :unlock: **Relaxed**: {code(words, most=300)}" for words in (plan.relaxed or ())[:NAMES]]
    more = len(plan.relaxed or ()) - NAMES
    lines += [f"- :unlock: and {more} more relaxations"] if more > 0 else []
    lines += [f"- :information_source: {code(note, most=600)}" for note in plan.notes[:NAMES]]
    if lines:
        yield from lines
        yield ""


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    return ", ".join(code(name, most=130) for name in names[:NAMES]) + more


def _table(plan: Plan) -> Iterator[str]:
    if not plan.actions:
        return
    yield "| Phase | Action | Target | Fields | File |"
    yield "|---|---|---|---|---|"
    for action in plan.actions[:ROWS]:
        fields = cell(", ".join(change.field for change in action.changes))
        place = cell(f"{action.source.file}:{action.source.line}") if action.source is not None else ""
        cause = f" ({cell(action.cause)})" if action.cause is not None else ""
        yield f"| {cell(action.phase)} | {cell(action.operation)}{cause} | {cell(action.target)} | {fields} | {place} |"
    if len(plan.actions) > ROWS:
        yield ""
        yield f"_and {counted(len(plan.actions) - ROWS, 'more action', 'more actions')}_"
    yield ""


def _detail(target: str, actions: Sequence[Action], plan: Plan) -> Iterator[str]:
    operations = ", ".join(dict.fromkeys(action.operation for action in actions))
    yield f"<details><summary>{html(operations)} {html(target, most=160)}</summary>"
    yield ""
    for action in actions:
        yield from _changes(action)
    for finding in [finding for finding in plan.findings if finding.target == target][:NAMES]:
        yield _finding(finding)
    yield ""
    yield "</details>"
    yield ""


def _changes(action: Action) -> Iterator[str]:
    lines = []
    for change in action.changes:
        name = wording.visible(change.field)
        because = f"   ({wording.visible(change.cause)})" if change.cause is not None else ""
        if change.live is not None:
            lines.append(f"- {name}: {_text(wording.shown(change.live))}{because}")
        lines.append(f"+ {name}: {_text(wording.shown(change.desired))}{because}")
    yield from fenced("diff", lines)
    if action.sms is not None:
        yield f"SMS: {wording.sizes(action.sms)}"
    if action.unmanaged:
        yield ""
        yield "Live fields that no file manages, sent back as they are:"
        text = json.dumps(action.unmanaged, ensure_ascii=False, indent=2, sort_keys=True)
        yield from fenced("json", [_text(wording.visible(line)) for line in text.split("\n")[:100]])
    yield ""


def _text(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text) - LONGEST} more characters)"


def _findings(findings: Sequence[Finding]) -> Iterator[list[str]]:
    for finding in findings:
        yield [_finding(finding), ""]


def _finding(finding: Finding) -> str:
    place = code(f"{finding.file}:{finding.line}:{finding.column}")
    return f"- {place} **{finding.severity}** {code(finding.code)}: {code(finding.message, most=600)}"


def _foot(plan: Plan) -> Iterator[str]:
    if plan.digest is None:
        return
    yield "---"
    yield f"Digest `{plan.digest}`. Applied with `reconciler apply FILE` (the saved plan), or with"
    yield f"`reconciler apply --expect-digest {plan.digest.removeprefix('sha256:')}`: exactly this, or nothing."


def _applied(report: Applied) -> Iterator[str]:
    counts = [f"{number} {outcome}" for outcome, number in summary(report.results).items() if number]
    yield f"## {'Incomplete' if report.incomplete else 'Done'}: {', '.join(counts) or 'nothing to do'}"
    yield ""
    worst = sorted(report.results, key=lambda result: result.outcome in {"applied", "unchanged"})
    if worst:
        yield "| Outcome | Phase | Action | Target | Why |"
        yield "|---|---|---|---|---|"
        for result in worst[: 2 * ROWS]:
            yield _result(result)
        yield ""
        if len(worst) > 2 * ROWS:
            yield f"_and {len(worst) - 2 * ROWS} more_"
            yield ""
    for closed in report.closed[:NAMES]:
        yield f"- Closed: {code(closed)}"
    if report.audit_head is not None:
        yield f"Audit head {code(report.audit_head)}"


def _result(result: Result) -> str:
    why = cell(result.error, most=300) if result.error else ""
    return f"| **{result.outcome}** | {cell(result.phase)} | {cell(result.operation)} | {cell(result.target)} | {why} |"


def _validity(report: Validated) -> str:
    errors = sum(finding.severity == "error" for finding in report.findings)
    warnings = len(report.findings) - errors
    word = "Valid" if report.valid else "Invalid"
    checked = counted(report.documents, "document")
    return f"{word}: {checked} checked; {counted(errors, 'error')}, {counted(warnings, 'warning')}"
