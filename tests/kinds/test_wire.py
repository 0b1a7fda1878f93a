"""Wire JSON to live values and back to requests."""

from __future__ import annotations

import pytest
from builders import (
    A2P,
    EVENTS,
    FIELDS,
    T0,
    URL,
    action,
    create,
    hook,
    live,
    register,
    rotate,
    template,
    wanted,
    wire,
    wire_registration,
    wire_webhook,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.errors import WrongShape
from reconciler.core.model import APPROVED, Policy, SecretRef
from reconciler.kinds import discover
from reconciler.kinds.webhook import normalise

KINDS = discover()


def test_a_document_asks_for_its_fields_and_approved_by_default() -> None:
    """``status`` is APPROVED where nothing is said."""
    item = wanted("template", template(status=None))
    assert (item.target, item.fields, item.secret) == ("tmpl_a", FIELDS, None)
    assert wanted("template", template(status="DRAFT")).fields["status"] == "DRAFT"


def test_a_registration_is_wanted_by_the_a2p_block() -> None:
    """Known by its template's id."""
    item = wanted("registration", template(status=None))
    assert (item.target, item.fields) == ("tmpl_a", A2P)


def test_a_webhook_is_wanted_by_its_normalised_url_with_a_reference_to_its_secret() -> None:
    """Events as a set; the value of the secret is nowhere."""
    document = hook("HTTPS://Hooks.Example.com:443", events=["b", "a", "b"], secret={"file": "/run/x"})
    item = wanted("webhook", document)
    assert (item.target, item.fields) == ("https://hooks.example.com/", {"events": ("a", "b")})
    assert item.secret == SecretRef(source="file", name="/run/x")


def test_a_template_is_read_whole() -> None:
    """Compared fields, the opaque version, and the object itself for the PUT."""
    item = wire(updated_at=" not a date ")
    one = live("template", item)
    assert (one.target, one.id, one.version) == ("tmpl_a", "tmpl_a", " not a date ")
    assert (one.fields, one.raw) == ({**FIELDS, "status": "PENDING"}, item)


@pytest.mark.parametrize("field", sorted(FIELDS))
@pytest.mark.parametrize("gone", ["absent", "null"])
def test_a_field_that_a_summary_lacks_is_absent(field, gone) -> None:
    """A list item may be a summary: what is not there is not known, and not empty."""
    item = wire()
    item[field] = None
    if gone == "absent":
        del item[field]
    assert set(live("template", item).fields) == set(FIELDS) - {field}


@pytest.mark.parametrize("meta", [None, {}, {"updated_at": None}, "absent"])
def test_a_template_without_a_version_can_be_listed(meta) -> None:
    """It is read by id before anything is written."""
    item = wire()
    item["meta"] = meta
    if meta == "absent":
        del item["meta"]
    assert live("template", item).version is None


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        *(("template", item) for item in (None, [], "x", 5, {}, wire(content=5), wire(status=True))),
        *(("template", {**wire(), **odd}) for odd in ({"id": None}, {"id": 5}, {"meta": []}, {"meta": "x"})),
        ("template", {**wire(), "meta": {"updated_at": 1700000000}}),
        *(
            ("registration", item)
            for item in (None, {}, {"template_id": 5}, wire_registration(message_class=1))
        ),
        ("registration", wire_registration(id={})),
        *(("webhook", item) for item in (None, {}, {"url": URL}, {"url": URL, "events": "a"})),
        *(("webhook", {"url": URL, "events": odd}) for odd in ([1], [None], {}, None)),
        *(("webhook", item) for item in ({"events": []}, {"url": 1, "events": []}, wire_webhook(id=1.5))),
        ("webhook", wire_webhook(id=True)),
    ],
    ids=repr,
)
def test_another_shape_is_an_error_that_names_the_call(kind, item) -> None:
    """Never a KeyError, never a value that is compared as something else."""
    with pytest.raises(WrongShape, match="GET /the/call"):
        KINDS[kind].live(item, "GET /the/call")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
_NAMES = st.sampled_from(
    [
        "id",
        "name",
        "status",
        "content",
        "from_address",
        "meta",
        "template_id",
        "url",
        "events",
        "campaign_name",
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(KINDS)), _JSON | st.dictionaries(_NAMES, _JSON, max_size=8))
def test_whatever_a_tenant_sends_is_a_live_value_or_a_wrong_shape(kind, item) -> None:
    """No other exception, and every compared field is text or a sorted tuple of text."""
    try:
        one = KINDS[kind].live(item, "GET /x")
    except WrongShape:
        return
    assert set(one.fields) <= set(KINDS[kind].fields)
    for value in one.fields.values():
        assert isinstance(value, str) or list(value) == sorted(set(value))
    assert one.id is None or isinstance(one.id, str)


@pytest.mark.parametrize(("id_", "expected"), [("reg", "reg"), (17, "17"), (None, None)])
def test_a_numbered_id_is_text(id_, expected) -> None:
    """Tenants that number their objects send an integer."""
    assert live("registration", {**wire_registration(), "id": id_}).id == expected
    assert live("webhook", wire_webhook(id_)).id == expected


@given(st.lists(st.sampled_from(["\r", "\n", "a", "ŉ"]), max_size=6).map("".join))
def test_what_a_kind_reads_is_read_again_as_the_same(text) -> None:
    """Line ends and case: a file that `import` wrote asks for what is there."""
    once = live("template", wire(content=text, status=text)).fields
    again = live("template", wire(content=once["content"], status=once["status"]))
    assert (again.fields, again.crlf) == (once, False)


