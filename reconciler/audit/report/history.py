"""What an audit log tells: the nouns of ``audit report`` (help report), in the JSON's order.

Times are RFC 3339, UTC, milliseconds; ``seq`` is a record's number. What grows with the log is a lazy ``Sequence``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.core.model import Change, Source, Value, Waiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Whether the log is as it was written: from record ``begins`` on ``records`` hold; ``beyond`` lines stand behind
    the break ``broken``. ``expected`` is the head that the log had to contain, ``found`` whether it does; ``lacking``
    files were not there."""

    records: int
    begins: int
    head: str | None
    first: str | None
    last: str | None
    broken: str | None
    beyond: int
    torn: bool
    lacking: tuple[str, ...]
    expected: str | None
    found: bool | None

    @property
    def intact(self) -> bool:
        """Whether chain and expected head hold. A torn last line is what a crash leaves, and no tampering."""
        return self.broken is None and self.found is not False


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What the environment asserted of the review."""

    pull_request: str | None = None
    approvers: tuple[str, ...] = ()
    run: str | None = None
    reason: str | None = None

    @property
    def named(self) -> bool:
        """Whether it names approvers or a pull request."""
        return self.pull_request is not None or bool(self.approvers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What git or the CI system said of the files."""

    commit: str | None = None
    ref: str | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One outcome (``event`` ``outcome``), or what a person recorded as in place (``accepted``).

    ``content`` is the text with the hash ``content_sha256``, where the log has it. ``reviewed`` is the ``seq`` of the
    review record that allowed it. ``closes``: this run found out how the write of an earlier one ended. ``undone`` are
    the fields that it put back to what the log had confirmed before.
    """

    seq: int
    hash: str
    at: str
    run_id: str
    event: str
    phase: str
    operation: str
    target: str
    outcome: str
    status: str | None = None
    content_sha256: str | None = None
    content: str | None = None
    changes: tuple[Change, ...] = ()
    review: Review | None = None
    operator_id: str | None = None
    git: Commit | None = None
    source: Source | None = None
    plan_digest: str | None = None
    reviewed: int | None = None
    closes: bool
    attempts: int | None = None
    latency_ms: int | None = None
    carrier_ready: bool | None = None
    waivers: tuple[Waiver, ...] = ()
    updated_at: str | None = None
    error: str | None = None
    doubt: bool
    delivered: bool
    reason: str | None = None
    undone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What a run found a template to show, where the log last knew otherwise; ``state`` is as in ``Period``."""

    seq: int
    hash: str
    at: str
    state: str
    status: str
    content_sha256: str | None = None
    content: str | None = None
    operator_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What is not done. ``state``: the last outcome's, or ``begun`` (no outcome) or ``reviewed`` (not begun)."""

    state: str
    phase: str
    operation: str
    target: str
    seq: int
    at: str
    operator_id: str | None = None
    review: Review | None = None
    plan_digest: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """Drift that was undone: record ``confirmed`` had confirmed ``restored``, then the tenant showed ``found``."""

    phase: str
    target: str
    field: str
    found: Value
    restored: Value
    confirmed: int
    confirmed_at: str
    seq: int
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """An outcome whose fate the tenant could not tell. ``settled`` is the later record that made it certain."""

    entry: Entry
    settled: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """A waiver as last recorded, and how it stands on the report's day: ``in force``, ``ending``, ``expired``."""

    waiver: Waiver
    state: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Percentiles by nearest rank over ``count`` runs of a template, in milliseconds."""

    count: int
    p50: int
    p90: int
    p99: int
    longest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A time in which a template was known to be ``approved``, ``pending``, ``held`` or ``off`` (another status)."""

    state: str
    began: str
    ended: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template's history. ``name`` is its own, where the log has it.

    ``approved`` is the outcome by which it was last known to be live and approved, ``confirmed`` the last approval,
    revocation or change that took effect, whatever came after it; ``drifted`` is the last sighting, where by that the
    tenant shows something else than ``confirmed``. ``approvals``, ``registrations`` (all else that is done for it) and
    what was ``seen`` are those of the report's time; ``periods`` go back to the log's beginning.
    """

    id: str
    name: str | None = None
    approved: Entry | None
    confirmed: Entry | None
    drifted: Sighting | None = None
    carrier_ready: bool
    waivers: tuple[Excuse, ...] = ()
    periods: tuple[Period, ...] = ()
    latency: Latency | None = None
    approvals: Sequence[Entry] = ()
    registrations: Sequence[Entry] = ()
    seen: Sequence[Sighting] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """One other object's history. ``confirmed`` is the record by which it was last known to be in place."""

    phase: str
    target: str
    confirmed: Entry | None
    waivers: tuple[Excuse, ...] = ()
    entries: Sequence[Entry] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHistory:
    """One run of the tool: how many actions it recorded as reviewed, what it did, how many records it delivered;
    ``seqs`` are its entries' records, ``seen`` counts the templates that it found changed in the tenant."""

    run_id: str
    began: str
    ended: str
    operator_id: str | None
    review: Review | None
    git: Commit | None
    plan_digest: str | None
    reviewed: int
    entries: Sequence[Entry]
    seqs: Sequence[int]
    delivered: int
    unfinished: int
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """What the log tells of one tenant; ``base_url`` is where its calls went last."""

    tenant: str
    base_url: str
    templates: tuple[Template, ...] = ()
    objects: tuple[Object, ...] = ()
    open: tuple[Open, ...] = ()
    undone: Sequence[Undone] = ()
    doubts: tuple[Doubt, ...] = ()
    undelivered: Sequence[Entry] = ()
    latency: Latency | None = None
    runs: Sequence[RunHistory] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """One thing that needs a person's attention. ``kind`` is one of ``attention.KINDS``.

    ``detail`` is a waiver's rule and last day, the number of undelivered records, the expected head, or of a drift how
    the template was left and how it was seen.
    """

    kind: str
    tenant: str | None = None
    phase: str | None = None
    target: str | None = None
    seq: int | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Points of one kind in one tenant that are said once: about one phase, or one rule and day."""

    kind: str
    tenant: str | None
    phase: str | None
    detail: str | None
    attention: tuple[Attention, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A whole report. ``day`` is the one on which waivers are judged; ``since`` and ``until`` are its period's;
    ``only`` are the templates that were asked for, none: everything."""

    generated_at: str
    day: str
    since: str | None = None
    until: str | None = None
    only: tuple[str, ...] = ()
    log: str
    chain: Chain
    attention: tuple[Attention, ...] = ()
    tenants: tuple[Tenant, ...] = ()
