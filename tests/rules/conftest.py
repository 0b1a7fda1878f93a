"""Documents and contexts for the rules, built by hand."""

from __future__ import annotations

import pytest

from reconciler.core.model import Document, Policy
from reconciler.rules import Context, check

TODAY = "2026-11-23"

TEMPLATE = {
    "apiVersion": "reconciler/v1",
    "kind": "Template",
    "id": "tmpl_a",
    "name": "Appointment reminder",
    "from_address": "45678",
    "content": "Acme Dental: see you at 5. Reply STOP to opt out.",
    "a2p": {
        "campaign_name": "Appointments",
        "message_class": "TRANSACTIONAL",
        "opt_in_language": "At the desk",
    },
}
WEBHOOK = {
    "apiVersion": "reconciler/v1",
    "kind": "Webhook",
    "url": "https://hooks.example.com/cxone",
    "events": ["template.approved"],
    "secret": {"env": "CXONE_WEBHOOK_SECRET"},
}
POLICY = {"apiVersion": "reconciler/v1", "kind": "Policy"}


@pytest.fixture
def document():
    """Makes a document of a kind, valid but for the fields given; a field given as None is left out."""

    def make(kind: str = "Template", **fields) -> Document:
        body = {"Template": TEMPLATE, "Webhook": WEBHOOK, "Policy": POLICY}[kind] | fields
        body = {key: value for key, value in body.items() if value is not None}
        return Document(kind=kind, body=body, file="templates.d/a.yaml", line=1, index=0)

    return make


@pytest.fixture
def context():
    """Makes a context; what is given belongs to the policy, unless it is ``today`` or ``sandbox``."""

    def make(*, today: str = TODAY, sandbox: bool = False, **policy) -> Context:
        return Context(policy=Policy(**policy), today=today, sandbox=sandbox)

    return make


@pytest.fixture
def problems(document, context):
    """The problems of a document given by its fields, under the default policy."""
    return lambda kind="Template", **fields: check(document(kind, **fields), context())


@pytest.fixture
def places(problems):
    """The paths and offsets at which a rule finds something."""

    def found(code: str, kind: str = "Template", **fields) -> list[tuple[tuple[str | int, ...], int | None]]:
        return [(one.path, one.offset) for one in problems(kind, **fields) if one.code == code]

    return found
