"""The rules about a template's text and fields, beyond their examples."""

from __future__ import annotations

import pytest

from reconciler.rules import check

END = " Reply STOP to opt out."


def said(problems, code: str) -> list[str]:
    return [one.message for one in problems if one.code == code]


@pytest.mark.parametrize(
    ("address", "accepted"),
    [("45678", True), ("456789", True), ("45678\n", False), ("١٢٣٤٥", False), (" 45678", False), ("", False)],
)
def test_sender_as_a_whole(address, accepted, places):
    """A sender must match as a whole, and in ASCII."""
    assert (places("CX102", from_address=address) == []) is accepted


def test_sender_patterns_of_the_policy(document, context):
    """Any pattern may match, digits are ASCII, and a pattern that is none is passed over without a crash."""
    given = context(sender_patterns=("[", r"^\d{5}$", r"^\+1[0-9]{10}$"))
    codes = [
        [one.code for one in check(document(from_address=address), given)]
        for address in ("45678", "+12025550123", "١٢٣٤٥", "45678\n")
    ]
    assert codes == [[], [], ["CX102"], ["CX102"]]
    assert "none at all" in said(check(document(), context(sender_patterns=())), "CX102")[0]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"a2p": None}, [((), None)]),
        ({"a2p": None, "status": "APPROVED"}, [(("status",), None)]),
        ({"a2p": None, "status": "DRAFT"}, []),
        ({}, []),
    ],
)
def test_a2p(fields, found, places):
    """Only a template that is to be approved needs a registration, and approved is the default."""
    assert places("CX104", **fields) == found


@pytest.mark.parametrize(
    ("fields", "limit", "says"),
    [
        ({"content": "a" * 138 + END}, 1, "161 GSM-7 septets, where 160 fit. Shorten it by at least 1."),
        ({"content": "€" * 142 + END}, 2, "307 GSM-7 septets, where 306 fit. Shorten it by at least 1."),
        ({"content": "a" * 129 + "€" + "a" * 152 + END}, 2, None),
        ({"content": "a" * 152 + "€" + "a" * 129 + END}, 2,
         "306 GSM-7 septets, where 306 fit. Shorten it by at"),
        ({"content": "“a”" + "a" * 50 + END}, 1,
         "Without “ (U+201C); ” (U+201D) it would be GSM-7 and 1 segment."),
        ({"content": "a\u200b" + "a" * 50 + END}, 1, "Without U+200B it would be GSM-7 and 1 segment."),
        ({"content": "Приве́т" * 30 + "“”" + END}, 1, "Without П (U+041F); р (U+0440); и (U+0438)"),
        ({"content": "{{n}}" + END, "variables": {"n": {"max_length": 138}}}, 1,
         "161 GSM-7 septets with placeholders at their longest, where 160 fit. Shorten it by at least 1 ("),
        ({"content": "{{n}}" + END, "variables": {"n": {"max_length": 60, "charset": "bmp"}}}, 1,
         "Budgets in the charset bmp or unicode make it UCS-2"),
        ({"content": "“{{n}}" + END, "variables": {"n": {"max_length": 60, "charset": "bmp"}}}, 1,
         "84 UCS-2 units with placeholders at their longest, where 70 fit. Shorten it by at least 14"),
    ],
)  # fmt: skip
def test_segments_advice(fields, limit, says, document, context):
    """The finding says what the text costs, and the one thing that would help most."""
    found = said(check(document(**fields), context(max_segments=limit)), "CX101")
    assert len(found) == (says is not None)
    assert says is None or says in found[0]


