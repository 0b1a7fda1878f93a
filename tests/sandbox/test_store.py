"""What the sandbox's store keeps, and which files it refuses."""

from __future__ import annotations

import sqlite3

import pytest

from reconciler.core.errors import ReconcilerError
from reconciler.sandbox.store import UNMANAGED, Store

TEMPLATE = {"id": "tmpl_a", "name": "A", "content": "x", "from_address": "45678"}


def test_updated_at_moves_with_every_write_even_when_the_clock_does_not():
    """Two writes in one instant, or a clock set back, never share a version."""
    times = [100.0, 100.0, 100.0, 5.0]
    with Store(":memory:", clock=lambda: times.pop(0)) as store:
        stamps = [store.create_template(TEMPLATE)["meta"]["updated_at"]]
        stamps += [store.replace_template(store.template("tmpl_a"))["meta"]["updated_at"] for _ in range(3)]
        assert store.template("tmpl_a")["meta"]["created_at"] == stamps[0]
    assert stamps == sorted(set(stamps))
    assert stamps[0] == "1970-01-01T00:01:40.000000Z"


def test_seeding_adds_only_what_was_never_seen():
    """A template is PENDING at first, then left alone; a deleted one is not brought back."""
    with Store(":memory:") as store:
        assert store.seed([TEMPLATE, {**TEMPLATE, "id": "tmpl_b", "status": "APPROVED"}]) == (
            "tmpl_a",
            "tmpl_b",
        )
        assert [each["status"] for each in store.templates()] == ["PENDING", "PENDING"]
        assert {name: store.template("tmpl_a")[name] for name in UNMANAGED} == UNMANAGED
        before = store.template("tmpl_a")
        assert store.delete_template("tmpl_b")
        assert store.seed([{**TEMPLATE, "content": "y"}, {**TEMPLATE, "id": "tmpl_b"}]) == ()
        assert store.templates() == [before]


def test_the_file_holds_everything(tmp_path):
    """Closing and opening again loses nothing, and continues ids and versions; folders are made."""
    path = tmp_path / "deep" / "sandbox.db"
    with Store(path, clock=lambda: 9.0) as store:
        made = store.create_template(TEMPLATE)
        store.register({"template_id": "tmpl_a", "campaign_name": "C"})
        store.add_webhook("https://a.example/", ["template.approved"], "s" * 24)
        store.add_write(
            {"call": "post-webhook", "method": "POST", "path": "/", "status": 201, "answered": True}
        )
    with Store(path, clock=lambda: 9.0) as store:
        assert store.template("tmpl_a") == made
        assert store.registrations() == [{"id": "reg_000001", "template_id": "tmpl_a", "campaign_name": "C"}]
        assert [hook["secret"] for hook in store.webhooks()] == ["s" * 24]
        assert [write["status"] for write in store.writes()] == [201]
        assert store.replace_template(made)["meta"]["updated_at"] > made["meta"]["updated_at"]
        assert store.add_webhook("https://a.example/", ["template.approved"], "s" * 24) == "wh_000002"


def test_a_failed_transaction_leaves_nothing():
    """What fails half-way is undone whole."""
    with Store(":memory:") as store:

        def half_way():
            with store.transaction():
                store.create_template(TEMPLATE)
                raise KeyError

        with pytest.raises(KeyError):
            half_way()
        assert store.templates() == []


def test_a_webhook_answers_to_its_own_id_only():
    """``1`` and ``reg_000001`` are not ``wh_000001``."""
    with Store(":memory:") as store:
        store.add_webhook("https://a.example/", ["template.approved"], "s" * 24)
        for other in ("1", "reg_000001", "wh_1", "wh_000002", "wh_", ""):
            assert not store.change_webhook(other, "https://b.example/", ["x.y"], "t" * 24)
        assert store.change_webhook("wh_000001", "https://b.example/", ["x.y"], "t" * 24)
        assert store.webhooks() == [
            {"id": "wh_000001", "url": "https://b.example/", "events": ["x.y"], "secret": "t" * 24}
        ]


def database(path, *statements):
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_files_that_are_no_sandbox_are_refused_by_name(tmp_path):
    """Another version, another program's database, a text and a folder: each is named and left as it was."""
    Store(tmp_path / "version.db").close()
    database(tmp_path / "version.db", "PRAGMA user_version = 7")
    database(tmp_path / "other.db", "CREATE TABLE theirs (x)")
    (tmp_path / "text.db").write_text("this is not a database, and long enough to be looked at\n" * 20)
    (tmp_path / "folder.db").mkdir()
    (tmp_path / "file").touch()
    reasons = {
        "version.db": "version 7",
        "other.db": "another program",
        "text.db": "not a database",
        "folder.db": "unable to open",
        "file/under.db": "exists",
    }
    text = (tmp_path / "text.db").read_bytes()
    for name, reason in reasons.items():
        with pytest.raises(ReconcilerError, match=reason) as refused:
            Store(tmp_path / name)
        assert str(tmp_path / name) in refused.value.message
    assert (tmp_path / "text.db").read_bytes() == text
