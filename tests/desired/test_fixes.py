"""``validate --fix``: quotes and chomping are put right, and not one other byte changes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.commands import run
from reconciler.core.errors import ReconcilerError
from reconciler.desired.fixes import fix, patched, patches_for
from reconciler.desired.yaml_reader import read

HEAD = "apiVersion: reconciler/v1\nkind: Template\nid: tmpl_a\n"
GOOD = 'name: Reminder\nfrom_address: "45678"\ncontent: "See you. Reply STOP to opt out."\n'
A2P = "a2p: {campaign_name: C, message_class: OTP, opt_in_language: O}\n"
POLICY = "apiVersion: reconciler/v1\nkind: Policy\n"


def mended(text: str) -> str:
    """The text after all that can be mended is."""
    return patched(text, patches_for(text))


def bodies(text: str) -> list[object]:
    """What the documents of a text say."""
    return [document.body for document in read(text, "a.yaml", lambda: 0.0).documents]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with an empty ``templates.d``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "templates.d").mkdir()
    return tmp_path / "templates.d"


@pytest.mark.parametrize(
    "scalar",
    ["45678", "012345", "-5", "1_000", "1.0e+3", "0x1F", "12:30", "3.5", "true", "False", "NO", "on"],
)
def test_text_that_yaml_takes_for_something_else_gets_quotes(scalar):
    """Numbers and booleans of YAML 1.1 are quoted as they were written, where the schema asks for text."""
    text = HEAD + GOOD.replace("Reminder", scalar) + A2P
    assert mended(text) == text.replace(f"name: {scalar}", f'name: "{scalar}"')


STRAY = {
    '" See  you.  "': '"See you."',
    "'See   you. It''s  on '": "'See you. It''s on'",
    '"See \\"me\\"  now"': '"See \\"me\\" now"',
}


@pytest.mark.parametrize("written", STRAY)
def test_stray_blanks_in_quotes_go(written):
    """Blanks at the ends and in a row are dropped inside of quotes on one line, and nothing else is touched."""
    text = f"{HEAD}name: a  b\nfrom_address: 'x'\ncontent: {written}\n{A2P}"
    assert mended(text) == text.replace(written, STRAY[written])


@pytest.mark.parametrize(
    "written",
    ['"a\\_  b"', '"a\\  b"', '"a\n  b  c"', "|-\n  a  b", "a  b", '"   "', '&a "a  b"', '"a\u00a0 b"'],
)
def test_blanks_that_somebody_may_have_meant_stay(written):
    """Escapes, several lines, blocks, plain texts and a text of nothing else are left to people."""
    text = f"{HEAD}name: a\nfrom_address: 'x'\ncontent: {written}\n{A2P}"
    assert mended(text) == text


def test_blanks_that_a_waiver_or_the_policy_excuses_stay(folder, capsys):
    """`validate --fix` drops the blanks that CX116 finds, and no others."""
    waived = "waivers: [{rule: CX116, reason: The code stands alone, expires: 2099-01-31}]\n"
    content = 'content: "a  b. Reply STOP to opt out."\n'
    head = f"{HEAD}name: A\nfrom_address: '45678'\n{content}{A2P}"
    (folder / "a.yaml").write_text(head)
    (folder / "b.yaml").write_text(head.replace("id: ", "id: b") + waived)
    assert run(["validate", "--fix"]) == 0
    assert "a  b" not in (folder / "a.yaml").read_text()
    assert "a  b" in (folder / "b.yaml").read_text()
    assert "fixed CX116" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("header", "new"),
    [("|", "|-"), (">", ">-"), ("|+", "|-"), (">+", ">-"), ("|2", "|2-"), ("|+2", "|2-"), (">2+", ">2-")],
)
def test_a_trailing_line_break_is_dropped_by_the_header(header, new):
    """The chomping indicator changes and the indentation indicator stays; the text loses its end alone."""
    text = f"{HEAD}name: R\nfrom_address: 'x'\ncontent: {header} # why\n  See you.\n\n  Reply STOP.\n\n{A2P}"
    after = mended(text)
    assert after == text.replace(f"content: {header} ", f"content: {new} ")
    (before,), (body,) = bodies(text), bodies(after)
    assert body == {**before, "content": before["content"].rstrip("\n")}
    assert before["content"].endswith("\n")


@pytest.mark.parametrize(
    "text",
    [
        POLICY + "max_segments: 0x10\n",
        POLICY + "max_segments: 2\n",
        HEAD + GOOD.replace("Reminder", "~"),
        HEAD + GOOD.replace("Reminder", "Null"),
        HEAD + GOOD.replace("Reminder", ""),
        HEAD + GOOD.replace("Reminder", "12 # and more"),
        HEAD + GOOD.replace("Reminder", "&n 12"),
        HEAD + GOOD.replace("Reminder", "&n |\n  12") + "a2p: {campaign_name: *n}\n",
        HEAD + GOOD.replace("Reminder", "!!str 12"),
        HEAD + GOOD.replace("Reminder", "!!int 12"),
        HEAD + GOOD.replace("Reminder", '"12"'),
        HEAD + GOOD.replace("Reminder", "|-\n  12"),
        HEAD + GOOD + "variables: {date: {max_length: 12}}\n",
        HEAD + GOOD + "waivers: [{rule: CX101, reason: R, expires: 2027-01-31}]\n",
        HEAD + GOOD + "unknown: 12\n",
        HEAD + GOOD + "a2p: 12\n",
        "apiVersion: reconciler/v1\nkind: Templat\nname: 12\n",
        "kind: Webhook\nurl: https://x.example.com\nsecret: 12345678901234567\n",
        "kind: Webhook\nurl: https://x.example.com\nsecret: {env: 12345678901234567}\n",
        "- 12\n",
        "",
    ],
)
def test_what_is_in_doubt_stays(text):
    """No fix where a number may be meant, nothing is, a comment cuts, an alias repeats it, or it may be a secret."""
    assert patches_for(text) == ()


def test_documents_before_a_mistake_are_mended_and_the_rest_stays():
    """A file that cannot be read to its end keeps its end byte for byte."""
    text = HEAD + GOOD.replace("Reminder", "12") + A2P + "---\nname: 13\nbad: [\n"
    assert mended(text) == text.replace("name: 12", 'name: "12"')


def test_a_list_and_a_flow_mapping_are_mended_inside():
    """Items of a list, values between braces and a value on the next line are found too."""
    text = (
        POLICY + "opt_out_phrases: [12, 'x', NO]\napprove_from:\n  - 1\n  - DRAFT\n---\n"
        "kind: Template\nname:\n  12\na2p: {campaign_name: 1, message_class: yes}\n"
    )
    assert mended(text) == (
        POLICY + 'opt_out_phrases: ["12", \'x\', "NO"]\napprove_from:\n  - "1"\n  - DRAFT\n---\n'
        'kind: Template\nname:\n  "12"\na2p: {campaign_name: "1", message_class: "yes"}\n'
    )


SCALARS = st.sampled_from(
    ["12", "012", "true", "NO", "1.5", "2027-01-31", "Reminder", '"12"', "~", "Null", "'x'"]
)
BLOCKS = st.sampled_from(
    ["|\n  Some text\n", ">+\n  Some\n  text\n\n", "|-\n  Text\n", '"Text ☀ \\u00e9"\n', "14\n"]
)
GAPS = st.sampled_from(["", "# a comment: with `12` and |\n", "\n", "   \n", "# ☀ é\n"])


@st.composite
def files(draw: st.DrawFn) -> str:
    """Files of one to three templates with odd scalars, comments, blank lines and either kind of line end."""
    parts = []
    for number in range(draw(st.integers(1, 3))):
        lines = [
            f"apiVersion: reconciler/v1\nkind: Template\nid: tmpl_{number}\n",
            f"name: {draw(SCALARS)}{draw(st.sampled_from(['', '   ', '  # 12']))}\n",
            f"from_address: {draw(SCALARS)}\n",
            f"content: {draw(BLOCKS)}",
            f"a2p: {{campaign_name: {draw(SCALARS)}, message_class:   {draw(SCALARS)}}}\n",
            f"variables: {{date: {{max_length: {draw(SCALARS)}}}}}\n",
        ]
        parts.append("".join(part for line in lines for part in (line, draw(GAPS))))
    return "---\n".join(parts).replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(files())
def test_every_other_byte_stays_and_so_does_every_other_meaning(text):
    """Taking the fixes out gives the text again; an independent YAML reader sees only the fixed scalars differ."""
    patches = patches_for(text)
    after = patched(text, patches)

    restored = after
    for patch in patches:
        at = patch.start  # what stands before is restored already
        assert restored[at : at + len(patch.new)] == patch.new
        old = text[patch.start : patch.end]
        assert patch.new == f'"{old}"' if patch.code == "CX007" else patch.new.replace("-", "") in old
        restored = restored[:at] + old + restored[at + len(patch.new) :]
    assert restored == text

    before, now = list(yaml.safe_load_all(text)), list(yaml.safe_load_all(after))
    for patch in patches:
        for documents in (before, now):
            value = documents[patch.document]
            for part in patch.path[:-1]:
                value = value[part]
            if documents is now:
                assert value[patch.path[-1]] == patch.value
            value[patch.path[-1]] = "fixed"
    assert now == before


@given(files())
def test_the_second_time_nothing_is_left_to_mend(text):
    """Mending what is mended changes nothing."""
    once = mended(text)
    assert patches_for(once) == ()


def test_a_file_keeps_its_mode_mark_and_line_ends_and_its_link_stays_a_link(folder):
    """Byte order mark, CR LF and permissions survive; a link's target is mended behind the link."""
    content = b"\xef\xbb\xbf" + (HEAD + GOOD.replace("Reminder", "12") + A2P).replace("\n", "\r\n").encode()
    (folder.parent / ".git").mkdir()
    real = folder.parent / "real.yaml"
    real.write_bytes(content)
    real.chmod(0o640)
    (folder / "a.yaml").symlink_to(real)
    (found,) = fix(["templates.d"], ())
    assert (found.file, found.line, found.code) == ("templates.d/a.yaml", 4, "CX007")
    assert real.read_bytes() == content.replace(b"name: 12", b'name: "12"')
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert (folder / "a.yaml").is_symlink()
    assert sorted(path.name for path in folder.parent.iterdir()) == [".git", "real.yaml", "templates.d"]


