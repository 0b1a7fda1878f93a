"""A short code and the campaign that it is leased for: a fourth kind, as somebody would add one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.diff import changes
from reconciler.core.model import Action, Desired, Live, Source
from reconciler.core.wire import Request
from reconciler.kinds._base import Decision, Kind, Known, Operation, Wire, page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.model import Document, Json, Value

PATH = "/api/v1/short-codes"


class ShortCodeKind(Kind):
    """Known by its digits. A PUT leases it, or moves it to another campaign."""

    name = "short-code"
    noun = "short code"
    heading = "Short codes"
    operations = (
        Operation(name="lease", sign="+", verb="lease", done="lease of short code"),
        Operation(name="move", sign="~", verb="move", done="move of short code"),
    )
    document = "ShortCode"
    key = "code"
    phase = "lease"
    after = ("registration",)
    fields = ("campaign",)
    collection = "short_codes"
    scope = "shortcodes:write"
    writes = (f"PUT {PATH}/{{code}}",)
    audit_action = "SHORT_CODE_LEASE"

    def desired(self, document: Document) -> Desired | None:
        if document.kind != self.document:
            return None
        fields = {"campaign": document.body["campaign"]}
        return Desired(kind=self.name, target=document.body["code"], fields=fields, document=document)

    def listing(self, cursor: str | None) -> Request:
        call, query = page(PATH, cursor)
        return Request(method="GET", path=PATH, call=call, scope="messaging:read", query=query)

    def live(self, item: Json, call: str) -> Live:
        wire = Wire.of(item, call, self.noun)
        return Live(kind=self.name, target=wire.text("code"), fields={"campaign": wire.text("campaign")})

    def decide(self, desired: Desired, known: Known) -> Decision:
        before = known.lives[0].fields if known.lives else None
        different = changes(before or {}, desired.fields)
        if not different:
            return Decision()
        action = Action(
            phase=self.phase,
            operation=self.operation(before, desired.fields),
            target=desired.target,
            changes=different,
            source=Source(file=desired.document.file, line=desired.document.line),
        )
        return Decision(action=action, state="action")

    def operation(self, before: Mapping[str, Value] | None, after: Mapping[str, Value]) -> str:
        return "lease" if before is None else "move"

    def write(self, action: Action, desired: Desired, live: Live | None, id: str | None) -> Request:  # noqa: A002
        return Request(
            method="PUT",
            path=f"{PATH}/{action.target}",
            call=f"PUT {PATH}/{action.target}",
            scope=self.scope,
            body={"code": action.target, **desired.fields},
        )


KIND = ShortCodeKind()
