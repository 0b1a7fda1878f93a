"""In an editor with yaml-language-server the modeline gives completion, descriptions and diagnostics for every kind.

The server is found by ``YAML_LANGUAGE_SERVER`` (the program's path), else on PATH.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

SCHEMAS = Path(__file__).parents[2] / "schemas"
SERVER = os.environ.get("YAML_LANGUAGE_SERVER") or shutil.which("yaml-language-server")
NODE = shutil.which("node")

KINDS = {
    "template": """\
kind: Template
id: tmpl_a
name: Reminder
status: APPROVED
from_address: "45678"
content: "See you {{date}}. Reply STOP to opt out."
a2p:
  campaign_name: C
  message_class: M
  opt_in_language: O
variables:
  date:
    max_length: 12
    charset: bmp
waivers:
  - rule: CX105
    reason: R
    expires: 2027-01-31
""",
    "webhook": """\
kind: Webhook
url: https://hooks.example.com/cxone
events: [template.approved]
secret:
  env: HOOK_SECRET
waivers:
  - rule: CX112
    reason: R
    expires: 2027-01-31
""",
    "policy": """\
kind: Policy
tenants: [https://acme.nicecxone.com]
max_segments: 2
sender_patterns: ['^[0-9]{5}$']
opt_out_phrases: [Responda ALTO]
approve_from: [DRAFT]
severities:
  CX105: ignore
message_classes: [OTP]
shorteners: [bl.ink]
own_short_hosts: [acme.co]
secret_env: [HOOK_KEY]
""",
    "campaign": """\
kind: Campaign
name: Recalls
message_class: TRANSACTIONAL
opt_in_language: O
brands: [Acme]
link_hosts: [acme.example.com]
samples: ["See you {{date}}."]
waivers:
  - rule: CX121
    reason: R
    expires: 2027-01-31
""",
}
"""By schema: a document with every field, one a line, below the modeline and apiVersion."""


class Editor:
    """A client of the language server over stdio (LSP 3.17), as much of one as the tests need."""

    def __init__(self, program: str, folder: Path) -> None:
        self.folder = folder
        self.number = 0
        self.told: dict[str, list[dict[str, Any]]] = {}
        self.process = subprocess.Popen(
            [program, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        # A server that has gone mute would hold the tests for ever.
        self.watchdog = threading.Timer(60, self.process.kill)
        self.watchdog.start()
        self.ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}})
        self.tell("initialized", {})

    def close(self) -> None:
        """End the server and wait for it."""
        self.watchdog.cancel()
        self.ask("shutdown", None)
        self.tell("exit", None)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()

    def open(self, name: str, text: str) -> str:
        """Open a document; its URI."""
        uri = (self.folder / name).as_uri()
        item = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": item})
        return uri

    def at(self, method: str, uri: str, line: int, character: int) -> Any:
        """Ask about a place, from 0."""
        place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
        return self.ask(f"textDocument/{method}", place)

    def diagnostics(self, uri: str) -> list[dict[str, Any]]:
        """What the server has against a document, once it has said so."""
        while uri not in self.told:
            self.receive()
        return self.told[uri]

    def ask(self, method: str, parameters: Any) -> Any:
        """Send a request and return its result."""
        self.number += 1
        number = self.number
        self.send({"id": number, "method": method, "params": parameters})
        while True:
            message = self.receive()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def tell(self, method: str, parameters: Any) -> None:
        """Send a notification."""
        self.send({"method": method, "params": parameters})

    def send(self, message: dict[str, Any]) -> None:
        """One message with its header."""
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """The next message; requests of the server are answered, diagnostics are kept."""
        message = self.read()
        method = message.get("method")
        if method == "textDocument/publishDiagnostics":
            self.told[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif method == "workspace/configuration":
            settings = {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}
            items = message["params"]["items"]
            found = [settings if item.get("section") == "yaml" else None for item in items]
            self.send({"id": message["id"], "result": found})
        elif method is not None and "id" in message:
            self.send({"id": message["id"], "result": None})
        return message

    def read(self) -> dict[str, Any]:
        """One message from the server."""
        stream = self.process.stdout
        assert stream is not None
        length = 0
        while (line := stream.readline().strip()) != b"":
            name, _, value = line.partition(b": ")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the language server ended"
        message: dict[str, Any] = json.loads(stream.read(length))
        return message


@pytest.fixture(scope="module")
def editor(tmp_path_factory):
    """A language server over a folder that is laid out as a checkout is."""
    if not (SERVER and NODE):
        pytest.skip("node and yaml-language-server are needed: set YAML_LANGUAGE_SERVER, or put it on PATH")
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "templates.d").mkdir()
    shutil.copytree(SCHEMAS, folder / "schemas")
    client = Editor(str(SERVER), folder)
    yield client
    client.close()


def document(schema: str, body: str) -> str:
    """A document under its modeline."""
    return (
        f"# yaml-language-server: $schema=../schemas/{schema}.schema.json\napiVersion: reconciler/v1\n{body}"
    )


def schema_of(name: str) -> dict[str, Any]:
    """The schema by its file's stem."""
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    return found


def descriptions(schema: Any) -> dict[str, set[str]]:
    """Every field's descriptions, by its name, wherever it stands."""
    found: dict[str, set[str]] = {}
    if isinstance(schema, dict):
        for name, field in schema.get("properties", {}).items():
            if "description" in field:
                found.setdefault(name, set()).add(field["description"])
        for inner in schema.values():
            for name, texts in descriptions(inner).items():
                found.setdefault(name, set()).update(texts)
    elif isinstance(schema, list):
        for inner in schema:
            for name, texts in descriptions(inner).items():
                found.setdefault(name, set()).update(texts)
    return found


def plain(markdown: str) -> str:
    """Letters and digits alone: the server escapes what Markdown would read."""
    return "".join(char for char in markdown if char.isalnum())


@pytest.mark.parametrize("schema", KINDS)
def test_a_good_document_has_no_diagnostics(schema, editor):
    """What the tool accepts the editor accepts."""
    uri = editor.open(f"templates.d/good-{schema}.yaml", document(schema, KINDS[schema]))
    assert editor.diagnostics(uri) == []


@pytest.mark.parametrize("schema", KINDS)
def test_a_wrong_key_is_marked_where_it_stands(schema, editor):
    """A key that the kind does not have is underlined while it is typed."""
    text = document(schema, f"{KINDS[schema]}colour: red\n")
    uri = editor.open(f"templates.d/bad-{schema}.yaml", text)
    (diagnostic,) = editor.diagnostics(uri)
    assert "colour" in diagnostic["message"]
    assert diagnostic["range"]["start"] == {"line": text.count("\n") - 1, "character": 0}


@pytest.mark.parametrize("schema", KINDS)
def test_keys_are_completed(schema, editor):
    """On an empty line every key that is not there yet is offered, with its description."""
    kind = KINDS[schema].splitlines()[0]
    uri = editor.open(f"templates.d/new-{schema}.yaml", document(schema, f"{kind}\n"))
    answer = editor.at("completion", uri, 3, 0)
    offered = {item["label"]: item for item in answer["items"]}
    missing = set(schema_of(schema)["properties"]) - {"apiVersion", "kind"}
    assert missing <= set(offered)
    for name in missing:
        assert offered[name].get("documentation"), name


@pytest.mark.parametrize("schema", KINDS)
def test_every_field_is_described_under_the_pointer(schema, editor):
    """Hovering over any field, nested ones too, shows the schema's description of it."""
    text = document(schema, KINDS[schema])
    uri = editor.open(f"templates.d/hover-{schema}.yaml", text)
    known = descriptions(schema_of(schema))
    seen = set()
    for number, line in enumerate(text.splitlines()):
        name = line.lstrip(" -").partition(":")[0]
        if name not in known:
            continue
        hover = editor.at("hover", uri, number, line.index(name) + 1)
        shown = plain(json.dumps(hover["contents"], ensure_ascii=False)) if hover else ""
        assert any(plain(said) in shown for said in known[name]), (name, hover)
        seen.add(name)
    others = {
        "webhook": {"file"},
        "template": {"campaign"},
    }  # the other way to name a secret, or a registration
    assert seen == set(known) - others.get(schema, set())


@pytest.mark.parametrize("schema", KINDS)
def test_every_field_of_a_schema_has_a_description(schema):
    """No field is left without words for the editor to show."""

    def fields(part: Any):
        if isinstance(part, dict):
            yield from part.get("properties", {}).items()
            for inner in part.values():
                yield from fields(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from fields(inner)

    assert [name for name, field in fields(schema_of(schema)) if not field.get("description")] == []
