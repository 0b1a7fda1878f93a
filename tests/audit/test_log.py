"""Writing the log: durable, one writer at a time, nothing dropped (help audit)."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
from contextlib import contextmanager

import pytest
from builders import record

from reconciler.audit.chain import line, read
from reconciler.audit.log import Writer, writing
from reconciler.core.errors import AuditLogBusy, BrokenAuditLog


@contextmanager
def opened(path, warnings=None):
    """The log, opened for writing; nobody else holds it, so nothing sleeps."""

    def no_sleep(_):
        pytest.fail("somebody else holds the log")

    with writing(str(path), sleep=no_sleep, warn=(warnings if warnings is not None else []).append) as writer:
        yield writer


def some(count: int, start: int = 0) -> list[dict]:
    """So many records, told apart by their targets."""
    return [record("outcome", target=f"t{number}") for number in range(start, start + count)]


def targets(path) -> list[str]:
    """The targets in a log whose chain holds."""
    log = read(str(path))
    assert log.torn == b""
    return [one["target"] for one in log.records]


def test_records_are_chained_across_runs(tmp_path) -> None:
    """A second run goes on where the first ended."""
    path = tmp_path / "deep" / "er" / "audit.jsonl"
    with opened(path) as writer:
        assert writer.head is None
        made = writer.append(some(2))
        assert writer.head == made[-1]["hash"]
    with opened(path) as writer:
        assert [one["seq"] for one in writer.log.records] == [1, 2]
        writer.append(some(1, 2))
    assert targets(path) == ["t0", "t1", "t2"]


def test_a_run_that_records_nothing_makes_no_file(tmp_path) -> None:
    """An ``apply`` with nothing to do appends nothing: a missing log stays missing."""
    with opened(tmp_path / "audit.jsonl"):
        pass
    assert read(str(tmp_path / "audit.jsonl")).missing


def test_a_log_can_be_read_by_its_owner_alone(tmp_path) -> None:
    """It names people and holds fingerprints."""
    with opened(tmp_path / "audit.jsonl") as writer:
        writer.append(some(1))
    assert (tmp_path / "audit.jsonl").stat().st_mode & 0o077 == 0


def test_each_record_is_one_line_of_utf8(tmp_path) -> None:
    """JSON Lines: no line break of a text breaks a line."""
    with opened(tmp_path / "audit.jsonl") as writer:
        writer.append([record("outcome", error="one\ntwo\u2028caf\u00e9\r")])
    (text,) = (tmp_path / "audit.jsonl").read_bytes().split(b"\n")[:-1]
    assert json.loads(text)["error"] == "one\ntwo\u2028caf\u00e9\r"
    assert "caf\u00e9".encode() in text


@pytest.mark.parametrize("torn", [b'{"seq":3,"tar', b"\xff\x00"])
def test_a_torn_last_line_is_set_aside_and_kept(tmp_path, torn) -> None:
    """In a file beside the log, with a warning that names it; the chain goes on after the last whole record."""
    path = tmp_path / "audit.jsonl"
    with opened(path) as writer:
        writer.append(some(2))
    path.write_bytes(path.read_bytes() + torn)
    warnings: list[str] = []
    with opened(path, warnings) as writer:
        writer.append(some(1, 2))
    assert targets(path) == ["t0", "t1", "t2"]
    (aside,) = [each for each in tmp_path.iterdir() if "torn" in each.name]
    assert torn in aside.read_bytes()
    assert str(aside) in warnings[0]


def test_two_torn_lines_are_both_kept(tmp_path) -> None:
    """A second crash at the same place does not overwrite what the first one left."""
    path = tmp_path / "audit.jsonl"
    for torn in (b"first", b"second"):
        path.write_bytes(torn)
        with opened(path):
            pass
    kept = b"".join(each.read_bytes() for each in tmp_path.iterdir() if "torn" in each.name)
    assert b"first" in kept
    assert b"second" in kept
    assert path.read_bytes() == b""


def test_a_broken_chain_is_not_written_to(tmp_path) -> None:
    """Nothing is appended after a forged record, and the lock is free again."""
    path = tmp_path / "audit.jsonl"
    with opened(path) as writer:
        writer.append(some(2))
    path.write_bytes(path.read_bytes().replace(b"t0", b"x0"))
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(BrokenAuditLog), opened(path):
            pytest.fail("opened")
    assert path.read_bytes() == before


_HOLD = """
import sys
from reconciler.audit.log import writing
from reconciler.core.errors import ReconcilerError
with writing(sys.argv[1], sleep=lambda _: None, warn=print) as writer:
    print("held", flush=True)
    sys.stdin.readline()
    writer.append([{"event": "outcome", "target": "theirs"}])
