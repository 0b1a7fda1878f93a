"""One chain over several files: sealing, reading them again, and a crash in between (help audit)."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager

import pytest
from builders import FIELDS, TENANT, URL, record
from test_log import full_disk, opened

from reconciler.audit import segments, whole_log
from reconciler.audit.chain import Log, RecordStream, line, read, seal
from reconciler.audit.log import writing
from reconciler.audit.memory import Memories, remember
from reconciler.core.errors import BrokenAuditLog

CAUSE = {"timestamp": "2026-11-26T09:00:00.000Z", "operator_id": "ci", "run_id": "r"}


PREVIOUS = "sha256:" + "0" * 64


def some(count: int, start: int = 0, **fields) -> list[dict]:
    """So many outcomes, told apart by their targets."""
    numbers = range(start, start + count)
    return [
        record("outcome", phase="a2p", target=f"t{number}", outcome="applied", **fields) for number in numbers
    ]


def filled(folder):
    """A log of three files: records 1 and 2, a checkpoint and a record, a checkpoint and three."""
    path = folder / "audit.jsonl"
    with opened(path) as writer:
        writer.append(some(2))
        writer.seal(CAUSE)
        writer.append(some(1, 2))
        writer.seal(CAUSE)
        writer.append(some(3, 3))
    return path


def another(count: int) -> list[dict]:
    """The records of another log."""
    made: list[dict] = []
    for number, one in enumerate(some(count, 90), 1):
        made.append(seal(one, made[-1]["hash"] if made else None, number))
    return made


def held(folder) -> list[str]:
    """The files of a folder that this process has open still."""
    descriptors = os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd") else []  # noqa: PTH110, PTH208
    names = (os.path.realpath(f"/proc/self/fd/{number}") for number in descriptors)
    return [name for name in names if name.startswith(f"{folder}{os.sep}")]


def everything(path) -> list[dict]:
    """All records of all files, held against each other."""
    return [one for one, _ in segments.forwards(str(path), RecordStream(str(path)))]


def is_before(path, head) -> bool:
    """Whether a sealed file has a record with this hash."""
    return segments.is_before(str(path), read(str(path)).records[0], head)


def targets(path) -> list[str]:
    """The targets of all files' records, without checkpoints."""
    return [one["target"] for one in everything(path) if one["event"] != "checkpoint"]


def test_a_sealed_file_bears_the_number_of_its_last_record_and_the_chain_goes_on(tmp_path) -> None:
    """At least six digits; each file after the first begins with a checkpoint."""
    path = filled(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "audit.000002.jsonl",
        "audit.000004.jsonl",
        "audit.jsonl",
    ]
    assert [one["seq"] for one in everything(path)] == list(range(1, 9))
    assert targets(path) == [f"t{number}" for number in range(6)]
    events = [one["event"] for one in read(str(path)).records]
    assert events == ["checkpoint", "outcome", "outcome", "outcome"]


def test_files_are_ordered_by_number_and_strangers_are_no_part_of_the_log(tmp_path) -> None:
    """A million comes after 999,999; another log's files, and what has no number, are left alone."""
    names = [
        "audit.1000000.jsonl",
        "audit.999999.jsonl",
        "audit.12345.jsonl",
        "other.000001.jsonl",
        "audit.x.jsonl",
    ]
    for name in names:
        (tmp_path / name).touch()
    found = segments.sealed(str(tmp_path / "audit.jsonl"), Log())
    assert [os.path.basename(name) for name in found] == names[1::-1]  # noqa: PTH119
    assert segments.sealed(str(tmp_path / "nowhere" / "audit.jsonl"), Log()) == ()


