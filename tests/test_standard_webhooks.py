"""Our signatures held against ``standardwebhooks``, the standard's own package: each believes what the other signs."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from reconciler import webhooks
from reconciler.webhooks import InvalidSignature, Message, sign, verify

BODY, ID, AT = "{}", "msg_1", 1_790_000_000
KEYS = st.binary(min_size=24, max_size=80)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
MOMENTS = st.integers(0, 253_402_300_799)


class Standard(Webhook):
    """The package's own check, which reads the clock of the machine, as of the message's own time."""

    def _Webhook__verify_timestamp(self, header):  # noqa: N802  the name that Python gives a private method
        return datetime.fromtimestamp(float(header), tz=UTC)


def secret_of(key: bytes, *, padded: bool = True) -> str:
    text = base64.b64encode(key).decode()
    return "whsec_" + (text if padded else text.rstrip("="))


def headers_of(id_: str, timestamp: int | str, signature: str) -> dict[str, str]:
    return {"webhook-id": id_, "webhook-timestamp": str(timestamp), "webhook-signature": signature}


def ours(body: bytes, headers, secret: str, at: int = AT) -> bool:
    try:
        verify(body, headers, secret, now=lambda: at)
    except InvalidSignature:
        return False
    return True


def theirs(body: bytes, headers, secret: str) -> bool:
    """Whatever it raises on nonsense (a body that is no UTF-8, a broken list of signatures), it does not believe it."""
    try:
        Standard(secret).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):
        return False
    return True


@given(key=KEYS, id_=IDS, at=MOMENTS, body=TEXTS, padded=st.booleans())
def test_each_believes_what_the_other_signs(key, id_, at, body, padded):
    """Any text as the body, any id, time and ``whsec_`` secret, with base64's padding or without it."""
    secret = secret_of(key, padded=padded)
    our_signature = sign(secret, id_, at, body.encode())
    assert our_signature == Standard(secret).sign(id_, datetime.fromtimestamp(at, UTC), body)
    headers = headers_of(id_, at, our_signature)
    assert theirs(body.encode(), headers, secret)
    assert verify(body.encode(), headers, secret, now=lambda: at) == Message(id=id_, timestamp=at)


@given(body=st.binary(), key=KEYS)
def test_a_body_of_any_bytes_is_signed_and_believed(body, key):
    """The raw bytes count, UTF-8 or not; the package takes text alone."""
    secret = secret_of(key)
    assert ours(body, headers_of(ID, AT, sign(secret, ID, AT, body)), secret)


def flipped(data: bytes, bit: int) -> bytes:
    """The bytes with one bit turned, counted round and round."""
    place, mask = divmod(bit % (8 * len(data)), 8)
    return data[:place] + bytes([data[place] ^ 1 << mask]) + data[place + 1 :]


BITS = st.integers(0, 2**12)


@given(body=TEXTS.filter(bool), key=KEYS, bit=BITS)
def test_a_bit_turned_in_the_body_or_the_secret_is_refused_by_both(body, key, bit):
    """No single bit of the body or of the key can be another."""
    raw, secret = body.encode(), secret_of(key)
    headers = headers_of(ID, AT, sign(secret, ID, AT, raw))
    for other, with_ in ((flipped(raw, bit), secret), (raw, secret_of(flipped(key, bit)))):
        assert not ours(other, headers, with_)
        assert not theirs(other, headers, with_)


@given(id_=IDS, at=MOMENTS, bit=BITS)
def test_a_bit_turned_in_the_id_or_the_time_is_refused_by_both(id_, at, bit):
    """Both stand in the signed text; a time that is no number is no time."""
    secret = secret_of(b"a key of twenty-four byte")
    signature = sign(secret, id_, at, b"{}")
    other_id = flipped(id_.encode(), bit).decode("utf-8", "surrogateescape")
    other_time = flipped(str(at).encode(), bit).decode("latin-1")
    for headers in (headers_of(other_id, at, signature), headers_of(id_, other_time, signature)):
        assert not ours(b"{}", headers, secret, at)
        assert not theirs(b"{}", headers, secret)


