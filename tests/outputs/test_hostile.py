"""What others wrote acts nowhere: in no format, from no place of a report, whatever it holds; and JSON keeps it."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace

import pytest
from golden.plans import HOSTILE, PLANS, _hostile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rendered import Page
from story import hostile

from reconciler.commands._shared.plan_files import parse
from reconciler.core.errors import InvalidDesired, StaleReview
from reconciler.core.model import Finding, Severity
from reconciler.core.outcome import Outcome, Result
from reconciler.core.plan_json import to_json, with_digest
from reconciler.outputs import Look, render
from reconciler.outputs._difference import pieces
from reconciler.outputs._results import (
    Applied,
    Audited,
    Check,
    CheckState,
    Examined,
    Failed,
    Imported,
    LaidDown,
    NextStep,
    Planned,
    Skipped,
    Unset,
    Validated,
    Verified,
    Written,
)
from reconciler.outputs._visible import inert, visible

LOOKS = {
    "text": Look(),
    "narrow colour": Look(color=True, width=33),
    "wide colour": Look(color=True, width=170),
    "markdown": Look(),
    "github": Look(),
    "html": Look(),
}
BROKEN = "``````````\x1b[2J::"
"""A narrow table breaks it there, and a colour begins between the colons."""

SGR = re.compile(r"\x1b\[[0-9;]*m")
COMMAND = re.compile(r"::(error|warning|notice) (file=|title=)")

FRAGMENTS = (
    *(
        "`",
        "``",
        "```",
        "````",
        "~~~",
        "|",
        "\\",
        "\\|",
        "<",
        ">",
        "&lt;",
        "&#64;",
        "<!--",
        "-->",
        "<details>",
    ),
    *("</details>", "</summary>", "</code>", "<img src=x>", "<a href=//x>", "<script>", "]]>", "<?x", "<!X"),
    *(
        "@octocat",
        "@org/team",
        "#1",
        "GH-1",
        "a/b#1",
        "0" * 40,
        "a@b.example",
        "https://x.example",
        "www.x.example",
    ),
    *(
        "[a](b)",
        "![a](b)",
        "[a]: b",
        "[!NOTE]",
        "[^1]",
        "**",
        "__",
        "* ",
        "- ",
        "1. ",
        "> ",
        "# ",
        "---",
        "===",
        "    ",
    ),
    *(
        "::error::x",
        "::",
        ":",
        " ::",
        "\t::",
        "##[",
        "##",
        "#",
        "[group]",
        "##vso[",
        "%0A",
        "%3A%3A",
        "::add-mask::",
    ),
    *(
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "\n::set-output name=a::b",
        "\n##[error]",
        "\x1b[2J",
        "\x1b]0;t\x07",
        "\x9b1m",
        "\0",
    ),
    *(
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u00a0",
        "\u2028",
        "\u2029",
        "\x85",
        "\u3164",
        "\ufe0f",
    ),
    *(
        "e\u0301",
        "\u0301",
        "\U000e0041",
        "\ue000",
        "\ufffe",
        "中文",
        "😀",
        "{{date}}",
        "{{ x }}",
        "{+",
        "[-",
        "-]",
        "+}",
    ),
    *(
        "[bold]",
        "[/]",
        ":smile:",
        '"',
        "'",
        " ",
        "",
        "Reply STOP",
        "word",
        "${{ x }}",
        "$(id)",
        "\\u{200B}",
        "\\n",
    ),
)
TEXTS = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=3)), max_size=12).map("".join)


def reports(odd: str) -> dict[str, object]:
    """Every report with the text in every place that a file, the tenant or the environment can fill."""
    found = Finding(
        code="CX109",
        name="control",
        severity=Severity.ERROR,
        message=odd,
        file=odd,
        line=1,
        column=2,
        target=odd,
    )
    result = Result(
        phase="approval", operation="approve", target=odd, outcome=Outcome.FAILED, error=odd, attempts=2
    )
    return {
        "plan": Planned(plan=_hostile(odd), texts={odd: f"{odd}\n{odd}"}),
        "applied": Applied(plan_digest=None, audit_head=None, results=(result,), closed=(odd,)),
        "validated": Validated(valid=False, findings=(found,), templates=(), documents=1, texts={odd: odd}),
        "failed": Failed(error=InvalidDesired(odd, findings=(found,)), texts={odd: odd}),
        "stale": Failed(error=StaleReview(f"Moved.\n  {odd}\n{odd}")),
        "audited": Audited(said=odd, head=None, records=0),
        "imported": Imported(
            written=(Written(id=odd, file=odd, waivers=("CX101",)),),
            skipped=(Skipped(id=odd, why=odd),),
            secrets=(Unset(url=odd, variable="CXONE_WEBHOOK_SECRET"),),
            notes=(odd,),
        ),
        "verified": Verified(id=odd, timestamp=0, signed_at="1970-01-01T00:00:00Z", age=0, secret=odd),
        "examined": Examined(
            base_url=odd,
            checks=tuple(
                Check(group="Tenant", name=odd, state=state, found=odd, fix=odd) for state in CheckState
            ),
        ),
        "history": hostile(odd).report(log=odd, head=odd),
        "laid down": LaidDown(
            folder=odd,
            written=(odd,),
            kept=(odd,),
            branch=odd,
            was="made",
            steps=(NextStep(title=odd, why=odd, lines=(odd,)),),
        ),
    }


def check(said: str, look: str) -> None:
    """Nothing in it acts on a terminal or a runner, or hides."""
    bare = SGR.sub("", said) if "colour" in look else said
    assert [
        char
        for char in {*bare}
        if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    ] == []
    # GitHub finds a file by its exact name, so that an annotation keeps a printable one as it is.
    assert not re.search(
        "[\u0300-\u036f\ufe00-\ufe0f\u3164\u00a0]", re.sub("(?m)^(::\\w+ file=)[^,]*", r"\1", bare)
    )
    for line in said.split("\n"):
        assert "##[" not in line, line
        assert not re.search(r"##\w*\[", line), line
        start = SGR.sub("", line).lstrip()
        assert not start.startswith("::") or (look == "github" and COMMAND.match(line)), line


@pytest.mark.parametrize("look", list(LOOKS))
@pytest.mark.parametrize("name", list(reports("")))
def test_the_golden_text_is_inert(name, look) -> None:
    """Every trick of the golden hostile text, and what a narrow table breaks, in every report and format."""
    for odd in (HOSTILE, BROKEN):
        check(render(reports(odd)[name], look.split()[-1].replace("colour", "text"), LOOKS[look]), look)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, st.integers(0, len(LOOKS) - 1))
def test_any_text_is_inert(odd, first) -> None:
    """Tricks in any order and any text between them, in every report, each in one of the formats."""
    for number, report in enumerate(reports(odd).values(), first):
        look = list(LOOKS)[number % len(LOOKS)]
        check(render(report, look.split()[-1].replace("colour", "text"), LOOKS[look]), look)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
def test_any_text_is_inert_in_markdown(odd) -> None:
    """As GitHub reads it: no link, image, mention or HTML but ours; fences and folds end where they should."""
    for report in reports(odd).values():
        text = render(report, "markdown", Look())
        Page(text)
        assert len(text.encode()) <= 60_000


@settings(deadline=None, max_examples=100)
@given(TEXTS)
def test_markdown_has_as_many_folds_and_fences_as_the_plan_asks_for(odd) -> None:
    """A text can neither open nor close one."""
    page = Page(render(reports(odd)["plan"], "markdown", Look()))
    assert len(page.folds) == 3
    assert len(page.headings) == 1
    assert len(page.tables) == 1
    assert {len(row) for row in page.tables[0]} == {4}
    assert list(page.boxes) == ["CAUTION", "WARNING", "IMPORTANT", "NOTE"]


@settings(deadline=None, max_examples=100)
@given(TEXTS)
def test_a_text_report_has_as_many_lines_as_without_the_tricks(odd) -> None:
    """Nobody can add a line of his own, such as another verdict."""
    # A path of blanks alone would make its finding look set in.
    said = render(reports(f"x{odd}")["plan"], "text", Look()).split("\n")
    tame = render(reports("x")["plan"], "text", Look()).split("\n")
    # A message may have lines, and is folded: set in below its action, as an excerpt is.
    at_the_margin, expected = ([line for line in each if line[:1].strip()] for each in (said, tame))
    assert len(at_the_margin) == len(expected)
    assert [line for line in said if line.startswith("Plan: ")] == [said[-4]]


@settings(deadline=None, max_examples=200)
@given(TEXTS)
def test_json_is_exact_and_inert(odd) -> None:
    """What was there is there, to the character, and the plan file reads back as the same plan; no runner obeys it."""
    for name, report in reports(odd).items():
        said = render(report, "json", Look())
        assert not re.search(r"##\w*\[|(?m:^\s*::)", said)
        assert {unicodedata.category(char) for char in {*said} if char != "\n"}.isdisjoint(
            {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        )
        whole = json.loads(said)
        if name == "plan":
            assert whole == to_json(report.plan)
            assert parse(json.dumps(whole), "x") == report.plan
            assert whole["actions"][0]["changes"][0]["live"] == odd
            assert whole["actions"][0]["unmanaged"] == {odd: {odd: [odd]}}
        elif name == "applied":
            assert whole["results"][0]["error"] == whole["results"][0]["target"] == odd
        elif name in {"failed", "validated"}:
            assert whole["findings"][0]["message"] == odd


@settings(deadline=None, max_examples=60)
@given(TEXTS)
def test_sarif_is_exact_json(odd) -> None:
    """A scanner's upload holds the message as it is, as text and not as Markdown."""
    log = json.loads(render(reports(odd)["validated"], "sarif", Look()))
    (result,) = log["runs"][0]["results"]
    assert result["message"] == {"text": odd}