"""


def _holder(path) -> subprocess.Popen:
    """Another process that holds the log until a line is sent to it."""
    other = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    return other


def test_a_second_writer_waits_for_the_first(tmp_path) -> None:
    """It says so once, and goes on after what the other wrote."""
    path = tmp_path / "audit.jsonl"
    other = _holder(path)
    waits, warnings = [], []

    def release(seconds):
        waits.append(seconds)
        assert len(warnings) == 1
        if len(waits) == 3:
            other.communicate("go\n")

    with writing(str(path), sleep=release, warn=warnings.append) as writer:
        assert [one["target"] for one in writer.log.records] == ["theirs"]
        writer.append(some(1))
    assert targets(path) == ["theirs", "t0"]
    assert (len(waits), len(warnings)) == (3, 1)
    assert str(path) in warnings[0]


def test_a_writer_that_waits_too_long_gives_up(tmp_path) -> None:
    """After 30 seconds, with exit 1 and the log's name."""
    path = tmp_path / "audit.jsonl"
    other = _holder(path)
    waits: list[float] = []
    with (
        pytest.raises(AuditLogBusy, match=r"audit\.jsonl"),
        writing(str(path), sleep=waits.append, warn=lambda _: None),
    ):
        pytest.fail("opened")
    assert sum(waits) == 30
    other.communicate("go\n")


_APPEND = """
import sys, time
from reconciler.audit.log import writing
for number in range(5):
    with writing(sys.argv[1], sleep=lambda _: time.sleep(0.002), warn=lambda _: None) as writer:
        writer.append([{"event": "outcome", "target": f"{sys.argv[2]}{number}"}] * 3)
"""


def test_processes_that_write_at_once_leave_one_chain(tmp_path) -> None:
    """Each run's records stand together, and none is lost."""
    path = tmp_path / "audit.jsonl"
    runs = [subprocess.Popen([sys.executable, "-c", _APPEND, str(path), name]) for name in "abc"]
    assert [run.wait() for run in runs] == [0, 0, 0]
    found = targets(path)
    assert sorted(found) == sorted(
        f"{name}{number}" for name in "abc" for number in range(5) for _ in range(3)
    )
    assert all(len(set(found[at : at + 3])) == 1 for at in range(0, len(found), 3))


def test_many_coroutines_records_end_in_one_chain_in_the_order_asked(tmp_path) -> None:
    """Group commit: whoever asks while a sync is under way shares the next one."""
    path = tmp_path / "audit.jsonl"

    async def main(writer):
        return await asyncio.gather(*(writer.record(one) for one in some(300)))

    with opened(path) as writer:
        made = asyncio.run(main(writer))
    assert [one["seq"] for one in made] == list(range(1, 301))
    assert targets(path) == [f"t{number}" for number in range(300)]
    assert list(read(str(path)).records) == list(made)


def test_a_record_is_in_the_file_when_its_coroutine_goes_on(tmp_path) -> None:
    """An intent is durable before the write leaves."""
    path = tmp_path / "audit.jsonl"

    async def main(writer):
        async def one(number):
            for step in range(3):
                made = await writer.record(record("intent", target=f"{number}.{step}"))
                assert line(made) in path.read_bytes()

        await asyncio.gather(*(one(number) for number in range(8)))

    with opened(path) as writer:
        asyncio.run(main(writer))
    found = targets(path)
    assert len(found) == 24
    assert all(found.index(f"{n}.0") < found.index(f"{n}.1") < found.index(f"{n}.2") for n in range(8))


