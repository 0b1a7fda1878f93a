"""What an apply has done so far, for whoever ends it early."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reconciler.commands._shared.progress import PROGRESS
from reconciler.kinds import by_phase
from reconciler.outputs._results import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.audit.log import Writer
    from reconciler.core.model import Action
    from reconciler.core.outcome import Result


class Tally:
    """Counts results as they come. ``again`` is the command that goes on."""

    def __init__(self, writer: Writer, again: str) -> None:
        self.writer = writer
        self._again = again
        self._planned: Counter[str] = Counter()
        self._ended: Counter[str] = Counter()
        self._outcomes: Counter[str] = Counter()

    def begin(self, actions: Iterable[Action]) -> None:
        """These are to be done from now on."""
        self._planned.update(action.phase for action in actions)
        PROGRESS.step("Applying")
        for phase in self._planned:
            self._show(phase)

    def count(self, result: Result) -> None:
        """One action has ended."""
        self._outcomes[str(result.outcome)] += 1
        self._ended[result.phase] += 1
        self._show(result.phase)

    def _show(self, phase: str) -> None:
        PROGRESS.count(by_phase()[phase].heading, self._ended[phase], self._planned[phase])

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
            done = f"Of {counted(self._planned.total(), 'action')} {self._tally()}; what was done is in the audit log."
        if not self.writer.appended:
            return done
        return f"{done} Audit head: {self.writer.head}. `{self._again}` goes on."

    def _tally(self) -> str:
        ended = self._outcomes.total()
        outcomes = ", ".join(f"{number} {outcome}" for outcome, number in sorted(self._outcomes.items()))
        cut_off = self._cut_off()
        parts = [
            f"{ended} {'was' if ended == 1 else 'were'} done{f' ({outcomes})' if outcomes else ''}",
            *([f"{cut_off} cut off under way, to be looked up by the next apply"] if cut_off else []),
            f"{max(0, self._planned.total() - ended - cut_off)} not begun",
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