@settings(deadline=None, max_examples=300)
@given(TEXTS, TEXTS)
def test_the_pieces_of_a_difference_make_up_both_texts(live, desired) -> None:
    """Nothing is lost between the words, and what is called the same is."""
    found = pieces(live, desired)
    assert "".join(piece.old for piece in found) == live
    assert "".join(piece.new for piece in found) == desired
    assert all(piece.old or piece.new for piece in found)
    assert live != desired or all(piece.same for piece in found)


@settings(deadline=None, max_examples=300)
@given(TEXTS)
def test_a_text_that_is_visible_stays_as_it_is(odd) -> None:
    """Made visible twice it is the same as once, so that no format spells out another's spelling."""
    assert visible(visible(odd)) == visible(odd)
    assert inert(visible(odd)) == visible(odd)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\u200bb", "a\\u{200B}b"),
        ("e\u0301", "e\\u{0301}"),
        ("\u2600\ufe0f", "\u2600\\u{FE0F}"),
        ("\u3164", "\\u{3164}"),
        ("\ud800", "\\u{D800}"),
        ("é ñ 中文 नमस्ते ไทย 😀", "é ñ 中文 नमस्ते ไทย 😀"),
        ("a::b", "a::b"),
        ("  ::b", "  \\u{003A}:b"),
        ("##[x]", "##\\u{005B}x]"),
        ("##vso[x]", "##vso\\u{005B}x]"),
        ("## [x]", "## [x]"),
        ("tab\there", "tab\\there"),
    ],
)
def test_what_hides_is_spelled_out_and_words_are_not(text, said) -> None:
    """Scripts that people write in stay readable."""
    assert visible(text) == said


