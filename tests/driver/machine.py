"""The state machine that Hypothesis drives: which step comes next, and with what."""

from __future__ import annotations

import shutil
import tempfile
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from .team import LOG_ACCIDENTS, Team
from .weather import CUTS, DONE, SIGNALS, SILENT, UNAUTHORISED, UNDONE, Strike
from .world import HOOK

IDS = st.sampled_from(["tmpl_a", "tmpl_b"])
SMALL = st.integers(0, 2)
STATUSES = st.sampled_from(["APPROVED", "PENDING", "DRAFT", "SUBMITTED", "REJECTED", "SUSPENDED"])
EVENTS = st.sampled_from(
    [("a2p.registered", "template.approved"), ("template.approved",), ("template.revoked",)]
)
PROFILES = st.sampled_from(
    [
        ("six-calls",),
        ("six-calls", "put-204", "carrier=slow"),
        ("no-lists",),
        ("no-lists", "carrier=slow"),
        ("no-lists", "no-webhook-id"),
        (),
        ("no-idempotency",),
        ("put-204",),
        ("carrier=slow",),
        ("carrier=reject",),
        ("no-etag", "summaries", "page=1"),
        ("no-list=registrations", "no-webhook-put"),
        ("forbid-list=webhooks",),
        ("expire-tokens=3",),
    ]
)
EDITS = st.one_of(
    st.tuples(st.just("edits"), IDS, st.just("text"), SMALL),
    st.tuples(st.just("edits"), IDS, st.just("status"), STATUSES),
    st.tuples(st.just("edits"), IDS, st.just("name"), st.sampled_from(["Reminder", "Recall"])),
    st.tuples(st.just("edits"), IDS, st.just("language"), st.sampled_from(["en_US", "es_US"])),
    st.tuples(st.just("registers"), IDS, SMALL),
    st.tuples(st.just("rewires"), EVENTS),
)
PLACES = st.one_of(
    st.tuples(st.sampled_from([1, 1, 1, 2, 2, 3, 4, 5]), st.sampled_from([0, 0, 0, 1, 1, 2, 3, 5])),
    st.tuples(st.just(0), st.integers(0, 5)),
)


def strikes(faults, least=1, most=2):
    """So many of these faults, each at another request."""
    one = st.builds(lambda place, fault: Strike(*place, *fault), PLACES, faults)
    return st.lists(one, min_size=least, max_size=most, unique_by=lambda s: (s.write, s.after)).map(tuple)


WEATHER = st.tuples(st.sampled_from([*UNDONE, *DONE, *SILENT, *UNAUTHORISED]), st.none())
CUT = st.tuples(st.sampled_from(CUTS), st.integers(0, 2000))
EDIT = st.tuples(st.just("edit"), EDITS)
COMPANY = st.tuples(st.just("apply"), st.sampled_from(["same", "alias", "unlocked"]))
ACCIDENT = st.tuples(st.just("log"), st.sampled_from(LOG_ACCIDENTS))
SIGNAL = st.tuples(st.sampled_from(SIGNALS), st.none())
CHANGES = st.one_of(
    st.tuples(st.just("wants"), IDS, st.fixed_dictionaries({"text": SMALL})),
    st.tuples(
        st.just("wants"), IDS, st.fixed_dictionaries({"status": st.sampled_from(["APPROVED", "SUSPENDED"])})
    ),
    st.tuples(st.just("wants"), IDS, st.fixed_dictionaries({"a2p": SMALL})),
    st.tuples(st.just("wants"), st.just(HOOK), st.fixed_dictionaries({"events": EVENTS})),
    st.tuples(
        st.just("wants"), IDS, st.fixed_dictionaries({"name": st.sampled_from(["Reminder", "Recall"])})
    ),
)
WORK = st.lists(CHANGES, min_size=1, max_size=3)
HOW = st.sampled_from(["yes", "yes", "file", "digest", "continue"])


