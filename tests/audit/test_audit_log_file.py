"""The log as a file: one lock whatever its name, nothing but plain files, and noticed when it is taken away."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from builders import record
from test_log import full_disk

from reconciler.audit import plain_file
from reconciler.audit.chain import line, read
from reconciler.audit.log import writing
from reconciler.core.errors import BrokenAuditLog


def opened(path, warnings=None):
    """The log, opened for writing; nobody else holds it, so nothing sleeps."""

    def no_sleep(_):
        pytest.fail("somebody else holds the log")

    return writing(str(path), sleep=no_sleep, warn=(warnings if warnings is not None else []).append)


def some(count: int, start: int = 0) -> list[dict]:
    return [record("outcome", target=f"t{number}") for number in range(start, start + count)]


def targets(path) -> list[str]:
    log = read(str(path))
    assert log.torn == b""
    return [one["target"] for one in log.records]


def filled(path, count: int = 2):
    with opened(path) as writer:
        writer.append(some(count))
    return path


OTHER_NAMES = {
    "hard": lambda path: (path.parent / "other").hardlink_to(path),
    "symbolic": lambda path: (path.parent / "other").symlink_to(path),
    "relative": lambda path: (path.parent / "other").symlink_to("folder/../a.jsonl"),
}

_TRY = """
import sys
from reconciler.audit.log import writing
from reconciler.core.errors import AuditLogBusy
try:
    with writing(sys.argv[1], sleep=lambda _: None, warn=lambda _: None) as writer:
        writer.append([{"event": "outcome", "target": "theirs"}])
except AuditLogBusy:
    sys.exit(7)
