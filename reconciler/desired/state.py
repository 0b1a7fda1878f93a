"""What the files of a folder ask for, once they are read and judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.core.model import Desired, Document, Finding, Policy
from reconciler.desired.findings import finding_in, in_order
from reconciler.desired.secrets import SecretUnavailable
from reconciler.rules.codes import problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.core.model import SecretRef
    from reconciler.rules import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredState:
    """What the files ask for. ``documents`` are all that could be read, whatever the targets.

    ``desired`` and ``findings`` are the targets' only, where there are any. ``texts`` holds, for excerpts,
    the text of every file that has a finding or may get one (``check_secrets``), by its name; whatever stands wrongly
    under a ``secret`` is blotted out in it. ``rules`` is what the rules were given to judge by.
    """

    documents: tuple[Document, ...] = ()
    policy: Policy = field(default_factory=Policy)
    policy_document: Document | None = None
    desired: tuple[Desired, ...] = ()
    findings: tuple[Finding, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    rules: Context | None = None


def check_secrets(state: DesiredState, secret: Callable[[SecretRef], object]) -> tuple[Finding, ...]:
    """A CX005 warning for each webhook whose secret cannot be had here: ``secret`` raises ``SecretUnavailable``."""
    found = []
    for desired in state.desired:
        if desired.secret is None:
            continue
        try:
            secret(desired.secret)
        except SecretUnavailable as error:
            document = desired.document
            wrong = problem("CX005", error.message, ("secret",))
            text = state.texts[document.file]
            found.append(finding_in(document, text, wrong, desired.target))
    return in_order(found)
