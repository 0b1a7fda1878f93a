"""Differences between two sets of compared fields, exact, sorted by field name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.model import Change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.model import Value


def changes(live: Mapping[str, Value], desired: Mapping[str, Value]) -> tuple[Change, ...]:
    """One ``Change`` for each desired field whose live value is another or unknown, by field name."""
    if live == desired:
        return ()
    return tuple(
        Change(field=name, live=live.get(name), desired=desired[name])
        for name in sorted(desired)
        if name not in live or live[name] != desired[name]
    )


def moved(planned: Mapping[str, Value], found: Mapping[str, Value]) -> tuple[str, ...]:
    """The fields of ``planned`` that ``found`` shows otherwise, by name; what ``found`` lacks has not moved."""
    return tuple(name for name in sorted(planned) if name in found and found[name] != planned[name])
