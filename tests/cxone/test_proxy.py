"""The proxy that a request goes through, by the environment."""

from __future__ import annotations

import httpx
import pytest

from reconciler.cxone.proxy import environment_proxy

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("environ", "url", "proxy"),
    [
        ({}, "https://a.example/", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https://a.example/", "http://p:1"),
        ({"HTTPS_PROXY": "p:1"}, "https://a.example/", "http://p:1"),
        ({"https_proxy": "http://p:1"}, "http://a.example/", None),
        ({"ALL_PROXY": "http://p:2"}, "https://a.example/", "http://p:2"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "b.example,.example"}, "https://a.example/", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "b.example"}, "https://a.example/", "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, "https://a.example/", None),
        ({"HTTP_PROXY": "http://p:1"}, "http://127.0.0.1:99/", None),
        ({"HTTP_PROXY": "http://p:1"}, "http://localhost/", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https://[::1]:8443/", None),
    ],
)
def test_proxies_are_those_of_the_environment(monkeypatch, environ, url, proxy):
    """The usual variables count, NO_PROXY too; a loopback address never has a proxy."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert environment_proxy(httpx.URL(url)) == proxy


@pytest.mark.parametrize(
    ("no_proxy", "url", "direct"),
    [
        ("10.0.0.0/8", "https://10.20.30.40/", True),
        ("10.0.0.0/8", "https://11.20.30.40/", False),
        ("10.20.30.40", "https://10.20.30.40:8443/", True),
        ("10.20.30.40:8443", "https://10.20.30.40:8443/", True),
        ("10.20.30.40:8443", "https://10.20.30.40/", False),
        ("10.20.30.40/8", "https://10.1.1.1/", True),
        ("fd00::/8", "https://[fd12::7]:8443/", True),
        ("FD12:0:0:0::7", "https://[fd12::7]/", True),
        ("[fd12::7]", "https://[fd12::7]/", True),
        ("[fd12::7]:443", "https://[fd12::7]/", True),
        ("[fd12::7]:444", "https://[fd12::7]/", False),
        ("[fd00::]/8", "https://[fd12::7]/", True),
        ("fd00::/8", "https://[fe12::7]/", False),
        ("a.example, fd00::/8 10.0.0.0/8", "https://10.1.1.1/", True),
        ("10.0.0.0/8", "https://a.example/", False),
        ("10.0.0.0/99,::/x,[,:,]:1", "https://10.1.1.1/", False),
    ],
)
def test_no_proxy_names_addresses_and_networks(monkeypatch, no_proxy, url, direct):
    """IPv4 and IPv6, in brackets or not, with a port or a prefix: as curl and Go read the variable."""
    monkeypatch.setenv("HTTPS_PROXY", "http://p:1")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert environment_proxy(httpx.URL(url)) == (None if direct else "http://p:1")
