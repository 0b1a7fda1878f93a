"""Histories that the driver found, shrunk: each broke a promise once, and is replayed as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from .team import Team
from .weather import Strike
from .world import HOOK

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="the disk is watched by way of /proc"
)
BOTH = ("a2p.registered", "template.approved")


def found(why, *steps, profile=(), retries=1, id):  # noqa: A002  as pytest calls it
    """A history that once broke a promise; ``why`` says which fault it was."""
    return pytest.param(profile, retries, steps, why, id=id)


def apply(how="yes", *strikes, **options):
    return "applies", (how,), {"strikes": strikes, **options}


def step(name, *args, **options):
    return name, args, options


CLEARS = step("clears")
LANGUAGE = ("edits", "tmpl_a", "language", "es_US")

HISTORIES = [
    found(
        "a PUT that never left counts as pending once a field that nobody compares has moved",
        apply("yes", Strike(1, 0, "kill")),
        step(*LANGUAGE),
        CLEARS,
        id="pending-for-ever-after-a-crash",
    ),
    found(
        "a PUT whose answer is unknown counts as taken when a field that nobody compares has moved",
        apply("yes", Strike(1, 0, "vanished"), Strike(1, 1, "edit", LANGUAGE)),
        id="pending-for-ever-after-an-unknown-answer",
    ),
    found(
        "two crashes with a change between them leave the count behind the Idempotency-Key as it was",
        CLEARS,
        step("wants", "tmpl_a", a2p=1),
        apply("yes", Strike(1, 0, "kill-done")),
        step("wants", "tmpl_a", a2p=2),
        apply("yes", Strike(1, 0, "kill-done")),
        step("wants", "tmpl_a", a2p=1),
        apply(),
        profile=("no-lists",),
        id="an-old-key-after-two-crashes",
    ),
    found(
        "a log begun anew counts from zero, and so repeats the Idempotency-Keys of the lost one",
        CLEARS,
        step("wants", "tmpl_a", a2p=1),
        apply(),
        step("loses_log"),
        step("wants", "tmpl_a", a2p=0),
        apply(),
        profile=("no-lists",),
        id="an-old-key-after-a-lost-log",
    ),
    *(
        found(
            "what spoils the look-up after a PUT of unknown fate ends it as failed, without doubt",
            apply("yes", Strike(1, 0, "lost"), Strike(1, 1, what)),
            id=f"failed-that-was-carried-out-{what}",
        )
        for what in ("garbage", "401-twice", "no-token")
    ),
    found(
        "a registration that was reviewed does not look whether its template's approval is in place",
        apply("yes"),
        step("wants", "tmpl_a", text=1),
        apply("continue"),
        profile=("carrier=slow",),
        id="continue-registers-what-is-not-approved",
    ),
    *(
        found(
            "what fails when the result is printed ends a run that has written as if it had not",
            apply("yes", stdout=stdout),
            id=f"an-exit-code-that-lies-{stdout}",
        )
        for stdout in ("full", "gone")
    ),
    *(
        found(
            "the lock goes by the log's name, so a second writer under another name breaks the chain",
            apply("yes", Strike(1, 0, "apply", how)),
            CLEARS,
            id=f"two-writers-{how}",
        )
        for how in ("alias", "unlocked")
    ),
    *(
        found(
            "nobody looks whether the log's path still names the file that is written to",
            apply("yes", Strike(2, 0, "log", how)),
            id=f"a-log-taken-away-{how}",
        )
        for how in ("unlink", "rename", "truncate")
    ),
    found(
        "the plan that the question is about is not made afresh after the answer: a registration is overwritten",
        CLEARS,
        step("wants", "tmpl_a", a2p=1),
        apply("asked", meanwhile=[("registers", "tmpl_a", 2)]),
        id="edited-while-the-question-waits-registration",
    ),
    found(
        "the plan that the question is about is not made afresh after the answer: a webhook is overwritten",
        CLEARS,
        step("wants", HOOK, events=BOTH[:1]),
        apply("asked", meanwhile=[("rewires", ("template.revoked",))]),
        id="edited-while-the-question-waits-webhook",
    ),
    found(
        "a webhook that may be there twice is in doubt in the log alone, JSON does not say so",
        apply("yes", Strike(5, 0, "kill-done")),
        apply("yes"),
        profile=("six-calls",),
        id="doubt-that-nobody-hears-of-json",
    ),
    found(
        "a webhook that may be there twice is in doubt in the log alone, the text does not say so",
        apply("yes", Strike(5, 0, "kill-done")),
        apply("yes", format_="text"),
        profile=("six-calls",),
        id="doubt-that-nobody-hears-of-text",
    ),
    found(
        "the plan takes a crash for a first run or a lost log, over an intent that is open",
        apply("yes", Strike(3, 0, "kill-done")),
        step("plans"),
        profile=("six-calls",),
        id="a-crash-that-is-called-a-lost-log",
    ),
    found(
        "a webhook of which another was asked for after a crash is called doubled, though it was told that it may be",
        apply("yes", Strike(5, 0, "kill-done")),
        step("wants", HOOK, events=("template.approved",)),
        apply(),
        CLEARS,
        profile=("forbid-list=webhooks",),
        id="a-key-for-another-body",
    ),
    found(
        "SIGHUP ends a run like a kill: no word, no exit code, nothing recorded",
        apply("yes", Strike(1, 0, "SIGHUP")),
        id="a-hang-up-that-kills",
    ),
    found(
        "an intent of what no file asks for any more stays open, though the tenant's list shows how it ended",
        apply("yes", Strike(3, 0, "kill-done")),
        step("wants", "tmpl_a", status="SUSPENDED"),
        CLEARS,
        id="an-intent-that-nobody-asks-for",
    ),
]


@pytest.mark.parametrize(("profile", "retries", "steps", "why"), HISTORIES)
def test_what_the_driver_found(profile, retries, steps, why, tmp_path):
    """A history that broke a promise once: it keeps all of them."""
    team = Team(tmp_path, profile, retries)
    try:
        for name, args, options in steps:
            team.do(name, *args, **options)
    finally:
        team.close()