def test_a_log_of_another_name_keeps_its_stem(tmp_path) -> None:
    """And through a link the files stand beside the log itself."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "acme.log")
    with opened(tmp_path / "link") as writer:
        writer.append(some(1))
        writer.seal(CAUSE)
    assert sorted(file.name for file in (tmp_path / "deep").iterdir()) == ["acme.000001.jsonl", "acme.log"]
    assert (tmp_path / "link").is_symlink()


def test_a_full_file_is_sealed_by_the_next_append(tmp_path) -> None:
    """At 5,000 records, also in the midst of what is appended at once; no record is lost or moved."""
    path = tmp_path / "audit.jsonl"
    with opened(path) as writer:
        made = writer.append(some(segments.RECORDS + 2))
        assert writer.count == segments.RECORDS + 3
    assert [one["target"] for one in made] == targets(path)
    assert len(read(str(path)).records) == 3
    assert segments.sealed(str(path), read(str(path))) == (str(tmp_path / "audit.005000.jsonl"),)


def test_no_file_passes_sixteen_megabytes(tmp_path) -> None:
    """Records of three megabytes: a file is sealed at eight, and before one that would pass the limit."""
    path = tmp_path / "audit.jsonl"
    with opened(path) as writer:
        writer.append(some(2, error="x" * 3_000_000))
        writer.append(some(6, 2, error="x" * 3_000_000))
    assert targets(path) == [f"t{number}" for number in range(8)]
    assert all(file.stat().st_size <= segments.LARGEST for file in tmp_path.iterdir())
    assert len(segments.sealed(str(path), read(str(path)))) == 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"records": 4_999, "size": 7_999_999, "first": 0, "more": 1}, False),
        ({"records": 5_000, "size": 1, "first": 0, "more": 1}, True),
        ({"records": 1, "size": 8_000_000, "first": 0, "more": 1}, True),
        ({"records": 2, "size": 8_000_000, "first": 3_000_000, "more": 1}, False),
        ({"records": 2, "size": 12_000_000, "first": 3_000_000, "more": 1}, True),
        ({"records": 2, "size": 12_000_000, "first": 4_000_000, "more": 4_000_001}, True),
        ({"records": 2, "size": 12_000_000, "first": 4_000_000, "more": 4_000_000}, False),
        ({"records": 5_001, "size": 1, "first": 0, "more": 1}, True),
        ({"records": 9, "size": 8_000_001, "first": 0, "more": 1}, True),
        ({"records": 1, "size": 17_000_000, "first": 17_000_000, "more": 1}, False),
        ({"records": 0, "size": 0, "first": 0, "more": 20_000_000}, False),
    ],
)
def test_when_a_file_is_full(given, expected) -> None:
    """By records, by bytes, by four times its checkpoint; a checkpoint alone is never sealed again."""
    assert segments.is_full(**given) is expected


def test_a_file_of_nothing_but_its_checkpoint_is_not_sealed_again(tmp_path, monkeypatch) -> None:
    """However large that is, also by the next run; what comes after it is in the same file until that is full."""
    path = filled(tmp_path)
    with opened(path) as writer:
        writer.seal(CAUSE)
    monkeypatch.setattr(segments, "BYTES", 1)
    files = set(os.listdir(tmp_path))  # noqa: PTH208
    with opened(path) as writer:
        writer.append(some(1, 6))
    with opened(path) as writer:
        writer.append(some(1, 7))
    assert set(os.listdir(tmp_path)) == files  # noqa: PTH208


@pytest.mark.parametrize(
    ("since", "numbers"),
    [
        (None, range(1, 9)),
        ("2026-11-20", range(1, 9)),
        ("2026-11-21", range(1, 9)),
        ("2026-11-22", range(1, 9)),
        ("2026-11-23", range(3, 9)),
        ("2026-11-24", range(3, 9)),
        ("2026-11-25", range(5, 9)),
    ],
)
def test_since_a_day_the_files_are_read_back_to_one_that_begins_before_it(tmp_path, since, numbers) -> None:
    """Sealed on the 22nd and the 24th: a file that begins on the day itself may not have all of it."""
    path = tmp_path / "audit.jsonl"
    with opened(path) as writer:
        for count, day in ((2, "21"), (1, "22"), (3, "24")):
            at = f"2026-11-{day}T09:00:00.000Z"
            if day != "21":
                writer.seal({**CAUSE, "timestamp": at})
            writer.append([{**one, "timestamp": at} for one in some(count)])
    with whole_log.reading(str(path), since) as log:
        assert [one["seq"] for one in log.records] == list(numbers)
        assert (log.lacking, log.broken) == ((), None)


def test_a_file_that_cannot_be_read_is_none_that_begins_before_a_day(tmp_path) -> None:
    """It is read, to say where it breaks; nothing before it is."""
    path = filled(tmp_path)
    sealed = tmp_path / "audit.000004.jsonl"
    sealed.write_bytes(b"{}\n" + sealed.read_bytes())
    with whole_log.reading(str(path), "2026-11-01") as log:
        assert (list(log.records), log.beyond) == ([], 3)
        assert f"{sealed} is broken at line 1" in str(log.broken)


def test_each_files_first_record_is_told_as_that(tmp_path) -> None:
    """Read one after the other."""
    path = filled(tmp_path)
    begins = [first for _, first in segments.forwards(str(path), RecordStream(str(path)))]
    assert begins == [True, False, True, False, True, False, False, False]


def test_going_back_names_the_file_that_is_missing(tmp_path) -> None:
    """Whoever looks for an old hash is told which file to bring."""
    path = filled(tmp_path)
    heads = [one["hash"] for one in everything(path)]
    assert [is_before(path, head) for head in heads] == [True] * 4 + [False] * 4
    (tmp_path / "audit.000002.jsonl").unlink()
    assert is_before(path, heads[3]), "no further back than the hash is"
    with pytest.raises(BrokenAuditLog, match=r"audit\.000002\.jsonl is missing"):
        is_before(path, heads[0])


def test_going_forward_names_the_file_that_is_missing(tmp_path) -> None:
    """Nothing else would be known to be there."""
    path = filled(tmp_path)
    (tmp_path / "audit.000004.jsonl").unlink()
    with pytest.raises(BrokenAuditLog, match=r"audit\.000004\.jsonl is missing"):
        everything(path)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text[:-20], "ends in the midst of a record"),
        (lambda text: text[:-1], "ends in the midst of a record"),
        (lambda text: text.replace(b"t1", b"t9"), "was changed after it was written"),
        (lambda text: text.split(b"\n")[0] + b"\n", r"000002\.jsonl is missing: the audit log goes on from"),
        (lambda _: b"".join(map(line, another(2))), "or is another log's"),
        (lambda text: text[text.index(b"\n") + 1 :], "does not follow"),
    ],
    ids=["torn", "unterminated", "changed", "cut", "another", "beheaded"],
)
def test_a_sealed_file_that_was_touched_is_found_either_way(tmp_path, spoil, words) -> None:
    """It is never written again, so nothing of it is set right either."""
    path = filled(tmp_path)
    file = tmp_path / "audit.000002.jsonl"
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(BrokenAuditLog, match=words):
        everything(path)
    with pytest.raises(BrokenAuditLog):
        is_before(path, "sha256:none")


def test_a_file_may_begin_with_a_checkpoint_alone(tmp_path) -> None:
    """Not with any record in the middle of a chain: its first part was cut off."""
    path = tmp_path / "audit.jsonl"
    path.write_bytes(line(seal(record("outcome", target="t"), PREVIOUS, 7)))
    with pytest.raises(BrokenAuditLog, match="does not follow the one before it"):
        read(str(path))


@pytest.mark.parametrize(
    ("seq", "previous"), [(7, None), (7, 6), ("7", PREVIOUS), (1, PREVIOUS), (0, PREVIOUS), (True, PREVIOUS)]
)
def test_a_checkpoint_goes_on_from_a_record_by_its_number_and_hash(tmp_path, seq, previous) -> None:
    """One that names neither begins no file: whatever was before it could be anything."""
    path = tmp_path / "audit.jsonl"
    path.write_bytes(line(seal(record("checkpoint", version=1), previous, seq)))
    with pytest.raises(BrokenAuditLog, match="does not follow the one before it"):
        read(str(path))


class _Crash(BaseException):
    """The process is gone."""


@contextmanager
def _crashing(at: int, *, after: bool):
    """The ``at``th of the calls that change a disk is the last, done or not; what is left of the run does nothing."""
    names = ("open", "write", "fsync", "link", "rename", "unlink")
    real = {name: getattr(os, name) for name in names}
    count = 0

    def call(name):
        def counted(*args, **kwargs):
            nonlocal count
            count += 1
            if count > at or (count == at and not after):
                raise _Crash
            done = real[name](*args, **kwargs)
            if count == at:
                raise _Crash
            return done

        return counted

    for name in names:
        setattr(os, name, call(name))
    try:
        yield lambda: count
    finally:
        for name in names:
            setattr(os, name, real[name])


def _steps(folder) -> int:
    """How many calls sealing and one more record take."""
    path = filled(folder)
    with opened(path) as writer, _crashing(10_000, after=False) as counted:
        writer.seal(CAUSE)
        writer.append(some(1, 6))
        return counted()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_moment_of_sealing_loses_nothing(tmp_path, after) -> None:
    """At each call that changes the disk: the log reads whole, and the next run goes on and finishes it."""
    (tmp_path / "first").mkdir()
    for at in range(1, _steps(tmp_path / "first") + 1):
        folder = tmp_path / str(at)
        folder.mkdir()
        path = filled(folder)
        with opened(path) as writer, _crashing(at, after=after):
            try:
                writer.seal(CAUSE)
                writer.append(some(1, 6))
            except _Crash:
                pass
        kept = len(targets(path))
        assert kept in {6, 7}, at
        with opened(path) as writer:
            writer.append(some(1, kept))
        assert targets(path) == [f"t{number}" for number in range(kept + 1)], at
        assert set(os.listdir(folder)) <= {  # noqa: PTH208
            *(
                "audit.jsonl",
                "audit.000002.jsonl",
                "audit.000004.jsonl",
                "audit.000008.jsonl",
                "audit.jsonl.new",
            ),
        }


def test_a_half_sealed_log_from_a_checkout_is_finished_too(tmp_path) -> None:
    """Git knows no second names: there the two files are copies."""
    path = filled(tmp_path)
    (tmp_path / "audit.000008.jsonl").write_bytes(path.read_bytes())
    with opened(path) as writer:
        writer.append(some(1, 6))
    assert targets(path) == [f"t{number}" for number in range(7)]
    assert len(segments.sealed(str(path), read(str(path)))) == 3


def test_a_log_of_one_record_is_half_sealed_too(tmp_path) -> None:
    """Both names are its own: none of them is a file before it."""
    path = tmp_path / "audit.jsonl"
    with opened(path) as writer:
        writer.append(some(1))
    (tmp_path / "audit.000001.jsonl").hardlink_to(path)
    assert segments.sealed(str(path), read(str(path))) == ()
    assert targets(path) == ["t0"]
    with opened(path) as writer:
        writer.append(some(1, 1))
    assert targets(path) == ["t0", "t1"]


@pytest.mark.parametrize("as_old", [False, True])
def test_another_file_in_the_way_of_sealing_stops_the_run(tmp_path, as_old) -> None:
    """It may be the only copy of something, also where it is as long and as old as the log."""
    path = filled(tmp_path)
    other = tmp_path / "audit.000008.jsonl"
    other.write_bytes(path.read_bytes().replace(b"t4", b"t9") if as_old else b"mine")
    if as_old:
        at = path.stat()
        os.utime(other, ns=(at.st_atime_ns, at.st_mtime_ns))
    theirs = other.read_bytes()
    with opened(path) as writer, pytest.raises(BrokenAuditLog, match="is there already"):
        writer.append(some(1, 6))
    assert other.read_bytes() == theirs
    assert len(read(str(path)).records) == 4
    assert not held(tmp_path)


def test_a_link_in_the_way_of_sealing_stops_the_run(tmp_path) -> None:
    """One to the log itself would name the new file as soon as that has the log's path."""
    path = filled(tmp_path)
    before = path.read_bytes()
    (tmp_path / "audit.000008.jsonl").symlink_to(path)
    with opened(path) as writer, pytest.raises(BrokenAuditLog, match="is a symbolic link"):
        writer.seal(CAUSE)
    assert path.read_bytes() == before


