"""The write protocol, driven with literal answers: can this overwrite somebody's edit?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from builders import (
    A2P,
    EVENTS,
    FIELDS,
    T0,
    T1,
    T2,
    URL,
    drive,
    hook,
    lost,
    methods,
    no,
    observed,
    ok,
    page,
    planned,
    step_of,
    template,
    wire,
    wire_registration,
    wire_webhook,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.errors import WrongShape
from reconciler.core.model import Live, Policy, Remembered, SecretRef
from reconciler.core.outcome import Ended, Outcome
from reconciler.plan.write_protocol import Step, run

if TYPE_CHECKING:
    from reconciler.core.wire import Response

APPROVED = wire(status="APPROVED", updated_at=T1)
PATH = "/api/v1/messaging/templates/tmpl_a"


def approving(*documents, shown=None, **fields) -> Step:
    """The step that approves ``tmpl_a``, planned over what is shown."""
    documents = documents or (template(),)
    plan = planned(*documents, seen=observed(shown or wire()))
    return step_of(plan, "approval", *documents, **fields)


def ended(outcome: Outcome, **fields) -> dict:
    """What is compared of an end."""
    return {"outcome": outcome, "owed": False, "doubt": False, **fields}


def _status(answer: Response) -> str:
    """A test's name."""
    return str(answer.status)


def same(end: Ended, expected: dict) -> bool:
    """Whether the end has all that is expected."""
    assert {name: getattr(end, name) for name in expected} == expected, end
    return True


# --- a template's PUT -----------------------------------------------------------------------------------------------


def test_the_happy_path_is_a_read_and_a_put() -> None:
    """Read by id, PUT, and the 200's body shows APPROVED."""
    end, sent = drive(run(approving()), ok(wire()), ok(APPROVED))
    assert same(end, ended(Outcome.APPLIED, error=None))
    assert [(one.method, one.path) for one in sent] == [("GET", PATH), ("PUT", PATH)]
    assert end.live is not None
    assert end.live.version == T1


def test_a_put_is_the_whole_template_with_the_files_fields_laid_over() -> None:
    """Unknown fields and ``meta.updated_at`` go back as they were last read."""
    document = template(content="New. STOP to end")
    fresh = wire(locale={"tag": "en-US", "deep": [1, {"x": None}]}, extra=[], big=2**60)
    step = approving(document)
    _, sent = drive(run(step), ok(fresh, etag='"7"'), ok({**APPROVED, "content": "New. STOP to end"}))
    put = sent[1]
    assert put.body == {**fresh, "content": "New. STOP to end", "status": "APPROVED"}
    assert put.body["meta"] == fresh["meta"]
    assert (put.precondition, put.if_match, put.idempotency_key) == (T0, '"7"', None)
    assert put.scope == "messaging:write"


@pytest.mark.parametrize("etag", [None, 'W/"7"', 'w/"7"'])
def test_without_a_strong_etag_no_condition_header_is_sent(etag) -> None:
    """``If-Match`` compares strongly (RFC 9110 section 13.1.1): a weak tag could never match."""
    _, sent = drive(run(approving()), ok(wire(), etag=etag), ok(APPROVED))
    assert sent[1].if_match is None


@pytest.mark.parametrize(
    "answer",
    [
        ok(None, 204),
        ok(None),
        ok({}),
        ok([]),
        ok("done"),
        ok({"status": "APPROVED"}),
        ok({"meta": {"updated_at": T1}}),
        ok({"status": "APPROVED", "meta": {}}),
        ok({"status": "APPROVED", "meta": {"updated_at": None}}),
        ok({"status": None, "meta": {"updated_at": T1}}),
        ok(None, 202),
    ],
    ids=lambda answer: f"{answer.status} {answer.body}",
)
def test_a_success_without_the_template_is_read_back(answer) -> None:
    """204, or a 200 that does not show status and version: a GET says what the tenant shows."""
    end, sent = drive(run(approving()), ok(wire()), answer, ok(APPROVED))
    assert methods(sent) == "GET PUT GET"
    assert same(end, ended(Outcome.APPLIED))


def test_an_answer_is_not_believed_against_what_is_shown() -> None:
    """A 204 counts for nothing where the GET still shows the old status and version."""
    end, _ = drive(run(approving()), ok(wire()), ok(None, 204), ok(wire()))
    assert same(end, ended(Outcome.PENDING, owed=False))


@pytest.mark.parametrize(
    ("status", "policy", "outcome", "owed"),
    [
        ("PENDING", {}, Outcome.PENDING, True),
        ("SUBMITTED", {}, Outcome.PENDING, True),
        ("IN_REVIEW", {}, Outcome.PENDING, True),
        ("REJECTED", {}, Outcome.HELD, False),
        ("WEIRD", {}, Outcome.HELD, False),
        ("WEIRD", {"approve_from": ("WEIRD",)}, Outcome.PENDING, True),
        ("PENDING", {"approve_from": ("DRAFT",)}, Outcome.HELD, False),
    ],
)
@pytest.mark.parametrize("by_get", [False, True])
def test_short_of_approved_a_status_is_pending_or_held(status, policy, outcome, owed, by_get) -> None:
    """In ``approve_from`` the carrier still decides; any other status is somebody's decision."""
    shown = wire(status=status, updated_at=T1)
    step = approving(policy=Policy(**policy))
    answers = [ok(None, 204), ok(shown)] if by_get else [ok(shown)]
    end, _ = drive(run(step), ok(wire()), *answers)
    assert same(end, ended(outcome, owed=owed))


