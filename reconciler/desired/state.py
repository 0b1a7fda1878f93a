"""What the files of a folder ask for, once they are read and judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

from reconciler.core.model import Desired, Document, Finding, Policy
from reconciler.desired.campaigns import resolved
from reconciler.desired.findings import finding_in, in_order
from reconciler.desired.secrets import SecretUnavailable
from reconciler.kinds import discover
from reconciler.rules.codes import problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from reconciler.core.model import SecretRef
    from reconciler.kinds._base import Kind
    from reconciler.rules import Context


def asked_for(
    documents: Iterable[Document], campaigns: Mapping[str, Document], kinds: Collection[Kind]
) -> Iterator[Desired]:
    """What sound documents ask for of these kinds, each template registered under its Campaign."""
    for document in documents:
        whole: Document | None = None
        for kind in kinds:
            if kind.document == document.kind:
                whole = whole or resolved(document, campaigns)
                if (desired := kind.desired(whole)) is not None:
                    yield desired


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredState:
    """What the files ask for. ``documents`` are all that could be read, whatever the targets; ``sound`` are those to
    which the schema has no objection.

    ``desired()`` and ``findings`` are the ``targets``' only, where there are any. ``texts`` holds, for excerpts,
    the text of every file that has a finding or may get one (``check_secrets``), by its name; whatever stands wrongly
    under a ``secret`` is blotted out in it. ``rules`` is what the rules were given to judge by.
    """

    documents: tuple[Document, ...] = ()
    policy: Policy = field(default_factory=Policy)
    policy_document: Document | None = None
    sound: tuple[Document, ...] = ()
    targets: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    rules: Context | None = None

    def desired(self) -> tuple[Desired, ...]:
        """All that is asked for, by kind and target; made anew by each call, since to check the files needs none."""
        every = list(self._of(discover().values()))
        for place in ("document.file", "target", "kind"):  # keys of three parts would be objects of their own
            every.sort(key=attrgetter(place))
        return tuple(every)

    def with_secret(self) -> Iterator[tuple[Desired, SecretRef]]:
        """Those of it that have a secret, and which, in the order of the documents."""
        for one in self._of([kind for kind in discover().values() if kind.secret]):
            if one.secret is not None:
                yield one, one.secret

    def _of(self, kinds: Collection[Kind]) -> Iterator[Desired]:
        campaigns = self.rules.campaigns if self.rules is not None else {}
        for one in asked_for(self.sound, campaigns, kinds):
            if not self.targets or one.target in self.targets:
                yield one


def check_secrets(state: DesiredState, secret: Callable[[SecretRef], object]) -> tuple[Finding, ...]:
    """A CX005 warning for each webhook whose secret cannot be had here: ``secret`` raises ``SecretUnavailable``."""
    found = []
    for desired, ref in state.with_secret():
        try:
            secret(ref)
        except SecretUnavailable as error:
            document = desired.document
            wrong = problem("CX005", error.message, ("secret",))
            text = state.texts[document.file]
            found.append(finding_in(document, text, wrong, desired.target))
    return in_order(found)
