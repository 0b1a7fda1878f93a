"""One command of ``reconciler github`` as a step runs it, on what a Team's GitHub holds, without a workflow around."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass

import hub as keeping
import warm
from auditlog import digest_of
from tokens import token_of

READS = {"actions": "read", "contents": "read", "pull-requests": "read"}


def listed(team, **folders):
    """main's list of tenants."""
    entries = [{"tenant": name, "templates": folder} for name, folder in folders.items()]
    team.commit_to_main({".github/tenants.json": json.dumps(entries)})


def log_of(team, tenant="example"):
    """The tenant's audit log, beside those of others; empty to begin with."""
    file = team.folder / "logs" / f"{tenant}.jsonl"
    file.parent.mkdir(exist_ok=True)
    file.touch()
    return file


def gathered(team, into, *words, **how):
    """`github merged` for all tenants, or one (``--only``), into a folder."""
    return github(team, "merged", "--audit", str(team.folder / "logs"), "--into", str(into), *words, **how)


def reviewed(team, into, *words, tenant="example", folder="templates.d", **how):
    """`github merged` for a tenant, and if that ends well `github plans` on what it found."""
    log, found = log_of(team, tenant), f"{into}-merged"
    said = gathered(team, found, "--only", tenant, **how)
    if said.code != 0:
        return said
    whose = ("--tenant", tenant, "--templates", folder, "--log", str(log))
    return github(
        team, "plans", *whose, "--into", str(into), "--merged", f"{found}/merged.json", *words, **how
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command said."""

    code: int
    text: str


def github(team, *words, permissions=None, token=None, **env):
    """``reconciler github WORDS`` in a checkout of main."""
    (team.folder / "event.json").write_text('{"repository": {"default_branch": "main"}}', encoding="utf-8")
    team.copy("checkout", "--quiet", "--force", "--detach", "origin/main")
    whole = {
        **team.runner.machine,
        "GITHUB_REPOSITORY": "acme/messages",
        "GITHUB_SERVER_URL": team.host.url,
        "GITHUB_SHA": team.copy.tip(),
        "GITHUB_REF_NAME": "main",
        "GITHUB_RUN_ID": "1",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(team.folder / "event.json"),
        "GH_TOKEN": token_of("test", READS if permissions is None else permissions)
        if token is None
        else token,
        **env,
    }
    ran = warm.run("github", *words, cwd=team.copy.folder, env=whole)
    assert "Traceback" not in ran.stdout + ran.stderr, ran.stderr
    return Said(code=ran.returncode, text=ran.stdout + ran.stderr)


def plan_bytes(content="Acme Dental: see you tomorrow. Reply STOP to opt out.", **more):
    """A plan file of one action, its digest that of its content."""
    change = {
        "field": "content",
        "live": "Acme Dental: see you soon. Reply STOP to opt out.",
        "desired": content,
    }
    action = {
        "phase": "approval",
        "operation": "update",
        "target": "tmpl_a",
        "changes": [change],
        "message": {"name": "Reminder", "from_address": "45678", "content": content},
        "updated_at": "2026-11-20T10:00:00Z",
        "source": {"file": "templates.d/a.yaml", "line": 2},
    }
    lists = ("targets", "pending", "held", "unchecked", "unlisted", "guards", "findings", "notes")
    plan = {
        "format_version": "2.0",
        "tenant": "https://acme.nicecxone.com",
        "base_url": "https://acme.nicecxone.com",
        "actions": [action],
        "unchanged": 4,
    }
    plan |= {**{name: [] for name in lists}, **more}
    return json.dumps({**plan, "digest": digest_of(plan)}).encode()


def zipped(content, name="plan.json"):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, content)
    return made.getvalue()


def planned(
    team, pull, content=None, *, name="plan-example-1", conclusion="success", run=None, artifact=None
):
    """A run of plan.yml for the pull request's last commit with an artifact; ``run``, ``artifact``: other fields."""
    content = zipped(plan_bytes()) if content is None else content
    body = pull.read()
    with team.hub.change() as state:
        made = keeping.add_run(
            state,
            workflow="plan.yml",
            event="pull_request",
            actor=body["user"]["login"],
            head_sha=body["head"]["sha"],
            head_branch=body["head"]["ref"],
        )
        keeping.end_run(state, made["id"], conclusion)
        made.update(run or {})
        kept = keeping.add_artifact(state, made["id"], name, len(content))
        kept.update(artifact or {})
        team.hub.keep_zip(kept["id"], content)
    return made
