"""The rules over a document that its schema refuses: each rule that reads only what the schema accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.rules import Unjudged, check

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from reconciler.core.model import Document, Problem
    from reconciler.rules import Context

_WAIVERS = "waivers"


def judge(document: Document, wrong: Collection[str], context: Context) -> tuple[Problem, ...]:
    """What the rules have against the document, whose values under the keys ``wrong`` the schema refuses.

    Where the waivers are among them, nobody can tell what they waive: the rules that they name are left out.
    """
    if not wrong:
        return check(document, context)
    named = str(document.body[_WAIVERS]) if _WAIVERS in wrong else ""
    kept = {key: value for key, value in document.body.items() if key != _WAIVERS or not named}
    found = check(replace(document, body=_Partial(kept, wrong)), context)
    return tuple(problem for problem in found if problem.code not in named)


class _Partial(Mapping[str, Any]):
    """A document's body; whatever looks at a key that is ``wrong`` raises Unjudged, so that no rule judges by it."""

    def __init__(self, body: Mapping[str, Any], wrong: Collection[str]) -> None:
        self.body = body
        self.wrong = wrong

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401  whatever YAML has
        if key in self.body and key in self.wrong:
            raise Unjudged
        return self.body[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.body)

    def __len__(self) -> int:
        return len(self.body)
