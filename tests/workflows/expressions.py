"""GitHub's expressions as far as the workflows use them. What is not known here is an error, never false.

Values are JSON's. Contexts are ``Context`` where a missing name is an error, plain dicts where it is null.
"""

from __future__ import annotations

import json
import re

STATUS = ("success", "failure", "always", "cancelled")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)|'(?P<text>(?:[^']|'')*)'|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<sign>&&|\|\||==|!=|!|\(|\)|\[|\]|\.|,))"
)
_IN_TEXT = re.compile(r"\$\{\{((?:[^}']|'(?:[^']|'')*'|\}(?!\}))*)\}\}")
_LITERALS = {"true": True, "false": False, "null": None}


class ExpressionError(Exception):
    """The expression cannot be read, or names something that is not there."""


class Context(dict):
    """A context in which every name must be known."""

    def __missing__(self, name):
        raise ExpressionError(f"nothing is known of {name!r}; known are {', '.join(sorted(self)) or 'none'}")


def truthy(value):
    return value not in (None, False, 0, "") if not isinstance(value, dict | list) else True


def text_of(value):
    """A value inside a longer text."""
    if isinstance(value, dict | list):
        raise ExpressionError(f"{value!r} stands in a text: GitHub would write Object or Array")
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def same(left, right):
    """GitHub's ==: texts whatever the case, unlike types as numbers."""
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    if type(left) is type(right):
        return left == right if not isinstance(left, dict | list) else left is right
    return _number(left) == _number(right)


def _number(value):
    if value is None or value == "":
        return 0.0
    if isinstance(value, dict | list):
        return float("nan")
    try:
        return float(value)
    except ValueError:
        return float("nan")


