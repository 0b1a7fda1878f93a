"""One tenant's entries by number: of each the place of its record is kept, and what that record does not say.

An entry is made when somebody asks for it, from its record, which is read again.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from reconciler.audit.report.drift import STATUS, Confirmed, value_of
from reconciler.audit.report.entries import contents, entry_of
from reconciler.audit.report.history import Sighting, Undone
from reconciler.core.canonical import text_sha256
from reconciler.core.model import APPROVED
from reconciler.kinds import by_phase

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from reconciler.audit.chain import Record
    from reconciler.audit.memory import Spot
    from reconciler.audit.report.drift import Back
    from reconciler.audit.report.history import Entry


class ReadLog(Protocol):
    """A log that is read once, as far as its chain holds, and any of its records again, by its place from 0 on.

    ``audit.chain.Log`` and ``audit.whole_log.WholeLog`` say what the rest is.
    """

    @property
    def records(self) -> Iterable[Record]:
        """The records."""

    def again(self, place: int) -> Record:
        """One of them."""

    def seq(self, place: int) -> int:
        """Its number."""

    @property
    def torn(self) -> bytes:
        """What a crash left of a last line."""

    @property
    def broken(self) -> str | None:
        """Where the chain breaks."""

    @property
    def beyond(self) -> int:
        """The lines from there on."""

    @property
    def lacking(self) -> tuple[str, ...]:
        """The files that are not there."""


def numbers() -> array[int]:
    """Numbers of things, and places from 0 on, four bytes each."""
    return array("I")


def places() -> array[int]:
    """Places of records: those below 0 are of records that a checkpoint stands for."""
    return array("i")


@dataclass(slots=True, kw_only=True)
class _Put:
    """The changes that put a field back, each in a column: by which entry, and as ``drift.Back`` has it."""

    entry: array[int] = field(default_factory=numbers)
    place: array[int] = field(default_factory=places)
    change: array[int] = field(default_factory=numbers)
    confirmed: array[int] = field(default_factory=places)

    def add(self, entry: int, back: Back) -> None:
        self.entry.append(entry)
        self.place.append(back.place)
        self.change.append(back.change)
        self.confirmed.append(back.confirmed)


@dataclass(slots=True, kw_only=True)
class Ledger:
    """The entries, the sightings and the drift that was undone, counted from 0 each in the order of the log.

    Of each entry the place of its record, that of the review, and the number of its run; ``closing`` are those that end
    what another run was to do. ``begun`` and ``reviewed`` are the place and run of the latest of each object. ``texts``
    are places of records that hold the text of a hash. ``names`` are the templates' own, by id, as the log last had
    them; ``waits`` the statuses in which one counts as waiting for its carrier, by what was sent last. ``undelivered``
    are the numbers of records that the tenant does not have.
    """

    log: ReadLog
    before: list[Record] = field(default_factory=list)
    recent: dict[int, Record] = field(default_factory=dict)
    undelivered: Collection[int] = ()
    texts: dict[bytes, int] = field(default_factory=dict)
    entries: array[int] = field(default_factory=places)
    reviews: array[int] = field(default_factory=places)
    closing: set[int] = field(default_factory=set)
    put_back: _Put = field(default_factory=_Put)
    sightings: array[int] = field(default_factory=places)
    states: list[str] = field(default_factory=list)
    confirmed: Confirmed = field(default_factory=Confirmed)
    begun: dict[Spot, tuple[int, str]] = field(default_factory=dict)
    reviewed: dict[Spot, tuple[int, str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    waits: dict[Spot, Sequence[str]] = field(default_factory=dict)

    def take_before(self, record: Record) -> int:
        """Take in a record that a checkpoint stands for; its place."""
        self.before.append(record)
        return -len(self.before)

    def take(self, record: Record, place: int) -> None:
        """Take in the next record."""
        event, spot = record["event"], (record["phase"], record["target"])
        for text in contents(record):
            if isinstance(text, str):
                self.texts.setdefault(_key(text_sha256(text)), place)
        if event in {"intent", "outcome"}:
            _name(self, record)
        if event == "reviewed":
            for action in record["actions"]:
                self.reviewed[action["phase"], action["target"]] = (place, record["run_id"])
                _name(self, action)
        elif event == "intent":
            self.confirmed.intent(record)
            self.begun[spot] = (place, record["run_id"])
        elif event == "outcome":
            for back in self.confirmed.outcome(record, place):
                self.put_back.add(len(self.entries), back)
            self._add(record, place)
            self.waits[spot] = (record["memory"] or {}).get("owed_from") or ()
        elif event == "accepted":
            self.confirmed.accepted(record, place)
            self._add(record, place)
        elif event == "seen":
            self.sightings.append(place)
            self.states.append(_state(record, self.waits.get(spot, ())))

    def _add(self, record: Record, place: int) -> None:
        spot, run = (record["phase"], record["target"]), record["run_id"]
        begun, reviewed = self.begun.pop(spot, None), self.reviewed.get(spot)
        told = record["outcome"] not in {"failed", "blocked"}
        # An outcome without an attempt is the end of what another run was to do.
        later = told and reviewed is not None and reviewed[1] != run
        if begun[1] != run if begun is not None else record["attempts"] == 0 and later:
            self.closing.add(len(self.entries))
        self.entries.append(place)
        self.reviews.append(reviewed[0] if reviewed is not None else _NONE)

    def record(self, place: int) -> Record:
        """The record at a place; what was read last is kept, since who asks for one often asks for it twice."""
        if place < 0:
            return self.before[-place - 1]
        if place not in self.recent:
            if len(self.recent) >= _RECENT:
                del self.recent[next(iter(self.recent))]
            self.recent[place] = self.log.again(place)
        return self.recent[place]

    def seq(self, place: int) -> int:
        """The number of the record at a place."""
        return self.log.seq(place) if place >= 0 else int(self.before[-place - 1]["seq"])

    def entry(self, number: int) -> Entry:
        """An entry by its number."""
        place, reviewed = self.entries[number], self.reviews[number]
        record = self.record(place)
        return entry_of(
            record,
            content=self._text(record),
            reviewed=self.seq(reviewed) if reviewed != _NONE else None,
            closes=number in self.closing,
            delivered=record["event"] == "outcome" and record["seq"] not in self.undelivered,
            undone=tuple(self._fields_put_back(number, record)),
        )

    def sighting(self, number: int) -> Sighting:
        """A sighting by its number."""
        record = self.record(self.sightings[number])
        return Sighting(
            **{name: record[name] for name in ("seq", "hash", "status", "operator_id", "content_sha256")},
            at=record["timestamp"],
            state=self.states[number],
            content=self._text(record),
        )

    def undone(self, number: int) -> Undone:
        """A field that was put back, by its number."""
        put = self.put_back
        by, told = self.record(self.entries[put.entry[number]]), self.record(put.place[number])
        confirmed, change = self.record(put.confirmed[number]), told["changes"][put.change[number]]
        return Undone(
            phase=told["phase"],
            target=told["target"],
            field=change["field"],
            restored=value_of(change["desired"]),
            found=value_of(change["live"]),
            confirmed=confirmed["seq"],
            confirmed_at=confirmed["timestamp"],
            seq=by["seq"],
            at=by["timestamp"],
        )

    def _fields_put_back(self, entry: int, record: Record) -> Iterator[str]:
        put = self.put_back
        for number in range(bisect_left(put.entry, entry), bisect_right(put.entry, entry)):
            # What a later outcome settles is a status that an earlier one restored, and its carrier owed.
            own = put.place[number] == self.entries[entry]
            yield record["changes"][put.change[number]]["field"] if own else STATUS

    def _text(self, record: Record) -> str | None:
        """The message text with the hash that a record names, where the log has it: some name no more than that."""
        said = record["content_sha256"]
        held = self.texts.get(_key(said)) if said is not None else None
        found = contents(self.record(held)) if held is not None else ()
        return next((text for text in found if isinstance(text, str) and text_sha256(text) == said), None)


_NONE = -(1 << 31)
"""The place of no record."""

_RECENT = 16
"""Records that are kept of those that were read again."""


def _key(text_hash: str) -> bytes:
    """A text's hash in few bytes."""
    try:
        return bytes.fromhex(text_hash.removeprefix("sha256:"))
    except ValueError:
        return text_hash.encode("utf-8", "surrogatepass")


def _name(kept: Ledger, told: Mapping[str, Any]) -> None:
    """The name that an action of a review, an intent or an outcome has for a template."""
    kind = by_phase().get(told["phase"])
    if kind is None or not kind.conditional:
        return
    held = [told.get("message"), (told.get("memory") or {}).get("fields")]
    names = [fields.get("name") for fields in held if isinstance(fields, dict)]
    names += [change["desired"] for change in told["changes"] or () if change["field"] == "name"]
    for name in names:
        if isinstance(name, str) and name:
            kept.names[told["target"]] = name


def _state(record: Record, waits: Collection[str]) -> str:
    """What a sighting says of the template from then on."""
    status = record["status"]
    return "approved" if status == APPROVED else "pending" if status in waits else "off"
