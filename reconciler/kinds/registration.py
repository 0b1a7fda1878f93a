"""A template's A2P registration: its ``a2p`` block, wanted for templates that are to be APPROVED."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.diff import changes
from reconciler.core.lines import with_lf
from reconciler.core.model import APPROVED, Action, Change, Desired, Live, Source
from reconciler.core.status import asked_for
from reconciler.core.wire import Request
from reconciler.kinds._base import UNCHANGED, Decision, Kind, Known, Operation, Wire, page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.model import Document, Json, Value

PATH = "/api/v1/a2p/registrations"


class RegistrationKind(Kind):
    """A registration, identified by its template's id.

    A POST creates or changes it. No call reads one: only a tenant with the list of registrations shows it.
    """

    name = "registration"
    noun = "carrier registration"
    heading = "A2P registrations"
    operations = (
        Operation(name="register", sign="+", verb="register", done="carrier registration of"),
        Operation(name="update", sign="~", verb="re-register", done="change of the carrier registration of"),
    )
    document = "Template"
    block = "a2p"
    phase = "a2p"
    after = ("template",)
    fields = ("campaign_name", "message_class", "opt_in_language")
    collection = "registrations"
    scope = "a2p:write"
    writes = (f"POST {PATH}",)
    audit_action = "A2P_REGISTRATION"
    of_template = True
    carriers_ask = True

    def desired(self, document: Document) -> Desired | None:
        if document.kind != self.document:
            return None
        a2p = document.body.get(self.block)
        if a2p is None or asked_for(document.body) != APPROVED:
            return None
        fields = {name: with_lf(a2p[name]) for name in self.fields}
        if fields == a2p:
            fields = a2p  # which is held already
        return Desired(kind=self.name, target=document.body["id"], fields=fields, document=document)

    def listing(self, cursor: str | None) -> Request:
        call, query = page(PATH, cursor)
        return Request(method="GET", path=PATH, call=call, scope="messaging:read", query=query)

    def live(self, item: Json, call: str) -> Live:
        wire = Wire.of(item, call, "registration")
        written = wire.texts(self.fields)
        fields = {name: with_lf(text) for name, text in written.items()}
        return Live(
            kind=self.name,
            target=wire.text("template_id"),
            fields=fields,
            id=wire.identifier("id"),
            crlf=fields != written,
        )

    def decide(self, desired: Desired, known: Known) -> Decision:
        remembered = known.remembered.fields if known.remembered is not None else {}
        if known.lives:
            # A summary's missing field is known from the log alone; where the tenant shows it, the tenant is right.
            shown = [{**remembered, **live.fields} for live in known.lives]
            if dict(desired.fields) in shown:
                return UNCHANGED
            different = changes(shown[-1], desired.fields)
        elif known.listed or not remembered or _in_doubt(known, desired):
            different = tuple(
                Change(field=name, live=None, desired=desired.fields[name]) for name in sorted(self.fields)
            )
        else:
            different = changes(remembered, desired.fields)
        if not different:
            return UNCHANGED
        there = bool(known.lives) or (not known.listed and bool(remembered) and not _in_doubt(known, desired))
        action = Action(
            phase=self.phase,
            operation=self.operation(remembered if there else None, desired.fields),
            target=desired.target,
            changes=different,
            source=Source(file=desired.document.file, line=desired.document.line),
        )
        return Decision(action=action, state="action", unknown=not there and not known.listed)

    def operation(self, before: Mapping[str, Value] | None, after: Mapping[str, Value]) -> str:  # noqa: ARG002
        return "register" if before is None else "update"

    def write(self, action: Action, desired: Desired, live: Live | None, id: str | None) -> Request:  # noqa: A002, ARG002
        return Request(
            method="POST",
            path=PATH,
            call=f"POST {PATH} for {action.target}",
            scope=self.scope,
            body={"template_id": action.target, **desired.fields},
        )


def _in_doubt(known: Known, desired: Desired) -> bool:
    """Whether the tenant may have another than the one remembered, which is the one asked for (again)."""
    kept = known.remembered
    return kept is not None and kept.doubt and dict(kept.fields) == dict(desired.fields)


KIND = RegistrationKind()
