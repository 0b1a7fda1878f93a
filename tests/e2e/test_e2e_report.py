"""`audit report` on logs that the tool wrote: offline, of every format, and never writing to what it reads."""

from __future__ import annotations

import json
import re

import pytest
from checkout import BASIC, HOOK

REVIEW = {
    "pull_request": "https://git.example.com/pull/7",
    "approvers": ["j.rivera"],
    "run": "9",
    "reason": "First",
}
FIRST = "Acme Dental: see you soon. Reply STOP to opt out."
SECOND = "Acme Dental: see you later. Reply STOP to opt out."


@pytest.fixture
def applied(site):
    """A site whose log has a reviewed apply."""
    one = site(documents=BASIC)
    one.apply(one.reviewed(), env={"RECONCILER_REVIEW": json.dumps(REVIEW)})
    return one


def report(site, *args, exits=0):
    """The report as JSON, without any setting of a tenant."""
    bare = {name: None for name in site.cli.env if name.startswith("CXONE_")}
    return site.run("audit", "report", "--format", "json", *args, exits=exits, env=bare).json


def test_who_approved_which_text_is_in_the_report(applied) -> None:
    """Text, approvers, pull request and operator, from the log alone; the tenant is not asked again."""
    before = len(applied.tenant.writes(audit=True))
    told = report(applied)
    (tenant,) = told["tenants"]
    assert [one["id"] for one in tenant["templates"]] == ["tmpl_a", "tmpl_b"]
    for template in tenant["templates"]:
        entry = template["approved"]
        assert (entry["content"], entry["operator_id"], entry["delivered"]) == (FIRST, "tester", True)
        assert entry["review"] == REVIEW
        assert template["carrier_ready"] is True
    assert (told["format_version"], told["chain"]["intact"], told["attention"]) == ("1.0", True, [])
    assert told["chain"]["head"] == applied.log[-1]["hash"]
    assert (tenant["open"], tenant["undelivered"], tenant["latency_ms"]["count"]) == ([], [], 2)
    assert len(applied.tenant.writes(audit=True)) == before


def test_drift_that_was_undone_is_in_the_report(applied) -> None:
    """A text edited in the console, and put back by an apply."""
    applied.tenant.edit("tmpl_a", content=SECOND)
    applied.apply()
    ((one,),) = [tenant["drift_undone"] for tenant in report(applied)["tenants"]]
    assert (one["target"], one["field"], one["found"], one["restored"]) == (
        "tmpl_a",
        "content",
        SECOND,
        FIRST,
    )


