"""A slip of the pen is answered with what was meant: rules, targets, variables and keys."""

from __future__ import annotations

import pytest

from reconciler.commands import run
from reconciler.commands._shared.settings import slips
from reconciler.core.model import SecretRef
from reconciler.desired.secrets import SecretUnavailable, read

SECRET = "s3cr3t-value-that-must-never-be-shown"
TEMPLATE = """\
apiVersion: reconciler/v1
kind: Template
id: tmpl_appointment
name: N
from_address: "45678"
content: "See you. Reply STOP to opt out."
a2p: {campaign_name: C, message_class: M, opt_in_language: O}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with one good template."""
    monkeypatch.chdir(tmp_path)
    here = tmp_path / "templates.d"
    here.mkdir()
    (here / "a.yaml").write_text(TEMPLATE)
    return here


@pytest.mark.parametrize(
    ("document", "hint"),
    [
        ("kind: Policy\nseverities: {cx105: ignore}\n", "`cx105` (did you mean `CX105`?)"),
        ("kind: Policy\nseverities: {CX1O5: ignore}\n", "`CX1O5` (did you mean `CX105`?)"),
        ("kind: Policy\nseverities: {segments: ignore}\n", "`segments` (did you mean `CX101`?)"),
        ("kind: Policy\nseverities: {CX195: ignore}\n", "there is no CX195; did you mean CX1"),
        ("kind: Policy\nseverities: {CX105: ignored}\n", "(did you mean `ignore`?)"),
        ("kind: Policy\nmax_segment: 1\n", "(did you mean `max_segments`?)"),
        ("kind: polycy\n", "(did you mean `Policy`?)"),
        (TEMPLATE[26:].replace("appointment", "b") + "status: APROVED\n", "the nearest is APPROVED"),
        (
            TEMPLATE[26:].replace("appointment", "b")
            + "waivers: [{rule: cx103, reason: R, expires: 2027-01-31}]\n",
            "Did you mean CX103?",
        ),
    ],
)
def test_a_document_with_a_slip_says_what_was_meant(document, hint, folder, capsys):
    """Rules in any case, severities, keys, kinds, statuses and waivers' rules are answered with the nearest."""
    (folder / "b.yaml").write_text(f"apiVersion: reconciler/v1\n{document}")
    run(["validate"])
    assert hint in capsys.readouterr().out


@pytest.mark.parametrize("code", ["CX106", "CX007"])
def test_a_rule_whose_severity_is_fixed_is_no_slip(code, folder, capsys):
    """For a code that exists but cannot be changed no other is suggested."""
    (folder / "b.yaml").write_text(
        f"apiVersion: reconciler/v1\nkind: Policy\nseverities: {{{code}: ignore}}\n"
    )
    assert run(["validate"]) == 1
    shown = capsys.readouterr().out
    assert f"Malformed key `{code}`: only" in shown
    assert "did you mean" not in shown


@pytest.mark.parametrize("target", ["tmpl_apointment", "TMPL_APPOINTMENT"])
def test_an_unknown_target_is_answered_with_the_nearest_id(target, folder, capsys):
    """Whatever the case, and without a full stop behind the question mark."""
    assert run(["plan", "--sandbox", "--target", target]) == 1
    assert f"{target} is in no document; did you mean tmpl_appointment? Name" in capsys.readouterr().err


def test_a_target_like_no_other_gets_no_guess(folder, capsys):
    """Where nothing is near the sentence just ends."""
    assert run(["plan", "--sandbox", "--target", "zzz"]) == 1
    assert "zzz is in no document. Name" in capsys.readouterr().err


def refused(name: str, **environ: str) -> str:
    """What is said of a secret whose variable is not set."""
    with pytest.raises(SecretUnavailable) as caught:
        read(SecretRef(source="env", name=name), environ)
    return caught.value.message


def test_a_secret_whose_variable_is_almost_set_names_that_one():
    """The similar name is told, in whatever case; its value never."""
    for similar in ("CXONE_WEBHOOK_SECRT", "cxone_webhook_secret"):
        message = refused("CXONE_WEBHOOK_SECRET", **{similar: SECRET, "PATH": "/bin"})
        assert f"CXONE_WEBHOOK_SECRET is not set. {similar} is set: did you mean that?" in message
        assert SECRET not in message


@pytest.mark.parametrize(
    "environ", [{}, {"CXONE_WEBHOOK_SECRT": ""}, {"HOOK": SECRET}, {"CXONE_ORG": "acme"}]
)
def test_a_variable_that_is_empty_or_far_off_is_not_named(environ):
    """Only what is set and spelled almost so is worth a question."""
    assert "did you mean" not in refused("CXONE_WEBHOOK_SECRET", **environ)


@pytest.mark.parametrize(("typed", "meant"), [("aply", "apply"), ("explian", "explain"), ("zzz", None)])
def test_an_unknown_command_is_answered_with_the_nearest(typed, meant, capsys):
    """A usage error, with what was meant where that can be told."""
    assert run([typed]) == 64
    said = capsys.readouterr().err
    assert f"No such command '{typed}'" in said
    assert (f"did you mean {meant}?" in said) if meant else "did you mean" not in said


def test_a_webhooks_secret_is_no_slip_of_a_credential():
    """The variable that the examples use, and one that is set beside the right one, are not asked about."""
    assert slips({"CXONE_WEBHOOK_SECRET": "x", "CXONE_WEBHOOK_SECRET_2": "x", "PATH": "x"}) == []
    assert slips({"CXONE_CLIENT_ID_EU": "x", "CXONE_CLIENT_ID": "x"}) == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("RECONCILER_AUDITLOG", "RECONCILER_AUDIT_LOG"),
        ("CXONE_URL", "CXONE_BASE_URL"),
        ("CXONE_SCOPE", "CXONE_SCOPES"),
        ("CXONE_SECRET", "CXONE_CLIENT_SECRET"),
    ],
)
def test_a_variable_that_has_no_effect_is_named_where_all_else_is_fine(
    typed, meant, tmp_path, capsys, monkeypatch
):
    """A log in another place than was meant is a lost log, so that a run that goes through says it too."""
    assert slips({typed: "x"}) == [f"{typed} is set, but unknown: did you mean {meant}?"]
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".reconciler").mkdir()
    (tmp_path / ".reconciler" / "audit.jsonl").touch()
    monkeypatch.delenv(meant, raising=False)
    monkeypatch.setenv(typed, "x")
    assert run(["audit", "verify"]) == 0
    assert f"warning: {typed} is set, but unknown: did you mean {meant}?" in capsys.readouterr().err
    assert run(["audit", "verify", "--sandbox"]) == 1
    assert typed not in capsys.readouterr().err


def test_an_unknown_variable_of_the_tool_is_answered_with_the_nearest(folder, capsys, monkeypatch):
    """Where settings are missing, a misspelt variable is named together with the right one."""
    for variable in ("CXONE_ORG", "CXONE_BASE_URL", "CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("CXONE_CLIENT_IDD", "x")
    assert run(["plan"]) == 1
    assert "CXONE_CLIENT_IDD is set, but unknown: did you mean CXONE_CLIENT_ID?" in capsys.readouterr().err
