"""The changes that can be made to a module, as cosmic-ray finds them, without those that mean nothing.

Left out, since no test should count for noticing them or be blamed for not: types; stars that unpack or divide, which
are no product; ``is`` turned to ``==`` and back, which says the same of None, of an enum's members, and of a text
whenever the interpreter keeps it once; the order of a word or None and what it is compared with, since the alphabet is
an accident and None has no order; zip's own check that lengths are equal; and how a dataclass is made (``frozen``,
``slots``, ``kw_only``), which tests/test_architecture.py holds.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from pathlib import Path

SAME = tuple(f"ReplaceComparisonOperator_{pair}" for pair in ("Is_Eq", "IsNot_NotEq", "Eq_Is", "NotEq_IsNot"))
ORDER = re.compile(r"ReplaceComparisonOperator_(Eq|NotEq|Is|IsNot)_(Lt|LtE|Gt|GtE)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """The ``occurrence``-th place where ``operator`` applies, at line and column ``place``; ``source`` is the line."""

    module: str
    operator: str
    occurrence: int
    place: tuple[int, int]
    source: str

    @property
    def line(self) -> int:
        """Counted from one."""
        return self.place[0]

    @property
    def changes(self) -> str:
        """What is changed, whatever it is changed to."""
        replaces = "Operator_" in self.operator
        return self.operator.rpartition("_")[0] if replaces else self.operator


def one_a_place(root: Path, room: str, chance: random.Random) -> list[Mutant]:
    """In random order; of the eleven other operators that may stand in one operator's place, one."""
    every = mutants(root, room)
    chance.shuffle(every)
    first = {(one.module, one.place, one.changes): one for one in reversed(every)}
    return [one for one in every if first[one.module, one.place, one.changes] is one]


def mutants(root: Path, room: str) -> list[Mutant]:
    """Every change to a room's modules that makes another program."""
    return [one for path in sorted((root / room).rglob("*.py")) for one in _of_module(root, path)]


def changed(text: str, mutant: Mutant) -> str | None:
    """The module with that change; None where there is none, or it is no Python."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    other = mutate_code(text, get_operator(f"core/{mutant.operator}")(), mutant.occurrence)
    try:
        return other if other and ast.dump(ast.parse(other)) != ast.dump(ast.parse(text)) else None
    except SyntaxError:
        return None


def _of_module(root: Path, path: Path) -> list[Mutant]:
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    tree = ast.parse(text)
    form, operations, words = _form(tree), _operations(tree), _of_words(tree)
    nodes = list(ast_nodes(get_ast(text)))
    found = []
    for name in sorted(operator_names()):
        operator = get_operator(name)
        short = name.removeprefix("core/")
        if operator.arguments() or short in SAME:
            continue
        places = (place for node in nodes for place in operator().mutation_positions(node))
        for occurrence, (start, _) in enumerate(places):
            if _within(start, form) or ("BinaryOperator" in short and not _within(start, operations)):
                continue
            if ORDER.fullmatch(short) and _within(start, words):
                continue
            found.append(
                Mutant(
                    module=str(path.relative_to(root)),
                    operator=short,
                    occurrence=occurrence,
                    place=start,
                    source=lines[start[0] - 1].strip(),
                )
            )
    return found


Span = tuple[tuple[int, int], tuple[int, int]]


def _within(place: tuple[int, int], spans: list[Span]) -> bool:
    return any(first <= place < last for first, last in spans)


def _form(tree: ast.Module) -> list[Span]:
    """Where types are written, which nothing reads while the program runs, zip's check, and how a dataclass is made."""
    kept: list[ast.expr | ast.stmt] = []
    spans: list[Span] = []
    for node in ast.walk(tree):
        kept += [one for name in ("annotation", "returns") if (one := getattr(node, name, None))]
        kept += [node.value] if isinstance(node, ast.keyword) and node.arg == "strict" else []
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            kept.append(node)
        if isinstance(node, ast.ClassDef):
            made = [_span(one) for one in node.decorator_list if "dataclass" in ast.unparse(one)]
            spans += [((line, column - 1), last) for (line, column), last in made]
    return spans + [_span(one) for one in kept]


def _operations(tree: ast.Module) -> list[Span]:
    """Where the operators of arithmetic and of sets stand, each between its two sides."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            found.append((_span(node.left)[1], _span(node.right)[0]))
        elif isinstance(node, ast.AugAssign):
            found.append((_span(node.target)[1], _span(node.value)[0]))
    return found


def _of_words(tree: ast.Module) -> list[Span]:
    """Where something is compared with one word, None, or a member of an enum: nothing that has an order."""
    numbers = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and not isinstance(getattr(node.value, "value", ""), str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return [
        (_span(node.left)[1], _span(node.comparators[0])[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and any(_is_a_word(one, numbers) for one in (node.left, *node.comparators))
    ]


def _is_a_word(node: ast.expr, numbers: set[str]) -> bool:
    """A text or None as it stands, or a constant by its name in capitals, save one that this module has as a number."""
    if isinstance(node, ast.Name):
        return node.id.isupper() and node.id not in numbers
    if isinstance(node, ast.Attribute):
        return node.attr.isupper()
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, str))


def _span(node: ast.expr | ast.stmt) -> Span:
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
