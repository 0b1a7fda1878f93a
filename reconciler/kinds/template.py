"""A message template: read by id or list, approved by a conditional PUT of the whole object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.diff import changes
from reconciler.core.errors import WrongShape
from reconciler.core.lines import with_lf
from reconciler.core.model import APPROVED, Action, Desired, Live, Source
from reconciler.core.sms import worst_case
from reconciler.core.status import asked_for, in_capitals
from reconciler.core.wire import Request
from reconciler.kinds._base import UNCHANGED, Decision, Kind, Known, Operation, Wire, page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.model import Document, Json, Measure, Policy, Remembered, Shown, Value

PATH = "/api/v1/messaging/templates"
READ = "messaging:read"


class TemplateKind(Kind):
    """``status``, ``content``, ``from_address`` and ``name``; every other field goes back as it was read."""

    name = "template"
    noun = "template"
    heading = "Approvals"
    operations = (
        Operation(name="approve", sign="+", verb="approve", done="approval of"),
        Operation(name="revoke", sign="-", verb="revoke", done="revocation of"),
        Operation(name="update", sign="~", verb="update", done="change of"),
    )
    document = "Template"
    phase = "approval"
    fields = ("content", "from_address", "name", "status")
    collection = "templates"
    scope = "messaging:write"
    writes = (f"PUT {PATH}/{{id}}",)
    audit_action = "TEMPLATE_APPROVAL"
    conditional = True
    of_template = True

    def desired(self, document: Document) -> Desired | None:
        if document.kind != self.document:
            return None
        body = document.body
        fields = {name: with_lf(body[name]) for name in ("content", "from_address", "name")}
        fields["status"] = asked_for(body)
        return Desired(kind=self.name, target=body["id"], fields=fields, document=document)

    def listing(self, cursor: str | None) -> Request:
        call, query = page(PATH, cursor)
        return Request(method="GET", path=PATH, call=call, scope=READ, query=query)

    def read(self, target: str) -> Request:
        path = f"{PATH}/{_quoted(target)}"
        return Request(method="GET", path=path, call=f"GET {PATH}/{target}", scope=READ)

    def live(self, item: Json, call: str) -> Live:
        wire = Wire.of(item, call, "template")
        written = wire.texts(self.fields)
        fields = {name: with_lf(text) for name, text in written.items()}
        crlf = fields != written
        if "status" in fields:
            fields["status"] = in_capitals(fields["status"])
        meta = wire.item.get("meta")
        version = (
            Wire.of(meta, call, "template's meta").optional_text("updated_at") if meta is not None else None
        )
        target = wire.text("id")
        return Live(
            kind=self.name, target=target, fields=fields, id=target, version=version, raw=item, crlf=crlf
        )

    def decide(self, desired: Desired, known: Known) -> Decision:
        live = known.lives[0]
        different = changes(live.fields, desired.fields)
        if not different:
            return UNCHANGED
        if desired.fields["status"] == APPROVED and [change.field for change in different] == ["status"]:
            status = live.fields["status"]
            if _owed(known.remembered, desired, live, known.policy):
                return Decision(state="pending")
            if status not in known.policy.approve_from and not _set_here(known.shown, live):
                return Decision(state="held")
        action = Action(
            phase=self.phase,
            operation=self.operation(live.fields, desired.fields),
            target=desired.target,
            changes=different,
            reviewed={**self.reviewed(desired), "updated_at": live.version},
            source=Source(file=desired.document.file, line=desired.document.line),
            sms=self.sizes(desired, live.fields),
            unmanaged=self._unmanaged(live),
        )
        return Decision(action=action, state="action")

    def reviewed(self, desired: Desired) -> dict[str, Json]:
        return {"message": {name: desired.fields[name] for name in ("name", "from_address", "content")}}

    def sizes(self, desired: Desired, before: Mapping[str, Value] | None) -> tuple[Measure, Measure]:
        """The message's sizes, both by the document's budgets; where nothing is known of before, the new size twice."""
        budgets = desired.document.body.get("variables", {})
        content = desired.fields["content"]
        was = before["content"] if before is not None else content
        measured = worst_case(str(content), budgets)
        return (measured if was == content else worst_case(str(was), budgets)), measured

    def _unmanaged(self, live: Live) -> dict[str, Json] | None:
        if not isinstance(live.raw, dict):
            return None
        return {
            name: value for name, value in live.raw.items() if name not in {"id", "meta", *self.fields}
        } or None

    def operation(self, before: Mapping[str, Value] | None, after: Mapping[str, Value]) -> str:
        was = before["status"] if before is not None else None
        if was == after["status"]:
            return "update"
        if after["status"] == APPROVED:
            return "approve"
        return "revoke" if was == APPROVED else "update"

    def write(self, action: Action, desired: Desired, live: Live | None, id: str | None) -> Request:  # noqa: A002, ARG002
        assert live is not None
        path = f"{PATH}/{_quoted(action.target)}"
        return Request(
            method="PUT",
            path=path,
            call=f"PUT {PATH}/{action.target}",
            scope=self.scope,
            body={**live.raw, **desired.fields, "status": desired.document.body.get("status", APPROVED)},
            if_match=live.etag,
        )

    def owes(self, sent: Mapping[str, Value], shown: Mapping[str, Value], policy: Policy) -> str | None:
        if sent["status"] != APPROVED:
            return None
        return "pending" if shown.get("status") in policy.approve_from else "held"


def _owed(remembered: Remembered | None, desired: Desired, live: Live, policy: Policy) -> bool:
    """Whether the carrier has yet to decide what was sent: the outcome ``pending`` (help exit-codes).

    The caller has seen that nothing but the status differs, so the other compared fields are as they were sent
    whenever the document still asks for what was sent.
    """
    if remembered is None or remembered.owed is None or dict(remembered.owed) != dict(desired.fields):
        return False
    status = live.fields["status"]
    back_to_draft = status == "DRAFT" and remembered.owed_status != "DRAFT"
    # A refusal ends it, also where the policy has since come to say that what is refused may be approved again.
    refused = remembered.owed_from is not None and status not in remembered.owed_from
    return status in policy.approve_from and not back_to_draft and not refused


def _set_here(shown: Shown | None, live: Live) -> bool:
    """Whether this tool set the live status, and nothing wrote to the template since: nobody decided otherwise."""
    return (
        shown is not None
        and shown.ours
        and shown.version is not None
        and (shown.status, shown.version) == (live.fields["status"], live.version)
    )


def _quoted(target: str) -> str:
    """Percent-encoded as one path segment (RFC 3986 section 3.3); dot segments cannot be encoded away."""
    from urllib.parse import quote

    if target in {".", ".."}:
        raise WrongShape(f"{target!r} cannot be a template's id.")
    return quote(target, safe="")


KIND = TemplateKind()
