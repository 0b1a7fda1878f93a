"""All files of the log read as one, record by record, and any record again (help audit)."""

from __future__ import annotations

import pytest
from test_log import opened
from test_segments import CAUSE, filled, some

from reconciler.audit import whole_log
from reconciler.core.errors import BrokenAuditLog


def seqs(log) -> list[int]:
    """The numbers of its records."""
    return [one["seq"] for one in log.records]


def test_all_files_together_are_one_log_and_what_lacks_is_named(tmp_path) -> None:
    """As a report reads them: up to where one is broken, and past one that is not there."""
    path = filled(tmp_path)
    with whole_log.reading(str(path)) as log:
        assert (seqs(log), log.lacking, log.broken) == (list(range(1, 9)), (), None)
    sealed = tmp_path / "audit.000004.jsonl"
    kept = sealed.read_bytes()
    for spoilt, beyond in ((kept[:-9], 1), (kept.replace(b"t2", b"t9"), 1)):
        sealed.write_bytes(spoilt)
        with whole_log.reading(str(path)) as log:
            assert (seqs(log), log.beyond) == ([1, 2, 3], beyond)
            assert log.broken is not None
    sealed.write_bytes(kept.splitlines(keepends=True)[0])
    with whole_log.reading(str(path)) as log:
        assert (seqs(log), log.lacking) == ([1, 2, 3, 5, 6, 7, 8], (str(sealed),))
    sealed.unlink()
    with whole_log.reading(str(path)) as log:
        assert (seqs(log), log.lacking) == ([1, 2, 5, 6, 7, 8], (str(sealed),))


def test_a_file_that_does_not_go_on_from_the_one_before_ends_what_is_read(tmp_path) -> None:
    """Nothing of it is proven: each of its lines is counted, and none is read."""
    path = filled(tmp_path)
    (tmp_path / "other").mkdir()
    with opened(tmp_path / "other" / "audit.jsonl") as writer:
        writer.append(some(2, 7))
        writer.seal(CAUSE)
        writer.append(some(3))
    path.write_bytes((tmp_path / "other" / "audit.jsonl").read_bytes())
    (tmp_path / "audit.000004.jsonl").unlink()
    with whole_log.reading(str(path)) as log:
        assert (seqs(log), log.beyond) == ([1, 2], 4)
        assert "a file was changed, or is another log's" in (log.broken or "")
    path.write_bytes(path.read_bytes().replace(b"t2", b"t9") + b"{}\n")
    with whole_log.reading(str(path)) as log:
        assert (seqs(log), log.beyond) == ([1, 2], 5), "lines behind a break of its own are counted too"


def test_each_record_can_be_read_again_after_the_log_has_gone_on(tmp_path) -> None:
    """By its place, with its number, whichever file it is in, also where the current one was sealed meanwhile."""
    path = filled(tmp_path)
    with whole_log.reading(str(path)) as log:
        records = list(log.records)
        with opened(path) as writer:
            writer.append(some(1, 6))
            writer.seal(CAUSE)
        assert [log.again(place) for place in range(8)] == records
        assert [log.seq(place) for place in range(8)] == list(range(1, 9))


def test_a_record_that_was_changed_since_it_was_read_is_refused(tmp_path) -> None:
    """In a sealed file and in the current one; a sealed file that has gone is named."""
    path = filled(tmp_path)
    sealed = tmp_path / "audit.000002.jsonl"
    with whole_log.reading(str(path)) as log:
        assert len(list(log.records)) == 8
        for file, place, line, text in ((sealed, 1, 2, b"t1"), (path, 7, 4, b"t5")):
            with file.open("r+b") as open_file:
                open_file.write(file.read_bytes().replace(text, b"t9"))
            with pytest.raises(BrokenAuditLog, match=f"is broken at line {line}"):
                log.again(place)
        sealed.unlink()
        with pytest.raises(BrokenAuditLog, match="cannot be read"):
            log.again(0)


def test_a_long_record_is_read_again_whole(tmp_path) -> None:
    """Whatever its length, and where it has no line feed."""
    path = tmp_path / "audit.jsonl"
    with opened(path) as writer:
        writer.append([{**one, "error": "x" * 9_000} for one in some(2)])
    path.write_bytes(path.read_bytes()[:-1])
    with whole_log.reading(str(path)) as log:
        records = list(log.records)
        assert [log.again(place) for place in (0, 1)] == records
        assert len(records[1]["error"]) == 9_000
