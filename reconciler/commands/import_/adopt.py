"""From what is live to files that ask for exactly that. No I/O, no clock."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from reconciler.commands.import_.campaigns import is_alike, registration_of, shared, stem_of_campaign
from reconciler.commands.import_.filenames import Names, stem_of_id, stem_of_url
from reconciler.commands.import_.yaml_writer import dump
from reconciler.core.canonical import printable
from reconciler.core.model import APPROVED, SECRET, Document, Policy, SecretRef, Severity
from reconciler.desired.schema import API_VERSION, problems
from reconciler.desired.yaml_reader import read
from reconciler.kinds import conditional, in_block, with_secret
from reconciler.outputs._results import Imported, Skipped, Unset, Written, counted
from reconciler.rules import Context, check
from reconciler.rules.codes import problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.commands.import_.survey import Survey
    from reconciler.core.model import Live, Problem, Remembered, Value

WAIVED_DAYS = 90
REASON = "live before adoption"
VARIABLE = "CXONE_WEBHOOK_SECRET"
_PASSING = frozenset({"SUBMITTED", "IN_REVIEW"})
"""Statuses that pass by themselves: a file that asked for one would take the approval away once it is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The folder that is written to, as it is now.

    ``managed`` has the file of every target that a document names, wherever a plan of this folder looks. ``files`` has
    each name that stands in the folder itself, with the targets of the documents in it (none: no document).
    ``campaigns`` are the Campaigns there are, by name. ``secrets`` has where the webhooks' secrets come from, by URL.
    ``schemas`` is the path from the folder to the schemas, with ``/``.
    """

    folder: str
    managed: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    secrets: Mapping[str, SecretRef] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    campaigns: Mapping[str, Document] = field(default_factory=dict)
    schemas: str = "../schemas"
    force: bool = False

    def path(self, name: str) -> str:
        """A file of the folder as it is shown."""
        return name if self.folder == "." else f"{self.folder}/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file to be written into the folder; ``replaces`` where it is there already and is to give way."""

    name: str
    text: str
    replaces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """The files that an import writes, and its report."""

    files: tuple[NewFile, ...]
    report: Imported


class _LeftOut(Exception):
    """Raised for a live object that gets no file; its text is the reason."""


def adopt(
    survey: Survey,
    place: Place,
    *,
    today: str,
    remembered: Mapping[tuple[str, str], Remembered],
    plan: str = "",
) -> Adoption:
    """The files for all that the survey has and no document names. ``today`` is an ISO date (UTC).

    ``remembered`` is the audit log's, by phase and target: what the tenant does not list is taken from there. ``plan``
    is the command line that shows the result.
    """
    registrations = {
        live.target: registration_of(live.target, survey, remembered) for live in survey.templates
    }
    new = {id_: fields for id_, fields in registrations.items() if fields and id_ not in place.managed}
    work = _Work(place, today, shared(new, place.campaigns))
    unknown = []
    for live in survey.templates:
        registration = registrations[live.target]
        body = _template(live, registration, {**place.campaigns, **work.campaigns})
        written = work.take(live.target, stem_of_id(live.target), body, waiting=_waiting(live))
        unseen = survey.registrations is None or live.target in survey.registrations
        if written and registration is None and unseen and "status" not in body:
            unknown.append(live.target)
    if unknown:
        work.notes.append(
            f"The tenant does not show the A2P registration of {counted(len(unknown), conditional().noun)}: whether "
            "there is one is not known, so CX104 is waived for now. Add the `a2p` blocks."
        )
    for url, lives in sorted((survey.webhooks or {}).items()):
        work.webhook(url, lives, remembered.get((with_secret().phase, url)))
    if survey.webhooks is None:
        work.notes.append(
            "The tenant does not list its webhooks, so none was imported: write those to be managed."
        )
    return Adoption(files=tuple(work.files), report=work.report(survey, plan))


