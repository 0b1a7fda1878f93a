"""The words for a template's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.model import Document, Path, Severity
from reconciler.core.suggest import nearest
from reconciler.rules._base import STATUSES, Context, Hit, quoted, rule

if TYPE_CHECKING:
    from collections.abc import Iterator


@rule("CX113", "status", Severity.WARNING, kinds=("Template", "Policy"))
def status(document: Document, context: Context) -> Iterator[Hit]:  # noqa: ARG001
    """A status that is not one of the seven known ones.

    What: `status` of a template, or an item of the Policy's `approve_from`, is not one of DRAFT, PENDING,
    SUBMITTED, IN_REVIEW, APPROVED, REJECTED and SUSPENDED, written exactly so.

    Why: a status is sent to the tenant as it is written. A misspelt one is refused at best, and at worst
    taken, so that the template is in no state that anybody looks for. A tenant may know more statuses, hence
    only a warning.

    How to fix: use the nearest known status that the finding names. If the tenant really has another, waive
    the rule with that as the reason, or lower it in the Policy.

    Waive it: say where the tenant's own list of statuses has this one.

    Fails:   status: APROVED
    Passes:  status: APPROVED
    """
    for path, value in _statuses(document):
        if isinstance(value, str) and value not in STATUSES:
            yield Hit(
                f"Unknown status. {quoted(value)} is not one of {', '.join(STATUSES)}; the nearest is "
                f"{nearest(value, STATUSES, cutoff=0)}.",
                path,
            )


def _statuses(document: Document) -> Iterator[tuple[Path, object]]:
    if document.kind == "Policy":
        written = document.body.get("approve_from")
        for index, value in enumerate(written if isinstance(written, (list, tuple)) else ()):
            yield ("approve_from", index), value
    else:
        yield ("status",), document.body.get("status")