class Machine(RuleBasedStateMachine):
    """Its rules are one step of a Team each. ``counts`` is shared by all histories of one run."""

    counts: ClassVar[dict[str, int]] = {}

    @initialize(profile=PROFILES, retries=st.integers(0, 2))
    def begin(self, profile, retries):
        self.folder = tempfile.mkdtemp()
        self.team = Team(self.folder, profile, retries, self.counts)
        self.counts["histories"] = self.counts.get("histories", 0) + 1

    def _asked(self, work, how="yes"):
        """The documents change; for a run that needs a plan, the plan is made and reviewed."""
        for name, target, fields in work:
            self.team.do(name, target, **fields)
        if work and how in ("file", "digest"):
            self.team.do("plans")
        elif work and how == "continue":
            self.team.do("plans")
            self.team.do("reviews")

    @rule(change=CHANGES)
    def ask_for_something_else(self, change):
        self._asked([change])

    @rule(number=st.integers(0, 1))
    def set_another_secret(self, number):
        self.team.do("secret", number)

    @rule(edit=EDITS)
    def edit_in_the_console(self, edit):
        self.team.do(*edit)

    @rule(id_=IDS)
    def carrier_decides(self, id_):
        self.team.do("decides", id_)

    @rule()
    def lose_the_log(self):
        self.team.do("loses_log")

    @rule()
    def keep_a_copy_of_the_log(self):
        self.team.do("doubles_log")

    @rule()
    def put_the_copy_back(self):
        self.team.do("goes_back")

    @rule(strikes=strikes(st.one_of(WEATHER, EDIT), least=0))
    def plan(self, strikes):
        self.team.do("plans", strikes=strikes)

    @rule()
    def review(self):
        self.team.do("reviews")

    @rule()
    def accept(self):
        self.team.do("accepts")

    @rule(how=HOW, text=st.booleans())
    def apply(self, how, text):
        self.team.do("applies", how, format_="text" if text else "json")

    @rule(work=WORK, meanwhile=EDITS)
    def apply_as_asked(self, work, meanwhile):
        self._asked(work)
        self.team.do("applies", "asked", meanwhile=[meanwhile])

    @rule(work=WORK, how=HOW, strikes=strikes(WEATHER, most=3), text=st.booleans())
    def apply_in_bad_weather(self, work, how, strikes, text):
        self._asked(work, how)
        self.team.do("applies", how, strikes=strikes, format_="text" if text else "json")

    @rule(work=WORK, how=HOW, strikes=strikes(CUT, most=1))
    def apply_until_killed(self, work, how, strikes):
        self._asked(work, how)
        self.team.do("applies", how, strikes=strikes)

    @rule(work=WORK, how=HOW, strikes=strikes(st.one_of(EDIT, WEATHER, CUT), least=2, most=3))
    def apply_while_it_is_edited(self, work, how, strikes):
        self._asked(work, how)
        self.team.do("applies", how, strikes=strikes)

    @rule(work=WORK, how=HOW, strikes=strikes(COMPANY, most=1))
    def apply_beside_another(self, work, how, strikes):
        self._asked(work, how)
        self.team.do("applies", how, strikes=strikes)

    @rule(work=WORK, how=HOW, strikes=strikes(ACCIDENT, most=1))
    def apply_while_the_log_goes(self, work, how, strikes):
        self._asked(work, how)
        self.team.do("applies", how, strikes=strikes)

    @rule(work=WORK, how=HOW, strikes=strikes(SIGNAL))
    def apply_until_a_signal(self, work, how, strikes):
        self._asked(work, how)
        self.team.do("applies", how, strikes=strikes)

    @rule(work=WORK, how=HOW, stdout=st.sampled_from(["full", "gone", "closed"]))
    def apply_into_nothing(self, work, how, stdout):
        self._asked(work, how)
        self.team.do("applies", how, stdout=stdout)

    @rule()
    def good_weather(self):
        self.team.do("clears")

    def teardown(self):
        if hasattr(self, "team"):
            try:
                if not self.team.failed:
                    self.team.do("clears")
            finally:
                self.team.close()
                shutil.rmtree(self.folder, ignore_errors=True)
