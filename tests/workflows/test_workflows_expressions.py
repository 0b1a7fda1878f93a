"""The tests' reader of expressions decides as GitHub does, and refuses what it does not know."""

from __future__ import annotations

import pytest
from expressions import Context, ExpressionError, Scope

CONTEXTS = {
    "github": Context(
        event={"pull_request": None, "action": "opened", "list": [1, 2]}, ref_name="main", base_ref=""
    ),
    "inputs": {},
    "matrix": Context(tenant="acme"),
}


class Stands:
    """How a job stands."""

    def __init__(self, good):
        self.good = good

    def success(self):
        return self.good

    def failure(self):
        return not self.good

    def always(self):
        return True

    def cancelled(self):
        return False


def value(expression):
    return Scope(CONTEXTS, Stands(good=True)).evaluate(expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("github.ref_name == 'MAIN'", True),
        ("github.ref_name != 'main'", False),
        ("github.event.pull_request.head.sha", None),
        ("github.event.list[1]", 2),
        ("github['ref_name']", "main"),
        ("inputs.reason && format(': {0}', inputs.reason) || ''", ""),
        ("github.base_ref || 'other'", "other"),
        ("!cancelled() && (github.event.action == 'opened' || false)", True),
        ("inputs.nothing == ''", True),
        ("false == 0 && null == 0 && '1' == 1", True),
        ("format('{0}-{1}{{}}', matrix.tenant, 7)", "acme-7{}"),
        ("fromJSON('[{\"a\": 1}]')[0].a", 1),
        ("contains('Hello', 'hell') && startsWith('abc', 'AB') && contains(fromJSON('[\"a\"]'), 'A')", True),
        ("toJSON(fromJSON('[1]'))", "[\n  1\n]"),
        ("'it''s'", "it's"),
        ("true && 'yes' || github.unknown", "yes"),
        ("'' || 1.5", 1.5),
    ],
)
def test_an_expression_has_githubs_value(expression, expected):
    """Texts compare whatever their case, && and || give a side, what is not reached is not asked."""
    assert value(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "github.unknown",
        "matrix.templates",
        "runner.os",
        "hashFiles('x')",
        "github.ref_name ==",
        "github.ref_name == 'a' 'b'",
        "1 < 2",
        "github.event.*.x",
        "(true",
        '"double"',
        "success(1)",
        "fromJSON('{')",
        "github.ref_name.length",
        "",
    ],
)
def test_what_is_not_known_is_an_error(expression):
    """Never false, never empty: a condition that nobody understands must not skip a step."""
    with pytest.raises(ExpressionError):
        value(expression)


@pytest.mark.parametrize(
    ("condition", "good", "bad"),
    [
        (None, True, False),
        ("always()", True, True),
        ("failure()", False, True),
        ("${{ !cancelled() && github.ref_name == 'main' }}", True, True),
        ("github.ref_name == 'main'", True, False),
        ("github.ref_name == 'always()'", False, False),
        (True, True, False),
    ],
)
def test_success_is_understood_where_no_status_is_named(condition, good, bad):
    """An ``if`` that names none runs only while all is well."""
    assert [Scope(CONTEXTS, Stands(good=stands)).condition(condition) for stands in (True, False)] == [
        good,
        bad,
    ]


def test_texts_are_filled_and_single_values_keep_their_type():
    """A list stays a list, null in a text is nothing, a list in a text is an error."""
    scope = Scope(CONTEXTS)
    assert scope.filled(
        {"a": "${{ github.event.list }}", "b": ["x-${{ inputs.x }}-${{ matrix.tenant }}"]}
    ) == {
        "a": [1, 2],
        "b": ["x--acme"],
    }
    for broken in ("a ${{ github.event.list }}", "a ${{ github.ref_name", "${{ success() }}"):
        with pytest.raises(ExpressionError):
            scope.filled(broken)
    with pytest.raises(ExpressionError):
        Scope(CONTEXTS, Stands(good=True)).condition("${{ github.ref_name == 'x' }} == true")