def test_a_pending_template_is_owed_only_where_updated_at_moved() -> None:
    """A tenant that took nothing owes nothing."""
    end, _ = drive(run(approving()), ok(wire()), ok(wire()))
    assert same(end, ended(Outcome.PENDING, owed=False))


@pytest.mark.parametrize("asked", ["SUSPENDED", "REJECTED", "DRAFT"])
def test_a_revocation_that_is_not_shown_has_failed(asked) -> None:
    """No carrier decides a revocation: the tenant shows it or it was not done."""
    document = template(status=asked)
    shown = wire(status="APPROVED")
    done, _ = drive(run(approving(document, shown=shown)), ok(shown), ok(wire(status=asked, updated_at=T1)))
    assert same(done, ended(Outcome.APPLIED))
    ignored, _ = drive(
        run(approving(document, shown=shown)), ok(shown), ok(wire(status="APPROVED", updated_at=T1))
    )
    assert same(ignored, ended(Outcome.FAILED))
    assert "APPROVED" in (ignored.error or "")


def test_a_tenant_that_shows_another_text_than_was_sent_has_not_applied_it() -> None:
    """APPROVED with the old content is not what was asked for."""
    document = template(content="New. STOP to end")
    end, _ = drive(run(approving(document)), ok(wire()), ok(APPROVED))
    assert same(end, ended(Outcome.FAILED))
    assert "content" in (end.error or "")


def test_nothing_is_sent_where_the_template_is_as_desired_already() -> None:
    """Somebody had done it: ``unchanged``."""
    end, sent = drive(run(approving()), ok(APPROVED))
    assert (methods(sent), end.outcome) == ("GET", Outcome.UNCHANGED)


@pytest.mark.parametrize(
    "shown",
    [
        {"content": "Edited in the console"},
        {"name": "Renamed"},
        {"from_address": "99999"},
        {"status": "REJECTED"},
        {"status": "DRAFT"},
    ],
    ids=repr,
)
def test_a_compared_field_that_moved_since_the_plan_is_a_conflict(shown) -> None:
    """Nothing is overwritten, and the error names the field."""
    end, sent = drive(run(approving()), ok(wire(updated_at=T1, **shown)))
    assert (methods(sent), end.outcome) == ("GET", Outcome.CONFLICT)
    assert next(iter(shown)) in (end.error or "")


def test_a_changed_field_that_moved_to_a_third_value_is_a_conflict() -> None:
    """Neither the planned nor the desired text: somebody else's."""
    document = template(content="New. STOP to end")
    end, sent = drive(run(approving(document)), ok(wire(content="Third")))
    assert (methods(sent), end.outcome) == ("GET", Outcome.CONFLICT)


def test_a_moved_updated_at_alone_is_no_conflict() -> None:
    """The PUT goes over the fresh read, with its version and whatever else changed."""
    fresh = wire(updated_at=T1, locale={"tag": "de"})
    end, sent = drive(run(approving()), ok(fresh), ok(wire(status="APPROVED", updated_at=T2)))
    assert end.outcome is Outcome.APPLIED
    assert (sent[1].precondition, sent[1].body["locale"]) == (T1, {"tag": "de"})


@pytest.mark.parametrize("status", [409, 412])
def test_after_a_conflict_answer_the_template_is_read_and_sent_again(status) -> None:
    """None of the compared fields moved: sent over the fresh read, with its version, ETag and unknown fields."""
    fresh = wire(updated_at=T1, locale={"tag": "de"}, added=True)
    end, sent = drive(
        run(approving()),
        ok(wire(), etag='"1"'),
        no(status),
        ok(fresh, etag='"2"'),
        ok(wire(status="APPROVED", updated_at=T2)),
    )
    assert (methods(sent), end.outcome) == ("GET PUT GET PUT", Outcome.APPLIED)
    again = sent[3]
    assert (again.precondition, again.if_match) == (T1, '"2"')
    assert again.body == {**fresh, "status": "APPROVED"}


@pytest.mark.parametrize("status", [409, 412])
def test_after_a_conflict_answer_what_is_as_desired_is_unchanged(status) -> None:
    """Somebody approved it in the meantime; no second PUT."""
    end, sent = drive(run(approving()), ok(wire()), no(status), ok(APPROVED))
    assert (methods(sent), end.outcome) == ("GET PUT GET", Outcome.UNCHANGED)


@pytest.mark.parametrize("status", [409, 412])
@pytest.mark.parametrize(
    "shown", [{"content": "Edited"}, {"name": "N"}, {"from_address": "1"}, {"status": "REJECTED"}], ids=repr
)
def test_after_a_conflict_answer_a_compared_field_that_moved_ends_it(status, shown) -> None:
    """``conflict``, nothing overwritten: no PUT after the read that showed it."""
    end, sent = drive(run(approving()), ok(wire()), no(status), ok(wire(updated_at=T1, **shown)))
    assert (methods(sent), end.outcome) == ("GET PUT GET", Outcome.CONFLICT)


def test_a_lost_answer_is_looked_up_and_not_sent_again_where_it_arrived() -> None:
    """The GET shows APPROVED: applied by this run."""
    end, sent = drive(run(approving()), ok(wire()), lost(), ok(APPROVED))
    assert (methods(sent), end.outcome) == ("GET PUT GET", Outcome.APPLIED)


