r"""Regular expressions whose match takes time in proportion to the text, by sets of states.

Python's ``re`` tries one way after another, so that ``^(1+)+$`` over 33 digits and a letter takes half a minute
(OWASP: regular expression denial of service). What no set of states can decide is refused, with words: references
back, looking ahead or behind, word boundaries, flags.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from re import _constants as sre  # type: ignore[attr-defined]  # the names of re's own syntax tree
from re import _parser as sre_parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_STATES = 5_000

_START, _END = "start", "end"
_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}
_PLACES = {
    sre.AT_BEGINNING: _START,
    sre.AT_BEGINNING_STRING: _START,
    sre.AT_END: _END,
    sre.AT_END_STRING: _END,
}


class NotLinear(ValueError):
    """A regular expression that cannot be decided in linear time; the message says for what."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A compiled expression. A state has the characters that it takes, or a place where it passes, and what follows."""

    states: tuple[tuple[Any, tuple[int, ...]], ...]

    def fullmatch(self, text: str) -> bool:
        """Whether the whole of the text matches."""
        last = len(text)
        here = self._reached([0], 0, last)
        for at, char in enumerate(text, 1):
            here = self._reached(
                (then for state in here if callable(take := self.states[state][0]) and take(char)
                 for then in self.states[state][1]),
                at,
                last,
            )  # fmt: skip
            if not here:
                return False
        return any(not self.states[state][1] for state in here)

    def _reached(self, begun: Iterable[int], at: int, last: int) -> set[int]:
        """The states that are reached without taking a character."""
        found: set[int] = set()
        rest = list(begun)
        while rest:
            state = rest.pop()
            if state in found:
                continue
            found.add(state)
            what, after = self.states[state]
            if what is None or (what == _START and at == 0) or (what == _END and at == last):
                rest += after
        return found


@lru_cache(maxsize=64)
def compile_linear(pattern: str) -> Linear:
    """The expression, its classes ASCII only. ``NotLinear``, or whatever ``re`` raises for what is no expression."""
    re.compile(pattern, re.ASCII)
    parsed = sre_parser.parse(pattern, re.ASCII)
    if parsed.state.flags & ~re.ASCII:
        raise NotLinear("it sets a flag, such as (?i); write both letters in a class, [Aa]")
    built = _Builder()
    start = built.state(None)
    end = built.sequence(parsed, start)
    built.add(end, built.state(None))
    return Linear(tuple((what, tuple(after)) for what, after in built.states))


class _Builder:
    """States as they are made; each method leads on from a state to the one behind what it adds."""

    def __init__(self) -> None:
        self.states: list[tuple[Any, list[int]]] = []

    def state(self, what: Any) -> int:  # noqa: ANN401
        if len(self.states) >= MOST_STATES:
            raise NotLinear("its repetitions multiply to more than 5,000 steps")
        self.states.append((what, []))
        return len(self.states) - 1

    def add(self, before: int, after: int) -> None:
        self.states[before][1].append(after)

    def sequence(self, parsed: Iterable[tuple[Any, Any]], at: int) -> int:
        for operation, argument in parsed:
            at = self.one(operation, argument, at)
        return at

    def one(self, operation: Any, argument: Any, at: int) -> int:  # noqa: ANN401
        if operation in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
            return self.behind(_taking(operation, argument), at)
        if operation is sre.AT and argument in _PLACES:
            return self.behind(_PLACES[argument], at)
        if operation is sre.BRANCH:
            ends = [self.sequence(branch, self.behind(None, at)) for branch in argument[1]]
            end = self.state(None)
            for each in ends:
                self.add(each, end)
            return end
        if operation is sre.SUBPATTERN and not argument[1] and not argument[2]:
            return self.sequence(argument[3], at)
        if operation in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            return self.repeated(argument, at)
        raise NotLinear(
            f"it has {_WORDS.get(operation, 'a flag or another thing')}, which cannot be decided in linear time"
        )

    def behind(self, what: Any, at: int) -> int:  # noqa: ANN401
        """A new state that ``at`` leads to, and the one behind it."""
        made = self.state(what)
        self.add(at, made)
        end = self.state(None)
        self.add(made, end)
        return end

    def repeated(self, argument: tuple[int, Any, Any], at: int) -> int:
        least, most, parsed = argument
        for _ in range(least):
            at = self.sequence(parsed, at)
        end = self.state(None)
        self.add(at, end)
        if most is sre.MAXREPEAT:
            loop = self.state(None)
            self.add(at, loop)
            last = self.sequence(parsed, loop)
            self.add(last, loop)
            self.add(last, end)
            return end
        for _ in range(most - least):
            at = self.sequence(parsed, at)
            self.add(at, end)
        return end


_WORDS = {
    sre.GROUPREF: "a reference back",
    sre.GROUPREF_EXISTS: "a condition",
    sre.ASSERT: "a look ahead or behind",
    sre.ASSERT_NOT: "a look ahead or behind",
    sre.AT: "a word boundary",
    sre.ATOMIC_GROUP: "an atomic group",
    sre.POSSESSIVE_REPEAT: "a possessive repetition",
}


def _taking(operation: Any, argument: Any) -> Callable[[str], bool]:  # noqa: ANN401
    """Whether one character is taken."""
    if operation is sre.LITERAL:
        wanted = chr(argument)
        return lambda char: char == wanted
    if operation is sre.NOT_LITERAL:
        refused = chr(argument)
        return lambda char: char != refused
    if operation is sre.ANY:
        return lambda char: char != "\n"
    negated = bool(argument) and argument[0][0] is sre.NEGATE
    takes = [_item(*item) for item in argument if item[0] is not sre.NEGATE]
    return lambda char: any(take(char) for take in takes) is not negated


def _item(operation: Any, argument: Any) -> Callable[[str], bool]:  # noqa: ANN401
    if operation is sre.RANGE:
        low, high = map(chr, argument)
        return lambda char: low <= char <= high
    if operation is sre.CATEGORY:
        one = re.compile(_CATEGORIES[argument], re.ASCII)
        return lambda char: one.match(char) is not None
    return _taking(sre.LITERAL, argument)
