"""A tenant's apply in a workflow: what it is told to do, and what it leaves for the job that records it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.commands.github import own, runner
from reconciler.commands.github.plan import save
from reconciler.core.errors import Interrupted, ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Sequence


def apply(options: tuple[str, ...], mandate: tuple[str, ...], review: str | None, out: str) -> None:
    """Apply, and plan what is to be done afterwards. ``review`` is who let it through by hand.

    Leaves ``applied.json``, ``code`` (the apply's exit code), ``plan.md`` and where it could be made ``plan.json`` in
    ``out``. The plan is for people: after a refusal, and for what was merged without a plan that counts.
    """
    folder = runner.new_folder(out)
    asserted = {} if review is None else {"RECONCILER_REVIEW": review}
    code, said = own.kept("apply", *mandate, *options, "--format", "json", **asserted)
    (folder / "applied.json").write_text(said, encoding="utf-8")
    (folder / "code").write_text(str(code), encoding="utf-8")
    if code != Interrupted.exit_code:
        save(options, folder)


def mandate_of(reviewed: Sequence[str], digest: str | None, reason: str | None) -> tuple[str, ...]:
    """What stands behind an apply: a digest by hand, the reviewed plan files, or what the log holds as reviewed."""
    what = ("--expect-digest", digest) if digest is not None else tuple(reviewed) or ("--continue",)
    return (*what, *(("--reason", reason) if reason is not None else ()))


def require_current(log: str, branch: str) -> None:
    """ReconcilerError where the log that was recorded on is no longer the branch's: an old job was run again."""
    if runner.text_of(log) != runner.text_of(branch):
        raise ReconcilerError("The log has moved on. Run all jobs again, not this one alone.")
