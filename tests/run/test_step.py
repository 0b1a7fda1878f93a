"""What carrying an action out depends on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import create, given, hook, observed

from reconciler.core.model import Remembered
from reconciler.core.outcome import Ended, Outcome
from reconciler.kinds import discover
from reconciler.plan.resume import OpenIntent, Resumption
from reconciler.run.step import in_doubt

APPLIED = Ended(outcome=Outcome.APPLIED)


@pytest.mark.parametrize(
    ("remembered", "intent", "doubt"),
    [
        (None, None, False),
        (False, None, False),
        (True, None, True),
        (None, {"ended": None}, True),
        (False, {"ended": None}, True),
        (True, {"ended": APPLIED}, True),
        (False, {"ended": APPLIED}, False),
        (False, {"ended": None, "absent": True}, False),
    ],
)
def test_in_doubt_is_what_the_log_says_so_of_or_whose_end_nobody_can_tell(remembered, intent, doubt) -> None:
    """Either will do."""
    action = create()
    kept = {} if remembered is None else {("webhook", action.target): Remembered(doubt=remembered)}
    intents = {} if intent is None else {("webhook", action.target): OpenIntent(record={}, **intent)}
    asked = given(hook(), seen=observed())
    asked = replace(asked, resumption=Resumption(remembered=kept, intents=intents))
    assert in_doubt(asked, discover()["webhook"], action) is doubt