def test_a_lost_answer_is_sent_again_only_where_it_is_not_there() -> None:
    """The same version is still there: the PUT never arrived, and the second try waits first."""
    end, sent = drive(run(approving()), ok(wire()), lost(503), ok(wire()), ok(APPROVED))
    assert (methods(sent), end.outcome) == ("GET PUT GET PUT", Outcome.APPLIED)
    assert [one.attempt for one in sent if one.method == "PUT"] == [0, 1]


def test_a_lost_answer_whose_text_arrived_is_pending_where_the_carrier_decides() -> None:
    """The version moved and the text is what was sent: the approval is owed, not sent again."""
    document = template(content="New. STOP to end")
    shown = wire(content="New. STOP to end", updated_at=T1)
    end, sent = drive(run(approving(document)), ok(wire()), lost(), ok(shown))
    assert methods(sent) == "GET PUT GET"
    assert same(end, ended(Outcome.PENDING, owed=True))


def test_a_lost_answer_and_somebodys_edit_is_a_conflict() -> None:
    """What the look-up shows is neither what was there nor what was sent."""
    end, sent = drive(run(approving()), ok(wire()), lost(), ok(wire(updated_at=T1, content="Edited")))
    assert (methods(sent), end.outcome) == ("GET PUT GET", Outcome.CONFLICT)


def test_a_lost_answer_and_an_edit_elsewhere_is_sent_over_the_edit() -> None:
    """Our text is not there, and what moved is no compared field: the PUT carries the edit along."""
    document = template(content="New. STOP to end")
    fresh = wire(updated_at=T1, locale={"tag": "de"})
    done = wire(status="APPROVED", content="New. STOP to end", updated_at=T2)
    end, sent = drive(run(approving(document)), ok(wire()), lost(), ok(fresh), ok(done))
    assert (methods(sent), end.outcome) == ("GET PUT GET PUT", Outcome.APPLIED)
    assert (sent[3].precondition, sent[3].body["locale"]) == (T1, {"tag": "de"})


@pytest.mark.parametrize("answer", [no(500), no(403), lost(), no(404)], ids=_status)
def test_a_lost_answer_that_cannot_be_looked_up_is_in_doubt(answer) -> None:
    """Failed, and the record says that the write's fate is unknown."""
    end, sent = drive(run(approving()), ok(wire()), lost(), answer)
    assert methods(sent) == "GET PUT GET"
    assert same(end, ended(Outcome.FAILED, doubt=True))


@pytest.mark.parametrize(
    "answer",
    [ok("not an object"), ok({"id": "tmpl_a"}), ok(wire("tmpl_other")), ok(wire(status=7))],
    ids=["text", "bare", "another", "status a number"],
)
def test_a_wrong_shaped_look_up_of_a_lost_answer_is_in_doubt_too(answer) -> None:
    """An answer that cannot be read says nothing of the write's fate."""
    end, _ = drive(run(approving()), ok(wire()), lost(), answer)
    assert same(end, ended(Outcome.FAILED, doubt=True))


@pytest.mark.parametrize(
    "answer", [no(404), no(500), ok("text"), ok({"id": "tmpl_a"})], ids=["gone", "500", "text", "bare"]
)
def test_a_put_that_was_taken_and_cannot_be_read_back_is_in_doubt(answer) -> None:
    """After a 204 only the read can tell."""
    end, sent = drive(run(approving()), ok(wire()), ok(None, 204), answer)
    assert methods(sent) == "GET PUT GET"
    assert same(end, ended(Outcome.FAILED, doubt=True))


@pytest.mark.parametrize(
    "body",
    [
        {"id": "tmpl_other", "status": "APPROVED", "meta": {"updated_at": T1}},
        {"id": 7, "status": "APPROVED", "meta": {"updated_at": T1}},
        {"content": ["x"], "status": "APPROVED", "meta": {"updated_at": T1}},
        {"status": "APPROVED", "meta": {"updated_at": 1700000000}},
    ],
    ids=["another", "numbered", "content", "version"],
)
def test_a_success_with_a_wrong_body_is_not_counted_as_applied_unread(body) -> None:
    """The 200's body is of another template, or of no template's shape: it proves nothing by itself."""
    end, sent = drive(run(approving()), ok(wire()), ok(body), ok(wire(updated_at=T1)))
    assert (methods(sent), end.outcome) == ("GET PUT GET", Outcome.PENDING)


def test_a_template_that_is_gone_fails() -> None:
    """404 at the first read, and at the read after a conflict answer."""
    first, _ = drive(run(approving()), no(404))
    later, _ = drive(run(approving()), ok(wire()), no(409), no(404))
    for end in (first, later):
        assert same(end, ended(Outcome.FAILED))
        assert "404" in (end.error or "")
        assert (end.error or "").startswith("It is no longer in the tenant")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500])
