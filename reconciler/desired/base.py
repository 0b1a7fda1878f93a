"""The desired state at another commit: read like the files of the working tree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.core.model import Policy
from reconciler.desired.campaigns import by_name
from reconciler.desired.discovery import Unreadable, text_of
from reconciler.desired.load import target_of
from reconciler.desired.partial import judge
from reconciler.desired.policy import policy_of
from reconciler.desired.schema import problems
from reconciler.desired.state import asked_for
from reconciler.desired.yaml_reader import read
from reconciler.kinds import discover
from reconciler.rules import Context
from reconciler.rules import discover as rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.core.model import Desired, Document, Finding
    from reconciler.desired.git_base import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseState:
    """One commit's desired state, as far as its files could be read: what is broken there asks for nothing."""

    desired: Mapping[tuple[str, str], Desired]
    documents: tuple[Document, ...]
    policy: Policy


def at(snapshot: Snapshot) -> BaseState:
    """The desired state of the snapshot's files."""
    documents = tuple(_sound(snapshot))
    asked = asked_for(reversed(documents), by_name(documents), discover().values())
    policies = [policy_of(document) for document in documents if document.kind == "Policy"]
    return BaseState(
        desired={(item.kind, item.target): item for item in asked},
        documents=documents,
        policy=policies[0] if policies else Policy(),
    )


def marked(findings: Sequence[Finding], base: BaseState, *, today: str, sandbox: bool) -> tuple[Finding, ...]:
    """The findings with whether they are new since the base, those first. ``today`` is an ISO date (UTC)."""
    context = Context(policy=base.policy, today=today, sandbox=sandbox)
    known = {
        (target_of(document), found.code, found.message)
        for document in base.documents
        for found in judge(document, frozenset(), context)
    }
    told = (
        replace(one, new=(one.target, one.code, one.message) not in known) if one.code in rules() else one
        for one in findings
    )
    return tuple(sorted(told, key=lambda one: not one.new))


def _sound(snapshot: Snapshot) -> Iterator[Document]:
    for file in sorted(snapshot.files):
        try:
            text = text_of(snapshot.files[file])
        except Unreadable:
            continue
        for document in read(text, file, lambda: 0.0).documents:
            if not problems(document):
                yield document
