"""What goes wrong on the way: half an apply, a lost machine, a slow carrier, a moved branch, a tenant that is down."""

from __future__ import annotations

from artifacts import read_in
from auditlog import ends, events, open_intents
from checkout import template
from proposals import NEW, change


def test_an_apply_that_fails_half_way_is_finished_by_another_attempt(teams):
    """One of two writes fails: red, exit 3; the same run once more does the other and nothing twice."""
    team = teams("fail=put-template:500:1")
    tenant = team.tenants["example"]
    pull = team.propose(change("a", "b"))
    team.plan(pull)
    team.review(pull)
    push = team.merge(pull)
    assert team.apply(push).conclusion == "failure"
    assert team.status()[1].startswith("exit 3; ")
    assert sorted(outcome for _, _, outcome in ends(team.log())[-2:]) == ["applied", "failed"]
    again = team.apply(push, attempt=2)
    assert again.conclusion == "success"
    assert sorted(tenant.done()) == [("put-template", "tmpl_a"), ("put-template", "tmpl_b")]
    assert team.status() == ("success", f"exit 0; audit head {team.log()[-1]['hash']}")
    assert [one["review"]["approvers"] for one in events(team.log(), "outcome")[-3:]] == [["bob"]] * 3


def test_a_carrier_that_decides_a_day_later(teams):
    """Pending is a warning; the schedule goes on with it, does nothing while nothing is decided, and ends it."""
    team = teams("carrier=slow")
    tenant = team.tenants["example"]
    pull, run = team.ship({"templates.d/a.yaml": [template("tmpl_a", content=NEW, a2p=LATER)]})
    assert run.conclusion == "success", run.log
    assert ("warning", "Only what is pending or held is left.") in run.annotations
    assert team.status()[0] == "success"
    assert team.status()[1].startswith("exit 3; ")
    assert ends(team.log())[-2:] == [("approval", "tmpl_a", "pending"), ("a2p", "tmpl_a", "blocked")]

    sent = len(tenant.writes())
    waiting = team.scheduled("apply.yml")
    assert waiting.conclusion == "success"
    assert ("warning", "Only what is pending or held is left.") in waiting.annotations
    assert len(tenant.writes()) == sent

    tenant.edit("tmpl_a", status="APPROVED")
    assert team.scheduled("apply.yml").conclusion == "success"
    assert tenant.done() == [("put-template", "tmpl_a"), ("post-registration", "registrations")]
    campaigns = {item["template_id"]: item["campaign_name"] for item in tenant.state()["registrations"]}
    assert campaigns["tmpl_a"] == "Later"
    assert team.status()[1].startswith("exit 0; ")
    assert "## Done: " in pull.said("apply example")


LATER = {"campaign_name": "Later", "message_class": "TRANSACTIONAL", "opt_in_language": "At the desk"}


def test_a_machine_lost_after_its_writes_leaves_a_trace_that_the_next_apply_closes(team):
    """The reviewed record was on the branch before: the next apply closes it, names who approved, writes nothing."""
    tenant = team.tenants["example"]
    pull = team.propose(change("a"))
    team.plan(pull)
    team.review(pull)
    push = team.merge(pull)
    before = len(team.log())
    lost = team.apply(push, lost={"Batch 1 / example / Apply": "Apply"})
    assert lost.conclusion == "failure"
    assert tenant.template("tmpl_a")["content"] == NEW
    assert [record["event"] for record in team.log()[before:]] == ["reviewed"]
    assert team.status() == ("failure", f"exit lost; audit head {team.log()[-1]['hash']}")
    assert "lost" in pull.said("apply example")

    sent = len(tenant.writes())
    assert team.apply(push).conclusion == "success"
    assert len(tenant.writes()) == sent
    assert ends(team.log()[before:]) == [("approval", "tmpl_a", "unchanged")]
    assert events(team.log(), "outcome")[-1]["review"]["approvers"] == ["bob"]
    assert open_intents(team.log()) == {}
    assert team.status()[1] == f"exit 0; audit head {team.log()[-1]['hash']}"


