"""The published schemas, and those of a plan and an audit record as the judges of both."""

from __future__ import annotations

import copy
import subprocess
import sys

import pytest
from builders import action, create, plan_of, register
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7
from story import everything, hostile

from reconciler.core.model import Measure
from reconciler.core.plan_json import to_json
from reconciler.desired.schema_files import fault, published

SIZE = Measure(encoding="gsm-7", units=49, segments=1)
RECEIVED = {"content": "Win", "from_address": "1", "breaks": [{"code": "CX103", "name": "opt-out"}]}
PLAN = to_json(
    plan_of(
        action(sms=(SIZE, SIZE), cause="both", unmanaged={"x": 0.5}, received=RECEIVED), register(), create()
    )
)
RECORDS = everything().records
_SAMPLES = [("plan", PLAN), *(("audit-record", record) for record in RECORDS)]
_JUNK = st.sampled_from([None, True, 0, -1, 1.5, 2.0, "", "x", [], {}, [None], ["a"], {"a": 1}, "2026-02-30"])


def judge(name) -> Draft7Validator:
    """jsonschema's own reading of a schema, references and all."""
    known = [(schema["$id"], DRAFT7.create_resource(schema)) for schema in published().values()]
    return Draft7Validator(published()[name], registry=Registry().with_resources(known))


JUDGES = {name: judge(name) for name in ("plan", "audit-record")}


@pytest.mark.parametrize("name", sorted(published()))
def test_a_published_schema_is_one_and_says_what_it_is_of(name) -> None:
    """Valid under draft 7, named for its file, with a title and a description."""
    schema = published()[name]
    Draft7Validator.check_schema(schema)
    assert schema["$id"] == f"urn:cxone-reconciler:v1:{name}"
    assert schema["title"].replace(" ", "-").lower() == name
    assert schema["description"].endswith(".")


@pytest.mark.parametrize("odd", ["\u202e", "a\nb", ""], ids=ascii)
def test_what_this_tool_writes_is_of_its_form(odd) -> None:
    """A plan with everything in it, and a log of every event, with any text where text may stand."""
    assert fault("plan", PLAN) is None
    assert JUDGES["plan"].is_valid(PLAN)
    for record in (*RECORDS, *hostile(odd).records):
        assert fault("audit-record", record) is None
        assert JUDGES["audit-record"].is_valid(record)


def _places(value, path=()) -> list:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in _places(item, (*path, key)))]


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_a_damaged_form_is_judged_as_jsonschema_judges_it(data) -> None:
    """The generated check, with its references put in place, and a general one over the published files agree."""
    name, form = data.draw(st.sampled_from(_SAMPLES))
    form = copy.deepcopy(form)
    *path, last = data.draw(st.sampled_from([place for place in _places(form) if place]))
    at = form
    for key in path:
        at = at[key]
    if data.draw(st.booleans()):
        at[last] = data.draw(_JUNK)
    else:
        del at[last]
    assert (fault(name, form) is None) == JUDGES[name].is_valid(form)


@pytest.mark.parametrize(
    ("event", "changed", "words"),
    [
        ("outcome", {"outcome": None}, "`outcome` should be text"),
        ("intent", {"changes": [{"field": "x", "live": None}]}, "`changes[0]` has no `desired`"),
        ("intent", {"memory": {"owed": {"x": 1.5}}}, "`memory.owed.x` should be"),
        ("reviewed", {"actions": [{"phase": "later"}]}, "`actions[0]` has no"),
        ("delivered", {"delivered": [1, "2"]}, "`delivered[1]` should be an integer"),
        ("outcome", {"timestamp": "2026-02-30T00:00:00.000Z"}, "`timestamp` does not fit"),
        ("outcome", {"timestamp": "2026-02-03T00:00:00.000Z\n"}, "`timestamp` does not fit"),
    ],
)
def test_what_is_wrong_with_a_record_is_named(event, changed, words) -> None:
    """The first thing that is wrong, and its place; a day that no calendar has is wrong too."""
    record = next(each for each in RECORDS if each["event"] == event)
    assert words in str(fault("audit-record", {**record, **changed}))


def test_a_later_versions_event_is_of_any_form() -> None:
    """What every record has must be there; of the rest nothing is known."""
    later = {**RECORDS[0], "event": "celebrated", "target": 7, "actions": "many"}
    assert fault("audit-record", later) is None
    assert fault("audit-record", {**later, "run_id": 7}) == "`run_id` should be text"


def test_a_later_versions_phase_is_of_the_form_all_the_same() -> None:
    """Which phases there are is not a schema's to say."""
    assert fault("plan", to_json(plan_of(action("carrier-check")))) is None


def test_fastjsonschema_is_imported_when_something_is_asked() -> None:
    """Who reads no plan and no report does not pay for it."""
    code = (
        "import sys\n"
        "from reconciler.commands._shared import plan_files\n"
        "from reconciler.audit.report import fold\n"
        "assert 'fastjsonschema' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
