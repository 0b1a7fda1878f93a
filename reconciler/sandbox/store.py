"""What the embedded CXone knows, in SQLite: every write is durable before it is answered.

Values go in and come out as JSON objects (dicts). ``updated_at`` looks like a time and never repeats in one
database, however fast the writes come. Webhook secrets are kept in plain text: they have to sign.
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from reconciler.sandbox.database import connect

if TYPE_CHECKING:
    import os
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from reconciler.core.model import Json

UNMANAGED: Mapping[str, Json] = {
    "channel": "sms",
    "language": "en_US",
    "labels": {"cost_center": "CC-1040", "owner": "Zoë", "reviewed": None},
    "routing": {"priority": 5, "regions": ["us-east", "us-west"], "fallback": False},
}
"""Fields of every seeded template that no document manages: a PUT that forgets them loses them."""


class Store:
    """One sandbox's state, in a file or ``:memory:``. Close it, or use it as a context manager."""

    def __init__(self, path: str | os.PathLike[str], *, clock: Callable[[], float] = time.time) -> None:
        self._connection = connect(str(path))
        self._clock = clock
        self._lock = threading.RLock()

    def close(self) -> None:
        """Give the file back; a second time does nothing."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and nobody else writes meanwhile: not another thread, not another process."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def seed(self, templates: Iterable[Mapping[str, Json]]) -> tuple[str, ...]:
        """Put in each template never seen before, as PENDING; the ids that were new, sorted.

        One that was deleted has been seen, and stays deleted.
        """
        with self.transaction():
            known = {row[0] for row in self._rows("SELECT id FROM templates")}
            new = {str(body["id"]): body for body in templates if body["id"] not in known}
            for body in new.values():
                self.create_template({**UNMANAGED, **body, "status": "PENDING"})
        return tuple(sorted(new))

    def template(self, template_id: str) -> dict[str, Json] | None:
        """The whole template, or None."""
        rows = self._rows("SELECT body FROM templates WHERE id = ? AND NOT deleted", template_id)
        return json.loads(rows[0][0]) if rows else None

    def templates(self, after: str = "", limit: int = -1) -> list[dict[str, Json]]:
        """Templates by id, from the first id greater than ``after``; a negative limit means all."""
        sql = "SELECT body FROM templates WHERE id > ? AND NOT deleted ORDER BY id LIMIT ?"
        return [json.loads(row[0]) for row in self._rows(sql, after, limit)]

    def create_template(self, body: Mapping[str, Json]) -> dict[str, Json]:
        """Put in a new template (``meta`` is made here); the one that had this id is gone."""
        with self.transaction():
            stamp = self._stamp()
            whole = {**body, "meta": {"created_at": stamp, "updated_at": stamp}}
            self._keep(whole)
        return whole

    def replace_template(self, body: Mapping[str, Json]) -> dict[str, Json]:
        """Put ``body`` in the place of the template of its id; ``created_at`` stays, ``updated_at`` moves."""
        with self.transaction():
            before = self.template(body["id"])
            assert before is not None
            meta = {**body["meta"], "created_at": before["meta"]["created_at"], "updated_at": self._stamp()}
            whole = {**body, "meta": meta}
            self._keep(whole)
        return whole

    def delete_template(self, template_id: str) -> bool:
        """Whether there was one."""
        sql = "UPDATE templates SET deleted = 1 WHERE id = ? AND NOT deleted"
        return self._change(sql, template_id).rowcount == 1

    def registration(self, template_id: str) -> dict[str, Json] | None:
        """The registration of a template, with its ``id``, or None."""
        rows = self._rows("SELECT number, body FROM registrations WHERE template_id = ?", template_id)
        return _registration(rows[0]) if rows else None

    def registrations(self, after: str = "", limit: int = -1) -> list[dict[str, Json]]:
        """Registrations by id."""
        sql = "SELECT number, body FROM registrations WHERE number > ? ORDER BY number LIMIT ?"
        return [_registration(row) for row in self._rows(sql, _number(after), limit)]

    def register(self, body: Mapping[str, Json]) -> dict[str, Json]:
        """Make the registration of ``body["template_id"]``, or change the one there is."""
        sql = (
            "INSERT INTO registrations (template_id, body) VALUES (?, ?) "
            "ON CONFLICT (template_id) DO UPDATE SET body = excluded.body"
        )
        with self.transaction():
            self._change(sql, body["template_id"], json.dumps(body))
            made = self.registration(body["template_id"])
        assert made is not None
        return made

    def webhooks(self, after: str = "", limit: int = -1) -> list[dict[str, Json]]:
        """Webhooks by id, with their secrets: whoever answers a client takes these out."""
        sql = "SELECT number, url, events, secret FROM webhooks WHERE number > ? ORDER BY number LIMIT ?"
        return [_webhook(row) for row in self._rows(sql, _number(after), limit)]

    def add_webhook(self, url: str, events: list[str], secret: str) -> str:
        """One more webhook, whatever others there are; its id."""
        sql = "INSERT INTO webhooks (url, events, secret) VALUES (?, ?, ?)"
        return _id("wh", self._change(sql, url, json.dumps(events), secret).lastrowid)

    def change_webhook(self, webhook_id: str, url: str, events: list[str], secret: str) -> bool:
        """Replace a webhook; whether there was one."""
        sql = "UPDATE webhooks SET url = ?, events = ?, secret = ? WHERE number = ?"
        number = _number(webhook_id) if webhook_id == _id("wh", _number(webhook_id)) else 0
        return self._change(sql, url, json.dumps(events), secret, number).rowcount == 1

    def add_audit_log(self, body: Mapping[str, Json]) -> str:
        """One more record; its id."""
        sql = "INSERT INTO audit_logs (body) VALUES (?)"
        return _id("log", self._change(sql, json.dumps(body)).lastrowid)

    def audit_logs(self) -> list[dict[str, Json]]:
        """All records, in the order they came, each with its ``id``."""
        rows = self._rows("SELECT number, body FROM audit_logs ORDER BY number")
        return [{"id": _id("log", number), **json.loads(body)} for number, body in rows]

    def recall(self, call: str, key: str) -> tuple[str, int, Json] | None:
        """Fingerprint of the body, status and answer that an Idempotency-Key was first used with."""
        sql = "SELECT fingerprint, status, body FROM idempotency WHERE call = ? AND key = ?"
        rows = self._rows(sql, call, key)
        return (rows[0][0], rows[0][1], json.loads(rows[0][2])) if rows else None

    def remember(self, call: str, key: str, fingerprint: str, status: int, body: Json) -> None:
        """Keep the answer for the next request with this key."""
        self._change(
            "INSERT INTO idempotency VALUES (?, ?, ?, ?, ?)", call, key, fingerprint, status, json.dumps(body)
        )

    def add_delivery(self, webhook: Mapping[str, Json], event: str, message_id: str, body: str) -> int:
        """A webhook event about to be sent: ``outstanding`` until its end is recorded; its number."""
        sql = (
            "INSERT INTO deliveries (webhook_id, url, event, message_id, body, outcome) "
            "VALUES (?, ?, ?, ?, ?, 'outstanding')"
        )
        return self._change(sql, webhook["id"], webhook["url"], event, message_id, body).lastrowid or 0

    def end_delivery(self, number: int, outcome: str, reason: str | None, attempts: int) -> None:
        """How it ended: ``delivered`` or ``not delivered``."""
        sql = "UPDATE deliveries SET outcome = ?, reason = ?, attempts = ? WHERE number = ?"
        self._change(sql, outcome, reason, attempts, number)

    def deliveries(self) -> list[dict[str, Json]]:
        """Every webhook event ever sent or refused, in order."""
        return self._dicts("SELECT * FROM deliveries ORDER BY number")

    def add_write(self, write: Mapping[str, Json]) -> int:
        """Record a PUT or POST of a client; its number. ``answered`` false: the answer was lost."""
        columns = ", ".join(write)
        marks = ", ".join("?" * len(write))
        sql = f"INSERT INTO requests ({columns}) VALUES ({marks})"  # noqa: S608 - our own column names
        return self._change(sql, *write.values()).lastrowid or 0

    def last_write(self) -> int:
        """The number of the latest write; 0 where there is none."""
        return int(self._rows("SELECT coalesce(max(number), 0) FROM requests")[0][0])

    def writes(self, after: int = 0) -> list[dict[str, Json]]:
        """The writes of clients in order, over all runs on this file, those numbered over ``after``."""
        rows = self._dicts("SELECT * FROM requests WHERE number > ? ORDER BY number", after)
        return [{**row, "answered": bool(row["answered"])} for row in rows]

    def _keep(self, whole: Mapping[str, Json]) -> None:
        self._change(
            "INSERT OR REPLACE INTO templates (id, body) VALUES (?, ?)", whole["id"], json.dumps(whole)
        )

    def _stamp(self) -> str:
        last = self._rows("SELECT last FROM clock")[0][0]
        now = max(int(self._clock() * 1_000_000), last + 1)
        self._change("UPDATE clock SET last = ?", now)
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=now)
        return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"

    def _rows(self, sql: str, *values: Json) -> list[Json]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def _dicts(self, sql: str, *values: Json) -> list[dict[str, Json]]:
        with self._lock:
            cursor = self._connection.execute(sql, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def _change(self, sql: str, *values: Json) -> sqlite3.Cursor:
        with self._lock:
            return self._connection.execute(sql, values)


def _id(kind: str, number: int | None) -> str:
    return f"{kind}_{number:06d}"


def _number(text: str) -> int:
    """The number in an id such as ``wh_000001``; 0 where there is none."""
    digits = text.rpartition("_")[2]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 18 else 0


def _registration(row: tuple[int, str]) -> dict[str, Json]:
    return {"id": _id("reg", row[0]), **json.loads(row[1])}


def _webhook(row: tuple[int, str, str, str]) -> dict[str, Json]:
    number, url, events, secret = row
    return {"id": _id("wh", number), "url": url, "events": json.loads(events), "secret": secret}
