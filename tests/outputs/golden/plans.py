"""Six plans and five other reports, from literals, that the files beside this one show in every format.

After a change of an output, `GOLDEN=write pytest tests/outputs/test_golden.py` writes the files anew: read their
diff as a reviewer would.
"""

from __future__ import annotations

from story import everything

from reconciler.core.errors import InvalidDesired, StaleReview
from reconciler.core.model import (
    Action,
    Change,
    Finding,
    Guard,
    Measure,
    Plan,
    SecretRef,
    Severity,
    Source,
    Unchecked,
    Waiting,
)
from reconciler.core.outcome import Outcome, Result
from reconciler.core.plan_json import with_digest
from reconciler.outputs._results import Applied, Failed, Planned, Sized, Validated
from reconciler.plan.review import Evidence, divide

TENANT = "https://acme.nicecxone.com"
HOOK = "https://compliance.example.com/hooks/cxone"
SECRET = "(secret)"
T0 = "2026-11-20T10:00:00.000Z"


MESSAGE = {
    "name": "Appointment reminder",
    "from_address": "45678",
    "content": "Acme Dental: see you {{date}}. Reply STOP to opt out.",
}


WON = "Acme Dental: you have won a check-up! See https://bit.ly/3x"


def change(field, live, desired, cause=None):
    return Change(field=field, live=live, desired=desired, cause=cause)


def act(operation, target, *changes, phase="approval", file="appointments.yaml", line=1, **more):
    if phase == "approval":
        asked = {**MESSAGE, **{one.field: one.desired for one in changes}, **more.pop("message", {})}
        message = {name: asked[name] for name in MESSAGE}
        more["reviewed"] = {"message": message, "updated_at": more.pop("updated_at", T0)}
    if phase == "webhook":
        more["reviewed"] = {"secret": {"env": "CXONE_WEBHOOK_SECRET"}}
    source = Source(file=f"templates.d/{file}", line=line)
    return Action(phase=phase, operation=operation, target=target, changes=changes, source=source, **more)


def gsm(units, segments=1):
    return Measure(encoding="gsm-7", units=units, segments=segments)


def plan(*actions, tenant=TENANT, **more):
    return with_digest(Plan(tenant=tenant, base_url=tenant, digest=None, actions=actions, **more))


A2P = (
    change("campaign_name", None, "Acme Dental appointments"),
    change("message_class", None, "TRANSACTIONAL"),
    change(
        "opt_in_language",
        None,
        'Patients tick "Text me about my appointments" on the registration form at the front desk, which names Acme '
        "Dental, says that message frequency varies and that STOP ends the messages.",
    ),
)

EMPTY = plan(unchanged=12)

ONE = plan(
    act(
        "approve",
        "tmpl_appointment",
        change("status", "PENDING", "APPROVED"),
        sms=(gsm(98), gsm(98)),
        unmanaged={"channel": "sms", "labels": {"cost_center": "CC-1040", "owner": "Zoë"}},
    ),
    act("register", "tmpl_appointment", *A2P, phase="a2p"),
    unchanged=11,
)

SHORTENER = Finding(
    code="CX107",
    name="placeholder",
    severity=Severity.WARNING,
    message="{{hour}} has no budget, so it counts as written. Add `hour: {max_length: …}` under `variables`.",
    file="templates.d/recalls.yaml",
    line=7,
    column=46,
    target="tmpl_recall",
)
UNUSED = Finding(
    code="CX110",
    name="unused-waiver",
    severity=Severity.WARNING,
    message="The waiver of CX103 waives nothing. Remove it.",
    file="templates.d/old.yaml",
    line=12,
    column=5,
    target="tmpl_old",
)
TEXTS = {
    "templates.d/recalls.yaml": "\n" * 6
    + 'content: "Acme Dental: time for a check-up, {{hour}}? Reply STOP to opt out."\n',
    "templates.d/old.yaml": "\n" * 11
    + "  - {rule: CX103, reason: Carrier exception 1182, expires: 2027-01-31}\n",
}

