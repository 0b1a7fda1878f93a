"""Reports: the results of commands, as data. Every format is a pure function of one of these."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from reconciler.audit.report.history import History
from reconciler.core.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.core.errors import ReconcilerError
    from reconciler.core.model import Finding, Measure, Plan
    from reconciler.core.outcome import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized:
    """One template of the desired state and its size."""

    id: str
    file: str
    line: int
    measure: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """What ``validate`` found. ``texts`` holds source lines for carets: by file, its text.

    ``fixable`` of the findings can be fixed without asking; ``fixed`` were, null where that was not asked for.
    ``statistics``: not each finding is told, but how many there are of each rule.
    """

    valid: bool
    findings: tuple[Finding, ...]
    templates: tuple[Sized, ...]
    documents: int
    fixable: int = 0
    fixed: int | None = None
    statistics: bool = False
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan to show. ``commit`` and ``run`` are where it was made, as far as the environment says it.

    ``file`` is where it was saved, if it comes from there, ``saved`` where it is saved now. ``options`` are what the
    next command needs of this one's.
    ``asked``: the reader is about to be asked whether to apply it.
    """

    plan: Plan
    texts: Mapping[str, str] = field(default_factory=dict)
    commit: str | None = None
    run: str | None = None
    file: str | None = None
    saved: str | None = None
    options: tuple[str, ...] = ()
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How an apply ended. ``closed`` are sentences about what earlier runs left open and this one closed; ``onward``
    is the command that goes on.
    """

    plan_digest: str | None
    audit_head: str | None
    results: tuple[Result, ...]
    closed: tuple[str, ...] = ()
    onward: str = "reconciler apply --continue"

    @property
    def verdict(self) -> str:
        """Done, or what is left: Waiting where the carrier or a person in the tenant has all of it."""
        left = [result.outcome for result in self.results if not result.outcome.good]
        if not left:
            return "Done"
        return "Waiting" if all(outcome.waits for outcome in left) else "Incomplete"

    def next_step(self, onward: str) -> str:
        """What to do about what is left, empty where nothing is; ``onward`` as the format shows a command."""
        left = {result.outcome for result in self.results if not result.outcome.good}
        steps = []
        if left & {Outcome.FAILED, Outcome.BLOCKED, Outcome.PENDING}:
            when = ", with the pending once their carrier has decided" if Outcome.PENDING in left else ""
            steps.append(f"{onward} goes on with what was reviewed{when}.")
        if left & {Outcome.CONFLICT, Outcome.UNREVIEWED}:
            steps.append("What is in conflict or unreviewed needs a new plan and its review.")
        if Outcome.HELD in left:
            steps.append("What is held waits until its document changes, or the tenant's status.")
        return " ".join(steps)

    @property
    def incomplete(self) -> bool:
        """Whether an action ended without the tenant being as its document asks (exit code 3)."""
        return any(not result.outcome.good for result in self.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What an audit command did: ``said`` in words, ``head`` the log's last hash."""

    said: str
    head: str | None
    records: int
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One document that an import wrote; ``waivers`` are the rules that it is excused from.

    ``waiting`` is the tenant's status of a template on its way to APPROVED, which its document asks for.
    """

    id: str
    file: str
    waivers: tuple[str, ...] = ()
    waiting: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Something live that an import left alone, and why."""

    id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unset:
    """A webhook and the variable that is to hold its secret."""

    url: str
    variable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What ``import`` did. ``expires`` is the waivers' last day, ``plan`` the command that shows what it comes to."""

    written: tuple[Written, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    secrets: tuple[Unset, ...] = ()
    notes: tuple[str, ...] = ()
    expires: str = ""
    plan: str = ""

    @property
    def shows(self) -> str:
        """What a plan right after shows."""
        waiting = sum(one.waiting is not None for one in self.written)
        if not waiting:
            return "shows nothing to do"
        return f"shows {waiting} to approve, on the way there already, and nothing else"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """Something that is left to a person: what, why or how, and lines to copy, which are never broken or set in."""

    title: str
    why: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidDown:
    """What ``init`` did. ``branch`` is the audit log's; it ``was`` made, extended by a tenant's file, or kept."""

    folder: str
    written: tuple[str, ...]
    kept: tuple[str, ...]
    branch: str
    was: str
    steps: tuple[NextStep, ...]

    @property
    def nothing(self) -> bool:
        """Whether all of it was there already."""
        return not self.written and self.was == "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A webhook that is to be believed. ``timestamp`` in seconds since 1970, ``signed_at`` the same in RFC 3339.

    ``age`` in seconds, negative where it is ahead; ``secret`` names the source of the secret that signed it.
    """

    id: str
    timestamp: int
    signed_at: str
    age: int
    secret: str

    @property
    def said(self) -> str:
        """The verdict in one line."""
        age = f"{self.age} s old" if self.age >= 0 else f"{-self.age} s ahead"
        return f"Believed: {self.id}, signed at {self.signed_at} ({age}) with the secret of {self.secret}."


class CheckState(StrEnum):
    """How a check ended. What was not tried, or could not be, is skipped."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that ``doctor`` looked at: what it found, and how to fix it, empty where nothing is to do."""

    group: str
    name: str
    state: CheckState
    found: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """All that ``doctor`` found, in groups. ``base_url`` is null where the settings do not say it."""

    base_url: str | None
    checks: tuple[Check, ...]

    @property
    def ready(self) -> bool:
        """Whether no check found a problem; warnings do not count."""
        return not self.counts()["problem"]

    def counts(self) -> dict[str, int]:
        """How many checks ended in each state."""
        return {str(state): sum(check.state == state for check in self.checks) for state in CheckState}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the reference; without a ``topic`` the list of topics."""

    topic: str | None
    markdown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An error that ended the command."""

    error: ReconcilerError
    texts: Mapping[str, str] = field(default_factory=dict)


Report = (
    Validated
    | Planned
    | Applied
    | Audited
    | Imported
    | LaidDown
    | Verified
    | Examined
    | History
    | Page
    | Failed
)


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """``1 template``, ``2 templates``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def summary(results: Sequence[Result]) -> dict[str, int]:
    """How many results there are of each outcome, in the order of ``Outcome``."""
    counts = dict.fromkeys(map(str, Outcome), 0)
    for result in results:
        counts[result.outcome] += 1
    return counts
