"""The records' common shape (help audit)."""

from __future__ import annotations

from builders import EVENTS, TENANT, URL, action, create
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.audit.chain import seal
from reconciler.audit.records import Run, about, changes_json, memory_json, source_json
from reconciler.audit.remembered import of_json, to_json
from reconciler.core.canonical import canonical
from reconciler.core.model import Remembered
from reconciler.cxone.audit_logs import FIELDS
from reconciler.kinds import discover

RUN = Run(run_id="r", tenant=TENANT, base_url=TENANT, operator_id="o", git=None, review=None, now=lambda: 0.5)

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
_VALUES = st.dictionaries(_TEXT, _TEXT | st.none() | st.lists(_TEXT, max_size=2).map(tuple), max_size=3)


def test_only_the_tenants_seven_fields_are_ever_null() -> None:
    """What does not apply is left out of a sealed record, and reads as None all the same."""
    sealed = seal(RUN.record("reviewed", actions=[], review=None, doubt=None), None, 1)
    assert {name for name, value in sealed.items() if value is None} == {
        *("template_id", "action", "status", "latency_ms", "carrier_ready"),
        "prev_hash",
    }
    assert set(sealed) == {
        *FIELDS,
        "run_id",
        "event",
        "tenant",
        "base_url",
        "actions",
        "seq",
        "prev_hash",
        "hash",
    }
    assert sealed["doubt"] is None


def test_the_seven_fields_come_first_as_the_tenant_names_them() -> None:
    """``POST /api/v1/audit/logs`` takes them as they stand."""
    assert tuple(RUN.record("outcome"))[:7] == FIELDS


def test_a_record_has_a_canonical_form() -> None:
    """No floats, no tuples that would not come back as they went."""
    made = RUN.record("outcome", **about(create(), discover()["webhook"]), latency_ms=3, attempts=0)
    assert canonical(made)
    assert made["changes"][0] == {"field": "events", "live": None, "desired": list(EVENTS)}


def test_about_an_action() -> None:
    """Which object, in whose words, from which document."""
    said = about(action(), discover()["template"])
    assert (said["template_id"], said["target"], said["phase"]) == ("tmpl_a", "tmpl_a", "approval")
    assert said["source"] == {"file": "templates.d/a.yaml", "line": 1}
    assert about(create(), discover()["webhook"])["template_id"] == ""
    assert about(create(), discover()["webhook"])["target"] == URL
    assert source_json(None) is None
    assert changes_json(()) == []


@settings(deadline=None, max_examples=100)
@given(
    st.builds(
        Remembered,
        fields=_VALUES,
        id=st.none() | _TEXT,
        fingerprint=st.none() | _TEXT,
        doubt=st.booleans(),
        owed=st.none() | _VALUES.filter(bool),
        owed_status=st.none() | _TEXT,
        owed_from=st.none() | st.lists(_TEXT).map(tuple),
    )
)
def test_memory_survives_the_way_through_a_record(remembered) -> None:
    """What is remembered now is what the next run remembers."""
    import json

    stored = json.loads(json.dumps(to_json(remembered)))
    assert of_json(stored) == remembered
    assert of_json(memory_json(remembered)) == remembered


def test_nothing_to_remember_is_null() -> None:
    """An empty memory and none are the same."""
    assert memory_json(None) is None
    assert memory_json(Remembered()) is None
    assert of_json(None) == Remembered()