def test_a_clear_refusal_of_the_put_fails_at_once(status) -> None:
    """What the tenant said stands in the error; nothing is tried again."""
    end, sent = drive(run(approving()), ok(wire()), no(status))
    assert methods(sent) == "GET PUT"
    assert same(end, ended(Outcome.FAILED, error=no(status).error))


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_a_read_that_fails_sends_nothing(status) -> None:
    """Without a read there is no version to write over."""
    end, sent = drive(run(approving()), no(status))
    assert (methods(sent), end.outcome, end.error) == ("GET", Outcome.FAILED, no(status).error)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {},
        wire(status=None),
        wire(content=None),
        wire(updated_at=None),
        {**wire(), "meta": None},
        {**wire(), "meta": "x"},
        {**wire(), "meta": {"updated_at": 5}},
        wire("tmpl_b"),
        wire(content=5),
        wire(name=["x"]),
        {**wire(), "id": 5},
    ],
    ids=repr,
)
def test_a_read_of_the_wrong_shape_ends_as_failed(body) -> None:
    """Named by its call; nothing is written over what was not understood."""
    end, sent = drive(run(approving()), ok(body))
    assert methods(sent) == "GET"
    assert same(end, ended(Outcome.FAILED))
    assert "GET /api/v1/messaging/templates/tmpl_a" in (end.error or "")


@pytest.mark.parametrize("answer", [no(409), lost()], ids=["conflict", "lost"])
@pytest.mark.parametrize("attempts", [1, 3])
def test_attempts_are_bounded(answer, attempts) -> None:
    """So many PUTs and no more; nothing arrived, so nothing is in doubt."""
    answers = [ok(wire())] + [answer, ok(wire())] * attempts
    end, sent = drive(run(approving(attempts=attempts)), *answers)
    assert methods(sent).count("PUT") == attempts
    assert same(end, ended(Outcome.FAILED))
    assert str(attempts) in (end.error or "")


@pytest.mark.parametrize(
    ("shown", "outcome"),
    [(APPROVED, Outcome.UNCHANGED), (wire(updated_at=T1, name="Edited"), Outcome.CONFLICT)],
)
def test_the_last_look_still_decides(shown, outcome) -> None:
    """After the last attempt the template is judged by what it shows."""
    end, _ = drive(run(approving(attempts=1)), ok(wire()), no(409), ok(shown))
    assert end.outcome is outcome


def test_an_id_is_percent_encoded_in_the_path_and_plain_in_the_name() -> None:
    """``:`` and ``~`` are allowed in ids; the path holds one segment."""
    document = template("a:b~c")
    step = step_of(planned(document, seen=observed(wire("a:b~c"))), "approval", document)
    _, sent = drive(run(step), ok(wire("a:b~c")), ok(wire("a:b~c", status="APPROVED", updated_at=T1)))
    assert sent[1].path == "/api/v1/messaging/templates/a%3Ab~c"
    assert sent[1].call == "PUT /api/v1/messaging/templates/a:b~c"


def test_an_id_that_cannot_be_a_path_ends_as_failed_before_anything_is_sent() -> None:
    """A dot segment would be another path; no document can have such an id, and no request leaves."""
    from dataclasses import replace

    step = approving()
    end, sent = drive(run(replace(step, action=replace(step.action, target=".."))))
    assert (sent, end.outcome, end.doubt) == ([], Outcome.FAILED, False)


_ANSWERS = st.one_of(
    st.builds(
        ok,
        st.builds(
            wire,
            updated_at=st.sampled_from([T0, T1, T2]),
            status=st.sampled_from(["DRAFT", "PENDING", "APPROVED", "REJECTED"]),
            content=st.sampled_from([FIELDS["content"], "Edited", "New. STOP to end"]),
            name=st.sampled_from([FIELDS["name"], "Other"]),
        ),
        etag=st.sampled_from([None, '"1"', '"2"', 'W/"1"']),
    ),
    st.sampled_from(
        [
            no(409),
            no(412),
            no(404),
            no(500),
            lost(),
            lost(503),
            ok(None, 204),
            ok(None),
            ok("x"),
            ok(wire("other")),
        ]
    ),
)


@settings(deadline=None, max_examples=500)
@given(
    st.lists(_ANSWERS, min_size=12, max_size=12),
    st.sampled_from([None, "New. STOP to end"]),
    st.integers(1, 4),
)
def test_no_put_ever_goes_over_anything_but_the_read_just_before_it(answers, content, attempts) -> None:
    """Whatever the tenant answers: it ends in bounds, and each PUT holds the version, ETag and fields last read."""
    document = template(**({"content": content} if content else {}))
    protocol = run(approving(document, attempts=attempts))
    waiting = iter(answers)
    read: Response | None = None
    puts = calls = 0
    lost_one = False
    answer = None
    while True:
        try:
            request = next(protocol) if answer is None else protocol.send(answer)
        except StopIteration as end:
            ending = end.value
            break
        calls += 1
        answer = next(waiting)
        if request.method == "GET":
            read = answer
            continue
        puts += 1
        assert read is not None
        assert isinstance(read.body, dict)
        assert read.body["id"] == "tmpl_a"
        assert request.precondition == read.body["meta"]["updated_at"]
        assert request.body["meta"] == read.body["meta"]
        assert request.if_match == (read.etag if read.etag and not read.etag.startswith("W/") else None)
        assert request.body["locale"] == read.body["locale"]
        # what is overwritten is as the plan showed it, or as it should be; once a PUT may have been carried out, the
        # status may be any that waits
        assert read.body["name"] == FIELDS["name"]
        assert read.body["content"] in {FIELDS["content"], content}
        assert read.body["status"] in {"PENDING", "APPROVED", *(("DRAFT",) if lost_one else ())}
        lost_one = lost_one or answer.unknown
        read = None
    assert isinstance(ending, Ended)
    assert puts <= attempts
    assert calls <= 2 * attempts + 2


