"""Templates to measure with: the documents, the files, and the same as a tenant has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

WEBHOOK = "https://compliance.example.com/hooks/cxone"
EVENTS = ["template.approved", "a2p.registered"]
UPDATED_AT = "2026-11-20T10:00:00Z"
_OPT_IN = "Patients tick “Text me about my appointments” on the registration form at the front desk"
_PLACES = ("Main Street", "Harbor Lane", "Station Road", "Mill Court", "Park Row")

_DOCUMENT = """\
apiVersion: reconciler/v1
kind: Template
id: {id}
name: {name}
from_address: "45678"
content: "{content}"
a2p:
  campaign_name: Acme Dental appointments
  message_class: TRANSACTIONAL
  opt_in_language: "{opt_in}"
variables:
  date: {{max_length: 12}}
  time: {{max_length: 8}}
"""

_POLICY = """\
apiVersion: reconciler/v1
kind: Policy
max_segments: 1
sender_patterns: ['^[0-9]{5,6}$']
approve_from: [DRAFT, PENDING, SUBMITTED, IN_REVIEW]
"""

_WEBHOOK = f"""\
apiVersion: reconciler/v1
kind: Webhook
url: {WEBHOOK}
events: [{", ".join(EVENTS)}]
secret: {{env: CXONE_WEBHOOK_SECRET}}
"""


def template(number: int, status: str) -> dict[str, Any]:
    """A template as the tenant has it."""
    place = _PLACES[number % len(_PLACES)]
    return {
        "id": f"tmpl_{number:05d}",
        "name": f"Appointment reminder {number}",
        "status": status,
        "content": f"Acme Dental {place}: see you {{{{date}}}} at {{{{time}}}}, room {number}. "
        "Reply STOP to opt out, HELP for help.",
        "from_address": "45678",
        "meta": {"created_at": "2026-01-05T09:00:00Z", "updated_at": UPDATED_AT},
    }


def registration(number: int) -> dict[str, Any]:
    """A registration as the tenant has it."""
    return {
        "id": f"reg_{number:05d}",
        "template_id": f"tmpl_{number:05d}",
        "campaign_name": "Acme Dental appointments",
        "message_class": "TRANSACTIONAL",
        "opt_in_language": _OPT_IN,
    }


def write(folder: Path, count: int, files: int) -> None:
    """``count`` templates in so many files, a policy and a webhook."""
    folder.mkdir(parents=True)
    share = count // files
    for file in range(files):
        documents = (_document(number) for number in range(file * share, (file + 1) * share))
        (folder / f"part-{file:05d}.yaml").write_text("---\n".join(documents), encoding="utf-8")
    (folder / "policy.yaml").write_text(_POLICY, encoding="utf-8")
    (folder / "webhook.yaml").write_text(_WEBHOOK, encoding="utf-8")


def _document(number: int) -> str:
    shown = template(number, "APPROVED")
    return _DOCUMENT.format(**{name: shown[name] for name in ("id", "name", "content")}, opt_in=_OPT_IN)
