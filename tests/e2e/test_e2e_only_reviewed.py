"""Whatever was planned, edited, forged, reviewed and applied, in any order: nothing is done that no review holds."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from auditlog import digest_of, records_of
from checkout import HOOK, template, webhook
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from reconciler.commands import run
from reconciler.sandbox import console
from reconciler.sandbox.store import Store

LOG = ".reconciler/sandbox-audit.jsonl"
IDS = st.sampled_from(["tmpl_a", "tmpl_b"])
EDITS = st.sampled_from(
    [
        ("status", "APPROVED"),
        ("status", "SUSPENDED"),
        ("status", "DRAFT"),
        ("name", "One"),
        ("name", "Two"),
        ("content", "Acme: one. Reply STOP to opt out."),
        ("content", "Acme: two. Reply STOP to opt out."),
    ]
)
EVENTS = st.sampled_from([["template.approved"], ["a2p.registered"], ["a2p.registered", "template.approved"]])
COMPARED = ("content", "from_address", "name", "status")
A2P = ("campaign_name", "message_class", "opt_in_language")


def form(action):
    """What of an action a review covers, by a second implementation."""
    changes = tuple(
        (each["field"], json.dumps(each["live"]), json.dumps(each["desired"])) for each in action["changes"]
    )
    version = action.get("updated_at") if action["phase"] == "approval" else None
    return action["phase"], action["operation"], action["target"], changes, version


def open_in_log(records):
    """The log's latest reviewed actions that did not end well since, by phase and target."""
    held = {}
    for record in records:
        if record["event"] == "reviewed":
            held |= {(one["phase"], one["target"]): one for one in record["actions"]}
        elif record["event"] == "outcome" and record["outcome"] in {"applied", "unchanged"}:
            held.pop((record["phase"], record["target"]), None)
    return list(held.values())