def test_ucs2_lists_a_handful(problems):
    """Many odd characters are named once each, with their first places, and the rest is counted."""
    content = "e\u0301 … …\u00a0\u200b 中中中中中 😀 “ –" + END
    (message,) = said(problems(content=content), "CX105")
    assert (
        "U+0301 COMBINING ACUTE ACCENT at character 2: use 'é', composed with the letter before it" in message
    )
    assert "… U+2026 HORIZONTAL ELLIPSIS at characters 4, 6: use '...'" in message
    assert "U+00A0 NO-BREAK SPACE at character 7: use ' '" in message
    assert "U+200B ZERO WIDTH SPACE at character 8: leave it out" in message
    assert (
        "中 U+4E2D CJK UNIFIED IDEOGRAPH-4E2D at characters 10, 11, 12, 13 and 1 more: GSM-7 has" in message
    )
    assert message.endswith("; and 3 more.")


def test_a_combining_mark_with_nothing_to_join(places):
    """A combining mark that composes to nothing in GSM-7 is simply to be left out."""
    assert places("CX105", content="\u0301x\u0301" + END) == [(("content",), 0)]


def test_placeholders_without_budgets(problems):
    """One finding for each name, however often it stands there; without budgets nothing is suggested."""
    found = [one for one in problems(content="{{a}} {{b}} {{a}}" + END) if one.code == "CX107"]
    assert [(one.path, one.offset) for one in found] == [(("content",), 0), (("content",), 6)]
    assert not any("Did you mean" in one.message for one in found)


def test_budgets_without_placeholders(problems):
    """A budget in a text without any placeholder is found at its key."""
    (found,) = [one for one in problems(variables={"a": {"max_length": 1}}) if one.code == "CX107"]
    assert (found.path, found.key) == (("variables", "a"), True)
    assert "it has no placeholder" in found.message


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("{{a}} {{ b }}{{c}} {d} } {", {}),
        ("{{{a}}}", {0: "has too many braces"}),
        ("{{a}}}", {0: "has too many braces"}),
        ("x {{a", {2: "is not closed"}),
        ("{{a}", {0: "is not closed"}),
        ("a}}", {1: "closes nothing"}),
        ("{a}}", {2: "closes nothing"}),
        ("{{}} {{ }}", {0: "has no name", 5: "has no name"}),
        ("{{1a}}", {0: "is no valid name"}),
        ("{{a.b}}", {0: "is no valid name"}),
        ("{{é}}", {0: "is no valid name"}),
        ("{{\u00a0a}}", {0: "'{{<U+00A0>a}}' is no valid name"}),
        ("{{ {{a}} }}", {0: "is no valid name"}),
        ("{{ok}} }}{{", {7: "closes nothing", 9: "is not closed"}),
    ],
)
def test_braces(content, found, problems):
    """Every malformed pair of braces is found once, where it begins, and named for what is wrong."""
    hits = [one for one in problems(content=content + END) if one.code == "CX111"]
    assert [one.offset for one in hits] == list(found)
    assert all(says in one.message for one, says in zip(hits, found.values(), strict=True))


@pytest.mark.parametrize(
    ("content", "offsets"),
    [
        ("bit.ly", [0]), ("bit.ly/x", [0]), ("www.bit.ly", [0]), ("HTTPS://BIT.LY/x", [8]),
        ("See bit.ly.", [4]),
        ("(bit.ly/x)", [1]), ("bit.ly, ok", [0]), ("- bit.ly/x", [2]), ("-bit.ly/x", [1]),
        ("go:bit.ly/x", [3]),
        ("see...bit.ly/x", [6]), ("bit.ly:443/x", [0]), ("bit.ly?x", [0]), ("https://bit.ly./x", [8]),
        ("http://bit.ly#x", [7]), ("https://user@bit.ly/x", [13]), ("https://acme.com@bit.ly/x", [17]),
        ("https://{{x}}.bit.ly/y", [8]), ("ｂｉｔ．ｌｙ/x", [0]), ("bit。ly/x", [0]), ("İ bit.ly/x", [2]),
        ("bit.ly/x and tinyurl.com/y", [0, 13]), ("t.co/x", [0]), ("maps.app.goo.gl/x", [0]),
        ("notbit.ly", []), ("not-bit.ly", []), ("bit.lyrics.com", []), ("bit.ly.example.com", []),
        ("at.co", []),
        ("bit.ly-x.com", []), ("https://acme.com/bit.ly", []), ("https://acme.com/?u=https://bit.ly/x", []),
        ("https://bit.ly@acme.com/x", []), ("me@bit.ly", []), ("mailto:me@bit.ly", []), ("bit ly", []),
        ("bit .ly", []), ("Acme.com", []), ("Thank u.To opt out", []), ("Thank u.To/x", [6]), ("https://u.To", [8]),
        ("BIT.LY", [0]), ("Bit.Ly", [0]), ("bit\u200b.ly/x", [0]), ("\ufe0fbit.l\u2060y/x", [1]), ("1drv.example", []),
    ],
)  # fmt: skip
def test_links(content, offsets, places):
    """Shorteners are found by whole host names in any spelling, and nothing that merely looks like one."""
    assert places("CX108", content=content + END) == [(("content",), offset) for offset in offsets]


