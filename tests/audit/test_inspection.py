"""Looking at the log from outside: what a run would meet is found out, and nothing is made."""

from __future__ import annotations

import fcntl
import os

import pytest
from builders import record

from reconciler.audit.inspection import inspect
from reconciler.audit.log import writing


def written(path, count: int = 2) -> None:
    with writing(str(path), sleep=lambda _: None, warn=lambda _: None) as writer:
        writer.append([record("outcome", target=f"t{number}") for number in range(count)])


def tree(folder) -> dict[str, bytes | None]:
    """Every name in a folder, files with their content."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


def test_a_log_that_is_there_is_read_and_could_be_written(tmp_path):
    """Its records, no obstacle, a free lock; not a byte or a name is other than before."""
    written(tmp_path / "a.jsonl")
    before = tree(tmp_path)
    seen = inspect(str(tmp_path / "a.jsonl"))
    assert seen.log is not None
    assert (len(seen.log.records), seen.broken, seen.obstacle, seen.busy) == (2, "", "", False)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["a.jsonl", "new/folder/a.jsonl"])
def test_a_missing_log_could_be_made_and_is_not(tmp_path, monkeypatch, name):
    """Neither it nor its folder nor its lock is there afterwards, whether the path is absolute or relative."""
    monkeypatch.chdir(tmp_path)
    for path in (name, str(tmp_path / name)):
        seen = inspect(path)
        assert seen.log is not None
        assert (seen.log.missing, seen.obstacle, seen.busy) == (True, "", False)
    assert tree(tmp_path) == {}


def test_a_broken_chain_is_told_and_a_torn_line_left(tmp_path):
    """The error's words; what a crash left stays for the next apply."""
    path = tmp_path / "a.jsonl"
    written(path)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"torn')
    seen = inspect(str(path))
    assert seen.log is not None
    assert seen.log.torn == b'{"torn'
    assert path.read_bytes() == whole + b'{"torn'
    path.write_bytes(whole.replace(b"t0", b"t9", 1))
    seen = inspect(str(path))
    assert seen.log is None
    assert "line 1" in seen.broken


def test_a_lock_that_another_run_holds_is_seen_and_left_to_it(tmp_path):
    """While it is held: busy; afterwards free, and the holder can take it at once."""
    path = tmp_path / "a.jsonl"
    with writing(str(path), sleep=lambda _: None, warn=lambda _: None):
        assert inspect(str(path)).busy
    assert not inspect(str(path)).busy
    written(path)
    with writing(str(path), sleep=lambda _: None, warn=lambda _: None):
        (tmp_path / "other.jsonl").hardlink_to(path)
        assert inspect(str(tmp_path / "other.jsonl")).busy
    descriptor = os.open(path, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)


def test_what_stands_in_the_way_is_named(tmp_path):
    """A file where the folder should be; a folder, a FIFO or a device where the log should be."""
    (tmp_path / "file").write_text("")
    assert (
        inspect(str(tmp_path / "file" / "x" / "a.jsonl")).obstacle == f"{tmp_path / 'file'} is not a folder"
    )
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    for path, what in (
        (tmp_path / "folder", "a folder"),
        (tmp_path / "fifo", "a FIFO"),
        ("/dev/full", "a device"),
    ):
        seen = inspect(str(path))
        assert seen.obstacle == f"{path} is {what}, no plain file"
        assert f"is {what}" in seen.broken


@pytest.mark.skipif(os.geteuid() == 0, reason="to root everything can be written")
def test_permissions_stand_in_the_way(tmp_path):
    """A log, and a folder, that this user may not write."""
    written(tmp_path / "a.jsonl")
    (tmp_path / "a.jsonl").chmod(0o400)
    assert "cannot be written" in inspect(str(tmp_path / "a.jsonl")).obstacle
    (tmp_path / "folder").mkdir(mode=0o500)
    assert "folder" in inspect(str(tmp_path / "folder" / "a.jsonl")).obstacle