class Team(RuleBasedStateMachine):
    """People edit files and the tenant, save plans, review and forge them, and apply in every way there is."""

    applied = 0
    refused = 0

    def __init__(self):
        super().__init__()
        self.folder = tempfile.mkdtemp()
        self.home = Path.cwd()
        os.chdir(self.folder)
        Path("templates.d").mkdir()
        self.documents = {"tmpl_a": template("tmpl_a"), "tmpl_b": template("tmpl_b"), HOOK: webhook()}
        self.write()
        self.plans = {}
        self.edited = set()
        self.run("plan", "--sandbox")  # seeds the tenant

    def teardown(self):
        os.environ.pop("CXONE_WEBHOOK_SECRET", None)
        os.chdir(self.home)
        shutil.rmtree(self.folder)

    # --- the means --------------------------------------------------------------------------------------------------

    def write(self):
        lines = [json.dumps(each) for each in self.documents.values()]
        Path("templates.d/all.yaml").write_text("---\n" + "\n---\n".join(lines) + "\n", encoding="utf-8")

    def run(self, *args):
        """The command line itself; its exit code and its stdout."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(list(args))
        assert "This is a bug" not in err.getvalue(), err.getvalue()
        return code, out.getvalue()

    def state(self):
        with Store(".reconciler/sandbox.db") as store:
            return console.state(store)

    def records(self):
        return records_of(Path(LOG)) if Path(LOG).exists() else []

    # --- what people do -----------------------------------------------------------------------------------------------

    @rule(id_=IDS, edit=EDITS)
    def edit_a_file(self, id_, edit):
        self.documents[id_] = {**self.documents[id_], edit[0]: edit[1]}
        self.write()

    @rule(events=EVENTS)
    def edit_the_webhook(self, events):
        self.documents[HOOK] = {**self.documents[HOOK], "events": events}
        self.write()

    @rule(secret=st.sampled_from(["a", "b"]))
    def change_the_secret(self, secret):
        os.environ["CXONE_WEBHOOK_SECRET"] = secret * 30

    @rule(id_=IDS, edit=EDITS)
    def edit_in_the_console(self, id_, edit):
        with Store(".reconciler/sandbox.db") as store:
            console.edit(store, id_, dict([edit]))

    @rule(rotate=st.booleans())
    def plan(self, rotate):
        name = f"plan-{len(self.plans)}.json"
        code, _ = self.run("plan", "--sandbox", "--out", name, *(["--rotate", HOOK] if rotate else []))
        assert code == 0
        self.plans[name] = json.loads(Path(name).read_text("utf-8"))

    @precondition(lambda self: self.plans)
    @rule(data=st.data(), edit=EDITS, sealed=st.booleans())
    def forge(self, data, edit, sealed):
        """A saved plan with another change or target, with a digest that fits it or not."""
        plan = json.loads(json.dumps(data.draw(st.sampled_from(list(self.plans.values())))))
        if not plan["actions"]:
            return
        action = data.draw(st.sampled_from(plan["actions"]))
        if data.draw(st.booleans()):
            action["target"] = data.draw(IDS)
        for change in action["changes"]:
            if change["field"] == edit[0]:
                change["desired"] = edit[1]
        name = f"plan-{len(self.plans)}.json"
        if sealed:
            plan["digest"] = digest_of(plan)
        if digest_of(plan) != plan["digest"]:
            self.edited.add(name)
        Path(name).write_text(json.dumps(plan), encoding="utf-8")
        self.plans[name] = plan
        code, _ = self.run("show", name)
        assert code == (1 if name in self.edited else 0)

    @precondition(lambda self: self.plans)
    @rule(data=st.data())
    def review(self, data):
        name = data.draw(st.sampled_from(sorted(self.plans)))
        code, _ = self.run("audit", "review", "--sandbox", name)
        assert code == (1 if name in self.edited else 0)

    @precondition(lambda self: self.plans)
    @rule(data=st.data())
    def apply_files(self, data):
        names = data.draw(st.lists(st.sampled_from(sorted(self.plans)), min_size=1, max_size=2, unique=True))
        code = self.applies([self.plans[name] for name in names], *names)
        if self.edited.intersection(names):
            assert code == 1

    @precondition(lambda self: self.plans)
    @rule(data=st.data())
    def apply_a_digest(self, data):
        plan = data.draw(st.sampled_from(list(self.plans.values())))
        same = [each for each in self.plans.values() if each["digest"] == plan["digest"] == digest_of(each)]
        self.applies(same, "--expect-digest", plan["digest"])

    @rule()
    def go_on(self):
        self.applies([], "--continue")

    # --- what must hold -----------------------------------------------------------------------------------------------

    def applies(self, plans, *how):
        """Apply, and hold what came of it in the tenant and in the log against what was reviewed."""
        reviewed = [action for plan in plans for action in plan["actions"]]
        before, log = self.state(), self.records()
        reviewed += open_in_log(log)
        code, out = self.run("apply", "--sandbox", "--format", "json", *how)
        after = self.state()
        assert code in {0, 1, 3, 4, 5}
        if code in {1, 4, 5}:
            assert {**before, "audit_logs": None} == {**after, "audit_logs": None}
            type(self).refused += 1
        known = {form(action) for action in reviewed}
        for record in self.records()[len(log) :]:
            if record["event"] == "reviewed":
                assert {form(action) for action in record["actions"]} <= known
        for result in json.loads(out).get("results", ()):
            if result["outcome"] == "applied":
                type(self).applied += 1
        self.templates(before, after, reviewed)
        self.registrations(before, after, reviewed)
        self.webhooks(before, after, reviewed)
        return code

    def templates(self, before, after, reviewed):
        """A template changed as one reviewed action says, over the version that was reviewed, and nowhere else."""
        for was, now in zip(before["templates"], after["templates"], strict=True):
            if was == now:
                continue
            assert {**was, **{name: now[name] for name in (*COMPARED, "meta")}} == now
            assert any(
                action["phase"] == "approval"
                and action["target"] == was["id"]
                and action["updated_at"] == was["meta"]["updated_at"]
                and {one["field"]: one["live"] for one in action["changes"]}
                == {one["field"]: was[one["field"]] for one in action["changes"]}
                and {
                    **was,
                    **{one["field"]: one["desired"] for one in action["changes"]},
                    "meta": now["meta"],
                }
                == now
                for action in reviewed
            ), (was, now)

    def registrations(self, before, after, reviewed):
        """A registration that came or changed is the one of a reviewed action."""
        known = {one["template_id"]: one for one in before["registrations"]}
        for now in after["registrations"]:
            was = known.get(now["template_id"])
            assert was == now or any(
                action["phase"] == "a2p"
                and action["target"] == now["template_id"]
                and {**(was or {}), **{one["field"]: one["desired"] for one in action["changes"]}}.items()
                >= {name: now[name] for name in A2P}.items()
                for action in reviewed
            ), (was, now)

    def webhooks(self, before, after, reviewed):
        """There is one, made once; its events and its secret move as a reviewed action says."""
        known = {one["id"]: one for one in before["webhooks"]}
        assert len(after["webhooks"]) <= 1
        for now in after["webhooks"]:
            was = known.get(now["id"])
            if was == now:
                continue
            actions = [one for one in reviewed if one["phase"] == "webhook" and one["target"] == now["url"]]
            desired = [
                (one["operation"], {each["field"]: each["desired"] for each in one["changes"]})
                for one in actions
            ]
            if was is None:
                assert ("create", {"events": sorted(now["events"]), "secret": "(secret)"}) in desired
            elif was["events"] != now["events"]:
                assert any(
                    operation == "update" and fields["events"] == sorted(now["events"])
                    for operation, fields in desired
                )
            else:
                assert any(operation in {"rotate", "update"} for operation, _ in desired)


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setenv("CXONE_OPERATOR_ID", "tester")
    monkeypatch.setattr(Team, "applied", 0)
    monkeypatch.setattr(Team, "refused", 0)


def test_nothing_is_ever_done_that_no_review_holds():
    """Through the whole command, over any two plans and any edit between them; and it does get to do something."""
    run_state_machine_as_test(
        Team,
        settings=settings(
            deadline=None,
            max_examples=30,
            stateful_step_count=16,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
    assert Team.applied > 0


def test_what_was_reviewed_is_done_once_and_then_refused():
    """Chance does not always come to a refusal: this history does."""
    team = Team()
    with contextlib.ExitStack() as after:
        after.callback(team.teardown)
        team.plan(rotate=False)
        ((name, plan),) = team.plans.items()
        team.applies([plan], name)
        assert (Team.applied, Team.refused) == (len(plan["actions"]), 0)
        team.edit_in_the_console(id_="tmpl_a", edit=("content", "Acme: two. Reply STOP to opt out."))
        team.applies([plan], name)
        assert (Team.applied, Team.refused) == (len(plan["actions"]), 1)