@pytest.mark.timeout(10)
def test_long_texts_are_quick(places):
    """No text makes the search for links or braces run away."""
    for piece in ("a", "a-", "a.", "a@", "-bit.", "http://", "{{", "{{ ", "}}{"):
        assert places("CX108", content=piece * 5000 + " bit.lx .ly" + END) == []


ALLOWED = {
    "line breaks": "a\n\r\nb",
    "family": "👨\u200d👩\u200d👧",
    "heart on fire": "❤\ufe0f\u200d🔥",
    "skin tone": "👩🏽\u200d💻",
    "rainbow flag": "🏳\ufe0f\u200d🌈",
    "keycap": "1\ufe0f\u20e3",
    "flag of England": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "Persian": "می\u200cخواهم",
    "Persian abbreviation": "ه\u200d.ش",
    "Hindi": "क्\u200dष",
    "Sinhala": "ශ්\u200dරී",
    "variant of an ideograph": "葛\U000e0100",
    "text style": "☎\ufe0e",
    "toned emoji": "👍🏽",
    "keycap of an asterisk": "*\ufe0f\u20e3",
    "Mongolian": "ᠠ\u180b",
    "registered": "Acme®\ufe0f",
}
FORBIDDEN = {
    "\t": "U+0009", "\x00": "U+0000", "\x1b": "U+001B", "\x0b": "U+000B", "\x0c": "U+000C", "\x7f": "U+007F",
    "\x85": "U+0085", "\x9f": "U+009F", "\xad": "U+00AD SOFT HYPHEN", "\u034f": "U+034F", "\u061c": "U+061C",
    "\u200b": "U+200B ZERO WIDTH SPACE", "\u200c": "U+200C", "\u200d": "U+200D", "\u200e": "U+200E",
    "\u202a": "U+202A", "\u202e": "U+202E RIGHT-TO-LEFT OVERRIDE", "\u2060": "U+2060", "\u2066": "U+2066",
    "\u2069": "U+2069", "\u3164": "U+3164", "\ufeff": "U+FEFF", "\U000e0001": "U+E0001",
    "\U000e0100": "U+E0100", "\ud800": "U+D800", "\ufe0f": "U+FE0F", "\ufe00": "U+FE00", "\u180b": "U+180B",
    "\u2800": "U+2800 BRAILLE PATTERN BLANK", "\U0001d159": "U+1D159", "\ufff9": "U+FFF9", "\ufdd0": "U+FDD0",
    "\uffff": "U+FFFF", "\U0010fffe": "U+10FFFE", "\u2065": "U+2065", "\U000e0fff": "U+E0FFF",
    "\u115f": "U+115F", "\U00013441": "U+13441", "\U0001bca0": "U+1BCA0",
}  # fmt: skip


