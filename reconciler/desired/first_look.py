"""What the files say at a glance, before they are read: the Policy's tenants, and which words stand in them.

So the tenant can be asked while the files are read, and the guard `tenants` holds before anything is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.model import Severity
from reconciler.desired.discovery import Unreadable, text_of
from reconciler.desired.policy import policy_of
from reconciler.desired.schema import problems
from reconciler.desired.yaml_reader import read

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from reconciler.core.model import Document
    from reconciler.desired.discovery import SourceFile

_POLICY = "Policy"
_MOST_FILES = 1000
"""Each is opened once more for it."""

_SPELT_OUT = re.compile(r"\\[xuU\s]")
r"""Escapes by which YAML can write a word so that it does not stand there: ``"\x50olicy"``, or a line that goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook:
    """``tenants`` are those of the Policy, none: any; ``words`` those asked for that stand in the files."""

    tenants: tuple[str, ...]
    words: frozenset[str]


def first_look(
    sources: Sequence[SourceFile], words: Collection[str], clock: Callable[[], float]
) -> FirstLook | None:
    """None where only reading every file can tell: many files, an unreadable one, a Policy with errors or two."""
    if len(sources) > _MOST_FILES:
        return None
    policies: list[Document] = []
    there: set[str] = set()
    for source in sources:
        try:
            text = text_of(source.read()[0])
        except Unreadable:
            return None
        if _SPELT_OUT.search(text):
            return None
        there.update(word for word in words if word in text)
        if _POLICY in text:
            reading = read(text, source.file, clock)
            if any(note.problem.severity is Severity.ERROR for note in reading.notes):
                return None
            policies += (document for document in reading.documents if document.kind == _POLICY)
    if len(policies) > 1 or any(problems(policy) for policy in policies):
        return None
    tenants = policy_of(policies[0]).tenants if policies else ()
    return FirstLook(tenants=tenants, words=frozenset(there))