"""


def another(path, cwd=None) -> int:
    """What becomes of another process that would write it: 0, or 7 where it is held."""
    return subprocess.run([sys.executable, "-c", _TRY, str(path)], cwd=cwd, check=False).returncode


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_the_lock_holds_whatever_the_logs_name(tmp_path, name) -> None:
    """Under a hard link, a link, or a relative name from another folder it is the same log, with one writer."""
    (tmp_path / "folder").mkdir()
    path = filled(tmp_path / "a.jsonl")
    OTHER_NAMES[name](path)
    with opened(path) as writer:
        assert another(tmp_path / "other") == 7
        assert another("../a.jsonl", cwd=tmp_path / "folder") == 7
        writer.append(some(1, 2))
    assert another(tmp_path / "other") == 0
    assert targets(path) == ["t0", "t1", "t2", "theirs"]


def test_nothing_beside_the_log_holds_its_lock(tmp_path) -> None:
    """Whatever is removed from its folder, a second writer is kept out."""
    path = filled(tmp_path / "a.jsonl")
    with opened(path):
        for name in tmp_path.iterdir():
            if name != path:
                name.unlink()
        assert another(path) == 7


def test_a_missing_log_has_one_maker(tmp_path) -> None:
    """Also through a link that leads nowhere yet; the others wait for it from the first moment."""
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "a.jsonl")
    with opened(tmp_path / "link") as writer:
        assert writer.log.missing
        assert another(tmp_path / "deep" / "a.jsonl") == 7
        writer.append(some(1))
    assert targets(tmp_path / "deep" / "a.jsonl") == ["t0"]
    assert (tmp_path / "link").is_symlink()


def test_a_log_that_another_run_makes_first_is_that_ones(tmp_path, monkeypatch) -> None:
    """Both found none: the slower writes to the file that is there by now, and does not take it away again."""
    path = tmp_path / "folder" / "a.jsonl"
    real = os.makedirs

    def overtaken(folder, **how):
        real(folder, **how)
        path.touch()

    monkeypatch.setattr(os, "makedirs", overtaken)
    with opened(path):
        pass
    assert path.exists()
    path.unlink()
    with opened(path) as writer:
        writer.append(some(1))
    assert targets(path) == ["t0"]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are found by way of /proc")
def test_what_is_written_goes_to_the_end_whatever_else_is_there(tmp_path) -> None:
    """Of a log that is made now and of one that was there: the system appends, whoever wrote last."""
    path = tmp_path / "a.jsonl"
    for _ in range(2):
        with opened(path) as writer:
            writer.append(some(1))
            (descriptor,) = [
                int(one.name) for one in Path("/proc/self/fd").iterdir() if one.resolve() == path
            ]
            flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        assert flags & os.O_APPEND
        assert flags & os.O_ACCMODE == os.O_RDWR


def test_whoever_gets_the_lock_looks_whether_it_is_still_the_log(tmp_path) -> None:
    """The file that was waited for was replaced meanwhile: the one that the path names now is written."""
    path = filled(tmp_path / "a.jsonl")
    holder = opened(path)
    holder.__enter__()

    def replaced(_):
        shutil.copy(path, tmp_path / "copy")
        (tmp_path / "copy").replace(path)
        assert not holder.__exit__(None, None, None)

    with writing(str(path), sleep=replaced, warn=lambda _: None) as writer:
        writer.append(some(1, 2))
    assert targets(path) == ["t0", "t1", "t2"]


def test_a_lock_on_a_file_that_was_just_replaced_is_let_go(tmp_path, monkeypatch) -> None:
    """Replaced between the opening and the lock: it is opened anew at once, and nobody is waited for."""
    path = filled(tmp_path / "a.jsonl")
    real = fcntl.flock

    def late(descriptor, how):
        monkeypatch.setattr(fcntl, "flock", real)
        shutil.copy(path, tmp_path / "copy")
        (tmp_path / "copy").replace(path)
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with opened(path) as writer:
        writer.append(some(1, 2))
    assert targets(path) == ["t0", "t1", "t2"]


def _unlinked(path):
    path.unlink()


def _renamed(path):
    path.rename(path.parent / "elsewhere")


def _folder_removed(path):
    shutil.rmtree(path.parent)


def _replaced(path):
    shutil.copy(path, path.parent / "copy")
    (path.parent / "copy").replace(path)


def _cut(path):
    os.truncate(path, 10)


def _emptied(path):
    os.truncate(path, 0)


def _written_to(path):
    with path.open("ab") as file:
        file.write(b"\n")


TAKEN = (_unlinked, _renamed, _folder_removed, _replaced, _cut, _emptied, _written_to)


@pytest.mark.parametrize("take", TAKEN)
def test_a_log_that_is_taken_away_is_noticed_before_the_next_record(tmp_path, take) -> None:
    """Nothing more is recorded, nor is it when the path is right again: the head stays that of the last record."""
    path = tmp_path / "folder" / "a.jsonl"
    with opened(path) as writer:
        (first,) = writer.append(some(1))
        writer.check()
        take(path)
        for attempt in (writer.check, lambda: writer.append(some(1, 1)), writer.check):
            with pytest.raises(BrokenAuditLog, match=r"while this run was writing it"):
                attempt()
        assert (writer.head, writer.appended) == (first["hash"], [first])


def test_a_log_that_was_never_there_is_noticed_too(tmp_path) -> None:
    """Removed between the opening and the first record: none is made anew."""
    path = tmp_path / "a.jsonl"
    with opened(path) as writer:
        path.unlink()
        with pytest.raises(BrokenAuditLog):
            writer.append(some(1))
    assert not path.exists()


THINGS = {
    "a folder": lambda path: path.mkdir(),
    "a FIFO": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/full"),
}


@pytest.mark.parametrize("what", THINGS)
@pytest.mark.parametrize("use", [opened, lambda path: read(str(path))])
def test_what_is_no_plain_file_is_refused_at_once(tmp_path, what, use) -> None:
    """For writing and for reading, with words that say what is there; a FIFO does not hang."""
    THINGS[what](tmp_path / "a.jsonl")
    with pytest.raises(BrokenAuditLog, match=f"is {what}"), use(tmp_path / "a.jsonl"):
        pytest.fail("opened")


@pytest.mark.parametrize("what", [*THINGS, "a symbolic link"])
def test_a_torn_line_is_set_aside_in_a_plain_file_alone(tmp_path, what) -> None:
    """Not through a link that somebody laid there, nor into a FIFO; then nothing is cut."""
    (tmp_path / "victim").write_bytes(b"theirs")
    aside = tmp_path / "a.jsonl.torn-1"
    {**THINGS, "a device": os.mkfifo, "a symbolic link": lambda path: path.symlink_to(tmp_path / "victim")}[
        what
    ](aside)
    (tmp_path / "a.jsonl").write_bytes(b"torn")
    with pytest.raises(BrokenAuditLog), opened(tmp_path / "a.jsonl"):
        pytest.fail("opened")
    assert (tmp_path / "a.jsonl").read_bytes() == b"torn"
    assert (tmp_path / "victim").read_bytes() == b"theirs"


def test_a_wider_mode_is_narrowed(tmp_path) -> None:
    """The log's, and that of what is set aside: they name people and hold fingerprints."""
    path = filled(tmp_path / "a.jsonl")
    with path.open("ab") as file:
        file.write(b"torn")
    aside = tmp_path / "a.jsonl.torn-3"
    aside.write_bytes(b"an earlier one\n")
    for each in (path, aside):
        each.chmod(0o644)
    with opened(path, []):
        pass
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, aside)] == [0o600, 0o600]
    assert aside.read_bytes() == b"an earlier one\ntorn\n"


