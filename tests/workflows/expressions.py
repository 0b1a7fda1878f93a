"""What the workflows need of GitHub's expressions: look-ups, ``||``, ``&&``, a comparison with a text, the status.

Whatever decides more belongs into ``reconciler github``. What is not known here is an error, never false. Contexts are
``Context`` where a missing name is an error, plain dicts where it is null.
"""

from __future__ import annotations

import json
import re

_IN_TEXT = re.compile(r"\$\{\{(.*?)\}\}")
_PATH = r"[a-z]+(?:\.[A-Za-z_]\w*)+"
_STATUS = r"(?P<no>!?)(?P<status>success|failure|always|cancelled)\(\)"
_TERM = re.compile(
    rf"{_STATUS}|fromJSON\((?P<json>{_PATH})\)|'(?P<text>[^']*)'|(?P<literal>true|false)"
    rf"|(?P<path>{_PATH})(?: (?P<sign>[=!]=) '(?P<than>[^']*)')?"
)


class ExpressionError(Exception):
    """The expression is not known here, or names something that is not there."""


class Context(dict):
    """A context in which every name must be known."""

    def __missing__(self, name):
        raise ExpressionError(f"nothing is known of {name!r}; known are {', '.join(sorted(self)) or 'none'}")


def text_of(value):
    """A value inside a longer text."""
    if isinstance(value, dict | list):
        raise ExpressionError(f"{value!r} stands in a text: GitHub would write Object or Array")
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


class Standing:
    """What the status functions say: by the results of what was before, the steps of a job or the jobs it needs."""

    def __init__(self, results, *, stopped=False):
        self.results, self.stopped = results, stopped

    def success(self):
        return not self.stopped and all(result == "success" for result in self.results)

    def failure(self):
        return "failure" in self.results

    def always(self):
        return True

    def cancelled(self):
        return self.stopped


class Scope:
    """What an expression may ask: contexts by name, and how things stand (success, failure, cancelled)."""

    def __init__(self, contexts, standing=None):
        self.contexts, self.standing = contexts, standing

    def evaluate(self, expression):
        """The value of the text between ``${{`` and ``}}``: terms joined by one sign."""
        for sign, until in ((" || ", True), (" && ", False)):
            if sign in expression:
                values = [self._term(part) for part in expression.split(sign)]
                return next((value for value in values[:-1] if bool(value) is until), values[-1])
        return self._term(expression)

    def _term(self, written):
        found = _TERM.fullmatch(written.strip())
        if not found or (found["status"] and self.standing is None):
            raise ExpressionError(f"{written.strip()!r} is not known here")
        if found["status"]:
            return getattr(self.standing, found["status"])() is not bool(found["no"])
        if found["json"]:
            return json.loads(self._looked_up(found["json"]))
        if found["path"] is None:
            return found["literal"] == "true" if found["literal"] else found["text"]
        value = self._looked_up(found["path"])
        if found["sign"] is None:
            return value
        return (text_of(value).casefold() == found["than"].casefold()) is (found["sign"] == "==")

    def _looked_up(self, path):
        name, *names = path.split(".")
        if name not in self.contexts:
            raise ExpressionError(f"the context {name!r} is not available for {path!r}")
        value = self.contexts[name]
        for name in names:
            if value is None:
                return None
            if not isinstance(value, dict):
                raise ExpressionError(f"{name!r} of {value!r} in {path!r}")
            value = value[name] if isinstance(value, Context) else value.get(name)
        return value

    def filled(self, value):
        """The value with every ``${{ }}`` in it evaluated; one that is nothing else keeps its type."""
        if isinstance(value, dict):
            return {name: self.filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        if not isinstance(value, str):
            return value
        if only := _IN_TEXT.fullmatch(value.strip()):
            return self.evaluate(only[1])
        return _IN_TEXT.sub(lambda found: text_of(self.evaluate(found[1])), value)

    def condition(self, value):
        """An ``if``: with ``${{ }}`` or without, ``success()`` understood where no status is named."""
        if value is None:
            return self.standing.success()
        only = _IN_TEXT.fullmatch(value.strip())
        expression = only[1] if only else value
        result = bool(self.evaluate(expression))
        return result and (re.search(_STATUS, expression) is not None or self.standing.success())


def expressions_in(value):
    """Every expression in a workflow's value."""
    if isinstance(value, dict):
        return [found for each in value.values() for found in expressions_in(each)]
    if isinstance(value, list):
        return [found for each in value for found in expressions_in(each)]
    return _IN_TEXT.findall(value) if isinstance(value, str) else []
