"""A fourth kind is one file and one schema: every command speaks of it, and nothing else is touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from builders import wire

ROOT = Path(__file__).parents[2]
ADDED = Path(__file__).parent / "fourth"
LISTS = {
    "/api/v1/messaging/templates": "templates",
    "/api/v1/a2p/registrations": "registrations",
    "/api/v1/short-codes": "short_codes",
}
DOCUMENTS = """\
apiVersion: reconciler/v1
kind: Template
id: tmpl_a
name: Appointment reminder
from_address: "45678"
content: "Acme Dental: see you at 5. Reply STOP to opt out."
a2p: {campaign_name: Appointments, message_class: TRANSACTIONAL, opt_in_language: At the desk}
---
apiVersion: reconciler/v1
kind: ShortCode
code: "45678"
campaign: Appointments
---
apiVersion: reconciler/v1
kind: ShortCode
code: "76543"
campaign: Appointments
"""


class Tenant:
    """What a tenant with short codes holds."""

    def __init__(self) -> None:
        self.templates = {"tmpl_a": wire()}
        self.registrations: dict[str, dict] = {}
        self.short_codes = {"76543": {"code": "76543", "campaign": "Recalls"}}
        self.delivered: list[dict] = []

    def answer(self, method: str, path: str, body: dict) -> tuple[int, object]:
        """The status and the JSON for one request; 404 for a call that it does not have."""
        where, _, last = path.rpartition("/")
        if path == "/oauth/token":
            return 200, {"access_token": "t", "token_type": "Bearer", "expires_in": 3600}
        if method == "GET" and path in LISTS:
            return 200, {"items": list(getattr(self, LISTS[path]).values()), "next_cursor": None}
        if where == "/api/v1/messaging/templates" and last in self.templates:
            if method == "PUT":
                moved = {**body["meta"], "updated_at": "2026-11-25T10:00:00Z"}
                self.templates[last] = {**body, "meta": moved}
            return 200, self.templates[last]
        if (method, path) == ("POST", "/api/v1/a2p/registrations"):
            self.registrations[body["template_id"]] = body
            return 201, body
        if (method, where) == ("PUT", "/api/v1/short-codes"):
            self.short_codes[last] = body
            return 200, body
        if (method, path) == ("POST", "/api/v1/audit/logs"):
            self.delivered.append(body)
            return 201, {}
        return 404, {"error": "no such call"}


@contextmanager
def serving(tenant: Tenant):
    """The tenant's base URL, for as long as it listens on the loopback."""

    class Caller(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_json = self.headers.get("Content-Type", "").startswith("application/json")
            body = json.loads(sent) if sent and is_json else {}
            status, value = tenant.answer(self.command, self.path.partition("?")[0], body)
            text = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = answer  # noqa: N815  the names that the library looks for

    with ThreadingHTTPServer(("127.0.0.1", 0), Caller) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def copied(tmp_path_factory) -> Path:
    """The package with the two files added to it, and none changed."""
    place = tmp_path_factory.mktemp("copied")
    for folder in ("reconciler", "schemas"):
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ADDED / "short_code.py", place / "reconciler" / "kinds")
    shutil.copy(ADDED / "shortcode.schema.json", place / "schemas")
    return place


@pytest.fixture
def told(copied, tmp_path):
    """Runs the copy's command line beside DOCUMENTS against a tenant, and gives what it printed."""
    (tmp_path / "templates.d").mkdir()
    (tmp_path / "templates.d" / "all.yaml").write_text(DOCUMENTS)
    tenant = Tenant()
    with serving(tenant) as url:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(copied),
            "CXONE_BASE_URL": url,
            "CXONE_CLIENT_ID": "me",
            "CXONE_CLIENT_SECRET": "hush-hush",
        }

        def run(*words: str, exits: int = 0) -> str:
            done = subprocess.run(
                [sys.executable, "-m", "reconciler", *words],
                cwd=tmp_path,
                env=env,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == exits, done.stdout + done.stderr
            return done.stdout

        run.tenant = tenant  # type: ignore[attr-defined]
        yield run


def test_it_is_validated(told, tmp_path) -> None:
    """Its schema accepts and refuses; two documents of one code are duplicates by its own key."""
    assert "3 documents" in told("validate")
    file = tmp_path / "templates.d" / "all.yaml"
    file.write_text(DOCUMENTS.replace('"76543"', '"45678"'))
    assert "Duplicate code: 45678" in told("validate", exits=1)
    file.write_text(DOCUMENTS.replace("campaign: App", "campain: App"))
    assert "campain" in told("validate", exits=1)


def test_it_is_planned_in_its_phase_and_words(told) -> None:
    """Below the templates, counted by its operations, in text, Markdown and JSON."""
    plan = told("plan")
    headings = [plan.index(words) for words in ("Approvals (1)", "+ approve, register", "Short codes (2)")]
    assert headings == sorted(headings)
    assert "+ lease" in plan
    assert "~ move" in plan
    assert "Plan: 1 to approve, 1 to register, 1 to lease, 1 to move; 0 unchanged" in plan
    assert "| `45678` |" in told("plan", "--format", "markdown")
    actions = json.loads(told("plan", "--format", "json"))["actions"]
    assert [(one["phase"], one["operation"], one["target"]) for one in actions[2:]] == [
        ("lease", "lease", "45678"),
        ("lease", "move", "76543"),
    ]
    assert "1 to lease; 0 unchanged" in told("plan", "--target", "45678")


def test_it_is_applied_recorded_and_reported(told, tmp_path) -> None:
    """The tenant has it, its records name no template, and a report has it under its own heading."""
    done = told("apply", "--yes")
    assert "Short codes" in done
    assert "Done: 4 applied" in done
    assert {code: held["campaign"] for code, held in told.tenant.short_codes.items()} == {
        "45678": "Appointments",
        "76543": "Appointments",
    }
    assert told.tenant.templates["tmpl_a"]["status"] == "APPROVED"
    mine = [record for record in told.tenant.delivered if record["action"] == "SHORT_CODE_LEASE"]
    assert [(record["template_id"], record["status"]) for record in mine] == [("", "applied")] * 2
    assert "Plan: nothing to do; 4 unchanged" in told("plan")
    text = told("audit", "report")
    assert "Short code 45678  in place since" in text
    page = told("audit", "report", "--format", "html")
    assert "<h3" in page
    assert ">Short codes</h3>" in page
    assert "lease of short code" in page
    (tenant,) = json.loads(told("audit", "report", "--format", "json"))["tenants"]
    assert [one["code"] for one in tenant["short_codes"]] == ["45678", "76543"]
    assert tenant["webhooks"] == []
    assert [entry["operation"] for one in tenant["short_codes"] for entry in one["entries"]] == [
        "lease",
        "move",
    ]
