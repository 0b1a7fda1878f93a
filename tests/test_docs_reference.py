"""The reference says what the program does: topics are held against commands, codes, variables, kinds and faults."""

from __future__ import annotations

import re
import time
from typing import Any

from documents import DOCS, TOPICS, blocks, leaves, rows, section

from reconciler import commands
from reconciler.commands._shared.settings import VARIABLES
from reconciler.commands.apply.perform import INCOMPLETE
from reconciler.core import errors
from reconciler.core.model import Action
from reconciler.core.outcome import Outcome
from reconciler.desired.schema import schemas
from reconciler.kinds import discover as kinds
from reconciler.plan.guards import raised
from reconciler.rules import CRASH
from reconciler.rules import discover as rules
from reconciler.rules.codes import CODES
from reconciler.sandbox.faults import parse
from reconciler.webhooks import sign

DONE, CHANGES = 0, 2


def test_every_command_is_named_once():
    """The tables of README, of `help audit` and of `help github` have each command, and no other."""
    tables = [
        section("## Commands"),
        section("## Commands", TOPICS["audit"]),
        section("## Commands of the workflows", TOPICS["github"]),
    ]
    cells = [each for text in tables for row in rows(text) for each in re.findall("`([^`]+)`", row[0])]
    named = [re.sub(r" \[?[A-Z].*", "", cell) for cell in cells]
    assert sorted(named) == sorted(leaves())


def test_rules_are_as_the_registries_have_them():
    """The two tables have each code with its name and its severity, and no other."""
    told = [tuple(row[:3]) for row in rows(TOPICS["rules"])]
    registered = [
        (entry.code, entry.name, str(entry.severity)) for entry in (*rules().values(), *CODES.values())
    ]
    assert sorted(told) == sorted([*registered, (CRASH, "rule-crash", "error")])


def test_exit_codes_are_the_programs():
    """The table has every exit code that an error or a command has, and no other."""
    everything = [value for value in vars(errors).values() if isinstance(value, type)]
    known = {value.exit_code for value in everything if issubclass(value, errors.ReconcilerError)}
    known |= {DONE, CHANGES, INCOMPLETE, commands.USAGE}
    assert {int(row[0].strip("`")) for row in rows(TOPICS["exit-codes"].partition("\n## ")[0])} == known


def test_outcomes_and_guards_are_explained():
    """Each outcome, and each guard that a plan can raise, has its row."""
    text = TOPICS["exit-codes"]
    assert [row[0].strip("`") for row in rows(section("## Outcomes", text))] == list(Outcome)
    many = [f"t{number}" for number in range(11)]
    actions = [Action(phase="approval", operation="revoke", target=name, changes=()) for name in many]
    assert {guard.name for guard in raised(actions, many)} == {"revoke", "many"}
    told = {row[0].strip("`") for row in rows(section("## Guards", text))}
    assert told == {"revoke", "many", "max-changes", "tenants", "audit-log"}


def test_environment_variables_are_the_settings():
    """The table has each setting that is read, and the documents name no other but two secrets of the workflows."""
    assert {row[0].strip("`") for row in rows(TOPICS["environment"].partition("\n## ")[0])} == set(VARIABLES)
    named = {name for text in DOCS.values() for name in re.findall(r"\b(?:CXONE|RECONCILER)_[A-Z_]+", text)}
    assert named - set(VARIABLES) == {"CXONE_WEBHOOK_SECRET", "RECONCILER_DEPLOY_KEY"}


def test_kinds_and_their_fields_are_explained():
    """Each kind with its phase, each kind of document, and each key of the policy stands in `help files`."""
    text = TOPICS["files"].partition("\n## ")[0]
    for kind in kinds().values():
        assert f"`{kind.name}`" in text
        assert f"`{kind.phase}`" in text
    assert {row[0].strip("`") for row in rows(text)} == set(schemas())
    keys = set(schemas()["Policy"]["properties"]) - {"apiVersion", "kind"}
    assert [key for key in sorted(keys) if f"`{key}`" not in text] == []


def test_faults_that_are_named_exist():
    """The faults that `help http` names are taken."""
    (sentence,) = re.findall(
        r"^`sandbox --fault` makes .*?lists them all\.$", TOPICS["http"], re.DOTALL | re.MULTILINE
    )
    faults = re.findall(r"`([a-z-]+(?:=[^`]+)?)`", sentence)
    assert len(faults) == 4
    parse(faults)


def test_the_receiver_that_is_shown_believes_what_is_signed(monkeypatch, capsys):
    """The example, as it stands in `help http`: a signed message is handled once, a forged one is answered with 401."""
    secret = "a secret for the receiver that is shown"
    monkeypatch.setenv("CXONE_WEBHOOK_SECRET", secret)
    (code,) = blocks("python", section("## Receiving webhooks", TOPICS["http"]))
    shown: dict[str, Any] = {}
    exec(code, shown)
    now = int(time.time())
    headers = {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(now),
        "Webhook-Signature": sign(secret, "msg_1", now, b"{}"),
    }
    receive = shown["receive"]
    assert [receive(b"{}", headers), receive(b"{}", headers), receive(b"[]", headers)] == [204, 204, 401]
    assert capsys.readouterr().out == "{}\n"