def test_a_tenant_that_is_down_does_not_stop_the_other(teams):
    """Two tenants in one pull request: one is applied, the other's failure is told, and made up for later."""
    team = teams(tenants=("example", "second"))
    changed = {
        **change("a"),
        "tenants/second/a.yaml": [template("tmpl_a_second", content=NEW)],
    }
    pull = team.propose(changed)
    team.plan(pull)
    team.review(pull)
    push = team.merge(pull)
    team.tenants["second"].stop()
    run = team.apply(push)
    assert run.conclusion == "failure"
    assert sorted(run.concurrency) == [f"apply-{run.id}", "apply-example", "apply-second"]
    assert team.status("example")[1].startswith("exit 0; ")
    assert team.status("second")[1].startswith("exit 1; ")
    assert team.tenants["example"].template("tmpl_a")["content"] == NEW

    team.tenants["second"].restart()
    assert team.apply(push).conclusion == "success"
    assert team.tenants["second"].done() == [("put-template", "tmpl_a_second")]
    assert ends(team.log("second"))[-1] == ("approval", "tmpl_a_second", "applied")
    assert ends(team.log("example"))[-1] == ("approval", "tmpl_a", "applied")


KEEP = ("Batch 1 / example / Record what came of it", "Keep the log on its branch")


def test_another_tenants_push_in_between_does_no_harm(team):
    """The audit branch moved by another tenant's file: this one's is put on top of it."""

    def meanwhile():
        files = {"other.jsonl": "{}\n"}
        team.copy.commit("origin/reconciler-audit", files, "other", to="refs/heads/reconciler-audit")

    _, run = team.ship(change("a"), before={KEEP: meanwhile})
    assert run.conclusion == "success"
    assert ends(team.log())[-1] == ("approval", "tmpl_a", "applied")
    assert team.text_on_branch("other.jsonl") == "{}\n"


def test_its_own_file_moved_meanwhile_stops(team):
    """Somebody else wrote this tenant's log: nothing on the branch is overwritten, this run's log is an artifact."""

    def meanwhile():
        files = {"example.jsonl": team.text_on_branch("example.jsonl") + "{}\n"}
        team.copy.commit("origin/reconciler-audit", files, "mine", to="refs/heads/reconciler-audit")

    _, run = team.ship(change("a"), before={KEEP: meanwhile})
    assert run.conclusion == "failure"
    assert "has moved on reconciler-audit" in run.jobs[KEEP[0]].log
    assert team.text_on_branch("example.jsonl").endswith("{}\n")
    (kept,) = team.artifacts(run, "applied-example")
    assert b'"outcome":"applied"' in read_in(kept, "audit/example.jsonl").replace(b'": "', b'":"')


def test_a_cut_log_is_found_and_begun_anew_only_by_hand(team):
    """The branch lost a record: no apply until somebody begins the log anew, with a reason; the old one is kept."""
    tenant = team.tenants["example"]
    cut = team.text_on_branch("example.jsonl").splitlines()[:-1]
    old = "\n".join(cut) + "\n"
    team.copy("update-ref", "refs/heads/cut", "origin/reconciler-audit")
    (team.copy.remote / "hooks" / "update").unlink()  # whoever cuts it has found a way round the rule
    team.copy.commit(
        "origin/reconciler-audit^{commit}", {"example.jsonl": old}, "x", to="refs/heads/reconciler-audit"
    )

    pull, run = team.ship(change("a"))
    assert run.conclusion == "failure"
    review = run.jobs["Batch 1 / example / Record what was reviewed"]
    assert review.step("Check the log against the last apply's head").outcome == "failure"
    assert run.jobs["Batch 1 / example / Apply"].result == "skipped"
    assert tenant.writes(audit=True) == []
    assert "its tail was cut" in review.log

    anew = team.by_hand("apply.yml", tenant="example", reason="the log of 2026 is lost", new_log="true")
    assert anew.conclusion == "success", anew.log
    assert tenant.template("tmpl_a")["content"] == NEW
    assert team.text_on_branch("example.jsonl.lost-1") == old
    records = team.log()
    assert records[0]["seq"] == 1
    assert ends(records) == [("approval", "tmpl_a", "applied")]
    assert events(records, "outcome")[-1]["review"]["reason"] == "the log of 2026 is lost"
    assert "Let through by bob." in team.copy("log", "--format=%B", "origin/reconciler-audit")
    assert "1 applied" in pull.said("apply example")