@pytest.mark.parametrize("content", ALLOWED.values(), ids=ALLOWED)
def test_characters_that_are_needed(content, places):
    """Joiners and tags pass where an emoji or a script needs them."""
    assert places("CX109", content=content + END, name=content) == []


@pytest.mark.parametrize(("char", "says"), FORBIDDEN.items(), ids=list(FORBIDDEN.values()))
def test_characters_that_cannot_be_seen(char, says, problems):
    """Every control or invisible character between letters is found in both fields, and never printed."""
    found = [one for one in problems(content=f"ab{char}c{END}", name=f"a{char}b") if one.code == "CX109"]
    assert [(one.path, one.offset) for one in found] == [(("content",), 2), (("name",), 1)]
    assert f"{says}" in found[0].message
    assert all(one.message.isprintable() and char not in one.message for one in found)


@pytest.mark.parametrize(
    "content",
    [
        "🏴\U000e0067",
        "a\u200d😀",
        "😀\u200da",
        "می\u200ca",
        "a\ufe0f\u200d😀",
        "1\ufe0f",
        "😀\ufe0f\ufe0f",
        "ه\u200d\u200d",
        "🇺🇸\ufe0f",
        "🏴\U000e0073\U000e0074\U000e006f\U000e0070",
    ],
)
def test_half_a_sequence(content, places):
    """A joiner or a tag that does not complete its sequence is found."""
    assert len(places("CX109", content=content + END)) == 1


@pytest.mark.parametrize(
    ("status", "nearest"),
    [("approved", "APPROVED"), ("IN-REVIEW", "IN_REVIEW"), ("Reject", "REJECTED"), ("X", "SUSPENDED")],
)
def test_nearest_status(status, nearest, problems):
    """An unknown status is told the nearest known one, however far that is."""
    (message,) = said(problems(status=status), "CX113")
    assert message.endswith(f"the nearest is {nearest}.")


@pytest.mark.parametrize(
    "status", ["DRAFT", "PENDING", "SUBMITTED", "IN_REVIEW", "APPROVED", "REJECTED", "SUSPENDED"]
)
def test_known_statuses(status, places):
    """The seven statuses of the vendor's API are known, in templates and in the policy."""
    assert places("CX113", status=status) == []
    assert places("CX113", "Policy", approve_from=[status]) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("http://acme.com", ["plain http"]), ("HTTP://acme.com/x", ["plain http"]), ("https://acme.com", []),
        ("acme.com", []), ("https://10.0.0.1/x", ["bare IP"]), ("10.0.0.1/x", ["bare IP"]), ("v 10.0.0.1", []),
        ("https://[2001:db8::1]/x", ["bare IP"]), ("https://3405803785/x", ["bare IP"]), ("at 9.30/10.30", []),
        ("https://xn--mnchen-3ya.de", ["punycode"]), ("https://münchen.de", []), ("https://раypal.com", ["mixes"]),
        ("https://пример.com", []), ("https://東京タワーのx.jp", []), ("http://a.com http://b.com", ["plain", "plain"]),
        ("me@10.0.0.1", []), ("https://user@acme.com", []),
    ],
)  # fmt: skip
def test_link_forms(content, says, problems):
    """Plain http, bare addresses, punycode and scripts mixed in a label are found; words and numbers are no links."""
    found = [one.message for one in problems(content=content + END) if one.code == "CX122"]
    assert len(found) == len(says)
    assert all(word in message for word, message in zip(says, found, strict=True))


FOREIGN = {
    "{first_name}": True, "[Insert Date]": True, "%NAME%": True, "${x}": True, "*|F|*": True,
    "<<x>>": True, "((x))": True,
    "#NAME#": True, "@@x@@": True, "{% if x %}": True, "｛｛name｝｝": True, "［First Name］": False,
    "[First Name]": True,
    "[LINK]": True, "[first_name]": True, "[FirstName]": True, "{0}": True, "%(name)s": True,
    "[[name]]": True,
    "{first\u200b_name}": True, "[all]": False, "[Acme]": False, "[Acme Dental]": False,
    "[1]": False, "(see (x))": False,
    "20% off and 30% off": False, "#sale#": False, "100% Cotton": False, "{{name}}": False,
    "a < b >> c": False,
    "{}": False, "$5 {{a}}": False, "#{{order}}": False, "me@@x": False, "[your]": False,
}  # fmt: skip


