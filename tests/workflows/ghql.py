"""As much of GraphQL as the commands' queries need: fields with arguments and aliases, fragments, inline fragments.

Objects are dicts with ``__typename``; a field is a value, or a function of the arguments.
"""

from __future__ import annotations

import json
import re

_TOKEN = re.compile(r'[\s,]*(\.\.\.|[A-Za-z_]\w*|"(?:[^"\\]|\\.)*"|\d+|[{}()\[\]:!$])')


class NotKnown(Exception):
    """A query that this reader, or the schema behind it, does not know."""


class Query:
    """One query and its fragments."""

    def __init__(self, text, variables):
        self.variables, self.fragments = variables, {}
        self.rest = _tokens(text)
        self.root = None
        while self.rest:
            kind = self.rest.pop(0)
            if kind == "fragment":
                name, _, of = (self.rest.pop(0) for _ in range(3))
                self.fragments[name] = (of, self._selections())
            elif kind == "query":
                while self.rest[0] != "{":
                    self.rest.pop(0)
                self.root = self._selections()
            else:
                raise NotKnown(kind)

    def answer(self, root):
        """The data: what the query asks of the root object."""
        return self._of(root, self.root)

    def _take(self, wanted):
        if self.rest.pop(0) != wanted:
            raise NotKnown(f"no {wanted} where one must stand")

    def _selections(self):
        self._take("{")
        found = []
        while self.rest[0] != "}":
            found.append(self._selection())
        self._take("}")
        return found

    def _selection(self):
        word = self.rest.pop(0)
        if word == "...":
            if self.rest[0] == "on":
                _, of = self.rest.pop(0), self.rest.pop(0)
                return ("inline", of, self._selections())
            return ("spread", self.rest.pop(0), None)
        alias = word
        if self.rest[0] == ":":
            self._take(":")
            word = self.rest.pop(0)
        arguments = self._arguments() if self.rest[0] == "(" else {}
        return ("field", (alias, word, arguments), self._selections() if self.rest[0] == "{" else None)

    def _arguments(self):
        self._take("(")
        found = {}
        while self.rest[0] != ")":
            name = self.rest.pop(0)
            self._take(":")
            found[name] = self._value()
        self._take(")")
        return found

    def _value(self):
        word = self.rest.pop(0)
        if word == "$":
            return self.variables[self.rest.pop(0)]
        if word == "[":
            found = []
            while self.rest[0] != "]":
                found.append(self._value())
            self._take("]")
            return found
        if word == "{":
            return self._fields()
        return json.loads(word) if word[0] == '"' or word.isdigit() else word

    def _fields(self):
        found = {}
        while (name := self.rest.pop(0)) != "}":
            self._take(":")
            found[name] = self._value()
        return found

    def _of(self, thing, selections):
        if thing is None or selections is None:
            return thing
        if isinstance(thing, list):
            return [self._of(each, selections) for each in thing]
        answer = {}
        for kind, what, below in selections:
            if kind == "field":
                alias, name, arguments = what
                if name not in thing:
                    raise NotKnown(f"{thing['__typename']} has no field {name}")
                value = thing[name](**arguments) if callable(thing[name]) else thing[name]
                if (below is None) is isinstance(value, dict | list):
                    raise NotKnown(f"{name}: fields must be asked of objects, and of nothing else")
                answer[alias] = self._of(value, below)
                continue
            of, inner = self.fragments[what] if kind == "spread" else (what, below)
            if of == thing["__typename"]:
                answer |= self._of(thing, inner)
        return answer


def _tokens(text):
    found, at = [], 0
    while match := _TOKEN.match(text, at):
        found.append(match[1])
        at = match.end()
    if text[at:].strip():
        raise NotKnown(text[at : at + 40])
    return found