# --- registrations --------------------------------------------------------------------------------------------------


def registering(*, shown=(), listed=False, **fields) -> Step:
    """The step that registers ``tmpl_a``, or updates its registration."""
    seen = observed(wire(status="APPROVED"), registrations=shown)
    return step_of(planned(template(), seen=seen), "a2p", template(), listed=listed, **fields)


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("body", [None, {"id": "reg_1"}, {"template_id": "tmpl_a"}, [], "x"], ids=repr)
def test_a_registration_is_one_post(status, body) -> None:
    """201 created, 200 already there or updated: applied, whatever the body."""
    end, sent = drive(run(registering()), ok(body, status))
    assert same(end, ended(Outcome.APPLIED, id="reg_1" if body == {"id": "reg_1"} else None))
    (post,) = sent
    assert (post.method, post.path) == ("POST", "/api/v1/a2p/registrations")
    assert post.body == {"template_id": "tmpl_a", **A2P}
    assert (post.idempotency_key, post.scope) == ("key-1", "a2p:write")


def test_a_lost_registration_that_is_in_the_list_was_applied() -> None:
    """Looked up page by page, and not sent again."""
    end, sent = drive(
        run(registering(listed=True)),
        lost(),
        page(wire_registration("tmpl_b"), cursor="c2"),
        page(wire_registration()),
    )
    assert (methods(sent), end.outcome) == ("POST GET GET", Outcome.APPLIED)
    assert dict(sent[2].query)["cursor"] == "c2"
    assert end.id == "reg_tmpl_a"


def test_a_lost_registration_that_is_not_in_the_list_is_sent_again_with_the_same_key() -> None:
    """A retry is the same request to the tenant."""
    end, sent = drive(
        run(registering(listed=True)), lost(), page(wire_registration("tmpl_b")), ok({"id": 5}, 201)
    )
    assert (methods(sent), end.outcome, end.id) == ("POST GET POST", Outcome.APPLIED, "5")
    assert [one.idempotency_key for one in sent if one.method == "POST"] == ["key-1", "key-1"]
    assert [one.attempt for one in sent if one.method == "POST"] == [0, 1]


def test_a_lost_update_that_the_list_shows_in_its_old_form_is_sent_again() -> None:
    """The old registration is no sign that the new one arrived."""
    old = wire_registration(campaign_name="Old")
    end, sent = drive(run(registering(shown=[old], listed=True)), lost(), page(old), ok(None))
    assert (methods(sent), end.outcome) == ("POST GET POST", Outcome.APPLIED)


def test_a_lost_update_is_not_proved_by_a_summary() -> None:
    """A list item without the compared fields does not show what was sent; it is sent again."""
    old = wire_registration(campaign_name="Old")
    summary = {"id": "reg_tmpl_a", "template_id": "tmpl_a"}
    end, sent = drive(run(registering(shown=[old], listed=True)), lost(), page(summary), ok(None))
    assert (methods(sent), end.outcome) == ("POST GET POST", Outcome.APPLIED)


def test_a_lost_registration_without_a_list_is_sent_again_with_the_same_key() -> None:
    """A registration is made once, however often it is sent: no doubt is left."""
    end, sent = drive(run(registering()), lost(), lost(502), ok(None, 201))
    assert methods(sent) == "POST POST POST"
    assert {one.idempotency_key for one in sent} == {"key-1"}
    assert same(end, ended(Outcome.APPLIED))


def test_a_registration_of_an_earlier_run_in_doubt_leaves_no_doubt_when_it_is_confirmed() -> None:
    """Only a webhook can be there twice."""
    end, _ = drive(run(registering(doubt=True)), ok(None, 200))
    assert same(end, ended(Outcome.APPLIED))


def test_registration_attempts_are_bounded() -> None:
    """Given up, and its fate is unknown."""
    end, sent = drive(run(registering(attempts=3)), lost(), lost(), lost())
    assert methods(sent) == "POST POST POST"
    assert same(end, ended(Outcome.FAILED, doubt=True))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 429, 500, 501])
def test_a_refused_registration_fails(status) -> None:
    """Without another try, by the tenant's word."""
    end, sent = drive(run(registering(listed=True)), no(status))
    assert (methods(sent), end.outcome, end.error) == ("POST", Outcome.FAILED, no(status).error)


@pytest.mark.parametrize(
    ("items", "outcome"),
    [
        ([wire_registration()], Outcome.UNCHANGED),
        ([wire_registration(campaign_name="Old")], Outcome.FAILED),
        ([], Outcome.FAILED),
    ],
    ids=["equal", "other", "none"],
)
@pytest.mark.parametrize("status", [409, 412])
def test_a_conflicting_registration_is_unchanged_where_an_equal_one_is_there(items, outcome, status) -> None:
    """409 means: read again. Already as desired is ``unchanged``."""
    end, sent = drive(run(registering(listed=True)), no(status), page(*items))
    assert (methods(sent), end.outcome) == ("POST GET", outcome)


def test_a_conflicting_registration_that_cannot_be_looked_up_fails() -> None:
    """No list, or no list now."""
    alone, _ = drive(run(registering()), no(409))
    unread, _ = drive(run(registering(listed=True)), no(409), no(500))
    assert (alone.outcome, unread.outcome) == (Outcome.FAILED, Outcome.FAILED)


