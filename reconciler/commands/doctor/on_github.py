"""``doctor --github``: the settings of the repository that the working folder is in."""

from __future__ import annotations

from reconciler.commands._shared import protections
from reconciler.commands._shared.on_github import look
from reconciler.commands._shared.progress import PROGRESS
from reconciler.core.errors import ReconcilerError
from reconciler.outputs._results import Examined


def settings_on_github() -> Examined:
    """The report of all checks; ReconcilerError where it is not known which repository is meant."""
    found = look(".")
    if found is None:
        raise ReconcilerError(
            "Which repository on GitHub is meant is not known: this folder is in no git repository whose remote "
            "origin is there. Run it in a checkout."
        )
    PROGRESS.step("Asking GitHub")
    return Examined(base_url=None, checks=tuple(protections.checks(*found)))
