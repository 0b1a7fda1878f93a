"""The formats: one file each, with ``render(report, look)`` or ``parts``, found by a scan. Nothing here prints."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    return "".join(parts(report, name, look))


def parts(report: Report, name: str, look: Look) -> Iterator[str]:
    """The same piece by piece, where the format has ``parts``: a long history is then never held whole."""
    module = import_module(f"{__name__}.{name}")
    if hasattr(module, "parts"):
        yield from module.parts(report, look)
    else:
        yield module.render(report, look)
