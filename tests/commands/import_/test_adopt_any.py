"""Import, then plan: empty, whatever texts the tenant has; what gets no file is named, and for a reason that holds."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from builders import TENANT
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reconciler.commands.import_.adopt import Place, adopt
from reconciler.commands.import_.survey import Survey
from reconciler.core.model import Live, Observation, Severity
from reconciler.desired.load import load
from reconciler.kinds import discover
from reconciler.plan.build import PlanInput, build

KINDS = discover()
TODAY = "2026-11-20"
URL = "https://hooks.example.com/cxone"
ODD = st.sampled_from(
    [
        *(
            "yes",
            "012",
            "~",
            "1e3",
            "null",
            "2027-01-31",
            "12:30",
            "0x1F",
            "- a",
            "? b",
            ": c",
            "a: b",
            "a #b",
        ),
        *(
            "'",
            '"',
            "\\",
            "\r\n",
            "\n",
            "\r",
            " ",
            "   trailing   ",
            "\t",
            "\x85",
            "\u2028",
            "\ufeff",
            "\x00",
        ),
        *("---", "...", "%YAML", "&a", "*b", "!c", "|", ">", "{{x}}", "{{", "}}", "😀", "\u200d", "\ud83d"),
        *("<<", "=", "@", "`", "[", "]", "{", "}", ",", "Reply STOP to opt out.", "x" * 300),
    ]
)
TEXT = st.lists(st.one_of(ODD, st.text(st.characters(), max_size=4)), max_size=6).map("".join)
ID = st.one_of(
    st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._:~-]{0,20}\Z"),
    st.sampled_from(["con", "a", "A", "null", "yes", "012", "policy", "a.yaml", "x" * 128]),
    st.text(max_size=4),
)
STATUS = st.one_of(st.sampled_from(["APPROVED", "PENDING", "NO", "0x1F", "null", "approved"]), TEXT)
TEMPLATE = st.fixed_dictionaries({"content": TEXT, "from_address": TEXT, "name": TEXT, "status": STATUS})
A2P = st.fixed_dictionaries({"campaign_name": TEXT, "message_class": TEXT, "opt_in_language": TEXT})
EVENTS = st.lists(TEXT, max_size=3, unique=True).map(lambda events: tuple(sorted(events)))
TENANTS = st.dictionaries(ID, st.tuples(TEMPLATE, st.none() | A2P), max_size=5)
FINE = {
    "content": "Acme: hi. Reply STOP to opt out.",
    "from_address": "45678",
    "name": "One",
    "status": "APPROVED",
}


def live(id_, fields):
    """A template as its kind reads it."""
    return KINDS["template"].live({"id": id_, **fields, "meta": {"updated_at": "v1"}}, "GET /test")


def shown(tenant, events):
    """What the tenant lists."""
    templates = [live(id_, fields) for id_, (fields, _) in tenant.items()]
    registrations = {
        id_: (KINDS["registration"].live({"template_id": id_, **a2p, "id": "r"}, "GET /test"),)
        for id_, (_, a2p) in tenant.items()
        if a2p is not None
    }
    hooks = {URL: (Live(kind="webhook", target=URL, fields={"events": events}, id="w"),)}
    return Survey(templates=tuple(templates), registrations=registrations, webhooks=hooks)


def holds(text):
    """Whether a document can have the text: something to see in it, and no half of a surrogate pair."""
    return re.search(r"\S", text) and not re.search("[\ud800-\udfff]", text)


def holdable(id_, fields):
    """Whether the schema can hold the template."""
    return (
        re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,127}", id_)
        and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", fields["status"])
        and all(holds(fields[name]) for name in ("content", "from_address", "name"))
    )


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(TENANTS, EVENTS)
@example({"a": (FINE, None), "A": ({**FINE, "content": "trailing \r\nblanks  "}, None)}, ("x",))
@example({"half": ({**FINE, "name": "\ud83d"}, None), "a b": (FINE, None)}, ())
def test_a_plan_right_after_an_import_is_empty(tenant, events):
    """Any text in any field: a file for each template that the schema can hold, and nothing to do."""
    survey = shown(tenant, events)
    adoption = adopt(survey, Place(folder="adopted"), today=TODAY, remembered={})
    with tempfile.TemporaryDirectory() as folder:
        for file in adoption.files:
            (Path(folder) / file.name).write_text(file.text, encoding="utf-8", newline="")
        if not adoption.files:
            return
        state = load([folder], today=TODAY, clock=lambda: 0.0)
    assert [one for one in state.findings if one.severity == Severity.ERROR] == []
    written = {one.id for one in adoption.report.written}
    assert written - {URL} == {
        id_ for id_, (fields, _) in tenant.items() if holdable(id_, live(id_, fields).fields)
    }
    assert len(written) + len(adoption.report.skipped) == len(tenant) + 1
    lives = {("template", one.target): (one,) for one in survey.templates}
    lives |= {("registration", id_): ones for id_, ones in (survey.registrations or {}).items()}
    lives |= {("webhook", url): ones for url, ones in (survey.webhooks or {}).items()}
    plan = build(
        PlanInput(
            tenant=TENANT,
            base_url=TENANT,
            desired={(one.kind, one.target): one for one in state.desired()},
            observed=Observation(lives=lives, listed=frozenset({"template", "registration", "webhook"})),
            policy=state.policy,
            unreadable=(URL,),
        )
    )
    assert plan.actions == ()
    assert plan.held == plan.pending == ()


def test_names_that_differ_only_in_case_are_files_of_their_own():
    """On a file system that does not tell them apart too."""
    survey = shown({"a": (FINE, None), "A": (FINE, None), "b": (FINE, None)}, ("x",))
    names = [file.name for file in adopt(survey, Place(folder="d"), today=TODAY, remembered={}).files]
    assert len({name.casefold() for name in names}) == len(names) == 4
