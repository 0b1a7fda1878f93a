"""A checkpoint stands for the records before it, whatever they are (help audit)."""

from __future__ import annotations

from builders import FIELDS, TENANT, URL, action, create, record, register, rotate, unchecked
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.audit.chain import Record, seal
from reconciler.audit.checkpoint import checkpoint
from reconciler.audit.memory import Memories, remember
from reconciler.audit.records import Run, reviewed
from reconciler.cxone.audit_logs import FIELDS as SEVEN

OTHER = "https://other.nicecxone.com"
SPOTS = [("approval", "tmpl_a"), ("a2p", "tmpl_a"), ("approval", "tmpl_b"), ("webhook", URL)]
MEMORIES = [
    None,
    {"fields": FIELDS},
    {"fields": {"events": ["a", "b"]}, "id": "wh_1", "fingerprint": "f"},
    {"doubt": True},
    {"owed": FIELDS, "owed_status": "PENDING", "owed_from": ["PENDING"]},
]
CHANGES = [[], [{"field": "status", "live": "PENDING", "desired": "APPROVED"}]]


def _reviewed(tenant, actions, review) -> Record:
    run = Run(
        run_id="r", tenant=tenant, base_url=tenant, operator_id="o", git=None, review=review, now=lambda: 0.0
    )
    return reviewed(run, actions, unchecked=[unchecked(URL)], unlisted=["webhooks"], digest="sha256:d")


_ABOUT = {
    "spot": st.sampled_from(SPOTS),
    "tenant": st.sampled_from([TENANT, OTHER]),
    "memory": st.sampled_from(MEMORIES),
    "changes": st.sampled_from(CHANGES),
}


def _step(event):
    def made(spot, **fields):
        return record(
            event, phase=spot[0], target=spot[1], operation="x", content_sha256="sha256:c", **fields
        )

    return made


_RECORDS = st.lists(
    st.one_of(
        st.builds(_step("intent"), updated_at=st.sampled_from(["T0", "T1"]), **_ABOUT),
        st.builds(
            _step("outcome"),
            outcome=st.sampled_from(
                ["applied", "unchanged", "pending", "held", "failed", "conflict", "blocked"]
            ),
            status=st.sampled_from(["APPROVED", "REJECTED", "failed"]),
            updated_at=st.sampled_from(["T0", "T1"]),
            doubt=st.sampled_from([None, True]),
            **_ABOUT,
        ),
        st.builds(_step("accepted"), **_ABOUT),
        st.builds(_step("seen"), status=st.sampled_from(["APPROVED", "REJECTED"]), **_ABOUT),
        st.builds(
            _reviewed,
            st.sampled_from([TENANT, OTHER]),
            st.lists(
                st.sampled_from([action(), register(), create(), rotate()]),
                min_size=1,
                max_size=3,
                unique_by=repr,
            ),
            st.sampled_from([None, {"pull_request": "1"}]),
        ),
        st.builds(lambda seqs: record("delivered", delivered=seqs), st.lists(st.integers(1, 12), max_size=4)),
    ),
    min_size=1,
    max_size=12,
)


def sealed(records) -> list[Record]:
    """The records in a chain, as a log has them."""
    made: list[Record] = []
    for one in records:
        made.append(seal(one, made[-1]["hash"] if made else None, len(made) + 1))
    return made


@settings(deadline=None, max_examples=300)
@given(_RECORDS, st.integers(0, 12), _RECORDS)
def test_what_follows_a_checkpoint_adds_up_to_the_same(before, cut, after) -> None:
    """Memory, open ends, counts and the next checkpoint: with a file sealed anywhere as in one file."""
    whole = sealed([*before, *after])
    memories = Memories()
    for one in whole[:cut]:
        memories.take(one)
    if not memories.log:
        return
    begun = checkpoint(memories.content(), whole[0])
    for tenant in (TENANT, OTHER):
        plain, restored = remember(whole, tenant), remember([begun, *whole[cut:]], tenant)
        for name in (
            "remembered",
            "open_intents",
            "log",
            "writes",
            "bodies",
            "templates",
            "shown",
            "left",
            "unsettled",
        ):
            assert getattr(plain, name) == getattr(restored, name), name
        assert {
            spot: (one, seen) for spot, (one, seen) in plain.open_reviews.items()
        } == restored.open_reviews
        assert plain.undelivered.keys() == restored.undelivered.keys()
        for seq, one in restored.undelivered.items():
            assert all(one[name] == plain.undelivered[seq][name] for name in (*SEVEN, "hash", "tenant"))
    again = Memories()
    for one in [begun, *whole[cut:]]:
        again.take(one)
    for one in whole[cut:]:
        memories.take(one)
    assert again.content() == memories.content()
