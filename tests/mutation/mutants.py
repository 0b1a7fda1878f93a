"""The changes that can be made to a module, as cosmic-ray finds them, without those that mean nothing."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change: the ``occurrence``-th place where ``operator`` applies, on ``line``, whose text is ``source``."""

    module: str
    operator: str
    occurrence: int
    line: int
    source: str


def mutants(root: Path, room: str) -> list[Mutant]:
    """Every change to a room's modules."""
    return [one for path in sorted((root / room).rglob("*.py")) for one in _of_module(root, path)]


def changed(text: str, mutant: Mutant) -> str | None:
    """The module with that change."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    return mutate_code(text, get_operator(f"core/{mutant.operator}")(), mutant.occurrence)


def _of_module(root: Path, path: Path) -> list[Mutant]:
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    unread = _annotations(ast.parse(text))
    nodes = list(ast_nodes(get_ast(text)))
    found = []
    for name in sorted(operator_names()):
        operator = get_operator(name)
        if operator.arguments():
            continue
        places = (place for node in nodes for place in operator().mutation_positions(node))
        for occurrence, (start, _) in enumerate(places):
            if not any(first <= start < last for first, last in unread):
                found.append(
                    Mutant(
                        module=str(path.relative_to(root)),
                        operator=name.removeprefix("core/"),
                        occurrence=occurrence,
                        line=start[0],
                        source=lines[start[0] - 1].strip(),
                    )
                )
    return found


Span = tuple[tuple[int, int], tuple[int, int]]


def _annotations(tree: ast.Module) -> list[Span]:
    """Where types are written, which nothing reads while the program runs."""
    spans = []
    for node in ast.walk(tree):
        kept = [getattr(node, name, None) for name in ("annotation", "returns")]
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            kept = [node]
        spans += [((one.lineno, one.col_offset), (one.end_lineno, one.end_col_offset)) for one in kept if one]
    return spans
