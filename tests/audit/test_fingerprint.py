"""A secret's fingerprint (help audit)."""

from __future__ import annotations

import hashlib

from builders import TENANT, URL

from reconciler.audit.fingerprint import fingerprint

SECRET = "correct horse battery staple caf\u00e9"


def test_it_is_scrypt_with_the_documented_cost_and_salt() -> None:
    """N 2^15, r 8, p 1, salted with base URL and webhook URL: computed once more."""
    salt = f"{TENANT}\n{URL}".encode()
    expected = hashlib.scrypt(SECRET.encode(), salt=salt, n=32768, r=8, p=1, maxmem=2**27, dklen=32)
    assert fingerprint(SECRET, TENANT, URL) == f"scrypt:{expected.hex()}"


def test_it_differs_by_secret_tenant_and_webhook_and_never_shows_the_secret() -> None:
    """The same secret on two webhooks cannot be seen to be the same."""
    made = {
        fingerprint(SECRET, TENANT, URL),
        fingerprint(SECRET + " ", TENANT, URL),
        fingerprint(SECRET, TENANT, URL + "/"),
        fingerprint(SECRET, "https://b.nicecxone.com", URL),
    }
    assert len(made) == 4
    assert not any(SECRET in one for one in made)