EVERYTHING = plan(
    act(
        "approve",
        "tmpl_appointment",
        change(
            "content",
            "Acme Dental: see you {{date}} at {{hour}}. Reply STOP to opt out.",
            "Acme Dental: we look forward to seeing you on {{date}} at {{time}}, at 4 Harbor Road, second floor. "
            "Please bring your insurance card. Call 555-0142 to reschedule. Reply STOP to opt out.",
            "intended",
        ),
        change("status", "DRAFT", "APPROVED", "drift"),
        cause="both",
        sms=(gsm(78), gsm(178, 2)),
        unmanaged={
            "channel": "sms",
            "labels": {"cost_center": "CC-1040", "owner": "Zoë", "reviewed": None},
            "routing": {"fallback": False, "priority": 5, "regions": ["us-east", "us-west"]},
        },
    ),
    act(
        "revoke",
        "tmpl_fraud_alert",
        change("status", "APPROVED", "SUSPENDED", "intended"),
        file="bank/fraud-alert.yaml",
        cause="intended",
        sms=(gsm(142), gsm(142)),
    ),
    act(
        "approve",
        "tmpl_greeting",
        change(
            "content", "Enjoy the summer! STOP=end", "Enjoy the summer \u2600\ufe0f! STOP=end", "intended"
        ),
        change("from_address", "45678", "456789", "intended"),
        change("status", "IN_REVIEW", "APPROVED", "intended"),
        line=31,
        cause="intended",
        sms=(gsm(26), Measure(encoding="ucs-2", units=29, segments=1)),
    ),
    act(
        "update",
        "tmpl_recall",
        change("content", WON, MESSAGE["content"], "drift"),
        change("name", "Recall", "Check-up recall", "drift"),
        file="recalls.yaml",
        line=2,
        cause="drift",
        undoes=("name",),
        sms=(gsm(147), gsm(147)),
        received={
            "content": WON,
            "from_address": "45678",
            "breaks": [{"code": "CX103", "name": "opt-out"}, {"code": "CX108", "name": "link"}],
        },
    ),
    act("register", "tmpl_greeting", *A2P, phase="a2p", line=31),
    act(
        "update",
        "tmpl_payment_due",
        change("campaign_name", "First Harbor", "First Harbor payment reminders", "intended"),
        change("message_class", "OTP", "TRANSACTIONAL", "intended"),
        phase="a2p",
        file="bank/payment-due.yaml",
        cause="intended",
    ),
    act(
        "create",
        HOOK,
        change("events", None, ("a2p.registered", "template.approved"), "intended"),
        change("secret", None, SECRET, "intended"),
        phase="webhook",
        file="hooks.yaml",
        cause="intended",
    ),
    act(
        "rotate",
        "https://hooks.example.com/a",
        change("secret", SECRET, SECRET, "intended"),
        phase="webhook",
        file="hooks.yaml",
        line=9,
        cause="intended",
    ),
    act(
        "update",
        "https://hooks.example.com/b",
        change(
            "events",
            ("template.approved", "template.rejected"),
            ("a2p.registered", "template.approved"),
            "both",
        ),
        change("secret", None, SECRET, "intended"),
        phase="webhook",
        file="hooks.yaml",
        line=17,
        cause="both",
    ),
    unchanged=23,
    targets=("https://hooks.example.com/b", "tmpl_appointment"),
    pending=(
        Waiting(id="tmpl_code", status="SUBMITTED", since="2026-11-21T09:00:00.000Z"),
        Waiting(id="tmpl_pickup", status="IN_REVIEW"),
    ),
    held=(Waiting(id="tmpl_offer", status="REJECTED", since="2026-11-22T08:15:00.000Z"),),
    unchecked=(
        Unchecked(
            url="https://hooks.example.com/c",
            secret=SecretRef(source="file", name="/run/secrets/hooks-c"),
        ),
    ),
    unlisted=("webhooks",),
    guards=(
        Guard(
            name="many",
            targets=("tmpl_fraud_alert", "tmpl_recall"),
            message="12 of 20 approved templates would change. `apply --allow-many` allows it, or apply a reviewed "
            "plan file.",
        ),
        Guard(
            name="revoke",
            targets=("tmpl_fraud_alert",),
            message="1 template loses its approval: customers get no more of these messages. `apply --allow-revoke` "
            "allows it, or apply a reviewed plan file.",
        ),
    ),
    findings=(UNUSED, SHORTENER),
    notes=(
        f"The events of this plan's approvals and registrations are not delivered to {HOOK}: webhooks are made last.",
        "No longer managed: tmpl_gone. No file names them any more; they stay in the tenant as they are.",
    ),
    relaxed=(
        "tmpl_greeting is newly excused from CX105 until 2027-01-31: Carrier exception 1182",
        "The policy makes CX107 ignore, it was warning",
        "The policy's sender_patterns accept more senders: ^[0-9]{6}$",
        "The policy's approve_from let more statuses be approved over: SUSPENDED",
    ),
)

