"""The formats: one file each, with ``render(report, look)``, found by the folder's scan. Nothing here prints."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.outputs._results import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The medium of a report: ``width`` in columns, whether it shows colours, and is a ``terminal`` to fill."""

    color: bool = False
    width: int = 100
    terminal: bool = False


def formats() -> tuple[str, ...]:
    """The names of all formats."""
    return tuple(
        sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    )


def render(report: Report, name: str, look: Look) -> str:
    """The report in the named format, ending in a line break."""
    text: str = import_module(f"{__name__}.{name}").render(report, look)
    return text