@pytest.mark.parametrize("right", [0o001, 0o002, 0o004, 0o010, 0o020, 0o040, 0o077])
def test_any_right_of_others_is_taken_away(tmp_path, right) -> None:
    """To read, to write or to execute, the group's too."""
    path = filled(tmp_path / "a.jsonl")
    path.chmod(0o600 | right)
    with opened(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_mode_that_is_narrow_is_left(tmp_path) -> None:
    """Somebody may have taken the owner's right to write away too."""
    path = filled(tmp_path / "a.jsonl")
    path.chmod(0o400)
    with path.open("rb") as file:
        assert plain_file.narrow(file.fileno())
    assert stat.S_IMODE(path.stat().st_mode) == 0o400


def test_a_mode_that_cannot_be_changed_is_a_warning(tmp_path, monkeypatch) -> None:
    """Another user's file, say: it is written all the same."""
    path = filled(tmp_path / "a.jsonl")
    path.chmod(0o644)

    def refused(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "fchmod", refused)
    warnings: list[str] = []
    with opened(path, warnings) as writer:
        writer.append(some(1, 2))
    assert [one.startswith(f"Others may read the audit log {path}") for one in warnings] == [True]
    assert targets(path) == ["t0", "t1", "t2"]


def test_a_torn_line_that_finds_no_room_stays(tmp_path) -> None:
    """The disk is full: nothing is cut, and the error says why."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"torn")
    with full_disk(2), pytest.raises(BrokenAuditLog, match="cannot be written: File too large"), opened(path):
        pytest.fail("opened")
    assert path.read_bytes() == b"torn"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are found by way of /proc")
def test_a_file_system_without_locks_is_an_error_and_the_log_is_closed(tmp_path, monkeypatch) -> None:
    """It is no log that another run holds: nobody waits for it."""
    path = filled(tmp_path / "a.jsonl")

    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(BrokenAuditLog, match="No locks available"), opened(path):
        pytest.fail("opened")
    assert path not in [one.resolve() for one in Path("/proc/self/fd").iterdir()]


def test_a_last_line_without_its_line_feed_is_completed(tmp_path) -> None:
    """It is a record: nothing is set aside, and the chain goes on after it."""
    path = filled(tmp_path / "a.jsonl")
    path.write_bytes(path.read_bytes()[:-1])
    warnings: list[str] = []
    with opened(path, warnings) as writer:
        assert len(writer.log.records) == 2
        assert path.read_bytes().endswith(b"}\n")
        writer.append(some(1, 2))
    assert targets(path) == ["t0", "t1", "t2"]
    assert warnings == []
    assert [each.name for each in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_changed_last_line_without_its_line_feed_is_no_record(tmp_path) -> None:
    """Its hash does not fit: it is set aside like any torn one."""
    path = filled(tmp_path / "a.jsonl")
    changed = line(read(str(path)).records[1]).replace(b"t1", b"t9")[:-1]
    path.write_bytes(line(read(str(path)).records[0]) + changed)
    with opened(path, []):
        pass
    assert targets(path) == ["t0"]
    assert (tmp_path / "a.jsonl.torn-2").read_bytes() == changed + b"\n"


def test_the_folders_are_synced_before_the_first_record_counts(tmp_path, monkeypatch) -> None:
    """A new log's name, and its new folders' names, are durable with it; nothing is synced twice."""
    synced: list[str] = []
    real = os.fsync

    def watched(descriptor):
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    path = tmp_path / "new" / "er" / "a.jsonl"
    with opened(path) as writer:
        writer.append(some(1))
        assert synced == [str(each) for each in (path.parent, path.parent.parent, tmp_path, path)]
        writer.append(some(1, 1))
    with opened(path) as writer:
        writer.append(some(1, 2))
    assert synced[4:] == [str(path)] * 2


@pytest.mark.parametrize("name", ["a.jsonl", "new/a.jsonl", "new/er/and/deeper/a.jsonl"])
def test_a_run_that_records_nothing_leaves_the_folders_as_they_were(tmp_path, name) -> None:
    """All that it made is gone again, and an empty folder that was there stays."""
    (tmp_path / "folder").mkdir()
    with opened(tmp_path / "folder" / name):
        assert (tmp_path / "folder" / name).exists()
    assert list((tmp_path / "folder").iterdir()) == []
