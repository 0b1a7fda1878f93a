"""Environment markers (PEP 508) as the workflows' runners see them.

pip resolves for another Python's wheels, but judges markers by the Python that it runs on: on 3.13 it would leave out
what only 3.12 needs, and an installation by hashes would then fail.
"""

from __future__ import annotations

import ast
import re

PYTHON = "3.12"
"""The ``python3`` of ubuntu-24.04, which the workflows run on."""

_RUNNER = {
    "python_version": PYTHON,
    "python_full_version": f"{PYTHON}.3",
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "extra": "",
}
_VERSIONS = frozenset({"python_version", "python_full_version"})


def holds(marker: str) -> bool:
    """Whether a requirement with this marker counts on the runners; one that cannot be judged does not."""
    try:
        return _true(ast.parse(marker.strip(), mode="eval").body)
    except (SyntaxError, ValueError, KeyError, TypeError):
        return False


def _true(node: ast.expr) -> bool:
    """Markers are Python expressions of ``and``, ``or`` and comparisons of names with texts."""
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(map(_true, values))
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(map(_true, values))
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            name = next((side.id for side in (left, right) if isinstance(side, ast.Name)), "")
            return _compared(_text(left), operator, _text(right), by_number=name in _VERSIONS)
    raise ValueError(ast.dump(node))


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return _RUNNER[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ValueError(ast.dump(node))


def _compared(left: str, operator: ast.cmpop, right: str, *, by_number: bool) -> bool:
    if isinstance(operator, ast.In):
        return left in right
    if isinstance(operator, ast.NotIn):
        return left not in right
    if not by_number:
        return {ast.Eq: left == right, ast.NotEq: left != right}[type(operator)]
    one, two = _numbers(left), _numbers(right)
    results = {
        ast.Eq: one == two,
        ast.NotEq: one != two,
        ast.Lt: one < two,
        ast.LtE: one <= two,
        ast.Gt: one > two,
        ast.GtE: one >= two,
    }
    return results[type(operator)]


def _numbers(version: str) -> tuple[int, ...]:
    """``3.12`` is less than ``3.13``, and the same as ``3.12.0``."""
    if not re.fullmatch(r"\d+(\.\d+)*", version):
        raise ValueError(version)
    numbers = [int(part) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
