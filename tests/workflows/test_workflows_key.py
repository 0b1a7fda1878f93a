"""The audit log's key in the workflows: where the environments hold one, nobody appends without it."""

from __future__ import annotations

import warm
from proposals import NEW, change

from reconciler.audit.chain import line

BRANCH = "reconciler-audit"
KEY = "a key of thirty-two bytes or more, for tests"


def keyed(team):
    """Give the environments that record and apply the key, and seal what was written without it."""
    folder = team.folder / "sealed"
    folder.mkdir()
    (folder / "example.jsonl").write_text(team.text_on_branch("example.jsonl"), encoding="utf-8")
    (folder / "key").write_text(KEY, encoding="utf-8")
    words = ("audit", "seal", "--audit-log", "example.jsonl", "--key-file", "key")
    sealed = warm.run(*words, cwd=folder, env=team.runner.machine)
    assert sealed.returncode == 0, sealed.stderr
    files = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.jsonl")}
    team.copy.commit(f"origin/{BRANCH}", files, "Seal", to=f"refs/heads/{BRANCH}")
    for name in ("example-record", "example-apply"):
        team.runner.environments[name]["secrets"]["RECONCILER_LOG_KEY"] = KEY


def test_with_a_key_every_record_is_signed_and_one_that_is_not_is_refused(team):
    """Who can push the branch, but has not the key, has nothing carried out: the next apply says so, and ends."""
    keyed(team)
    _, run = team.ship(change("a"))
    assert run.conclusion == "success", run.log
    records = team.log()
    assert len(records) > 2
    assert all("mac" in record for record in records)
    before = team.tenants["example"].writes(audit=True)
    last = {name: value for name, value in records[-1].items() if name != "mac"}
    text = b"".join(map(line, (*records[:-1], last))).decode()
    team.copy.commit(f"origin/{BRANCH}", {"example.jsonl": text}, "Forge", to=f"refs/heads/{BRANCH}")
    _, run = team.ship(change("a", content=NEW.replace("tomorrow", "on Monday")))
    assert run.conclusion == "failure"
    assert "has no mac" in run.log
    assert team.tenants["example"].writes(audit=True) == before
