"""The public signature check: what it believes, and what it must not."""

from __future__ import annotations

import base64

import pytest

from reconciler.core.errors import ReconcilerError
from reconciler.webhooks import InvalidSignature, Message, UnusableArgument, UnusableSecret, sign, verify

# The published vector of Standard Webhooks.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
HEADERS = {"webhook-id": ID, "webhook-timestamp": str(AT), "webhook-signature": SIGNATURE}


def check(body=BODY, headers=HEADERS, secrets=SECRET, now=AT, **options):
    return verify(body, headers, secrets, now=lambda: now, **options)


def test_the_published_vector_is_signed_and_verified():
    """Our signature is the standard's, so any receiver's library can check it."""
    assert sign(SECRET, ID, AT, BODY) == SIGNATURE
    assert check() == Message(id=ID, timestamp=AT)


def test_a_secret_without_the_prefix_is_its_own_bytes():
    """``whsec_`` means base64; the same key written as plain text signs alike."""
    plain = "a plain secret of 24 b!!"
    encoded = "whsec_" + base64.b64encode(plain.encode()).decode()
    assert sign(plain, ID, AT, BODY) == sign(encoded, ID, AT, BODY)
    assert sign("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ID, AT, BODY) != SIGNATURE


def test_header_names_count_in_any_case():
    """HTTP header names have no case."""
    assert check(headers={name.title(): value for name, value in HEADERS.items()}).id == ID


def test_any_secret_of_a_rotation_and_any_signature_will_do():
    """While secrets rotate, both sides may hold two."""
    other = "the other secret of 24 bytes"
    assert check(secrets=[other, SECRET]).id == ID
    both = f"v1a,c29tZXRoaW5n v1,bm90IHRoaXM= {SIGNATURE}"
    assert check(headers={**HEADERS, "webhook-signature": both}).id == ID


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"body": BODY + b"\n"}, "no signature matches"),
        ({"secrets": "another secret of 24 bytes"}, "no signature matches"),
        ({"headers": {**HEADERS, "webhook-id": "msg_other"}}, "no signature matches"),
        ({"headers": {**HEADERS, "webhook-signature": SIGNATURE + "="}}, "no signature matches"),
        ({"headers": {**HEADERS, "webhook-signature": "v1,é"}}, "no signature matches"),
        ({"headers": {**HEADERS, "webhook-signature": "v1a,c29tZXRoaW5n"}}, "no signature of version v1"),
        ({"headers": {**HEADERS, "webhook-signature": ""}}, "without webhook-signature"),
        ({"headers": {}}, "without webhook-id and webhook-timestamp and webhook-signature"),
        ({"headers": {**HEADERS, "webhook-timestamp": "1614265330.0"}}, "whole seconds"),
        ({"headers": {**HEADERS, "webhook-timestamp": "-1614265330"}}, "whole seconds"),
        ({"headers": {**HEADERS, "webhook-timestamp": "١٦١٤٢٦٥٣٣٠"}}, "whole seconds"),
        ({"now": AT + 301}, "301 s old"),
        ({"now": AT - 301}, "301 s ahead"),
        ({"now": AT + 11, "tolerance": 10}, "11 s old"),
    ],
)
def test_what_is_not_to_be_believed(change, reason):
    """Each way to be wrong is refused with its reason, and never with the secret."""
    with pytest.raises(InvalidSignature, match=reason) as refused:
        check(**change)
    assert "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" not in refused.value.message


def test_the_edges_of_the_tolerance_are_inside():
    """Five minutes old, or ahead, is still believed."""
    assert check(now=AT + 300) == check(now=AT - 300) == Message(id=ID, timestamp=AT)


@pytest.mark.parametrize(
    "secrets",
    ["whsec_not base64", "whsec_é", "whsec_", "whsec_AA==", "", [], [SECRET, ""], None, [None], b"bytes", 7],
)
def test_a_secret_that_cannot_be_a_key_is_no_fault_of_the_sender(secrets):
    """A mistake of the receiver's own is told apart from a forged message, without showing the secret."""
    with pytest.raises(UnusableSecret) as refused:
        check(secrets=secrets)
    assert isinstance(refused.value, ReconcilerError)
    assert not isinstance(refused.value, InvalidSignature)
    assert "not base64 é" not in refused.value.message


@pytest.mark.parametrize(
    "change",
    [
        {"body": BODY.decode()},
        {"body": None},
        {"tolerance": float("nan")},
        {"tolerance": float("inf")},
        {"tolerance": -1},
        {"tolerance": "300"},
        {"tolerance": None},
    ],
    ids=str,
)
def test_what_no_message_could_be_judged_by_is_refused(change):
    """A decoded body, and a tolerance that nothing is older than: the receiver is told, also of a good message."""
    with pytest.raises(UnusableArgument, match=r"The (body|tolerance) .*\.") as refused:
        check(**change)
    assert not isinstance(refused.value, InvalidSignature)
