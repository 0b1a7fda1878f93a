"""Reading the log: the hash chain (help audit)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from builders import record
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.audit.chain import Log, line, read, salvage, seal
from reconciler.core.errors import BrokenAuditLog


def sealed(count: int) -> list[dict]:
    """So many records, chained by a second implementation."""
    made: list[dict] = []
    for number in range(1, count + 1):
        one = {
            **record("outcome", target=f"tmpl_{number}", error="caf\u00e9 \U0001f600 \u2028 \x01"),
            "seq": number,
            "prev_hash": made[-1]["hash"] if made else None,
        }
        form = json.dumps(one, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        made.append({**one, "hash": "sha256:" + hashlib.sha256(form.encode()).hexdigest()})
    return made


FIVE = sealed(5)


def written(path, records, end: bytes = b"") -> str:
    """A log file of these records."""
    path = path / "audit.jsonl"
    path.write_bytes(b"".join(map(line, records)) + end)
    return str(path)


def test_seal_is_the_sha256_of_the_canonical_record() -> None:
    """SHA-256 over the RFC 8785 form of the record without ``hash``; ``seq`` from 1; the first ``prev_hash`` null."""
    previous = None
    for number, expected in enumerate(FIVE, 1):
        bare = {name: value for name, value in expected.items() if name not in {"seq", "prev_hash", "hash"}}
        one = seal(bare, previous, number)
        assert one == expected
        previous = one["hash"]


def test_a_whole_log_is_read_with_its_head(tmp_path) -> None:
    """Records in order, the head is the last one's hash, nothing is torn."""
    assert read(written(tmp_path, FIVE)) == Log(records=tuple(FIVE))
    assert read(written(tmp_path, FIVE)).head == FIVE[-1]["hash"]


def test_a_record_may_have_any_number_of_fields(tmp_path) -> None:
    """A later version's as well: only a field that stands twice is a change."""
    wide = seal({f"field_{number}": number for number in range(300)}, None, 1)
    assert read(written(tmp_path, [wide])).records == (wide,)


def test_a_record_is_the_same_in_whatever_form_of_json(tmp_path) -> None:
    """With blanks, in another order, with escapes: its hash is that of its RFC 8785 form."""
    path = tmp_path / "audit.jsonl"
    path.write_text("".join(json.dumps(dict(reversed(one.items()))) + "\n" for one in FIVE))
    assert read(str(path)).records == tuple(FIVE)


def test_a_missing_log_is_not_an_empty_one(tmp_path) -> None:
    """``--require-audit-log`` must be able to tell them apart."""
    missing = read(str(tmp_path / "nowhere" / "audit.jsonl"))
    empty = read(written(tmp_path, []))
    assert (missing.missing, missing.records, missing.head) == (True, (), None)
    assert (empty.missing, empty.records, empty.head) == (False, (), None)


@pytest.mark.parametrize("numbers", [(2, 3), (0, 1), (1, 3), (1, 1), (1, None)])
def test_records_are_numbered_from_1_without_a_gap(tmp_path, numbers) -> None:
    """Each fits the one before it and its own hash; only the numbers are not those of the lines."""
    previous, records = None, []
    for number, one in zip(numbers, FIVE, strict=False):
        bare = {name: value for name, value in one.items() if name not in {"seq", "prev_hash", "hash"}}
        records.append(seal(bare, previous, number))
        previous = records[-1]["hash"]
    wrong = 1 if numbers[0] != 1 else 2
    with pytest.raises(BrokenAuditLog, match=f"broken at line {wrong}: record .* does not follow"):
        read(written(tmp_path, records))


@pytest.mark.parametrize("name", sorted(FIVE[0]))
@pytest.mark.parametrize("at", [0, 2, 4])
def test_any_field_changed_in_any_record_is_named(tmp_path, at, name) -> None:
    """Whatever field: the line is named, and it is an error of the audit log, exit 1."""
    records = [dict(one) for one in FIVE]
    records[at][name] = "forged" if records[at][name] != "forged" else "other"
    with pytest.raises(BrokenAuditLog, match=f"line {at + 1}") as broken:
        read(written(tmp_path, records))
    assert broken.value.exit_code == 1


@pytest.mark.parametrize(
    ("order", "line_number"),
    [
        ([1, 2, 3, 4], 1),
        ([0, 2, 3, 4], 2),
        ([0, 1, 2, 4], 4),
        ([1, 0, 2, 3, 4], 1),
        ([0, 1, 3, 2, 4], 3),
        ([0, 0, 1, 2, 3, 4], 2),
        ([0, 1, 2, 3, 4, 4], 6),
        ([4, 3, 2, 1, 0], 1),
    ],
)
def test_a_record_removed_repeated_or_reordered_is_named(tmp_path, order, line_number) -> None:
    """The first place at which the chain does not hold."""
    with pytest.raises(BrokenAuditLog, match=f"line {line_number}:"):
        read(written(tmp_path, [FIVE[at] for at in order]))