class Scope:
    """What an expression may ask: contexts by name, and how things stand (success, failure, cancelled)."""

    def __init__(self, contexts, standing=None):
        self.contexts = contexts
        self.standing = standing

    def evaluate(self, expression):
        """The value of the text between ``${{`` and ``}}``."""
        return _Reader(expression, self).whole()

    def filled(self, value):
        """The value with every ``${{ }}`` in it evaluated; one that is nothing else keeps its type."""
        if isinstance(value, dict):
            return {name: self.filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        if not isinstance(value, str):
            return value
        only = _IN_TEXT.fullmatch(value.strip())
        if only:
            return self.evaluate(only[1])
        filled = _IN_TEXT.sub(lambda found: text_of(self.evaluate(found[1])), value)
        if "${{" in _IN_TEXT.sub("", value):
            raise ExpressionError(f"{value!r} has a broken expression")
        return filled

    def condition(self, value):
        """An ``if``: with ``${{ }}`` or without, ``success()`` understood where no status is named."""
        if value is None:
            return self.standing.success()
        written = str(value).strip() if not isinstance(value, bool) else text_of(value)
        only = _IN_TEXT.fullmatch(written)
        expression = only[1] if only else written
        if "${{" in expression:
            raise ExpressionError(f"{value!r} mixes text and expressions: it is always true")
        result = truthy(self.evaluate(expression))
        named = any(re.search(rf"\b{name}\(", _without_texts(expression)) for name in STATUS)
        return result and (named or self.standing.success())


def expressions_in(value):
    """Every expression in a workflow's value."""
    if isinstance(value, dict):
        return [found for each in value.values() for found in expressions_in(each)]
    if isinstance(value, list):
        return [found for each in value for found in expressions_in(each)]
    return _IN_TEXT.findall(value) if isinstance(value, str) else []


def _without_texts(expression):
    return re.sub(r"'(?:[^']|'')*'", "''", expression)


class _Reader:
    """Reads and evaluates at once; what is not reached because of && and || is read, not evaluated."""

    def __init__(self, expression, scope):
        self.expression, self.scope = expression, scope
        self.tokens = list(self._tokens(expression))
        self.at = 0
        self.skipping = 0

    def _tokens(self, expression):
        at, end = 0, len(expression.rstrip())
        while at < end:
            found = _TOKEN.match(expression, at)
            if not found:
                raise self.wrong(f"{expression[at:]!r} cannot be read")
            at = found.end()
            yield found.lastgroup, found[found.lastgroup]

    def wrong(self, why):
        return ExpressionError(f"in {self.expression.strip()!r}: {why}")

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else (None, None)

    def take(self, sign):
        if self.peek() == ("sign", sign):
            self.at += 1
            return True
        return False

    def need(self, sign):
        if not self.take(sign):
            raise self.wrong(f"{sign!r} is missing before {self.peek()[1]!r}")

    def whole(self):
        value = self.either()
        if self.at != len(self.tokens):
            raise self.wrong(f"{self.peek()[1]!r} is too much")
        return value

    def either(self):
        value = self.both()
        while self.take("||"):
            value = self.unless(truthy(value), value, self.both)
        return value

    def both(self):
        value = self.equal()
        while self.take("&&"):
            value = self.unless(not truthy(value), value, self.equal)
        return value

    def unless(self, decided, value, read):
        self.skipping += decided
        other = read()
        self.skipping -= decided
        return value if decided else other

    def equal(self):
        value = self.unary()
        for sign in ("==", "!="):
            if self.take(sign):
                other = self.unary()
                return None if self.skipping else same(value, other) is (sign == "==")
        return value

    def unary(self):
        if self.take("!"):
            return not truthy(self.unary())
        if self.take("("):
            value = self.either()
            self.need(")")
            return value
        return self.named()

    def named(self):
        kind, word = self.peek()
        self.at += 1
        if kind == "number":
            return float(word) if "." in word else int(word)
        if kind == "text":
            return word.replace("''", "'")
        if kind != "name":
            raise self.wrong(f"{word!r} stands where a value is expected")
        if word in _LITERALS:
            return _LITERALS[word]
        if self.take("("):
            return self.path(self.called(word, self.arguments()))
        if word not in self.scope.contexts and not self.skipping:
            raise self.wrong(f"the context {word!r} is not available here")
        return self.path(self.scope.contexts.get(word))

    def path(self, value):
        while True:
            if self.take("."):
                kind, name = self.peek()
                if kind != "name":
                    raise self.wrong(f"{name!r} is no property")
                self.at += 1
            elif self.take("["):
                name = self.either()
                self.need("]")
            else:
                return value
            value = None if self.skipping else self.property(value, name)

    def property(self, value, name):
        if value is None:
            return None
        try:
            if isinstance(value, Context):
                return value[name]
            if isinstance(value, dict):
                return value.get(name)
            if isinstance(value, list) and isinstance(name, int):
                return value[name] if name < len(value) else None
        except ExpressionError as failure:
            raise self.wrong(str(failure)) from None
        raise self.wrong(f"{name!r} of {value!r}")

    def arguments(self):
        found = []
        while not self.take(")"):
            if found:
                self.need(",")
            found.append(self.either())
        return found

    def called(self, name, given):
        if name not in STATUS and name not in _FUNCTIONS:
            raise self.wrong(f"the function {name!r} is not known")
        if self.skipping:
            return None
        if name in STATUS:
            if given or self.scope.standing is None:
                raise self.wrong(f"{name}() is not available here")
            return getattr(self.scope.standing, name)()
        try:
            return _FUNCTIONS[name](*given)
        except (TypeError, ValueError, IndexError) as failure:
            raise self.wrong(f"{name}: {failure}") from None


def _format(pattern, *values):
    return re.sub(
        r"\{\{|\}\}|\{(\d+)\}",
        lambda found: text_of(values[int(found[1])]) if found[1] else found[0][0],
        pattern,
    )


def _contains(where, what):
    if isinstance(where, list):
        return any(same(each, what) for each in where)
    return text_of(what).casefold() in text_of(where).casefold()


def _starts_with(whole, start):
    return text_of(whole).casefold().startswith(text_of(start).casefold())


_FUNCTIONS = {
    "format": _format,
    "fromJSON": json.loads,
    "toJSON": lambda value: json.dumps(value, indent=2),
    "contains": _contains,
    "startsWith": _starts_with,
}
