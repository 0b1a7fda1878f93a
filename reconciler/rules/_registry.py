"""Finds the rules: every module of this folder is scanned once for ``Rule`` values."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING

from reconciler.rules._base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@cache
def discover() -> Mapping[str, Rule]:
    """Every rule by code, in the order of the codes, read-only. A code or name used twice is a ValueError."""
    from importlib import import_module
    from pkgutil import iter_modules

    package = import_module("reconciler.rules")
    names = sorted(
        module.name for module in iter_modules(package.__path__) if not module.name.startswith("_")
    )
    return collect(import_module(f"{package.__name__}.{name}") for name in names)


def collect(modules: Iterable[ModuleType]) -> Mapping[str, Rule]:
    """The rules that stand in these modules, by code."""
    found: dict[str, Rule] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Rule):
                _add(found, value, module)
    return MappingProxyType(dict(sorted(found.items())))


def _add(found: dict[str, Rule], new: Rule, module: ModuleType) -> None:
    for old in found.values():
        if old is not new and (old.code == new.code or old.name == new.name):
            raise ValueError(
                f"{module.__name__} defines {new.code} ({new.name}), but {old.code} ({old.name}) exists "
                "already. Codes and names are never used twice: take the next number."
            )
    found[new.code] = new


@cache
def rules_for(kind: str) -> tuple[Rule, ...]:
    """The rules that apply to a kind of document, those that run last at the end."""
    return tuple(sorted((r for r in discover().values() if kind in r.kinds), key=lambda r: (r.last, r.code)))