@pytest.mark.parametrize(
    "answer",
    [
        ok(None),
        ok([]),
        ok({"items": None}),
        ok({"items": [], "next_cursor": 5}),
        ok({"items": ["x"]}),
        page(cursor="\ud83d"),
        page(cursor="c" * 2_000_000),
    ],
    ids=lambda answer: ascii(answer.body)[:40],
)
def test_a_list_of_the_wrong_shape_cannot_be_looked_up(answer) -> None:
    """Sent again under the same key, as on a tenant without the list; a webhook is in doubt then."""
    end, sent = drive(run(registering(listed=True)), lost(), answer, ok(None))
    assert (methods(sent), end.outcome, end.doubt) == ("POST GET POST", Outcome.APPLIED, False)
    assert {one.idempotency_key for one in sent if one.method == "POST"} == {"key-1"}
    end, _ = drive(run(creating(listed=True)), lost(), answer, ok(None))
    assert (end.outcome, end.doubt) == (Outcome.APPLIED, True)


def test_a_list_that_does_not_end_is_not_read_for_ever() -> None:
    """The same cursor twice ends the look-up, which then says nothing; so do cursors without end."""
    end, sent = drive(
        run(creating(listed=True)), lost(), page(cursor="c"), page(cursor="c"), ok({"id": "wh_1"}, 201)
    )
    assert (methods(sent), end.outcome, end.doubt) == ("POST GET GET POST", Outcome.APPLIED, True)
    protocol = run(creating(listed=True))
    next(protocol)
    request = protocol.send(lost())
    for number in range(20_000):
        if request.method == "POST":
            break
        request = protocol.send(page(cursor=str(number)))
    assert request.method == "POST"


# --- webhooks -------------------------------------------------------------------------------------------------------

REMEMBERED = {("webhook", URL): Remembered(fields={"events": EVENTS}, id="wh_1", fingerprint="f")}


def creating(*, listed=False, **fields) -> Step:
    """The step that makes the webhook."""
    return step_of(planned(hook(), seen=observed()), "webhook", hook(), listed=listed, **fields)


def updating(*, listed=False, id="wh_1", **fields) -> Step:  # noqa: A002
    """The step that changes the webhook's events."""
    plan = planned(hook(), seen=observed(webhooks=[wire_webhook(events=["old"])]), remembered=REMEMBERED)
    return step_of(plan, "webhook", hook(), listed=listed, id=id, **fields)


def rotating(*, listed=False, id="wh_1", **fields) -> Step:  # noqa: A002
    """The step that sets another secret."""
    seen = observed(webhooks=[wire_webhook()])
    plan = planned(hook(), seen=seen, remembered=REMEMBERED, fingerprints={URL: "g"})
    return step_of(plan, "webhook", hook(), listed=listed, id=id, **fields)


def test_a_webhook_is_made_by_one_post_with_a_secret_that_only_the_client_knows() -> None:
    """The request holds a reference; events are sorted; the id is kept."""
    end, sent = drive(run(creating()), ok({"id": "wh_9", "url": URL}, 201))
    (post,) = sent
    assert (post.method, post.path, post.idempotency_key) == ("POST", "/api/v1/webhooks", "key-1")
    assert post.body == {
        "url": URL,
        "events": list(EVENTS),
        "secret": SecretRef(source="env", name="HOOK_SECRET"),
    }
    assert post.scope == "webhooks:write"
    assert same(end, ended(Outcome.APPLIED, id="wh_9"))


@pytest.mark.parametrize("body", [None, {}, {"id": None}, {"id": True}, [], {"id": 4.5}], ids=repr)
def test_a_webhook_without_an_id_is_applied_all_the_same(body) -> None:
    """201, with an ``id`` where the tenant gives one."""
    end, _ = drive(run(creating()), ok(body, 201))
    assert same(end, ended(Outcome.APPLIED, id=None))


def test_a_lost_webhook_that_is_in_the_list_was_applied() -> None:
    """Not sent again: a second POST would make a second webhook."""
    end, sent = drive(
        run(creating(listed=True)),
        lost(),
        page(wire_webhook(url="https://x.example.com/"), wire_webhook("wh_7")),
    )
    assert (methods(sent), end.outcome, end.id) == ("POST GET", Outcome.APPLIED, "wh_7")
    assert not end.doubt


def test_a_lost_webhook_that_is_not_in_the_list_is_sent_again_without_doubt() -> None:
    """The list proves that the first never arrived."""
    end, sent = drive(run(creating(listed=True)), lost(), page(), ok({"id": "wh_1"}, 201))
    assert methods(sent) == "POST GET POST"
    assert {one.idempotency_key for one in sent if one.method == "POST"} == {"key-1"}
    assert same(end, ended(Outcome.APPLIED, id="wh_1"))


@pytest.mark.parametrize("answer", [no(500), no(403), lost()], ids=_status)
def test_a_lost_webhook_whose_list_cannot_be_read_now_is_in_doubt(answer) -> None:
    """Where it cannot be looked up it is sent again with the same key, and the record says that it is in doubt."""
    end, sent = drive(run(creating(listed=True)), lost(), answer, ok({"id": "wh_1"}, 201))
    assert methods(sent) == "POST GET POST"
    assert {one.idempotency_key for one in sent if one.method == "POST"} == {"key-1"}
    assert same(end, ended(Outcome.APPLIED, id="wh_1", doubt=True))


