"""What an apply has done so far, for whoever ends it early."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from reconciler.audit.log import Writer
    from reconciler.core.outcome import Result


class Tally:
    """Counts results as they come. ``planned`` actions were to be done; ``again`` is the command that goes on."""

    def __init__(self, writer: Writer, again: str) -> None:
        self.planned = 0
        self.writer = writer
        self._again = again
        self._outcomes: Counter[str] = Counter()

    def count(self, result: Result) -> None:
        """One action has ended."""
        self._outcomes[str(result.outcome)] += 1

    @property
    def written(self) -> bool:
        """Whether a write may have left: its intent is in the log before it does."""
        return any(record["event"] == "intent" for record in self.writer.appended)

    def interrupted(self) -> str:
        """The same, where a signal ended it."""
        return f"Interrupted. {self.words()}"

    def words(self) -> str:
        """What was done and what was not, the audit head, and how to go on."""
        if not self.written:
            done = "It ended before the first write: nothing was done."
        else:
            done = f"Of {counted(self.planned, 'action')} {self._ended()}; what was done is in the audit log."
        if not self.writer.appended:
            return done
        return f"{done} Audit head: {self.writer.head}. `{self._again}` goes on."

    def _ended(self) -> str:
        ended = self._outcomes.total()
        outcomes = ", ".join(f"{number} {outcome}" for outcome, number in sorted(self._outcomes.items()))
        cut_off = self._cut_off()
        parts = [
            f"{ended} {'was' if ended == 1 else 'were'} done{f' ({outcomes})' if outcomes else ''}",
            *([f"{cut_off} cut off under way, to be looked up by the next apply"] if cut_off else []),
            f"{max(0, self.planned - ended - cut_off)} not begun",
        ]
        return ", ".join(parts)

    def _cut_off(self) -> int:
        """Actions whose write may have left and which did not end."""
        under_way = set()
        for record in self.writer.appended:
            spot = (record["phase"], record["target"])
            if record["event"] == "intent":
                under_way.add(spot)
            elif record["event"] == "outcome":
                under_way.discard(spot)
        return len(under_way)
