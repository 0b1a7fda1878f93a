"""Where a webhook may point: every spelling that a resolver takes."""

from __future__ import annotations

import pytest

from reconciler.rules import check

PUBLIC = [
    "https://hooks.example.com/cxone",
    "https://hooks.example.com:8443/cxone?x=1",
    "https://hooks.example.com:/cxone",
    "https://hooks.example.com./cxone",
    "HTTPS://HOOKS.EXAMPLE.COM/",
    "https://xn--bcher-kva.example/",
    "https://under_score.example.com/",
    "https://8.8.8.8/",
    "https://134744072/",
    "https://08.8.8.8/",
    "https://[2606:4700::1111]/",
    "https://[::ffff:8.8.8.8]/",
    "https://9.9.9.9.example.com/",
    "https://127.0.0.1.example.com/",
    "https://localhost.example.com/",
    "https://hooks.example.com/127.0.0.1@x",
]
LOOPBACK = [
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f.1", "0x7f000001", "0X7F.0.0.1",
    "0177.0.0.1", "0127.0.0.1", "017700000001", "127.0.0.1.", "[::1]", "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "localhost", "LOCALHOST.",
    "a.b.localhost", "localhost.localdomain", "ip6-localhost",
]  # fmt: skip
OTHERS = {
    "a private": [
        "10.0.0.1", "10.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "0300.0250.1.1", "[fc00::1]",
        "[fdff::1]",
        "[::ffff:10.0.0.1]", "[fec0::1]", "metadata.google.internal", "printer.local", "nas.home.arpa",
        "[2001:db8::1]", "192.0.2.1", "hooks", "Hooks.", "hooks.lan", "a.hooks.corp", "hooks.default.svc",
    ],
    "a link-local": ["169.254.169.254", "2852039166", "0xa9fea9fe", "[fe80::1]", "[::ffff:169.254.169.254]"],
    "an unspecified": ["0.0.0.0", "0", "0x", "[::]"],
    "a multicast": ["224.0.0.1", "[ff02::1]"],
    "a reserved": ["240.0.0.1", "255.255.255.255", "100.64.0.1", "[4000::1]"],
}  # fmt: skip
MALFORMED = {
    "not an absolute URL": ["", "/hooks", "hooks.example.com/x", "//hooks.example.com/", "https:///x",
    "https:x",
                            "javascript:alert(1)", "https://", "https://:443/"],
    "host or port is invalid": ["https://hooks.example.com:99999/", "https://hooks.example.com:abc/",
                                "https://hooks.example.com:-1/", "https://[::1/"],
    "Port 0": ["https://hooks.example.com:0/"],
    "blanks, backslashes or control": [" https://hooks.example.com/", "https://hooks.example.com/a b",
                                       "https://hooks.example.com\\@x.example/",
                                       "https://hooks.example.com/\n",
                                       "https://hooks.exa\tmple.com/"],
    "outside ASCII": ["https://１２７.0.0.1/", "https://bücher.example/", "https://127。0。0。1/"],
    "host name is invalid": ["https://a..b/", "https://-a.example/", "https://a-.example/",
    "https://*.example.com/",
                             "https://ex%61mple.com/", "https://localhost../",
                             "https://xn--a.example/", f"https://{'a' * 64}.example/",
                             f"https://{'a.' * 130}example/"],
    "IPv6 address is invalid": ["https://[v1.x]/", "https://[::1].example.com/", "https://[::1]x:80/",
                                "https://[fe80::1%25eth0]/"],
    "ends in a number": ["https://1.2.3.4.5/", "https://256.1.1.1/", "https://1.2.3.256/",
    "https://4294967296/",
                         "https://example.7/"],
}  # fmt: skip


def messages(problems) -> list[str]:
    assert all(one.code == "CX112" and one.severity == "error" for one in problems)
    return [one.message for one in problems]


@pytest.mark.parametrize("url", PUBLIC)
def test_public_https(url, document, context):
    """A public https URL is accepted, in the sandbox too."""
    assert check(document("Webhook", url=url), context()) == ()
    assert check(document("Webhook", url=url), context(sandbox=True)) == ()


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback(host, document, context):
    """Every spelling of a loopback address is refused; in the sandbox it is allowed, with http too."""
    secure, plain = (document("Webhook", url=f"{scheme}://{host}:8080/x") for scheme in ("https", "http"))
    (message,) = messages(check(secure, context()))
    assert "is a loopback address" in message
    assert len(messages(check(plain, context()))) == 2
    assert check(secure, context(sandbox=True)) == check(plain, context(sandbox=True)) == ()


@pytest.mark.parametrize(("why", "host"), [(why, host) for why, hosts in OTHERS.items() for host in hosts])
def test_not_public(why, host, document, context):
    """Every spelling of an address that is not public is refused, in the sandbox too."""
    for sandbox in (False, True):
        (message,) = messages(check(document("Webhook", url=f"https://{host}/"), context(sandbox=sandbox)))
        assert f"is {why} address" in message


@pytest.mark.parametrize(("why", "url"), [(why, url) for why, urls in MALFORMED.items() for url in urls])
def test_malformed(why, url, problems):
    """A URL that is none is one finding that says why, not a crash."""
    (message,) = messages(problems("Webhook", url=url))
    assert message.startswith("Webhook URL is malformed. ")
    assert why in message


def test_plain_http_needs_loopback_in_the_sandbox(document, context):
    """The sandbox allows http to loopback addresses only, and no other scheme even there."""
    for url in ("http://hooks.example.com/", "ftp://localhost/"):
        (message,) = messages(check(document("Webhook", url=url), context(sandbox=True)))
        assert "loopback addresses excepted" in message


@pytest.mark.parametrize("url", ["https://user:hunter2@hooks.example.com/", "https://@hooks.example.com/"])
def test_user_info(url, problems):
    """User info is refused, even when empty, and a password is not repeated."""
    (message,) = messages(problems("Webhook", url=url))
    assert message.startswith("Webhook URL holds user info.")
    assert "hunter2" not in message


def test_everything_at_once(problems):
    """Each thing that is wrong with a URL is a finding of its own."""
    found = problems("Webhook", url="http://u:hunter2@127.0.0.1/x#y")
    assert [message.split(".")[0] for message in messages(found)] == [
        "Webhook URL is not https",
        "Webhook URL holds user info",
        "Webhook URL has a fragment",
        "Webhook URL is not public",
    ]
    assert [one.offset for one in found] == [None, None, 28, None]
