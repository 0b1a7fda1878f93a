"""Sealing, and reading what was sealed, by plain files alone: nothing is written through a link, and nothing hangs."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

import pytest
from test_audit_log_file import THINGS, targets
from test_log import opened
from test_segments import CAUSE, some

from reconciler.audit import segments, whole_log
from reconciler.audit.chain import RecordStream, read
from reconciler.core.errors import BrokenAuditLog

SEALED = "a.000002.jsonl"


def filled(path):
    """A log of two records."""
    with opened(path) as writer:
        writer.append(some(2))
    return path


@pytest.mark.parametrize("what", [*THINGS, "a symbolic link"])
@pytest.mark.parametrize("name", ["a.jsonl.new", SEALED])
def test_a_log_is_sealed_into_plain_files_alone(tmp_path, what, name) -> None:
    """Whatever stands where the new or the sealed file is to be, it is left as it was, and no record is lost."""
    path, victim = filled(tmp_path / "a.jsonl"), tmp_path / "victim"
    victim.write_bytes(b"theirs")
    lay = {**THINGS, "a symbolic link": lambda place: place.symlink_to(victim)}[what]
    lay(tmp_path / name)
    with suppress(BrokenAuditLog), opened(path) as writer:
        writer.seal(CAUSE)
    assert victim.read_bytes() == b"theirs"
    current = read(str(path)).records
    kept = path if current[0]["seq"] == 1 else tmp_path / SEALED
    assert targets(kept) == ["t0", "t1"]
    assert {stat.S_IMODE(each.stat().st_mode) for each in (path, kept)} == {0o600}


@pytest.mark.parametrize("what", THINGS)
def test_a_sealed_file_that_is_no_plain_file_is_refused_at_once(tmp_path, what) -> None:
    """Whoever reads back over the log's files is told what is there, and a FIFO does not hang it."""
    path = filled(tmp_path / "a.jsonl")
    with opened(path) as writer:
        writer.seal(CAUSE)
    (tmp_path / SEALED).unlink()
    THINGS[what](tmp_path / SEALED)
    log = read(str(path))
    with pytest.raises(BrokenAuditLog, match=f"is {what}"):
        segments.is_before(str(path), log.records[0], "sha256:" + "0" * 64)
    with pytest.raises(BrokenAuditLog, match=f"is {what}"):
        list(segments.forwards(str(path), RecordStream(str(path))))
    with whole_log.reading(str(path)) as whole, pytest.raises(BrokenAuditLog, match=f"is {what}"):
        list(whole.records)


@pytest.mark.parametrize("link", [False, True], ids=["a file", "a link"])
def test_what_somebody_puts_where_the_new_file_is_to_be_is_not_written_over(
    tmp_path, monkeypatch, link
) -> None:
    """Also between the look at what a crash left there and the making: the run ends, and the log is as it was."""
    path, victim = filled(tmp_path / "a.jsonl"), tmp_path / "victim"
    victim.write_bytes(b"theirs")
    aside = tmp_path / "a.jsonl.new"
    real = os.unlink

    def overtaken(place):
        with suppress(FileNotFoundError):
            real(place)
        aside.symlink_to(victim) if link else aside.write_bytes(b"theirs")

    with opened(path) as writer:
        monkeypatch.setattr(os, "unlink", overtaken)
        with pytest.raises(BrokenAuditLog, match="File exists"):
            writer.seal(CAUSE)
    assert (victim.read_bytes(), aside.read_bytes(), targets(path)) == (b"theirs", b"theirs", ["t0", "t1"])
