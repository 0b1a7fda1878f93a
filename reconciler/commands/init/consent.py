"""``init --github``: what is to be set on GitHub, step by step, by ``gh``, each with somebody's consent."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.commands._shared import protections
from reconciler.commands._shared.on_github import look
from reconciler.commands.init.files import CODEOWNERS
from reconciler.core.errors import ReconcilerError
from reconciler.outputs._results import CheckState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconciler.commands._shared.terminal import Screen
    from reconciler.outputs._results import Check, LaidDown, NextStep

_SETTINGS = (
    (re.compile(r"Make the environment (\S+)"), "environment {}"),
    (re.compile(r"Make the one deploy key"), protections.DEPLOY_KEY),
    (re.compile(r"Close (\S+) to everybody"), "branch {}"),
    (re.compile(r"Protect (\S+):"), "branch {}"),
    (re.compile(r"Let workflows read"), protections.TOKENS),
)
"""Which check of the settings a step is about, by the step's title."""

_REVIEWER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")
_OWNER = re.compile(r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:/[A-Za-z0-9._-]+)?")
_PLACE = "REVIEWER"


def setting_of(step: NextStep) -> str | None:
    """The check that says whether a step is done; None for a step that is not about GitHub's settings."""
    for title, name in _SETTINGS:
        found = title.match(step.title)
        if found is not None:
            return name.format(*found.groups())
    return None


def settled(report: LaidDown, screen: Screen) -> LaidDown:
    """The report after its steps on GitHub were gone through; as it was where GitHub cannot be asked."""
    try:
        found = look(report.folder) if shutil.which("gh") is not None else None
        checks = tuple(protections.checks(*found)) if found is not None else ()
    except ReconcilerError as failure:
        screen.warn(f"What is set on GitHub is not known: {failure.message}")
        return report
    if found is None:
        screen.say("There is no gh here, or no repository on GitHub yet: these are the commands.")
    for check in checks:
        if check.state is not CheckState.OK:
            screen.say(f"{check.name}: {check.found}.")
    run = partial(asked, screen) if found is not None and can_ask() else None
    if run is not None and CODEOWNERS in report.written:
        _own(report, checks, screen)
    return gone_through(report, checks, screen, run)


def _own(report: LaidDown, checks: Iterable[Check], screen: Screen) -> None:
    """Put people or a team into the new CODEOWNERS, where its owner is an organisation, which owns no code."""
    if all(check.name != protections.CODEOWNERS or check.state is CheckState.OK for check in checks):
        return
    owner = screen.asked("Who approves changes? A person or team, such as @acme/compliance, or nothing: ")
    if not _OWNER.fullmatch(owner):
        screen.say(f"{CODEOWNERS} stays as it is.")
        return
    place = Path(report.folder, CODEOWNERS)
    lines = place.read_text(encoding="utf-8").splitlines()
    owned = (line if line.startswith("#") else f"{line.split()[0]} {owner}" for line in lines)
    place.write_text("".join(f"{line}\n" for line in owned), encoding="utf-8")


def can_ask() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def gone_through(
    report: LaidDown,
    checks: Iterable[Check],
    screen: Screen,
    run: Callable[[NextStep], bool] | None,
) -> LaidDown:
    """The report with the steps that are left. What ``checks`` say is done is said to be; ``run`` does one, or not.

    Without ``run`` nothing is asked: the steps stay, to be copied.
    """
    done = {check.name for check in checks if check.state is CheckState.OK}
    left = []
    for step in report.steps:
        name = setting_of(step)
        if name is not None and name in done:
            screen.say(f"Done already: {step.title}.")
        elif name is None or not step.lines or run is None or not run(step):
            left.append(step)
        else:
            screen.say(f"Done: {step.title}.")
    return replace(report, steps=tuple(left))


def asked(screen: Screen, step: NextStep) -> bool:
    """Show a step, run its lines where somebody says yes; whether all of them succeeded."""
    for line in ("", step.title, step.why, *(f"  {line}" for line in step.lines)):
        screen.say(line)
    script = "\n".join(step.lines)
    if _PLACE in script:
        reviewer = screen.asked("Who lets a run through? A login on GitHub, or nothing to leave this out: ")
        if not _REVIEWER.fullmatch(reviewer):
            return False
        script = script.replace(_PLACE, reviewer)
    if not screen.agreed("Run these commands? Only yes does. "):
        return False
    # gh asks for secrets itself, on this terminal; a line that fails ends the step.
    return subprocess.run(["sh", "-ec", script], check=False).returncode == 0  # noqa: S603, S607
