"""Opening the sandbox's SQLite file: its schema, its version, and what can be wrong with a file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from reconciler.core.errors import ReconcilerError

VERSION = 1
MARK = 0x43584F4E
"""SQLite's application_id, ``CXON``: tells a sandbox from somebody else's database."""

_SCHEMA = """
CREATE TABLE clock (last INTEGER NOT NULL);
INSERT INTO clock VALUES (0);
CREATE TABLE templates (id TEXT PRIMARY KEY, body TEXT, deleted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE registrations (number INTEGER PRIMARY KEY AUTOINCREMENT, template_id TEXT UNIQUE, body TEXT);
CREATE TABLE webhooks (number INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT, events TEXT, secret TEXT);
CREATE TABLE audit_logs (number INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT);
CREATE TABLE idempotency (
    call TEXT, key TEXT, fingerprint TEXT, status INTEGER, body TEXT, PRIMARY KEY (call, key));
CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, webhook_id TEXT, url TEXT, event TEXT, message_id TEXT,
    body TEXT, outcome TEXT, reason TEXT, attempts INTEGER NOT NULL DEFAULT 0);
CREATE TABLE requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT, call TEXT, method TEXT, path TEXT, status INTEGER,
    idempotency_key TEXT, request_id TEXT, answered INTEGER);
"""


def connect(path: str) -> sqlite3.Connection:
    """A connection in autocommit mode to the file, made if it is not there, or to ``:memory:``.

    ReconcilerError, naming the file, where it is no sandbox of this version or cannot be opened.
    """
    try:
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            # It holds webhook secrets as they were sent: for the owner alone.
            Path(path).touch(mode=0o600)
        # One connection serves the loop's thread and a test's; the store's lock keeps them apart.
        connection = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
    except (OSError, sqlite3.Error) as problem:
        raise _unusable(path, str(problem)) from None
    try:
        _prepare(connection, path)
    except sqlite3.Error as problem:
        connection.close()
        raise _unusable(path, str(problem)) from None
    except ReconcilerError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    version, mark, tables = (
        connection.execute(question).fetchone()[0]
        for question in ("PRAGMA user_version", "PRAGMA application_id", "SELECT count(*) FROM sqlite_schema")
    )
    if mark == MARK and version != VERSION:
        raise _unusable(path, f"it is of version {version}, and this program's is {VERSION}")
    if mark != MARK and (tables or mark or version):
        raise _unusable(path, "it is another program's database")
    if mark != MARK:
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute(f"PRAGMA application_id = {MARK}")
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def _unusable(path: str, why: str) -> ReconcilerError:
    return ReconcilerError(
        f"The sandbox's database {path} cannot be used: {why}. Remove it to begin anew, or name another."
    )
