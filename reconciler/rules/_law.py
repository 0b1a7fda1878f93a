"""What the law says of more than one rule, with its dates, each in this one place."""

from __future__ import annotations

REVOKE_ALL = "2027-01-31"
"""Until then the FCC does not ask that one revocation counts for all of a sender's unrelated messages (ISO date)."""

LAW = {
    "CX103": (
        "Law: 47 CFR 64.1200(a)(10), in force since 2025-04-11: consent may be revoked by any reasonable means, no\n"
        "way may be the only one, and a revocation is honoured within 10 business days. That it also counts for all\n"
        f"unrelated messages of the sender is asked for from {REVOKE_ALL} on (FCC order of 2026-01-06)."
    ),
}
"""A paragraph of ``explain`` by code."""
