"""Campaigns: written once, and put into the registration of every template that names them."""

from __future__ import annotations

import pytest

from reconciler.core.model import Severity
from reconciler.desired.load import DesiredState, errors, load

CAMPAIGN = """\
apiVersion: reconciler/v1
kind: Campaign
name: Acme recalls
message_class: TRANSACTIONAL
opt_in_language: At the front desk
"""


def template(id_: str, a2p: str = "{campaign: Acme recalls}", more: str = "") -> str:
    return (
        f"apiVersion: reconciler/v1\nkind: Template\nid: {id_}\nname: A\nfrom_address: '45678'\n"
        f"content: 'Acme: see you. Reply STOP to opt out.'\na2p: {a2p}\n{more}"
    )


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    """Loads a folder of files by name, for all or for some targets."""
    monkeypatch.chdir(tmp_path)

    def load_(*targets: str, **files: str) -> DesiredState:
        for name, text in files.items():
            (tmp_path / "templates.d").mkdir(exist_ok=True)
            (tmp_path / "templates.d" / f"{name}.yaml").write_text(text)
        return load(["templates.d"], today="2026-11-23", clock=lambda: 0.0, targets=targets)

    return load_


def registrations(state: DesiredState) -> dict[str, dict[str, object]]:
    return {one.target: dict(one.fields) for one in state.desired() if one.kind == "registration"}


def test_each_template_is_registered_with_the_campaign_s_fields(loaded):
    """The wire has the three fields, one registration a template, as if each document spelt them out."""
    state = loaded(a=template("a"), b=template("b"), c=CAMPAIGN)
    fields = {
        "campaign_name": "Acme recalls", "message_class": "TRANSACTIONAL", "opt_in_language": "At the front desk",
    }  # fmt: skip
    assert state.findings == ()
    assert registrations(state) == {"a": fields, "b": fields}
    spelt = "{campaign_name: Acme recalls, message_class: TRANSACTIONAL, opt_in_language: At the front desk}"
    plain = loaded(a=template("a", spelt), b=template("b", spelt), c="# nothing\n")
    assert registrations(plain) == registrations(state)
    assert [one.target for one in state.desired()] == [one.target for one in plain.desired()]


def test_a_campaign_that_is_not_there_stops_registrations_alone(loaded):
    """CX121 is an error for what is to be approved; a revocation needs only its own document."""
    state = loaded(a=template("a"), b=template("b", more="status: SUSPENDED\n"))
    assert [(one.code, one.target, one.severity) for one in state.findings] == [
        ("CX121", "a", Severity.ERROR), ("CX121", "b", Severity.WARNING),
    ]  # fmt: skip
    narrowed = loaded("b")
    assert errors(narrowed.findings) == ()
    assert [(one.kind, one.target) for one in narrowed.desired()] == [("template", "b")]
    assert [one.code for one in errors(loaded("a").findings)] == ["CX121"]


def test_a_campaign_with_errors_is_told_to_each_template(loaded):
    """Narrowed to a template, its broken Campaign stops the approval, and says where to look."""
    loaded(a=template("a"), c=CAMPAIGN.replace("message_class: TRANSACTIONAL\n", ""))
    (finding,) = errors(loaded("a").findings)
    assert finding.code == "CX121"
    assert "has errors: fix those" in finding.message


def test_names_are_unique_and_used_and_not_spelt_out(loaded):
    """Two of one name are CX006; one that nobody uses, and one that is spelt out, are warnings."""
    spelt = "{campaign_name: Acme recalls, message_class: OTP, opt_in_language: At the front desk}"
    state = loaded(a=template("a", spelt), c=CAMPAIGN, d=CAMPAIGN)
    assert [(one.file, one.code) for one in state.findings] == [
        ("templates.d/a.yaml", "CX121"), ("templates.d/c.yaml", "CX121"),
        ("templates.d/d.yaml", "CX006"), ("templates.d/d.yaml", "CX121"),
    ]  # fmt: skip
    assert [one.code for one in errors(state.findings)] == ["CX006"]


def test_a_block_names_a_campaign_or_spells_it_out(loaded):
    """Both at once are refused in words, and so is a block with neither."""
    both = loaded(a=template("a", "{campaign: Acme recalls, message_class: OTP}"), c=CAMPAIGN)
    assert "holds the other fields" in errors(both.findings)[0].message
    neither = loaded(a=template("a", "{message_class: OTP}"))
    assert any("`a2p.campaign_name` is required" in one.message for one in errors(neither.findings))


def test_waivers_and_severities_reach_a_campaign(loaded):
    """A Campaign's waivers are for itself, and its class decides the severities of its templates."""
    waived = CAMPAIGN + "waivers: [{rule: CX121, reason: To come, expires: 2027-06-30}]\n"
    policy = "apiVersion: reconciler/v1\nkind: Policy\nseverities: {CX103: {TRANSACTIONAL: ignore}}\n"
    assert loaded(c=waived, p=policy).findings == ()
    bare = template("a").replace(" Reply STOP to opt out.", "")
    assert loaded(a=bare, c=CAMPAIGN, p=policy).findings == ()
