"""Who the message is from."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from reconciler.core.linear_regex import Linear, compile_linear
from reconciler.core.model import Document, Severity
from reconciler.rules._base import Context, Hit, listed, quoted, rule, text

if TYPE_CHECKING:
    from collections.abc import Iterator


@lru_cache(maxsize=4096)
def _allowed(address: str, patterns: tuple[str, ...]) -> bool:
    """Whether a pattern takes the address; one that is none is a finding against the Policy already."""
    return any(pattern.fullmatch(address) for pattern in _compiled(patterns))


@lru_cache(maxsize=8)
def _compiled(patterns: tuple[str, ...]) -> tuple[Linear, ...]:
    compiled = []
    for pattern in patterns:
        try:
            compiled.append(compile_linear(pattern))
        except (re.error, ValueError):
            continue
    return tuple(compiled)


@rule("CX102", "sender", Severity.ERROR, kinds=("Template",))
def sender(document: Document, context: Context) -> Iterator[Hit]:
    """The sender is not one that the Policy allows.

    What: `from_address` must match one of the Policy's `sender_patterns` as a whole, ASCII only: a line break
    at the end or digits of another script do not pass. The default allows short codes of five or six digits.

    Why: US carriers accept A2P traffic from a registered short code, a registered 10DLC number or a verified
    toll-free number only (CTIA Messaging Principles and Best Practices, 2023-05; CTIA Short Code Monitoring
    Handbook 1.8). A mistyped sender is dropped, or worse, belongs to somebody else.

    How to fix: write the sender as it was provisioned, in quotes (YAML reads a bare 012345 as an octal
    number). If the tenant also sends from 10DLC or toll-free numbers, add their pattern to the Policy, such
    as '^\\+1[0-9]{10}$'.

    Waive it: name the sender's owner and the carrier's confirmation that it is provisioned for this traffic.

    Fails:   from_address: "4567"
    Passes:  from_address: "45678"
    """
    address = text(document, "from_address")
    if address is None:
        return
    patterns = context.policy.sender_patterns
    if not _allowed(address, patterns):
        allowed = listed([quoted(pattern) for pattern in patterns]) or "none at all"
        yield Hit(
            f"Sender is not allowed. {quoted(address)} matches none of the Policy's sender_patterns: "
            f"{allowed}. Use a provisioned sender, or add its form to the Policy.",
            ("from_address",),
        )
