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
    """Every kind by its name, in the order of doing: a kind stands behind those that it comes after."""
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


@cache
def by_phase() -> Mapping[str, Kind]:
    """Every kind by the name of its phase."""
    return MappingProxyType({kind.phase: kind for kind in discover().values()})


@cache
def by_document() -> Mapping[str, Kind]:
    """The kind that identifies documents of a sort, by their ``kind:``; where several read them, the earliest."""
    return MappingProxyType({kind.document: kind for kind in [*discover().values()][::-1]})


@cache
def keys() -> tuple[str, ...]:
    """The fields by which a document of any sort may be identified."""
    return tuple(dict.fromkeys(kind.key for kind in discover().values()))


@cache
def conditional() -> Kind:
    """The kind that is written as a whole and approved: the message template."""
    return next(kind for kind in discover().values() if kind.conditional)


@cache
def in_block() -> Kind:
    """The kind that is a block of a template's document: its A2P registration."""
    return next(
        kind for kind in discover().values() if kind.block and kind.document == conditional().document
    )


def with_secret() -> Kind:
    """The kind that holds a secret: the webhook."""
    return next(kind for kind in discover().values() if kind.secret)


def asked_by_carriers() -> tuple[Kind, ...]:
    """The kinds without which a template is not ready for carriers."""
    return tuple(kind for kind in discover().values() if kind.carriers_ask)


def identity(name: str) -> str:
    """The target that ``name`` is on a command line: a URL in its normal form (RFC 3986), an id as it is."""
    for kind in discover().values():
        name = kind.identity(name)
    return name