def test_a_lost_webhook_without_a_list_is_in_doubt() -> None:
    """Sent again with the same key; on a tenant that ignores keys there may be two."""
    end, sent = drive(run(creating()), lost(), ok({"id": "wh_1"}, 201))
    assert methods(sent) == "POST POST"
    assert {one.idempotency_key for one in sent} == {"key-1"}
    assert same(end, ended(Outcome.APPLIED, id="wh_1", doubt=True))


def test_a_webhook_that_an_earlier_run_may_have_made_is_in_doubt() -> None:
    """A crash between POST and record, on a tenant without the list."""
    alone, _ = drive(run(creating(doubt=True)), ok(None, 201))
    listed, _ = drive(run(creating(doubt=True, listed=True)), ok(None, 201))
    assert (alone.doubt, listed.doubt) == (True, False)


def test_webhook_attempts_are_bounded() -> None:
    """Given up after so many POSTs, in doubt."""
    end, sent = drive(run(creating(attempts=2)), lost(), lost())
    assert methods(sent) == "POST POST"
    assert same(end, ended(Outcome.FAILED, doubt=True))


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501])
def test_a_refused_webhook_fails(status) -> None:
    """A tenant must have the POST: nothing to do in a console for it."""
    end, sent = drive(run(creating()), no(status))
    assert (methods(sent), end.outcome) == ("POST", Outcome.FAILED)


def test_a_webhook_is_changed_by_a_put_on_its_id() -> None:
    """The whole of it, secret included; a PUT needs no key."""
    end, sent = drive(run(updating(id="a/b?c")), ok(None))
    (put,) = sent
    assert (put.method, put.path, put.idempotency_key) == ("PUT", "/api/v1/webhooks/a%2Fb%3Fc", None)
    assert put.body == {
        "url": URL,
        "events": list(EVENTS),
        "secret": SecretRef(source="env", name="HOOK_SECRET"),
    }
    assert same(end, ended(Outcome.APPLIED, id="a/b?c"))


@pytest.mark.parametrize("make", [updating, rotating], ids=["update", "rotate"])
@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_tenant_without_the_put_blocks_the_change_and_says_what_to_do(make, status) -> None:
    """Make it in the console, and record that with ``audit accept``."""
    end, sent = drive(run(make()), no(status))
    assert (methods(sent), end.outcome) == ("PUT", Outcome.BLOCKED)
    for words in ("console", f"audit accept --target {URL}", str(status)):
        assert words in (end.error or "")


@pytest.mark.parametrize("id_", [None, ".", ".."])
def test_a_webhook_whose_id_is_not_known_is_blocked(id_) -> None:
    """Nothing is sent, least of all another POST."""
    end, sent = drive(run(updating(id=id_)))
    assert (sent, end.outcome) == ([], Outcome.BLOCKED)
    assert "audit accept" in (end.error or "")


def test_a_lost_update_is_looked_up_by_its_events() -> None:
    """There: applied. Not there: sent again."""
    there, sent = drive(run(updating(listed=True)), lost(), page(wire_webhook()))
    assert (methods(sent), there.outcome) == ("PUT GET", Outcome.APPLIED)
    again, sent = drive(run(updating(listed=True)), lost(), page(wire_webhook(events=["old"])), ok(None))
    assert (methods(sent), again.outcome) == ("PUT GET PUT", Outcome.APPLIED)


def test_a_lost_rotation_is_sent_again_for_no_list_shows_a_secret() -> None:
    """The same PUT twice is no second webhook, and leaves no doubt."""
    end, sent = drive(run(rotating(listed=True)), lost(), ok(None))
    assert methods(sent) == "PUT PUT"
    assert same(end, ended(Outcome.APPLIED, id="wh_1"))


@pytest.mark.parametrize("make", [updating, rotating], ids=["update", "rotate"])
def test_a_confirmed_put_leaves_no_doubt_of_an_earlier_run(make) -> None:
    """Whatever became of the earlier PUT, this one says what the secret is."""
    end, _ = drive(run(make(doubt=True)), ok(None))
    assert same(end, ended(Outcome.APPLIED))


@pytest.mark.parametrize("status", [409, 412])
def test_a_rotation_that_conflicts_is_never_unchanged(status) -> None:
    """The list shows the events, which were right before; nothing shows that the secret is the new one."""
    end, sent = drive(run(rotating(listed=True)), no(status))
    assert (methods(sent), end.outcome) == ("PUT", Outcome.FAILED)


def test_a_webhook_that_somebody_else_made_is_unchanged() -> None:
    """409 to the first POST, and the list shows it with the same events."""
    end, sent = drive(run(creating(listed=True)), no(409), page(wire_webhook("wh_7")))
    assert (methods(sent), end.outcome, end.id) == ("POST GET", Outcome.UNCHANGED, "wh_7")
    other, _ = drive(run(creating(listed=True)), no(409), page(wire_webhook("wh_7", events=["x"])))
    assert other.outcome is Outcome.FAILED


def test_an_end_holds_what_the_tenant_showed_last() -> None:
    """The record's ``updated_at`` is that after the write."""
    end, _ = drive(run(approving()), ok(wire()), ok(None, 204), ok(APPROVED))
    assert isinstance(end.live, Live)
    assert (end.live.version, end.live.fields["status"]) == (T1, "APPROVED")


