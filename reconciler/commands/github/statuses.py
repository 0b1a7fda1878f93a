"""How each apply ended, as a commit status: for people to look at. Nothing is decided by it."""

from __future__ import annotations

BOT = "github-actions[bot]"
"""Who a workflow is to GitHub, whoever wrote it."""


def context(tenant: str) -> str:
    """The status's name."""
    return f"reconciler/{tenant}"


def said(code: int | None, head: str | None) -> str:
    """The status's description, of at most 140 characters: exit code and head of the log."""
    ending = f"exit {code if code is not None else 'lost'}"
    return f"{ending}; audit head {head}" if head is not None else ending
