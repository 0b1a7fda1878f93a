"""What is put together before a plan is made: which objects it is about, and which secrets are compared."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import warm
from builders import URL, action, create, desired, hook, register, template
from driver.team import Team
from driver.world import HOOK

from reconciler.audit.memory import Memory
from reconciler.core.model import Remembered
from reconciler.core.wire import Response
from reconciler.desired.secrets import Secrets
from reconciler.desired.state import DesiredState
from reconciler.run.plan import PlanRequest, gather, needed_scopes

ELSEWHERE = "https://elsewhere.example.com/"


@pytest.fixture
def team(tmp_path):
    """Two templates and a webhook, on a tenant that has everything."""
    if not Path("/proc/self/fd").exists():
        pytest.skip("the disk is watched by way of /proc")
    one = Team(tmp_path)
    yield one
    one.close()


def test_desired_is_what_has_one_of_the_targets_and_all_without_any() -> None:
    """A template's registration is narrowed with it."""
    every = DesiredState(sound=(template("tmpl_b"), hook(), template("tmpl_a")))
    assert sorted(map(repr, every.desired())) == sorted(map(repr, desired(*every.sound)))
    assert [
        (one.kind, one.target) for one in replace(every, targets=frozenset({"tmpl_b", URL})).desired()
    ] == [
        ("registration", "tmpl_b"),
        ("template", "tmpl_b"),
        ("webhook", URL),
    ]


def test_scopes_are_those_of_the_actions_alone() -> None:
    """Each once, sorted: what a client must have been granted before anything is written."""
    assert needed_scopes([]) == ()
    assert needed_scopes([action(), register(), create(), action("approval", "approve", "tmpl_b")]) == (
        "a2p:write",
        "messaging:write",
        "webhooks:write",
    )


def test_a_fingerprint_is_made_while_the_tenant_is_waited_for() -> None:
    """It takes 0.1 s: of this tenant, which answers once it is begun, neither waits for the other."""
    begun = threading.Event()
    made = []

    def fingerprint(secret: str, tenant: str, url: str) -> str:
        begun.set()
        made.append((secret, tenant, url))
        return "scrypt:new"

    class Tenant:
        connection = SimpleNamespace(concurrency=1)

        async def send(self, _):
            assert await asyncio.to_thread(begun.wait, 30)
            return Response(status=200, body={"items": []})

    request = PlanRequest(tenant="here", base_url="here", state=DesiredState(sound=(hook(),)))
    memory = Memory(remembered={("webhook", URL): Remembered(fingerprint="scrypt:old")})
    secrets = Secrets(lambda _: "a-secret", fingerprint)
    given = asyncio.run(gather(request, memory, Tenant(), secrets, lambda *_: None))
    assert given.fingerprints == {URL: "scrypt:new"}
    assert made == [("a-secret", "here", URL)]


@pytest.mark.parametrize(
    ("target", "among", "there"),
    [((), "of the files", HOOK), (("--target", "tmpl_a"), "of the targets", "none")],
)
def test_a_rotation_of_a_webhook_that_nobody_asks_for_is_refused(team, target, among, there) -> None:
    """It says among what it was looked for, and what there is."""
    run = team._run("plan", "--format", "json", "--rotate", ELSEWHERE, *target)
    assert run.json["error"] == f"--rotate {ELSEWHERE} names no webhook {among}. There are: {there}."
    assert run.code == 1


def test_a_secret_is_compared_where_one_is_remembered(team) -> None:
    """Another secret is seen after the first apply, and only then."""
    team.applies()
    assert team.plans().json["actions"] == []
    team.secret(1)
    (rotation,) = team.plans().json["actions"]
    assert (rotation["operation"], rotation["target"]) == ("rotate", HOOK)
    team.applies()
    assert team.plans().json["actions"] == []


def test_a_secret_that_cannot_be_read_here_is_not_compared(team) -> None:
    """The plan says so, and whoever has it compares it."""
    team.applies()
    team.world.secret = ""
    run = team.plans()
    assert run.code == 0
    assert (run.json["actions"], [one["url"] for one in run.json["unchecked"]]) == ([], [HOOK])


def test_a_secret_that_is_too_short_ends_an_apply_on_the_sandbox_before_it_begins(tmp_path) -> None:
    """As on a tenant: with the template written first, the webhook alone would be missing."""
    (tmp_path / "templates.d").mkdir()
    for name, document in (("a", template()), ("w", hook())):
        (tmp_path / "templates.d" / f"{name}.yaml").write_text(json.dumps(document.body))
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "HOOK_SECRET": "short"}
    done = warm.run("apply", "--sandbox", "--yes", cwd=tmp_path, env=env)
    assert done.returncode == 1
    assert "HOOK_SECRET holds 5 bytes" in done.stderr
    assert "nothing was written" in done.stderr
    done = warm.run("apply", "--sandbox", "--yes", cwd=tmp_path, env={**env, "HOOK_SECRET": ""})
    assert done.returncode == 0, done.stderr
    assert "Done: 3 applied" in done.stdout