def test_a_record_added_with_a_hash_of_its_own_is_named(tmp_path) -> None:
    """A forged record whose own hash holds does not follow the one before it."""
    forged = seal(record("outcome", target="x"), "sha256:0", 3)
    with pytest.raises(BrokenAuditLog, match="line 3:"):
        read(written(tmp_path, [*FIVE[:2], forged, *FIVE[3:]]))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"text"',
        b"5",
        b"{",
        b"\xff\xfe",
        b"\x00\x00",
        b'{"hash": 1.5}',
        b'{"hash": null}',
        b'{"a": NaN}',
        b'{"a": 99999999999999999999}',
        b'{"a": "\\ud800"}',
        b"[" * 50_000,
        b"9" * 5000,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_a_line_that_is_no_record_is_named(tmp_path, text) -> None:
    """Any bytes in a line: a broken log, never another exception."""
    path = written(tmp_path, FIVE[:2], text + b"\n")
    with pytest.raises(BrokenAuditLog, match="line 3:"):
        read(path)


def test_a_field_that_stands_twice_is_a_change(tmp_path) -> None:
    """A second ``outcome`` before the true one would read differently in other tools."""
    path = Path(written(tmp_path, FIVE))
    path.write_bytes(path.read_bytes().replace(b'{"action"', b'{"outcome":"applied","action"', 1))
    with pytest.raises(BrokenAuditLog, match="line 1:"):
        read(str(path))


@pytest.mark.parametrize(
    "torn", [b"{", line(FIVE[4])[:-2], line(FIVE[3])[:-1], line(FIVE[4])[:20], b"\xff", b"\x00\x00"]
)
def test_a_torn_last_line_is_no_break(tmp_path, torn) -> None:
    """A crash while writing: what is whole is read, the rest is kept apart."""
    log = read(written(tmp_path, FIVE[:4], torn))
    assert (len(log.records), log.torn, log.head) == (4, torn, FIVE[3]["hash"])


def test_a_log_of_nothing_but_a_torn_line(tmp_path) -> None:
    """The very first record can be torn."""
    log = read(written(tmp_path, [], b'{"seq'))
    assert (log.records, log.torn, log.missing) == ((), b'{"seq', False)


def test_a_last_line_that_lacks_its_line_feed_alone_is_a_record(tmp_path) -> None:
    """A crash between a record and its line feed: the record was made, and what follows it is held against it."""
    for count in (1, 5):
        log = read(written(tmp_path, FIVE[: count - 1], line(FIVE[count - 1])[:-1]))
        assert log == Log(records=tuple(FIVE[:count]), unterminated=True)


def test_a_path_that_is_no_file_is_an_error_that_names_it(tmp_path) -> None:
    """A folder in its place."""
    with pytest.raises(BrokenAuditLog, match="is a folder"):
        read(str(tmp_path))


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 3), st.data())
def test_a_changed_byte_is_found(tmp_path_factory, at, data) -> None:
    """Any one byte of any record replaced: the log is broken, or what it says is still the same."""
    lines = [bytearray(line(one)) for one in FIVE]
    place = data.draw(st.integers(0, len(lines[at]) - 2))
    before = lines[at][place]
    lines[at][place] = data.draw(st.integers(0x20, 0x7E))
    path = tmp_path_factory.getbasetemp() / "changed.jsonl"
    path.write_bytes(b"".join(lines))
    try:
        log = read(str(path))
    except BrokenAuditLog:
        assert lines[at][place] != before
        return
    assert log.records == tuple(FIVE)


def test_a_broken_log_is_salvaged_up_to_the_break(tmp_path) -> None:
    """The records before it, where it broke as `read` says it, and how many lines are not proven."""
    forged = [*FIVE[:2], {**FIVE[2], "status": "forged"}, *FIVE[3:]]
    path = written(tmp_path, forged, b'{"torn')
    log = salvage(path)
    assert log.records == tuple(FIVE[:2])
    assert (log.beyond, log.torn, log.missing) == (3, b'{"torn', False)
    with pytest.raises(BrokenAuditLog) as broken:
        read(path)
    assert log.broken == broken.value.message
    assert "line 3" in str(log.broken)


@pytest.mark.parametrize("behind", range(4))
def test_the_lines_from_the_break_on_are_counted(tmp_path, behind) -> None:
    """The first that does not fit, and whatever stands behind it."""
    records = sealed(1 + 1 + behind)
    records[1] = {**records[1], "operator_id": "somebody else"}
    log = salvage(written(tmp_path, records))
    assert (len(log.records), log.beyond) == (1, 1 + behind)


def test_a_log_that_holds_is_salvaged_whole(tmp_path) -> None:
    """Nothing is broken and nothing lies beyond; a missing log is still a missing one."""
    log = salvage(written(tmp_path, FIVE))
    assert (log.records, log.broken, log.beyond) == (tuple(FIVE), None, 0)
    assert salvage(str(tmp_path / "nowhere.jsonl")).missing