_LISTED_ANSWERS = st.sampled_from(
    [
        ok(None, 201),
        ok({"id": "wh_1"}),
        no(409),
        no(404),
        no(500),
        lost(),
        lost(503),
        page(),
        page(wire_webhook()),
        page(wire_webhook(), cursor="n"),
        page(cursor="m"),
        ok("x"),
        ok({"items": [5]}),
    ]
)


@settings(deadline=None, max_examples=300)
@given(
    st.lists(_LISTED_ANSWERS, min_size=40, max_size=40),
    st.sampled_from([registering, creating, updating, rotating]),
    st.booleans(),
    st.integers(1, 3),
)
def test_a_post_is_bounded_and_never_repeated_under_another_key(answers, make, listed, attempts) -> None:
    """Whatever the tenant answers it ends, within its attempts, under one key, and no POST follows a success."""
    extra = {"shown": [wire_registration(campaign_name="Old")]} if make is registering else {}
    protocol = run(make(listed=listed, attempts=attempts, **extra))
    waiting = iter(answers)
    writes = []
    answer = None
    try:
        while True:
            request = next(protocol) if answer is None else protocol.send(answer)
            assert not (writes and writes[-1][1].status in {200, 201}), "sent again after a success"
            answer = next(waiting)
            if request.method != "GET":
                writes.append((request, answer))
                assert request.precondition is None
    except StopIteration as end:
        ending = end.value
    assert isinstance(ending, Ended)
    if ending.outcome in {Outcome.APPLIED, Outcome.UNCHANGED}:
        assert answer is not None
        assert answer.status in {200, 201}
    assert len(writes) <= attempts
    assert len({request.idempotency_key for request, _ in writes}) == 1


def spoilt(protocol, *answers, failure="GET /x: the answer is no JSON"):
    """Answer a protocol's requests in turn, then throw in what a client raises; how it ends."""
    next(protocol)
    for answer in answers:
        protocol.send(answer)
    with pytest.raises(StopIteration) as end:
        protocol.throw(WrongShape(failure))
    return end.value.value


@pytest.mark.parametrize(
    ("make", "answers"),
    [
        (approving, [ok(wire()), lost()]),
        (approving, [ok(wire()), ok(None, 204)]),
        (partial(registering, listed=True), [lost()]),
        (partial(creating, listed=True), [lost()]),
    ],
    ids=["approval", "approval answered", "registration", "webhook"],
)
def test_a_look_up_that_is_spoilt_leaves_the_write_in_doubt(make, answers) -> None:
    """Garbage, two 401s, no token: whatever broke the look-up, the write may have been carried out."""
    end = spoilt(run(make()), *answers)
    assert (end.outcome, end.doubt) == (Outcome.FAILED, True)
    assert "the answer is no JSON" in (end.error or "")
    assert "not known" in (end.error or "")


def test_what_is_raised_before_a_write_left_is_no_doubt() -> None:
    """Nothing was sent, or it was refused."""
    assert not spoilt(run(approving())).doubt
    assert not spoilt(run(approving()), ok(wire()), no(409)).doubt
    assert not spoilt(run(registering())).doubt
    assert spoilt(run(registering(doubt=True))).doubt


@pytest.mark.parametrize("status", [400, 401, 404, 500])
def test_a_refusal_settles_nothing_of_an_earlier_write_in_doubt(status) -> None:
    """The answer is about this request; the one whose answer was lost may have been carried out."""
    end, _ = drive(run(registering()), lost(), no(status))
    assert (end.outcome, end.doubt) == (Outcome.FAILED, True)
    end, _ = drive(run(registering(doubt=True)), no(status))
    assert (end.outcome, end.doubt) == (Outcome.FAILED, True)
    end, _ = drive(run(registering(listed=True)), lost(), page(), no(status))
    assert (end.outcome, end.doubt) == (Outcome.FAILED, False)
    end, _ = drive(run(approving(doubt=True)), ok(wire()), no(status))
    assert (end.outcome, end.doubt) == (Outcome.FAILED, True)


def test_a_lost_put_that_changes_only_the_status_is_sent_again() -> None:
    """Somebody else may have moved the template: only an answer shows that the carrier owes the approval."""
    moved_on = ok(wire(updated_at=T1, status="SUBMITTED"))
    end, sent = drive(
        run(approving()), ok(wire()), lost(), moved_on, ok(wire(updated_at=T2, status="SUBMITTED"))
    )
    assert methods(sent) == "GET PUT GET PUT"
    assert (end.outcome, end.owed, end.doubt) == (Outcome.PENDING, True, False)
    assert sent[-1].attempt == 1, "it waits before it is sent again"


def test_whoever_reads_a_result_in_doubt_is_told_what_may_be_there_twice() -> None:
    """In every format, since all of them show a result's words."""
    end, _ = drive(run(creating()), lost(), ok({"id": "wh_2"}, 201))
    assert (end.outcome, end.doubt) == (Outcome.APPLIED, True)
    assert "two webhooks" in (end.error or "")
    end, _ = drive(run(creating(attempts=1)), lost())
    assert "two webhooks" in (end.error or "")


def test_a_webhook_that_is_there_is_not_called_one_whose_fate_is_unknown() -> None:
    """Sent twice without a look between, then refused since it is there: two perhaps, and certainly carried out."""
    end, _ = drive(run(creating(listed=True)), lost(), no(500), no(409), page(wire_webhook()))
    assert same(end, ended(Outcome.UNCHANGED, id="wh_1", doubt=True))
    assert (end.error or "").startswith("There may be two webhooks")