def test_a_new_file_that_cannot_be_written_is_let_go_of(tmp_path) -> None:
    """The disk is full: the log is as it was, and nothing holds what there is of the other."""
    path = filled(tmp_path)
    before = path.read_bytes()
    with opened(path) as writer, full_disk(10), pytest.raises(BrokenAuditLog, match="cannot be written"):
        writer.seal(CAUSE)
    assert path.read_bytes() == before
    assert not held(tmp_path)


def test_without_hard_links_a_file_is_sealed_by_copying(tmp_path, monkeypatch) -> None:
    """Some file systems know none."""

    def no_links(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert targets(filled(tmp_path)) == [f"t{number}" for number in range(6)]
    assert len(list(tmp_path.iterdir())) == 3


def test_a_checkpoint_says_what_the_records_before_it_add_up_to(tmp_path) -> None:
    """What is remembered, open, owed to the tenant's log, and counted for keys is the same as without sealing."""
    told = [
        record("intent", phase="approval", target="tmpl_a", operation="approve", memory={"fields": FIELDS}),
        record(
            "outcome",
            phase="webhook",
            target=URL,
            outcome="applied",
            memory={"id": "wh_1", "fingerprint": "f"},
        ),
        record(
            "intent", phase="webhook", target=URL, operation="create", memory={"fields": {"events": ["a"]}}
        ),
    ]
    for folder, seals in (("plain", False), ("sealed", True)):
        (tmp_path / folder).mkdir()
        with opened(tmp_path / folder / "audit.jsonl") as writer:
            for one in told:
                writer.append([one])
                if seals:
                    writer.seal(CAUSE)
    plain, sealed = (
        remember(read(str(tmp_path / folder / "audit.jsonl")).records, TENANT)
        for folder in ("plain", "sealed")
    )
    assert (plain.remembered, plain.writes, plain.bodies) == (sealed.remembered, sealed.writes, sealed.bodies)
    assert plain.open_intents.keys() == sealed.open_intents.keys() != set()
    assert plain.log == sealed.log
    assert [one["status"] for one in sealed.undelivered.values()] == [None]


def test_a_checkpoint_is_read_by_the_version_that_it_was_written_for() -> None:
    """Logs on disk have the first one; what another leaves out would be forgotten."""
    kept = {"log": "sha256:x", "tenants": {TENANT: {"templates": ["tmpl_a"]}}}
    assert remember([record("checkpoint", version=1, **kept)], TENANT).templates == {"tmpl_a"}
    for version in (0, 2):
        other = record("checkpoint", version=version, **kept)
        with pytest.raises(BrokenAuditLog, match=f"checkpoint of version {version}"):
            remember([other], TENANT)
        with pytest.raises(BrokenAuditLog, match=f"checkpoint of version {version}"):
            Memories().take(other)


def test_a_log_with_a_key_is_written_and_read_with_it_alone(tmp_path) -> None:
    """Without the key nothing is appended; with another, or over records without it, nothing is even read."""
    path = tmp_path / "audit.jsonl"
    with writing(str(path), sleep=lambda _: None, warn=print, key=b"k" * 32) as writer:
        writer.append(some(2))
        writer.seal(CAUSE, b"n" * 32)
        writer.append(some(1, 2))
    assert len(read(str(path), b"n" * 32).records) == 2
    with pytest.raises(BrokenAuditLog, match="RECONCILER_LOG_KEY did not make"):
        read(str(path), b"k" * 32)
    with pytest.raises(BrokenAuditLog, match="RECONCILER_LOG_KEY is not set"), opened(path):
        pass
    path.write_bytes(line(seal(some(1)[0], None, 1)))
    with pytest.raises(BrokenAuditLog, match="has no mac"):
        read(str(path), b"n" * 32)


def test_a_lost_current_file_is_no_first_run(tmp_path) -> None:
    """Sealed files tell that there was one; nothing is begun beside them, and they stay."""
    path = filled(tmp_path)
    path.unlink()
    with (
        pytest.raises(BrokenAuditLog, match=r"audit\.000004\.jsonl is there: the current file of"),
        opened(path),
    ):
        pass
    assert sorted(os.listdir(tmp_path)) == ["audit.000002.jsonl", "audit.000004.jsonl"]  # noqa: PTH208