def test_a_file_without_need_is_not_written(folder):
    """Neither the file nor its time changes where there is nothing to mend."""
    file = folder / "a.yaml"
    file.write_text(HEAD + GOOD + A2P)
    os.utime(file, ns=(1, 1))
    before = file.stat()
    assert fix(["templates.d"], ()) == ()
    after = file.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_folder_that_cannot_be_written_is_an_error_and_nothing_is_left_behind(folder, monkeypatch):
    """The message names the file; the file and its folder are as before."""
    file = folder / "a.yaml"
    text = HEAD + GOOD.replace("Reminder", "12")
    file.write_text(text)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        ReconcilerError, match=r"templates\.d/a\.yaml cannot be written: No space left"
    ) as caught:
        fix(["templates.d"], ())
    assert caught.value.exit_code == 1
    assert file.read_text() == text
    assert [path.name for path in folder.iterdir()] == ["a.yaml"]


def test_the_command_says_what_it_mended_and_ends_by_what_is_left(folder, capsys):
    """Each fix has a line on stderr; the result and the exit code are those of the mended files."""
    file = folder / "a.yaml"
    file.write_text(HEAD + GOOD.replace("Reminder", "12").replace('"45678"', "45678") + A2P)
    assert run(["validate", "--fix"]) == 0
    shown = capsys.readouterr()
    assert shown.err.splitlines() == [
        'templates.d/a.yaml:4: fixed CX007 name: 12 is now "12"',
        'templates.d/a.yaml:5: fixed CX007 from_address: 45678 is now "45678"',
    ]
    assert shown.out == "Valid: 1 document checked; 0 errors, 0 warnings; 2 fixed, 0 left\n"
    mended_text = file.read_text()
    assert run(["validate", "--fix"]) == 0
    assert capsys.readouterr().err == ""
    assert file.read_text() == mended_text


def test_what_cannot_be_mended_still_fails(folder, capsys):
    """A file with a fix and an error that needs a person is mended, and the command ends with 1."""
    (folder / "a.yaml").write_text(HEAD + GOOD.replace("Reminder", "12").replace("STOP", "you") + A2P)
    assert run(["validate", "--fix", "--format", "json"]) == 1
    shown = capsys.readouterr()
    assert "fixed CX007" in shown.err
    assert "CX103" in shown.out
    assert "CX007" not in shown.out


def test_without_the_option_nothing_is_written(folder, capsys):
    """``validate`` alone reports and leaves the file."""
    file = folder / "a.yaml"
    file.write_text(HEAD + GOOD.replace("Reminder", "12") + A2P)
    before = file.read_bytes()
    assert run(["validate"]) == 1
    assert "CX007" in capsys.readouterr().out
    assert file.read_bytes() == before


def test_the_shipped_templates_need_no_mending():
    """The examples in templates.d are as ``--fix`` would leave them."""
    files = sorted((Path(__file__).parents[2] / "templates.d").iterdir())
    assert files != []
    assert [file.name for file in files if patches_for(file.read_text("utf-8")) != ()] == []