def test_the_page_is_written_whole_to_a_file(applied) -> None:
    """Nothing on stdout; a page that names each template, beside no left-over."""
    ran = applied.run("audit", "report", "--format", "html", "--out", "report.html")
    assert ran.out == ""
    text = (applied.folder / "report.html").read_text("utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert re.findall(r"<h4><bdi>(.*?)</bdi></h4>", text) == ["tmpl_a", "tmpl_b", HOOK]
    assert list(applied.folder.glob("report.html.*")) == []


def test_a_file_that_cannot_be_written_is_an_error(applied) -> None:
    """The log itself is refused as one, and stays what it was."""
    before = applied.log_path.read_bytes()
    ran = applied.run("audit", "report", "--out", "nowhere/report.txt", exits=1)
    assert "The report cannot be saved as nowhere/report.txt" in ran.err
    ran = applied.run("audit", "report", "--out", ".reconciler/../.reconciler/audit.jsonl", exits=64)
    assert "is the audit log itself" in ran.err
    assert applied.log_path.read_bytes() == before


@pytest.mark.parametrize("format_", ["text", "json", "markdown", "html"])
def test_a_broken_log_is_reported_up_to_the_break(applied, format_) -> None:
    """Exit 1, where it broke, and what stands before that; nothing is written."""
    lines = applied.log_path.read_bytes().splitlines(keepends=True)
    at = next(number for number, one in enumerate(applied.log) if one["event"] == "outcome")
    forged = b"".join([*lines[: at + 1], lines[at + 1].replace(b"tester", b"nobody"), *lines[at + 2 :]])
    applied.log_path.write_bytes(forged)
    ran = applied.run("audit", "report", "--format", format_, exits=1)
    assert f"broken at line {at + 2}" in ran.err
    assert f"after record {at + 1}" in ran.out or format_ == "json"
    assert json.loads(lines[at])["target"] in ran.out
    assert applied.log_path.read_bytes() == forged


def test_a_missing_log_is_an_error_that_says_what_to_do(bare) -> None:
    """Exit 1, the option that names another, and no log comes into being."""
    ran = bare.run("audit", "report", exits=1)
    assert "There is no audit log at .reconciler/audit.jsonl" in ran.err
    assert "--audit-log" in ran.err
    assert not (bare.folder / ".reconciler").exists()


def test_an_expected_head_that_is_nowhere_is_a_cut_tail(applied) -> None:
    """Exit 1, and the report says so; the true head is found."""
    assert report(applied, "--expect-head", applied.log[2]["hash"])["chain"]["expected_head_found"] is True
    told = report(applied, "--expect-head", "sha256:" + "0" * 64, exits=1)
    assert (told["chain"]["intact"], told["attention"][0]["kind"]) == (False, "head")


def test_the_files_name_says_the_format(applied) -> None:
    """.html, .md, .json and .txt are the format without being told; --format wins, text too."""
    begins = {"r.html": "<!doctype html>", "r.md": "#", "r.json": "{", "r.txt": "Audit"}
    for name, begin in begins.items():
        applied.run("audit", "report", "--out", name)
        assert (applied.folder / name).read_text("utf-8").lower().startswith(begin.lower()), name
    applied.run("audit", "report", "--out", "r.html", "--format", "text")
    assert not (applied.folder / "r.html").read_text("utf-8").startswith("<")


def test_what_is_no_hash_and_no_date_is_called_that(applied) -> None:
    """A usage error with the word and its form, before the log is read."""
    for words in (("verify", "--expect-head", "abc"), ("report", "--expect-head", "sha256:" + "g" * 64)):
        assert (
            "is not a hash: a record's is 64 hexadecimal digits" in applied.run("audit", *words, exits=64).err
        )
    for day in ("yesterday", "2026-02-30"):
        said = applied.run("audit", "report", "--since", day, exits=64).err
        assert f"Invalid value for '--since': '{day}' is not a date: write it as 2026-10-01." in said


def test_periods_are_days(applied) -> None:
    """After `--until` nothing is known, before `--since` nothing is listed; the reverse is a usage error."""
    assert report(applied, "--until", "2020-01-01")["tenants"] == []
    (tenant,) = report(applied, "--since", "2999-01-01")["tenants"]
    assert [(one["approved"] is None, one["approvals"]) for one in tenant["templates"]] == [(False, [])] * 2
    applied.run("audit", "report", "--since", "2026-02-01", "--until", "2026-01-01", exits=64)
    applied.run("audit", "report", "--since", "yesterday", exits=64)


def test_a_report_can_be_about_one_template(applied) -> None:
    """Its name, its entries and runs alone; an id that the log does not know is a usage error with the nearest."""
    told = report(applied, "--template", "tmpl_a")
    (tenant,) = told["tenants"]
    assert ([one["id"] for one in tenant["templates"]], tenant["webhooks"]) == (["tmpl_a"], [])
    assert told["only"] == ["tmpl_a"]
    assert isinstance(tenant["templates"][0]["name"], str)
    assert (
        len(report(applied, "--template", "tmpl_a", "--template", "tmpl_b")["tenants"][0]["templates"]) == 2
    )
    ran = applied.run("audit", "report", "--template", "tmpl_aa", exits=64)
    assert "Did you mean tmpl_a?" in ran.err


def test_the_sandbox_has_a_report_of_its_own(bare) -> None:
    """`--sandbox` reads the sandbox's log."""
    (bare.folder / "templates.d").mkdir()
    document = {
        "apiVersion": "reconciler/v1",
        "kind": "Template",
        "id": "tmpl_a",
        "name": "A",
        "from_address": "45678",
    }
    a2p = {"campaign_name": "A", "message_class": "OTP", "opt_in_language": "At the desk"}
    text = json.dumps({**document, "content": FIRST, "a2p": a2p})
    (bare.folder / "templates.d" / "a.yaml").write_text(text)
    bare.run("apply", "--sandbox", "--yes")
    ran = bare.run("audit", "report", "--sandbox")
    assert ran.out.splitlines()[-1].startswith("Audit report: log intact, ")
    assert "1 of 1 template approved" in ran.out.splitlines()[-1]


@pytest.mark.parametrize("command", [["validate"], ["plan"], ["apply"], ["audit", "verify"], ["explain"]])
def test_other_commands_have_no_page(bare, command) -> None:
    """`html` is a format of this report alone."""
    bare.run(*command, "--format", "html", exits=64)