def test_a_log_begun_anew_with_nothing_to_do_is_gone_on_from(team):
    """The reason stands on the branch, and the next apply asks for no head of the log that is lost."""
    team.copy.commit(
        "origin/reconciler-audit", {"example.jsonl": ""}, "lost", to="refs/heads/reconciler-audit"
    )
    begun = team.by_hand("apply.yml", tenant="example", reason="the log of 2026 is lost", new_log="true")
    assert begun.conclusion == "success", begun.log
    assert team.log() == []
    assert "the log of 2026 is lost" in team.copy("log", "--format=%B", "origin/reconciler-audit")
    assert team.scheduled("apply.yml").conclusion == "success"


def test_a_log_that_verifies_is_not_begun_anew(team):
    """Whoever may start a workflow by hand cannot put the log aside, and nobody is asked to let him."""
    before = team.text_on_branch("example.jsonl")
    run = team.by_hand("apply.yml", tenant="example", reason="I did it", new_log="true")
    assert run.conclusion == "failure"
    assert "it is not lost" in run.jobs["What is asked for"].log
    assert run.jobs["Let through"].result == "skipped"
    assert team.text_on_branch("example.jsonl") == before


def test_a_log_is_not_begun_anew_where_nobody_let_it_go(team):
    """It is lost, and the environment has no reviewers: refused, and what is left of it stays."""
    del team.runner.environments["example-by-hand"]
    torn = team.text_on_branch("example.jsonl").replace("tmpl_a", "tmpl_x", 1)
    files = {"example.jsonl": torn}
    team.copy.commit("origin/reconciler-audit", files, "x", to="refs/heads/reconciler-audit")
    run = team.by_hand("apply.yml", tenant="example", reason="I did it", new_log="true")
    assert run.conclusion == "failure"
    assert "Nobody but who started this run has let it through" in run.log
    assert team.text_on_branch("example.jsonl") == torn


def test_an_apply_that_somebody_cancels_loses_nothing_and_is_reported(team):
    """Cancelled after its writes: the log and what came of it are kept and told; the next apply does nothing twice."""
    tenant = team.tenants["example"]
    pull = team.propose(change("a"))
    team.plan(pull)
    team.review(pull)
    push = team.merge(pull)
    run = team.apply(push, cancelled={"Batch 1 / example / Apply": "Apply"})
    assert run.conclusion == "cancelled"
    assert ends(team.log())[-1] == ("approval", "tmpl_a", "applied")
    assert "1 applied" in pull.said("apply example")
    assert team.status()[1] == f"exit 0; audit head {team.log()[-1]['hash']}"
    assert open_intents(team.log()) == {}
    sent = len(tenant.writes())
    assert team.apply(push).conclusion == "success"
    assert len(tenant.writes()) == sent


def test_an_apply_that_is_cancelled_before_it_wrote_is_done_by_the_next(team):
    """What was reviewed is in the log, its loss is told, and the schedule goes on with it."""
    pull = team.propose(change("a"))
    team.plan(pull)
    team.review(pull)
    install = {"Batch 1 / example / Apply": "Install reconciler"}
    assert team.apply(team.merge(pull), cancelled=install).conclusion == "cancelled"
    assert team.tenants["example"].writes() == []
    assert team.status()[0] == "failure"
    assert "lost before it could say how it ended" in pull.said("apply example")
    assert team.scheduled("apply.yml").conclusion == "success"
    assert team.tenants["example"].done() == [("put-template", "tmpl_a")]
    assert events(team.log(), "outcome")[-1]["review"]["approvers"] == ["bob"]
