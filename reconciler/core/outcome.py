"""Outcomes: how a write, and with it an action, ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.core.model import Live


class Outcome(StrEnum):
    """How an action ended (help exit-codes)."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    PENDING = "pending"
    HELD = "held"
    CONFLICT = "conflict"
    FAILED = "failed"
    BLOCKED = "blocked"
    UNREVIEWED = "unreviewed"

    @property
    def good(self) -> bool:
        """Whether the tenant is as the document asks; any other leaves an apply incomplete (exit code 3)."""
        return self in {Outcome.APPLIED, Outcome.UNCHANGED}

    @property
    def waits(self) -> bool:
        """Whether the tenant took it, and a carrier or a person there decides on it."""
        return self in {Outcome.PENDING, Outcome.HELD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a step ended. ``live`` is what the tenant showed last; ``doubt`` that a write's fate is unknown.

    ``owed``: the tenant took an approval, so ``updated_at`` moved, and has not decided it.
    """

    outcome: Outcome
    live: Live | None = None
    error: str | None = None
    id: str | None = None
    doubt: bool = False
    owed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One action's outcome. ``latency_ms`` is the action's own time; null where nothing was attempted.

    ``doubt``: whether a write was carried out, or carried out twice, is not known; ``error`` says what about it.
    """

    phase: str
    operation: str
    target: str
    outcome: Outcome
    attempts: int = 0
    latency_ms: int | None = None
    error: str | None = None
    doubt: bool = False