THREE_THOUSAND = plan(
    *(
        act(
            "approve",
            f"tmpl_{number:04}",
            change(
                "content",
                f"Shop {number}: see you {{{{date}}}}. Reply STOP to opt out.",
                f"Shop {number}: see you on {{{{date}}}}. Reply STOP to opt out.",
            ),
            change("status", "PENDING", "APPROVED"),
            file=f"shop-{number // 100:02}.yaml",
            line=1 + 12 * (number % 100),
            sms=(gsm(60), gsm(63)),
        )
        for number in range(3000)
    ),
    unchanged=3000,
    notes=("The tenant cannot list registrations.",),
)

HOSTILE = (
    "x\x1b[2J\x1b]0;owned\x07\x9b31m \u202egnp\u2066\u200b\u00a0\ufeff\U000e0041 e\u0301\n"
    "::error::pwned\n ::stop-commands::x\n##[group]y ##vso[task.setvariable]z\n```\n````\n"
    "</details></code></summary><img src=x onerror=alert(1)><!-- --> <script>\n@octocat #1 "
    "[link](https://evil.example.com) https://evil.example.com www.evil.example.com | cell | `tick` ``ticks`` **bold** "
    "[bold red]red[/] :smile: [-gone-]{+come+} \\u{200B} \\n $(id) ${{ secrets.X }} %0A"
)


def _hostile(odd):
    found = Finding(
        code="CX109",
        name="control",
        severity=Severity.WARNING,
        message=odd,
        file=odd,
        line=2,
        column=3,
        target=odd,
    )
    return plan(
        Action(
            phase="approval",
            operation="approve",
            target=odd,
            changes=(
                change("content", odd, f"{odd} {{{{time}}}}", odd),
                change("name", odd, "plain", odd),
                change("status", odd, "APPROVED", odd),
            ),
            reviewed={
                "message": {"name": "plain", "from_address": odd, "content": f"{odd} {{{{time}}}}"},
                "updated_at": odd,
            },
            source=Source(file=odd, line=2),
            sms=(Measure(encoding=odd, units=1, segments=1), Measure(encoding="gsm-7", units=2, segments=2)),
            cause=odd,
            undoes=(odd,),
            unmanaged={odd: {odd: [odd]}},
            received={"content": odd, "from_address": odd, "breaks": [{"code": odd, "name": odd}]},
        ),
        Action(phase="a2p", operation=odd, target=odd, changes=(change(odd, odd, odd),)),
        Action(
            phase="webhook",
            operation="update",
            target=f"https://{odd}",
            changes=(change("events", (odd, "a"), ("a",)),),
            reviewed={"secret": {"file": odd}},
        ),
        tenant=odd,
        unchanged=1,
        targets=(odd,),
        pending=(Waiting(id=odd, status=odd, since=odd),),
        held=(Waiting(id=odd, status=odd),),
        unchecked=(Unchecked(url=odd, secret=SecretRef(source="env", name=odd)),),
        unlisted=(odd,),
        guards=(Guard(name=odd, targets=(odd,), message=odd),),
        findings=(found,),
        notes=(odd,),
        relaxed=(odd,),
    )


HOSTILE_PLAN = _hostile(HOSTILE)