def test_a_command_that_wrapping_would_make_is_none() -> None:
    """On a narrow terminal two colons in the middle of a text may come to stand at the beginning of a line."""
    note = "word " * 6 + "::error::x " * 9
    for width in range(20, 60):
        said = render(Audited(said=note, head=None, records=0), "text", Look(color=True, width=width))
        assert not [line for line in said.split("\n") if line.lstrip().startswith("::")]
        flat = re.sub(r"\s+", " ", SGR.sub("", said)).replace("\\u{003A}", ":")
        assert flat.strip() == note.strip()


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_a_long_operation_cannot_push_its_target_out_of_sight(width) -> None:
    """As in a foreign plan file: on a terminal of any width target, cause and fields are all there."""
    long = "x" * 300
    act = replace(PLANS["one-approval"].plan.actions[0], operation=long, cause=long, target="tmpl_seen")
    act = replace(act, changes=(replace(act.changes[0], field="f" * 90), *act.changes))
    said = render(
        Planned(plan=replace(PLANS["one-approval"].plan, actions=(act,))),
        "text",
        Look(color=True, width=width),
    )
    flat = re.sub(r"\s+", "", SGR.sub("", said))
    assert "tmpl_seen" in said
    assert flat.count("x") >= 600
    assert flat.count("f") >= 90


def test_marks_of_ours_cannot_be_forged() -> None:
    """A text that looks like a difference is told from one; colours are no part of what is said."""
    odd = "Reply [-STOP-]{+GO+} now"
    plan = with_digest(_hostile(odd))
    (content,) = [
        line
        for line in render(Planned(plan=plan), "text", Look()).splitlines()
        if line.lstrip().startswith("content")
    ]
    assert content.count("[-") == 0
    assert content.count("{+") == 1
    assert "\\u{005B}-STOP-]" in content


def test_a_server_cannot_speak_for_the_verdict() -> None:
    """An error with line breaks stays on the line of its result."""
    odd = "answered 500\nDone: 9 applied"
    said = render(reports(odd)["applied"], "text", Look()).splitlines()
    assert [line for line in said if line.startswith("Done")] == []
    assert said[-1] == "Incomplete: 1 failed"


def test_the_golden_hostile_plan_is_what_is_tested_here() -> None:
    """The files that people look at hold the same tricks."""
    assert PLANS["hostile"].plan == _hostile(HOSTILE)