@pytest.mark.parametrize(("content", "foreign"), FOREIGN.items(), ids=list(FOREIGN))
def test_other_systems_placeholders(content, foreign, places):
    """What another system would fill in is found at its place; brackets, per cents and our own braces are none."""
    assert places("CX115", content="Hi " + content + END) == ([(("content",), 3)] if foreign else [])


@pytest.mark.parametrize(
    ("content", "offsets"),
    [
        ("a b", []), ("a\n\nb", []), ("a\r\n\r\nb", []), ("a\u00a0b", []), ("a  b   c", [1, 4]), ("a \tb", [1]),
        ("a\n\n\nb", [1]), ("a\n \n\nb", [1]), ("a\r\n\r\n\r\nb", [1]), (" a", [0]), ("\na", [0]), ("a ", [None]),
        ("a\n", [None]), ("a\n\n\n", [None]), ("   ", [0]), ("a\u2003\u2003b", [1]), ("a\n  b", []),
    ],
)  # fmt: skip
def test_blanks(content, offsets, places):
    """Blanks at either end and in a row inside a line, and more than two breaks, are found where they stand."""
    assert places("CX116", content=content) == [(("content",), offset) for offset in offsets]


def test_a_class_or_an_event_that_is_not_known(document, context):
    """The Policy says which classes there are, and may say that any will do; an event has one vocabulary."""
    odd = document(a2p={"campaign_name": "A", "message_class": "Otp", "opt_in_language": "B"})
    (message,) = said(check(odd, context()), "CX114")
    assert message.endswith("did you mean OTP?")
    for classes in ((), ("Otp",)):
        assert [one.code for one in check(odd, context(message_classes=classes))] == []
    hook = document("Webhook", events=["a2p.registered", "template.in_review", "mail.sent"])
    (message,) = said(check(hook, context()), "CX114")
    assert "known are a2p.registered" in message


def test_the_policy_s_own_hosts(document, context):
    """`shorteners` adds hosts with all below them, `own_short_hosts` excepts the sender's own, and no other."""
    given = context(shorteners=("short.example",), own_short_hosts=("acme.bit.ly",))
    found = [
        bool(said(check(document(content=host + "/x" + END), given), "CX108"))
        for host in (
            "short.example",
            "go.short.example",
            "acme.bit.ly",
            "x.acme.bit.ly",
            "bit.ly",
            "notacme.bit.ly",
        )
    ]
    assert found == [True, True, False, False, True, True]


@pytest.mark.parametrize(
    ("severities", "message_class", "severity"),
    [
        ({"CX103": {"OTP": "ignore", "default": "error"}}, "OTP", None),
        ({"CX103": {"OTP": "ignore", "default": "warning"}}, "MARKETING", "warning"),
        ({"CX103": {"OTP": "ignore"}}, "MARKETING", "error"),
        ({"CX103": {"default": "warning"}}, None, "warning"),
        ({"CX103": "warning"}, "OTP", "warning"),
    ],
)
def test_severities_by_message_class(severities, message_class, severity, document, context):
    """A class has its own severity, every other the default, and without one the rule's own."""
    a2p = {"campaign_name": "A", "message_class": message_class, "opt_in_language": "B"}
    bare = document(
        content="Acme", a2p=a2p if message_class else None, status=None if message_class else "DRAFT"
    )
    found = [one.severity.value for one in check(bare, context(severities=severities)) if one.code == "CX103"]
    assert found == ([severity] if severity else [])
