"""Where webhooks may point."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from reconciler.core.model import Document, Severity
from reconciler.core.urls import is_loopback, is_name
from reconciler.rules._base import Context, Hit, quoted, rule, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAT64 = IPv6Network("64:ff9b::/96")
_SITE_LOCAL = IPv6Network("fec0::/10")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_BRACKETED = re.compile(r"\[[^\[\]]*\](?::[0-9]*)?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_ALSO_LOOPBACK = ("localhost.localdomain", "ip6-localhost", "ip6-loopback")
"""Names that only an /etc/hosts makes loopback: bad in a webhook, but not good enough for plain http to a tenant."""
_PRIVATE_ZONES = (
    *(".internal", ".local", ".home.arpa"),
    *(".intranet", ".private", ".corp", ".home", ".lan"),
    *(".localdomain", ".svc", ".test", ".invalid"),
)
"""Never on the public internet: ICANN resolution 2024.07.29.06, RFC 6762 and its appendix G, RFC 8375, RFC 6761, and
what resolvers and clusters put behind a name without a dot.
"""


@rule("CX112", "url", Severity.ERROR, kinds=("Webhook",))
def url(document: Document, context: Context) -> Iterator[Hit]:
    """A webhook URL that is not public https.

    What: the URL must be absolute and https, without user info, without a fragment, with a valid host and
    port, and must not point at a loopback, private, link-local, multicast or reserved address, however it is
    spelt (127.1, 0x7f000001, [::ffff:10.0.0.1], localhost), nor at a name without a dot or of a private suffix
    (.lan, .corp, .internal, .local, .svc and the like). Under `--sandbox` loopback addresses are allowed,
    with http too.

    Why: webhooks carry compliance events and are signed with a secret: without TLS anybody on the way reads
    them. User info is a password in a file under version control. An internal address makes the vendor's
    servers send requests into somebody's network, the metadata address 169.254.169.254 among them (OWASP:
    server-side request forgery).

    How to fix: give the receiver a public https address. Authenticate it by the webhook's signature, not by
    a password in the URL.

    Waive it: say which network the receiver is in, who runs it, and why it cannot be public.

    Fails:   url: http://hooks.example.com/cxone
    Passes:  url: https://hooks.example.com/cxone
    """
    written = text(document, "url")
    if written is None:
        return
    parts = _split(written)
    if isinstance(parts, str):
        yield Hit(f"Webhook URL is malformed. {parts}. Write it as https://host/path.", ("url",))
        return
    yield from _faults(written, parts, context)


def _faults(written: str, parts: SplitResult, context: Context) -> Iterator[Hit]:
    """One hit for each thing that is wrong with a URL that could be split."""
    host = parts.hostname or ""
    where = _judged(host, bracketed="[" in parts.netloc)
    allowed = context.sandbox and where == "a loopback"
    if parts.scheme != "https" and not (allowed and parts.scheme == "http"):
        loopback = " (loopback addresses excepted)" if context.sandbox else ""
        yield Hit(
            f"Webhook URL is not https. Its scheme is {quoted(parts.scheme)}: use https{loopback}.", ("url",)
        )
    if "@" in parts.netloc:
        yield Hit(
            "Webhook URL holds user info. It would be readable in the repository, in logs and in the plan: "
            "remove it, and let the receiver check the signature.",
            ("url",),
        )
    if "#" in written:
        message = "Webhook URL has a fragment. It is never sent to the receiver: remove it."
        yield Hit(message, ("url",), offset=written.index("#"))
    if where and not allowed:
        yield Hit(
            f"Webhook URL is not public. {quoted(host)} is {where} address: give the receiver a public one.",
            ("url",),
        )


def _split(written: str) -> SplitResult | str:
    """The URL's parts, or what is wrong with it. Nothing here repeats the URL: it may hold a password."""
    if not written.isascii():
        return "It has characters outside ASCII: write the host in its xn-- form and percent-encode the rest"
    if re.search(r"[\x00-\x20\x7f\\]", written):
        return "It has blanks, backslashes or control characters"
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError:
        return "Its host or port is invalid"
    if not parts.scheme or not parts.hostname:
        return "It is not an absolute URL with a host"
    if port == 0:
        return "Port 0 cannot be reached"
    return _host_error(parts) or parts


def _host_error(parts: SplitResult) -> str:
    host = (parts.hostname or "").removesuffix(".")
    if "[" in parts.netloc:
        # urlsplit takes what stands in the brackets and passes over what comes behind them.
        bracketed = _BRACKETED.fullmatch(parts.netloc.rpartition("@")[2])
        return "" if bracketed and _ipv6(host) is not None else "Its IPv6 address is invalid"
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return "Its host name is invalid"
    if _NUMBER.fullmatch(labels[-1]) and not _ipv4(labels):
        return "Its host ends in a number but is not an IPv4 address"
    return "" if _NUMBER.fullmatch(labels[-1]) or is_name(host) else "Its host name is invalid"


def _judged(host: str, *, bracketed: bool) -> str:
    """Why an address is not public, as in "a loopback"; empty where it is. Names are not resolved."""
    host = host.removesuffix(".")
    if bracketed:
        address = _ipv6(host)
        return _not_public(address) if address else ""
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        return next((why for one in _ipv4(host.split(".")) if (why := _not_public(one))), "")
    if is_loopback(host) or host in _ALSO_LOOPBACK:
        return "a loopback"
    return "a private" if "." not in host or host.endswith(_PRIVATE_ZONES) else ""


def _ipv6(host: str) -> IPv4Address | IPv6Address | None:
    """The address, or the IPv4 address that it stands for (RFC 4291, 6052, 3056, 4380)."""
    try:
        address = IPv6Address(host.replace("%", "?"))  # a zone is of this machine only
    except ValueError:
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if int(address) >> 32 == 0 and int(address) > 1:
        return IPv4Address(int(address))
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)


def _ipv4(labels: list[str]) -> tuple[IPv4Address, ...]:
    """Every address that a resolver may take it for: 1 to 4 numbers as inet_aton reads them, the last filling
    up.

    A leading zero is octal to some and decimal to others, so that both are given.
    """
    readings = {_address([_number(label, octal=octal) for label in labels]) for octal in (True, False)}
    return tuple(sorted(address for address in readings if address is not None))


def _number(label: str, *, octal: bool) -> int | None:
    if not _NUMBER.fullmatch(label):
        return None
    base = 16 if label.startswith("0x") else 8 if octal and label.startswith("0") else 10
    try:
        return int(label.removeprefix("0x") or "0", base)
    except ValueError:
        return None


def _address(numbers: list[int | None]) -> IPv4Address | None:
    known = [number for number in numbers if number is not None]
    *leading, last = known or [-1]
    if len(known) != len(numbers) or len(known) > 4 or any(number > 255 for number in leading):
        return None
    value = sum(number << 8 * (3 - place) for place, number in enumerate(leading)) + last
    return IPv4Address(value) if 0 <= last < 256 ** (4 - len(leading)) else None


def _not_public(address: IPv4Address | IPv6Address) -> str:
    if address.is_loopback:
        return "a loopback"
    if address.is_link_local:
        return "a link-local"
    if address.is_unspecified:
        return "an unspecified"
    if address.is_multicast:
        return "a multicast"
    if address.is_reserved:
        return "a reserved"
    if address.is_private or (isinstance(address, IPv6Address) and address in _SITE_LOCAL):
        return "a private"
    return "" if address.is_global else "a reserved"