def test_a_cancelled_coroutines_record_is_still_written(tmp_path) -> None:
    """An interrupted run loses nothing that it asked to record."""
    path = tmp_path / "audit.jsonl"

    async def main(writer):
        tasks = [asyncio.create_task(writer.record(one)) for one in some(5)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await writer.drain()

    with opened(path) as writer:
        asyncio.run(main(writer))
    assert targets(path) == [f"t{number}" for number in range(5)]


@contextmanager
def full_disk(more: int):
    """Files of this process may hold so many bytes and no more: what a full disk does to a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (more, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_after_a_failed_write_nothing_more_is_written(tmp_path) -> None:
    """The disk is full in the middle of a record: that run's log ends there, and the next one goes on."""
    path = tmp_path / "audit.jsonl"
    with opened(path) as writer:
        first = writer.append(some(2))
        durable = path.stat().st_size
        with full_disk(durable + 100), pytest.raises(BrokenAuditLog):
            writer.append(some(1, 2))
        with pytest.raises(BrokenAuditLog):
            writer.append(some(1, 3))  # there is room again, but the chain in memory is ahead
        assert path.stat().st_size == durable + 100
    assert read(str(path)).records == first
    with opened(path, []) as writer:
        writer.append(some(1, 4))
    assert targets(path) == ["t0", "t1", "t4"]


def test_the_head_after_a_failed_write_is_that_of_the_last_durable_record(tmp_path) -> None:
    """Every ``apply`` prints the head: it must be one that ``--expect-head`` finds."""
    path = tmp_path / "audit.jsonl"
    with opened(path) as writer:
        (first,) = writer.append(some(1))
        with full_disk(path.stat().st_size), pytest.raises(BrokenAuditLog):
            writer.append(some(1, 1))
        assert writer.head == first["hash"]
        assert writer.appended == [first]


def test_coroutines_are_told_of_a_failed_write(tmp_path) -> None:
    """Each of those that share it, and each that asks after it."""
    path = tmp_path / "audit.jsonl"

    async def main(writer):
        with full_disk(50):
            ends = await asyncio.gather(*(writer.record(one) for one in some(3)), return_exceptions=True)
        later = await asyncio.gather(writer.record(some(1)[0]), return_exceptions=True)
        await writer.drain()
        return [*ends, *later]

    with opened(path) as writer:
        ends = asyncio.run(main(writer))
    assert [type(end) for end in ends] == [BrokenAuditLog] * 4
    assert read(str(path)).records == ()


def test_a_path_under_a_file_is_a_broken_log(tmp_path) -> None:
    """The folder cannot be made."""
    (tmp_path / "file").write_text("")
    with pytest.raises(BrokenAuditLog, match="cannot be written"), opened(tmp_path / "file" / "audit.jsonl"):
        pytest.fail("opened")


def test_a_folder_in_the_logs_place_is_a_broken_log(tmp_path) -> None:
    """Before anything is sent."""
    (tmp_path / "audit.jsonl").mkdir()
    with pytest.raises(BrokenAuditLog), opened(tmp_path / "audit.jsonl"):
        pytest.fail("opened")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_log_that_may_not_be_written_is_found_before_anything_is_sent(tmp_path) -> None:
    """An error on opening, not after the first write to the tenant."""
    path = tmp_path / "audit.jsonl"
    path.write_text("")
    path.chmod(0o400)
    with pytest.raises(BrokenAuditLog), opened(path):
        pytest.fail("opened")


def test_a_torn_line_that_cannot_be_set_aside_stops_the_run(tmp_path) -> None:
    """Never silently dropped: where its copy cannot be made, nothing is cut."""
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"torn")
    (tmp_path / "audit.jsonl.torn-1").mkdir()
    with pytest.raises(BrokenAuditLog), opened(path):
        pytest.fail("opened")
    assert path.read_bytes() == b"torn"


def test_a_record_that_cannot_be_hashed_ends_its_writer_and_nobody_elses(tmp_path) -> None:
    """Who waits for it gets the error instead of waiting for ever; what comes after it is chained and durable."""
    path = tmp_path / "audit.jsonl"

    async def run(writer: Writer) -> None:
        with pytest.raises(ValueError, match="surrogate"):
            await asyncio.wait_for(writer.record(record("outcome", target="\ud800")), 10)
        await writer.record(record("outcome", target="t0"))

    with opened(path) as writer:
        asyncio.run(run(writer))
    assert targets(path) == ["t0"]