@given(key=KEYS, bit=BITS)
def test_a_bit_turned_in_the_signature_is_refused_by_both(key, bit):
    """Every bit of the digest counts. Of the text ours takes no other spelling; the package reads base64 laxly."""
    secret = secret_of(key)
    signature = sign(secret, ID, AT, b"{}")
    digest = base64.b64decode(signature[3:])
    turned = "v1," + base64.b64encode(flipped(digest, bit)).decode()
    assert not ours(b"{}", headers_of(ID, AT, turned), secret)
    assert not theirs(b"{}", headers_of(ID, AT, turned), secret)
    spelled = flipped(signature.encode(), bit).decode("latin-1")
    assert not ours(b"{}", headers_of(ID, AT, spelled), secret)
    if theirs(b"{}", headers_of(ID, AT, spelled), secret):
        assert base64.b64decode(spelled[3:]) == digest


@given(keys=st.lists(KEYS, min_size=2, max_size=2, unique=True), signed_by=st.sampled_from([0, 1]))
def test_in_a_rotation_both_sides_may_hold_two(keys, signed_by):
    """A receiver with two secrets believes either; a sender that signs with two is believed with either."""
    assume(keys[0].rstrip(b"\0") != keys[1].rstrip(b"\0"))  # HMAC fills a key up with zeros
    new, old = map(secret_of, keys)
    one = sign((new, old)[signed_by], ID, AT, b"{}")
    assert verify(b"{}", headers_of(ID, AT, one), [new, old], now=lambda: AT).id == ID
    assert not ours(b"{}", headers_of(ID, AT, one), (old, new)[signed_by])
    two = f"{sign(new, ID, AT, b'{}')} {sign(old, ID, AT, b'{}')}"
    for secret in (new, old):
        assert ours(b"{}", headers_of(ID, AT, two), secret)
        assert theirs(b"{}", headers_of(ID, AT, two), secret)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
def test_both_want_the_three_headers_in_any_case(missing, case):
    """Header names have no case, and without one of the three nothing is believed."""
    secret = secret_of(b"k" * 24)
    whole = {case(name): text for name, text in headers_of(ID, AT, sign(secret, ID, AT, b"{}")).items()}
    without = {name: text for name, text in whole.items() if name.lower() != missing}
    for check in (ours, theirs):
        assert check(b"{}", whole, secret)
        assert not check(b"{}", without, secret)
        assert not check(b"{}", {**without, missing: ""}, secret)


@pytest.mark.parametrize("age", [-301, -290, 0, 290, 301])
def test_both_allow_five_minutes_either_way(age):
    """As of the machine's clock a message is believed by both or by neither (the edge itself is another test's)."""
    now = int(datetime.now(UTC).timestamp())
    secret = secret_of(b"k" * 24)
    # The whole second that has begun counts for the past, so a message ahead is a second further away.
    at = now - age + (1 if age < -300 else 0)
    headers = headers_of(ID, at, sign(secret, ID, at, b"{}"))
    believed = abs(age) <= 300
    assert ours(b"{}", headers, secret, now) == believed
    if believed:
        Webhook(secret).verify(b"{}", headers, json_parse=False)
    else:
        with pytest.raises(WebhookVerificationError, match=r"too (old|new)"):
            Webhook(secret).verify(b"{}", headers, json_parse=False)


def test_every_pair_is_compared_in_constant_time(monkeypatch):
    """Two secrets and three signatures are six comparisons by ``hmac.compare_digest``, though the first one matches."""
    compared = []

    def compare(one, other):
        compared.append((one, other))
        return hmac.compare_digest(one, other)

    monkeypatch.setattr(webhooks, "hmac", type("Spy", (), {"compare_digest": compare, "new": hmac.new}))
    new, old = secret_of(b"n" * 24), secret_of(b"o" * 24)
    signatures = [sign(secret, ID, AT, b"{}") for secret in (new, old, secret_of(b"x" * 24))]
    assert verify(b"{}", headers_of(ID, AT, " ".join(signatures)), [new, old], now=lambda: AT).id == ID
    texts = [signature[3:].encode() for signature in signatures]
    assert compared == [(wanted, offered) for wanted in texts[:2] for offered in texts]


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("junk", ["\udcff\ud800", "v1,\udcff", "v1,\ud800é"])
def test_bytes_that_are_no_text_in_a_header_are_refused(header, junk):
    """Servers hand them on as surrogates: that is a forged message, not an error of the receiver's."""
    secret = secret_of(b"k" * 24)
    headers = {**headers_of(ID, AT, sign(secret, ID, AT, b"{}")), header: junk}
    assert not ours(b"{}", headers, secret)
