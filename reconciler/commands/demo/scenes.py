"""The demo's steps: what a reader is told, what is run, and what to look at; and the document that it begins with."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENT = "templates.d/appointment.yaml"
TEXT = """\
apiVersion: reconciler/v1
kind: Template
id: tmpl_appointment
name: Appointment reminder
from_address: "45678"
content: "Acme Dental: see you {{date}}. To change it call 555-0142. Reply STOP to opt out."
a2p:
  campaign_name: Appointments
  message_class: TRANSACTIONAL
  opt_in_language: Opted in at the front desk
variables:
  date: {max_length: 12}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A command line of ``reconciler``, the variables before it, and the exit code that it has to end with."""

    words: tuple[str, ...]
    code: int = 0
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a person does in the console, or a carrier: a JSON merge patch (RFC 7396) of the template."""

    patch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A heading, what happens, what is run, and what to look at in its output; all words in Markdown."""

    title: str
    told: str
    runs: tuple[Typed | Edit, ...]
    look: str


_REVIEW = '{"pull_request": "https://git.example.com/acme/pull/7", "approvers": ["Dana"]}'
_PLAN = Typed(words=("plan", "--out", "plan.json"))

SCENES = (
    Scene(
        title="Propose",
        told=f"`{DOCUMENT}` asks for an approved template. In the tenant it is still PENDING. A plan shows what would "
        "be done; it never writes to the tenant.",
        runs=(_PLAN,),
        look="the whole text as customers would get it, what it costs in SMS segments, and the digest, which changes "
        "with anything a reviewer approves. `plan.json` goes to the reviewers.",
    ),
    Scene(
        title="Somebody edits in the console",
        told="While the review is open, a colleague changes the phone number in the console.",
        runs=(
            Edit(
                patch='{"content": "Acme Dental: see you {{date}}. To change it call 555-0199. Reply STOP to opt out."}'
            ),
        ),
        look="nothing yet. The console tells nobody; the next step finds out.",
    ),
    Scene(
        title="Stale",
        told="The reviewed plan is applied. `apply` plans afresh, and compares.",
        runs=(Typed(words=("apply", "plan.json"), code=4),),
        look="what moved, and the exit code 4. Nothing was written: the colleague's edit is neither overwritten nor "
        "approved unseen.",
    ),
    Scene(
        title="Plan again",
        told="A fresh plan shows both numbers. Dana looks at it, and approves.",
        runs=(_PLAN,),
        look="the row `content`: what is live now, and what the file asks for in its place.",
    ),
    Scene(
        title="Apply, and wait for the carrier",
        told="What the environment says of the review goes into the audit log.",
        runs=(
            Typed(
                words=("apply", "plan.json"),
                code=3,
                variables=MappingProxyType({"RECONCILER_REVIEW": _REVIEW}),
            ),
        ),
        look="`pending`: the tenant took the text, and the carrier has not decided. The A2P registration waits for "
        "that. Exit code 3: something is left to do.",
    ),
    Scene(
        title="Continue",
        told="The carrier approves. `--continue` finishes what was reviewed, and does nothing else, so a "
        "schedule can run it.",
        runs=(Edit(patch='{"status": "APPROVED"}'), Typed(words=("apply", "--continue"))),
        look="`Closed` and `applied`: the approval is in place, the registration is done.",
    ),
    Scene(
        title="Report",
        told="Who approved which text when? The audit log knows. With `--format html` this is one page for people who "
        "do not have the tool.",
        runs=(Typed(words=("audit", "report")),),
        look="`approved by Dana`, the text, the pull request, and that the chain of records is intact.",
    ),
)
