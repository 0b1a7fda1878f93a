"""The kinds: one file each, found by its ``KIND`` constant."""

from __future__ import annotations

import pkgutil
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.kinds._base import Kind


@cache
def discover() -> Mapping[str, Kind]:
    """Every kind by name, in the order of their phases: what comes after another stands after it."""
    found: dict[str, Kind] = {}
    for module in sorted(
        info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_")
    ):
        kind: Kind = import_module(f"{__name__}.{module}").KIND
        if kind.name in found:
            raise RuntimeError(f"two kinds are called {kind.name!r}")
        found[kind.name] = kind
    everything = {name: set(kind.after) for name, kind in found.items()}
    for name, kind in found.items():
        if kind.last:
            everything[name] |= {other for other in found if not found[other].last}
    return MappingProxyType({name: found[name] for name in TopologicalSorter(everything).static_order()})


def by_phase() -> Mapping[str, Kind]:
    """Every kind by the name of its phase."""
    return {kind.phase: kind for kind in discover().values()}