MIXED = plan(
    act(
        "update",
        "tmpl_appointment",
        change(
            "content",
            "Acme Dental: see you {{date}}. Reply STOP to opt out.",
            "Acme Dental: see you on {{date}}. Reply STOP to opt out.",
            "intended",
        ),
        cause="intended",
        sms=(gsm(64), gsm(67)),
    ),
    act(
        "update",
        "tmpl_payment_due",
        change(
            "content", "First Harbor: pay now!!! Reply STOP", "First Harbor: payment due. Reply STOP", "drift"
        ),
        file="bank/payment-due.yaml",
        cause="drift",
        sms=(gsm(35), gsm(37)),
    ),
    act(
        "update",
        "tmpl_recall",
        change("content", "Time for your check-up? STOP=end", "Time for a check-up? STOP=end", "both"),
        change("from_address", "45678", "456789", "intended"),
        change("name", "Recall (console)", "Recall", "drift"),
        file="recalls.yaml",
        line=2,
        cause="both",
        undoes=("from_address",),
        sms=(gsm(32), gsm(29)),
    ),
    unchanged=9,
    relaxed=(),
)

PLANS = {
    "empty": Planned(plan=EMPTY),
    "one-approval": Planned(plan=ONE),
    "everything": Planned(plan=EVERYTHING, texts=TEXTS),
    "three-thousand": Planned(plan=THREE_THOUSAND),
    "hostile": Planned(plan=HOSTILE_PLAN, texts={HOSTILE: f"x\n{HOSTILE}"}),
    "drift-and-intent": Planned(plan=MIXED),
}


def _result(outcome, phase="approval", operation="approve", target="tmpl_appointment", **more):
    return Result(phase=phase, operation=operation, target=target, outcome=Outcome(outcome), **more)


RESULTS = (
    _result("applied", attempts=1, latency_ms=212),
    _result("unchanged", target="tmpl_code", attempts=1, latency_ms=40),
    _result("pending", target="tmpl_pickup", attempts=1, latency_ms=180),
    _result(
        "held",
        target="tmpl_offer",
        error="Somebody decided against it in the tenant: change its document, or approve_from.",
    ),
    _result(
        "conflict",
        target="tmpl_recall",
        attempts=2,
        latency_ms=512,
        error="The template has moved since it was planned: name. Nothing was overwritten. Plan again.",
    ),
    _result(
        "failed",
        "a2p",
        "register",
        attempts=6,
        latency_ms=30_400,
        error="POST /api/v1/a2p/registrations for tmpl_appointment answered 503 (X-Request-Id 6f1c).",
    ),
    _result("blocked", "a2p", "register", "tmpl_recall", error="Its approval ended as conflict."),
    _result(
        "unreviewed",
        "webhook",
        "create",
        HOOK,
        error="Nobody reviewed this: it is left alone. `reconciler plan --out plan.json`, have that reviewed, and "
        "apply it.",
    ),
)


def _stale(now, reviewed):
    try:
        divide(plan(now), [Evidence(name="plan.json", actions=reviewed)], {})
    except StaleReview as stale:
        return stale
    raise AssertionError


REPORTS = {
    "audited": everything().report(),
    "applied": Applied(
        plan_digest=ONE.digest,
        audit_head="sha256:" + "5c" * 32,
        results=RESULTS,
        closed=(
            "approve tmpl_greeting (approval), begun by an earlier run: it had arrived, the tenant shows it",
        ),
    ),
    "valid": Validated(
        valid=True,
        findings=(UNUSED, SHORTENER),
        templates=(
            Sized(id="tmpl_old", file="templates.d/old.yaml", line=1, measure=gsm(61)),
            Sized(id="tmpl_recall", file="templates.d/recalls.yaml", line=1, measure=gsm(161, 2)),
        ),
        documents=3,
        texts=TEXTS,
    ),
    "invalid": Failed(
        error=InvalidDesired(
            "The desired state has 1 error; nothing was sent. Mend the files, `reconciler validate` checks them.",
            findings=(SHORTENER,),
        ),
        texts=TEXTS,
    ),
    "stale": Failed(
        error=_stale(
            act(
                "approve",
                "tmpl_appointment",
                change("name", "Reminder", "Appointment reminder"),
                change("status", "PENDING", "APPROVED"),
                updated_at="2026-11-21T11:11:11.000Z",
            ),
            ONE.actions,
        )
    ),
}
