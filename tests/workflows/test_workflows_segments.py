"""A log that is full is sealed in an apply, and the branch keeps all of its files."""

from __future__ import annotations

from desk import WorkingCopy
from proposals import NEW, change

from reconciler.audit import segments
from reconciler.audit.chain import RecordStream
from reconciler.audit.log import writing
from reconciler.audit.records import Run

BRANCH = "reconciler-audit"


def filled(team) -> str:
    """The text of the tenant's log, filled up to just below where it is sealed, by records that say nothing."""
    kept = team.folder / "full.jsonl"
    kept.write_text(team.text_on_branch("example.jsonl"), encoding="utf-8")
    with writing(str(kept), sleep=lambda _: None, warn=print) as writer:
        told = writer.log.records[-1]
        run = Run(
            run_id="r", operator_id="o", git=None, review=None, now=lambda: 0.0,
            **{name: told[name] for name in ("tenant", "base_url")},
        )  # fmt: skip
        writer.append([run.record("delivered", delivered=[])] * (segments.RECORDS - 2 - writer.count))
    return kept.read_text(encoding="utf-8")


def test_a_log_that_fills_up_in_an_apply_is_kept_in_two_files(team):
    """The sealed one begins with what was on the branch; the next apply goes on from the current one."""
    team.ship(change("a"))
    text = filled(team)
    team.copy.commit(f"origin/{BRANCH}", {"example.jsonl": text}, "Fill", to=f"refs/heads/{BRANCH}")
    _, run = team.ship(change("a", content=NEW.replace("tomorrow", "on Monday")))
    assert run.conclusion == "success", run.log
    assert team.log()[0]["event"] == "checkpoint"
    _, run = team.ship(change("a", content=NEW.replace("tomorrow", "on Friday")))
    assert run.conclusion == "success", run.log
    mine = WorkingCopy(team.folder / "mine", team.copy.remote)
    mine("checkout", "--quiet", "--detach", f"origin/{BRANCH}")
    (sealed,) = mine.folder.glob("example.[0-9]*.jsonl")
    assert sealed.read_text(encoding="utf-8").startswith(text)
    path = str(mine.folder / "example.jsonl")
    whole = [record["seq"] for record, _ in segments.forwards(path, RecordStream(path))]
    assert whole == list(range(1, whole[-1] + 1))
