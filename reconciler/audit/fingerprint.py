"""A webhook secret's fingerprint: enough to see that it changed, too dear to guess from (RFC 7914, scrypt)."""

from __future__ import annotations

import hashlib


def fingerprint(secret: str, tenant: str, url: str) -> str:
    """``scrypt:`` and hex: N 2**15, r 8, p 1 (32 MiB, about 0.1 s), salted with tenant and webhook URL."""
    salt = f"{tenant}\n{url}".encode()
    key = hashlib.scrypt(secret.encode(), salt=salt, n=2**15, r=8, p=1, maxmem=2**26, dklen=32)
    return f"scrypt:{key.hex()}"