class _Work:
    """One import under way: each live thing gets its file, or a reason why not."""

    def __init__(self, place: Place, today: str, campaigns: Mapping[str, Document]) -> None:
        self.place = place
        self.context = Context(policy=place.policy, today=today, campaigns={**place.campaigns, **campaigns})
        self.expires = (date.fromisoformat(today) + timedelta(days=WAIVED_DAYS)).isoformat()
        self.names = Names(place.files, force=place.force)
        self.files: list[NewFile] = []
        self.written: list[Written] = []
        self.skipped: list[Skipped] = []
        self.secrets: list[Unset] = []
        self.notes: list[str] = []
        self.campaigns = {name: one for name, one in campaigns.items() if self.campaign(name, one)}

    def campaign(self, name: str, document: Document) -> bool:
        """Make the Campaign's file; False where one of its name is in the way."""
        file, in_the_way = self.names.free(stem_of_campaign(name))
        if not in_the_way:
            text = self._text(dict(document.body))
            self.files.append(NewFile(name=file, text=text, replaces=self.names.give(file)))
            self.notes.append(
                f"The registrations under {name} are alike: {self.place.path(file)} has them, once."
            )
        return not in_the_way

    def take(self, target: str, stem: str, body: dict[str, Any], *, waiting: str | None = None) -> bool:
        """Make the file, or say why there is none; whether there is one.

        ``waiting`` is the live status of a template whose file asks for the status that lasts.
        """
        try:
            name = self._own_name(target, stem)
            document = self._judged(body)
            name = name or self._free_name(stem)
        except _LeftOut as left:
            self.skipped.append(Skipped(id=target, why=str(left)))
            return False
        comment = f"{waiting} in the tenant when imported: this asks for {APPROVED}, the status that lasts."
        text = self._text(document, comment if waiting is not None else None)
        self.files.append(NewFile(name=name, text=text, replaces=self.names.give(name)))
        waivers = tuple(waiver["rule"] for waiver in document.get("waivers", ()))
        self.written.append(Written(id=target, file=self.place.path(name), waivers=waivers, waiting=waiting))
        return True

    def webhook(self, url: str, lives: tuple[Live, ...], known: Remembered | None) -> None:
        """One webhook's file; its secret is to be where it was, or in the first variable that is still free."""
        scheme, _, rest = url.partition("://")
        user, at, _ = re.split("[/?#]", rest, maxsplit=1)[0].rpartition("@")
        if at:
            why = "its URL holds user info, mostly a password, which no file may hold (CX112); change it in the console"
            self.skipped.append(Skipped(id=f"{scheme}://{SECRET}{rest.removeprefix(user)}", why=why))
            return
        live = with_secret().chosen(lives, known.id if known is not None else None)
        assert live is not None
        used = {*(ref.name for ref in self.place.secrets.values()), *(one.variable for one in self.secrets)}
        known_ref = self.place.secrets.get(url)
        ref = known_ref or SecretRef(
            source="env", name=next(name for name in _variables() if name not in used)
        )
        events = live.fields["events"]
        assert isinstance(events, tuple)
        body = {"url": url, "events": list(events), "secret": {ref.source: ref.name}}
        if not self.take(url, stem_of_url(url), {"apiVersion": API_VERSION, "kind": "Webhook", **body}):
            return
        if known_ref is None:
            self.secrets.append(Unset(url=url, variable=ref.name))
        if len(lives) > 1:
            ids = ", ".join(sorted(each.id or "one without an id" for each in lives))
            self.notes.append(
                f"{len(lives)} webhooks in the tenant have the URL {url}: {ids}. The file is that of "
                f"{live.id or 'one of them'}; delete the others in the console, or events arrive more than once."
            )

    def report(self, survey: Survey, plan: str) -> Imported:
        """What was done, in order, in texts that any encoding can print."""
        skipped = (
            Skipped(id=printable(one.id), why=printable(one.why)) for one in (*survey.skipped, *self.skipped)
        )
        return Imported(
            written=tuple(self.written),
            skipped=tuple(sorted(skipped, key=lambda one: (one.id, one.why))),
            secrets=tuple(self.secrets),
            notes=tuple(map(printable, self.notes)),
            expires=self.expires if any(one.waivers for one in self.written) else "",
            plan=plan,
        )

    def _own_name(self, target: str, stem: str) -> str | None:
        """The file that is to be written anew; None where no document names the target yet."""
        name = self.names.own(target, stem)
        if name is None and target in self.place.managed:
            raise _LeftOut(f"already managed in {self.place.managed[target]}")
        return name

    def _free_name(self, stem: str) -> str:
        name, in_the_way = self.names.free(stem)
        if in_the_way:
            raise _LeftOut(
                f"{self.place.path(name)} is there already, and has no document of ours; --force overwrites it"
            )
        return name

    def _judged(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body with the waivers that it needs; _LeftOut where no document can say it."""
        block = in_block().block
        wrong = problems(_document(body)) + _halved(block, body.get(block, {}))
        dropped = wrong if wrong and all(one.path[:1] == (block,) for one in wrong) else ()
        if dropped:
            body = {name: value for name, value in body.items() if name != block}
            wrong = problems(_document(body))
        if wrong:
            raise _LeftOut(" ".join(one.message for one in wrong))
        body = self._waived(body)
        reading = read(self._text(body), "", lambda: 0.0)
        if reading.notes or [document.body for document in reading.documents] != [body]:
            raise _LeftOut(f"it {_HALVED}")
        if dropped:
            self.notes.append(
                f"The registration of {body['id']} is left out of its file. {dropped[0].message}"
            )
        return body

    def _waived(self, body: dict[str, Any]) -> dict[str, Any]:
        codes = self._broken(body)
        if not codes:
            return body
        waivers = [{"rule": code, "reason": REASON, "expires": self.expires} for code in codes]
        body = {**body, "waivers": waivers}
        if codes := self._broken(body):
            raise _LeftOut(f"it breaks {', '.join(codes)}, which cannot be waived")
        return body

    def _broken(self, body: dict[str, Any]) -> list[str]:
        found = check(_document(body), self.context)
        return sorted({one.code for one in found if one.severity == Severity.ERROR})

    def _text(self, body: dict[str, Any], comment: str | None = None) -> str:
        return dump(body, f"{self.place.schemas}/{body['kind'].lower()}.schema.json", comment)


_HALVED = "has half of a surrogate pair in it, which no file can hold; change it in the console"


def _halved(block: str, fields: Mapping[str, str]) -> tuple[Problem, ...]:
    """What is wrong with a registration that a tenant has cut in the middle of a character."""
    if all(printable(text) == text for text in fields.values()):
        return ()
    return (problem("CX004", f"It {_HALVED}.", (block,)),)


def _document(body: dict[str, Any]) -> Document:
    return Document(kind=body["kind"], body=body, file="", line=1, index=0)


def _template(
    live: Live, registration: Mapping[str, Value] | None, campaigns: Mapping[str, Document]
) -> dict[str, Any]:
    """The document's body, in the order in which people read it; APPROVED goes without saying."""
    fields = live.fields
    body = {"apiVersion": API_VERSION, "kind": "Template", "id": live.target, "name": fields["name"]}
    if fields["status"] != APPROVED and _waiting(live) is None:
        body["status"] = fields["status"]
    body |= {name: fields[name] for name in ("from_address", "content")}
    if registration is None:
        return body
    name = registration["campaign_name"]
    alike = name in campaigns and is_alike(campaigns[str(name)], registration)
    return body | {in_block().block: {"campaign": name} if alike else dict(registration)}


def _waiting(live: Live) -> str | None:
    """The status of a template that waits for its carrier; None for any other."""
    status = str(live.fields["status"])
    return status if status in _PASSING else None


def _variables() -> Iterator[str]:
    yield VARIABLE
    yield from (f"CXONE_WEBHOOK_{number}_SECRET" for number in count(2))
