"""The nouns of the program as frozen values: documents, findings, desired and live objects, actions, plans."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = Any
"""A JSON value as ``json.loads`` gives it."""

Value = str | int | bool | None | tuple[str, ...]
"""A compared field's value; a tuple is a set, sorted."""

Key = tuple[str, str]
"""A kind's name and a target."""

Path = tuple[str | int, ...]
"""A place in a document's body: mapping keys and list indexes, from the top."""

SECRET = "(secret)"  # noqa: S105  what stands in a secret's place
"""Stands for a secret's value in plans, records and reports."""

APPROVED = "APPROVED"


class Severity(StrEnum):
    """How much a finding matters: an error stops the run."""

    ERROR = "error"
    WARNING = "warning"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """Where a secret is to be had: ``source`` is ``env`` or ``file``. The value itself is never in here."""

    source: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One YAML document. ``body`` is what it says, all of it; ``index`` counts documents in the file from 0.

    ``line`` is 1-based. ``began`` is the monotonic second at which its loading and checking began.
    """

    kind: str
    body: Mapping[str, Any]
    file: str
    line: int
    index: int
    began: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What a check has against a document, before it has a place in a file.

    ``path`` leads to the value, with ``key`` to the mapping's key; ``offset`` is a code point in the value's text.
    """

    code: str
    name: str
    severity: Severity
    message: str
    path: Path = ()
    offset: int | None = None
    key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A verdict with its place, in code points from 1; ``new``: not in the merge base, None where that is not known."""

    code: str
    name: str
    severity: Severity
    message: str
    file: str
    line: int
    column: int
    target: str | None = None
    new: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A rule that a document is excused from, until the end of the day ``expires`` (ISO date, UTC)."""

    rule: str
    reason: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The folder's Policy document, or its defaults (help files)."""

    tenants: tuple[str, ...] = ()
    max_segments: int = 1
    sender_patterns: tuple[str, ...] = ("^[0-9]{5,6}$",)
    opt_out_phrases: tuple[str, ...] = ()
    approve_from: tuple[str, ...] = ("DRAFT", "PENDING", "SUBMITTED", "IN_REVIEW")
    severities: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    message_classes: tuple[str, ...] = ("TRANSACTIONAL", "MARKETING", "OTP")
    shorteners: tuple[str, ...] = ()
    own_short_hosts: tuple[str, ...] = ()
    secret_env: tuple[str, ...] = ()


# Desired and Live are made by the ten thousand, and a frozen dataclass takes more than twice as long to make.
class Desired(NamedTuple):
    """What the files ask for, of one kind and target. ``fields`` holds the compared fields only."""

    kind: str
    target: str
    fields: Mapping[str, Value]
    document: Document
    secret: SecretRef | None = None


class Live(NamedTuple):
    """What the tenant has. A compared field that an item of a list lacks is absent from ``fields``.

    ``version`` is the opaque ``updated_at``; ``raw`` the whole wire object, needed only where a PUT sends it back;
    ``etag`` a strong one; ``crlf`` says that a text has CR LF in the tenant where ``fields`` has LF."""

    kind: str
    target: str
    fields: Mapping[str, Value]
    id: str | None = None
    version: str | None = None
    raw: Json = None
    etag: str | None = None
    crlf: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What the tenant showed. The lists of the kinds ``listed`` were read to the end, of those ``refused`` none."""

    lives: Mapping[Key, tuple[Live, ...]]
    listed: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What the audit log holds of one kind and target on this tenant, because it cannot be read back.

    ``fields`` is what was last confirmed; ``fingerprint`` a webhook secret's; ``doubt`` says that a write's fate is
    unknown, ``accepted`` that a person vouched for the rest. ``owed`` is a template's approval that the tenant took
    and still owes: the fields as they were sent, the status that it showed then, and the policy's ``approve_from``.
    """

    fields: Mapping[str, Value] = field(default_factory=dict)
    id: str | None = None
    fingerprint: str | None = None
    doubt: bool = False
    owed: Mapping[str, Value] | None = None
    owed_status: str | None = None
    owed_from: tuple[str, ...] | None = None
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the audit log last knew a template to show: its status, the SHA-256 of its text, its ``updated_at``.

    ``since``, RFC 3339, is the first record that shows the status without another between. ``ours``: this tool set it.
    """

    status: str
    since: str
    content_sha256: str | None = None
    version: str | None = None
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field's difference; of a secret both sides read ``(secret)`` or null. ``cause`` is who wants it, where a base
    was compared with: ``intended``, ``drift`` or ``both``.
    """

    field: str
    live: Value
    desired: Value
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a document begins."""

    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A message's size in the worst case; ``units`` are septets (gsm-7) or UTF-16 code units (ucs-2)."""

    encoding: str
    units: int
    segments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One planned step. ``reviewed`` is what else a review approves, beside the fields up to ``changes``: the
    ``message`` that will be live and the ``updated_at`` of an approval, the ``secret``'s source of a webhook.

    ``sms`` is a message's size before and after. ``cause`` sums up its changes' causes; ``undoes`` names the fields
    whose newer value on the base branch it would take back. ``unmanaged`` are a template's live fields of no file;
    ``received`` is what customers get of one that has drifted.
    """

    phase: str
    operation: str
    target: str
    changes: tuple[Change, ...]
    reviewed: Mapping[str, Json] = field(default_factory=dict)
    source: Source | None = None
    sms: tuple[Measure, Measure] | None = None
    cause: str | None = None
    undoes: tuple[str, ...] = ()
    unmanaged: Mapping[str, Json] | None = None
    received: Mapping[str, Json] | None = None

    @property
    def message(self) -> Mapping[str, str] | None:
        """The ``name``, ``from_address`` and ``content`` that will be live after an approval; None for any other."""
        return self.reviewed.get("message")

    @property
    def updated_at(self) -> str | None:
        """The version over which a conditional write was planned; None for any other action."""
        return self.reviewed.get("updated_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A reason to refuse an apply that nobody reviewed or whose flag is missing, with the objects."""

    name: str
    targets: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A template that waits for the tenant or a person; ``since`` RFC 3339, None where the log does not know it."""

    id: str
    status: str
    since: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchecked:
    """A webhook whose secret could not be read here, and where that secret is said to be."""

    url: str
    secret: SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What ``apply`` would do. ``relaxed`` says what the branch makes easier; None without a base to compare with.

    ``tenant`` is whom it is about, ``base_url`` where the calls go; both None where no tenant was asked.
    """

    tenant: str | None
    base_url: str | None
    digest: str | None
    targets: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    unchanged: int = 0
    pending: tuple[Waiting, ...] = ()
    held: tuple[Waiting, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    unlisted: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    relaxed: tuple[str, ...] | None = None

    @property
    def waiting(self) -> frozenset[str]:
        """The ids of the templates that are pending or held."""
        return frozenset(item.id for item in (*self.pending, *self.held))
