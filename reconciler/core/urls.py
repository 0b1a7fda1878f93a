"""URLs of a tenant, checked and normalised (RFC 3986)."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from reconciler.core.errors import ReconcilerError

_ADDRESS_LIKE = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
"""A host that a URL parser takes for an IPv4 address (its last label is a number), whatever this one says of it."""

_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")
_VISIBLE_ASCII = re.compile(r"[!-\[\]-~]+")
_OWN = re.compile(r"https://([a-z0-9-]+)\.nicecxone\.com")
_BRACKETED = re.compile(r"\[[^\[\]]*\](?::[0-9]*)?")
_PORTS = {"http": 80, "https": 443}


def normalise_base_url(text: str, variable: str) -> str:
    """Scheme and host in lower case, no default port, trailing slash or root dot; an error names ``variable``."""
    parts = _split(text, variable)
    if "?" in text:
        raise bad_value(variable, text, "a URL without a query")
    return f"{_origin(parts, variable, text)}{parts.path.rstrip('/')}"


def normalise_token_url(text: str, variable: str) -> str:
    """Scheme, host and port like a base URL's; path and query stay as they are."""
    parts = _split(text, variable)
    return f"{_origin(parts, variable, text)}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def is_loopback(host: str) -> bool:
    """Whether a host name in small letters or an address is this machine (RFC 6761 section 6.3 for names)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_local(url: str) -> bool:
    """Whether a URL leads to this machine."""
    return is_loopback(urlsplit(url).hostname or "")


def organisation(base_url: str) -> str | None:
    """The label in a base URL of the vendor's own domain: ``acme`` in ``https://acme.nicecxone.com``; else None."""
    found = _OWN.fullmatch(base_url)
    return found[1] if found else None


def bad_value(variable: str, value: str, expected: str) -> ReconcilerError:
    """The error for a variable whose value cannot be used; never for one that may hold a secret."""
    shown = value if len(value) <= 200 else value[:199] + "…"
    return ReconcilerError(f"{variable} is not valid: it is {shown!r}, and must be {expected}.")


def _split(text: str, variable: str) -> SplitResult:
    """The parts of an absolute http or https URL with neither user info nor a fragment."""
    if "@" in text:
        # its value stays out of the message: a password may stand in it
        raise ReconcilerError(
            f"{variable} is not valid: it holds user info (something before an @). Put the credentials in "
            "CXONE_CLIENT_ID and CXONE_CLIENT_SECRET, and only the URL here."
        )
    try:
        parts = urlsplit(text)
    except ValueError:
        raise bad_value(variable, text, "a URL like https://acme.nicecxone.com") from None
    if parts.scheme not in _PORTS or not parts.hostname or not _VISIBLE_ASCII.fullmatch(text):
        raise bad_value(variable, text, "an absolute https URL in ASCII, like https://acme.nicecxone.com")
    if "#" in text:
        raise bad_value(variable, text, "a URL without a fragment")
    if {".", ".."} & set(parts.path.split("/")):
        raise bad_value(variable, text, "a URL without . and .. in its path")
    return parts


def _origin(parts: SplitResult, variable: str, text: str) -> str:
    host = _host(parts, variable, text)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise bad_value(variable, text, "a URL whose port is between 1 and 65535")
    if parts.scheme == "http" and not is_loopback(host):
        raise bad_value(variable, text, "https: plain http is for loopback addresses only")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + ("" if port in {None, _PORTS[parts.scheme]} else f":{port}")


def _host(parts: SplitResult, variable: str, text: str) -> str:
    host = (parts.hostname or "").lower().removesuffix(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if not _HOST.fullmatch(host) or not is_name(host):
            raise bad_value(variable, text, "a URL with a host name in it") from None
        return host
    # urlsplit takes what stands in the brackets and passes over what comes behind them.
    if address.version == 6 and not _BRACKETED.fullmatch(parts.netloc):
        raise bad_value(variable, text, "a URL with nothing but a port behind the brackets of its address")
    return address.compressed


def is_name(host: str) -> bool:
    """Whether a host in small letters can be asked for in DNS: no address in disguise, no punycode that is none."""
    try:
        host.encode("ascii").decode("idna")
    except UnicodeError:
        return False
    return _ADDRESS_LIKE.fullmatch(host) is None
