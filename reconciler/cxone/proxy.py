"""The proxy that a request goes through, by the environment: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

import httpx

from reconciler.core.urls import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Network, IPv6Network

_BRACKETED = re.compile(r"\[(.*)\](?::(\d+))?(/\d+)?")
_WITH_PORT = re.compile(r"([^:]+):(\d+)")


def environment_proxy(url: httpx.URL) -> str | None:
    """The proxy's URL, None where there is none: httpx gives a custom transport none.

    A loopback address has no proxy (Go has the same rule): a proxy's loopback is another machine.
    """
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or is_loopback(url.host) or proxy_bypass(url.netloc.decode("ascii")):
        return None
    if _excepted(url, proxies.get("no", "")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def proxy_of(url: str) -> str | None:
    """Host and port of the proxy that requests to ``url`` go through; never its user info."""
    proxy = environment_proxy(httpx.URL(url))
    return None if proxy is None else proxy.rpartition("@")[2].rpartition("//")[2].partition("/")[0]


def _excepted(url: httpx.URL, no_proxy: str) -> bool:
    """Whether NO_PROXY names the URL's address, by itself or by its network, as curl and Go read it.

    The standard library compares texts: an IPv6 address in brackets with one without, and no networks.
    """
    try:
        address = ip_address(url.host)
    except ValueError:
        return False
    port = url.port or {"http": 80, "https": 443}.get(url.scheme)
    return any(address in network and only in (None, port) for network, only in _networks(no_proxy))


def _networks(no_proxy: str) -> Iterator[tuple[IPv4Network | IPv6Network, int | None]]:
    """The addresses and networks of NO_PROXY (RFC 4632, RFC 4291 section 2.3), each with its port if it has one."""
    for entry in re.split(r"[,\s]+", no_proxy):
        bracketed = _BRACKETED.fullmatch(entry)
        single = _WITH_PORT.fullmatch(entry)
        address, port = (
            (bracketed[1] + (bracketed[3] or ""), bracketed[2])
            if bracketed
            else single.groups()
            if single
            else (entry, None)
        )
        try:
            network = ip_network(address, strict=False)
        except ValueError:
            continue  # a name, which the standard library compares
        yield network, int(port) if port else None