def test_a_put_sends_back_every_field_as_it_was_read() -> None:
    """Also those that we do not know, whatever their values."""
    item = wire(odd={"deep": [None, 1.5, {"x": "y"}]}, number=2**70)
    request = KINDS["template"].write(action(), wanted("template", template()), live("template", item), None)
    assert request is not None
    assert request.body == {**item, "status": APPROVED}
    assert request.idempotency_key is None


@pytest.mark.parametrize("target", [".", ".."])
def test_a_dot_segment_is_no_template_id(target) -> None:
    """It cannot be encoded away, and would be another path."""
    with pytest.raises(WrongShape):
        KINDS["template"].read(target)


@pytest.mark.parametrize(
    ("target", "path"),
    [("a.b", "a.b"), ("a b", "a%20b"), ("a/../b", "a%2F..%2Fb"), ("\u00e4?#", "%C3%A4%3F%23")],
)
def test_an_id_is_one_percent_encoded_segment(target, path) -> None:
    """Whatever stands in it."""
    request = KINDS["template"].read(target)
    assert request is not None
    assert (request.path, request.scope) == (f"/api/v1/messaging/templates/{path}", "messaging:read")


def test_writes_that_need_nothing_read() -> None:
    """A registration and a webhook are POSTed whole; a webhook is changed by a PUT on its id."""
    posted = KINDS["registration"].write(register(), wanted("registration", template()), None, None)
    made = KINDS["webhook"].write(create(), wanted("webhook", hook()), None, "ignored")
    changed = KINDS["webhook"].write(rotate(), wanted("webhook", hook()), None, "wh 1")
    assert posted is not None
    assert made is not None
    assert changed is not None
    assert (posted.method, posted.body) == ("POST", {"template_id": "tmpl_a", **A2P})
    assert (made.method, made.path) == ("POST", "/api/v1/webhooks")
    assert (changed.method, changed.path) == ("PUT", "/api/v1/webhooks/wh%201")
    assert (
        made.body
        == changed.body
        == {"url": URL, "events": list(EVENTS), "secret": SecretRef(source="env", name="HOOK_SECRET")}
    )
    assert KINDS["webhook"].write(rotate(), wanted("webhook", hook()), None, None) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example.com", "https://a.example.com/"),
        ("HTTPS://A.Example.COM/Path", "https://a.example.com/Path"),
        ("https://a.example.com:443/x", "https://a.example.com/x"),
        ("http://127.0.0.1:80/", "http://127.0.0.1/"),
        ("https://a.example.com:8443/x", "https://a.example.com:8443/x"),
        ("https://a.example.com:80/x", "https://a.example.com:80/x"),
        ("https://a.example.com:/x", "https://a.example.com/x"),
        ("https://a.example.com/x/", "https://a.example.com/x/"),
        ("https://a.example.com/x?b=2&a=1", "https://a.example.com/x?b=2&a=1"),
        ("https://a.example.com?x", "https://a.example.com/?x"),
        ("https://A.example.com.:443/x", "https://a.example.com/x"),
        ("https://./x", "https://./x"),
        ("https://[::1]:443/", "https://[::1]/"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443/"),
        ("https://user:Pa@A.example.com/", "https://user:Pa@a.example.com/"),
        ("https://a.example.com/#Frag", "https://a.example.com/#Frag"),
        ("not a url", "not a url"),
        ("https://", "https://"),
        ("https://a.example.com:port/", "https://a.example.com:port/"),
        ("https://a.example.com:99999/", "https://a.example.com:99999/"),
        ("https://[::1", "https://[::1"),
        ("", ""),
    ],
)
def test_a_webhooks_identity(url, expected) -> None:
    """Scheme, host, port, path and query; text that is no URL stays as it is."""
    assert normalise(url) == expected
    assert normalise(expected) == expected


@settings(deadline=None, max_examples=300)
@given(
    st.text(max_size=20)
    | st.from_regex(
        r"https?://[A-Za-z0-9.\-\[\]:@]{0,20}(/[ -~]{0,10})?(\?[ -~]{0,5})?(#[ -~]{0,5})?", fullmatch=True
    )
)
def test_normalising_twice_is_normalising_once(url) -> None:
    """An identity is one, and never an exception."""
    assert normalise(normalise(url)) == normalise(url)


@pytest.mark.parametrize(
    ("status", "shown", "policy", "state"),
    [
        ("APPROVED", "PENDING", {}, "pending"),
        ("APPROVED", "REJECTED", {}, "held"),
        ("APPROVED", None, {}, "held"),
        ("APPROVED", "REJECTED", {"approve_from": ("REJECTED",)}, "pending"),
        ("SUSPENDED", "APPROVED", {}, None),
    ],
)
def test_what_a_template_short_of_its_status_is(status, shown, policy, state) -> None:
    """Only an approval can be owed; other kinds owe nothing."""
    sent = {**FIELDS, "status": status}
    assert KINDS["template"].owes(sent, {"status": shown}, Policy(**policy)) == state
    assert KINDS["webhook"].owes({}, {}, Policy()) is None


def test_an_etag_becomes_if_match() -> None:
    """As it was sent, with its quotes."""

    shown = live("template", wire())._replace(etag='"x"')
    request = KINDS["template"].write(action(), wanted("template", template()), shown, None)
    assert request is not None
    assert request.if_match == '"x"'
    assert request.body["meta"]["updated_at"] == T0
