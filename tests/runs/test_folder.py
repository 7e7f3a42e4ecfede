"""A run's folder: what was written is read, a kill in the middle of a line loses that line, a full disk is named."""

import errno
import json
import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.runs import disk
from cnn_core.runs.folder import (
    append_event,
    ask_to_stop,
    clean_name,
    create_run,
    read_events,
    read_progress,
    read_status,
    recorded_status,
    stop_asked,
    write_progress,
    write_status,
)
from cnn_core.runs.heartbeat import Heartbeat, write_heartbeat
from cnn_core.runs.process_mark import is_running, process_mark
from cnn_core.runs.tickets import RUN_ID, make_service_folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return create_run(tmp_path / "store", {"job": "transfer", "epochs": 3}, owner="me", name="Cats\n and dogs")


def test_a_new_run_says_whose_it_is_and_what_it_is_to_do(run: Path) -> None:
    assert RUN_ID.fullmatch(run.name)
    assert run.stat().st_mode & 0o077 == 0
    assert read_json(run / "config.json") == {"job": "transfer", "epochs": 3}
    owner = read_json(run / "owner.json")
    assert (owner["owner"], owner["name"]) == ("me", "Cats and dogs")
    assert abs(owner["created"] - time.time()) < 60
    status = read_status(run)
    assert (status.state, status.live, status.resumable) == ("stopped", False, True)
    with pytest.raises(InputError, match="no longer there"):
        read_status(run.with_name("x" * 22))


def test_ids_do_not_repeat(tmp_path: Path) -> None:
    assert len({create_run(tmp_path, {}, owner="", name="").name for _ in range(20)}) == 20


def test_a_status_keeps_what_the_job_put_there(run: Path) -> None:
    write_status(run, "running", job={"best": 0.9})
    running = read_status(run)
    assert (running.state, running.pid, running.live) == ("running", os.getpid(), True)
    assert running.process == process_mark(os.getpid())
    write_status(run, "failed", reason="x" * 5_000)
    failed = read_status(run)
    assert (failed.state, failed.pid, failed.job) == ("failed", None, {"best": 0.9})
    assert set(failed.reason) == {"x"}
    assert len(failed.reason) < 5_000


def test_a_run_whose_process_is_gone_is_stopped_and_says_why(run: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        write_status(run, "running", pid=process.pid)
        assert read_status(run).state == "running"
        process.kill()
        # Dead, and not waited for: a zombie.
        while process_mark(process.pid):
            time.sleep(0.001)
        assert read_status(run).state == "stopped"
    seen = read_status(run)
    assert (seen.state, seen.pid, seen.resumable) == ("stopped", None, True)
    assert "killed" in seen.reason
    assert recorded_status(run).state == "running", "reading writes nothing"


def test_a_service_that_watches_a_run_has_the_last_word(run: Path) -> None:
    with subprocess.Popen(["true"]) as process:
        write_status(run, "running", pid=process.pid)
    make_service_folder(run.parent)
    watching = Heartbeat(os.getpid(), process_mark(os.getpid()) or "", running=(run.name,))
    write_heartbeat(run.parent, watching)
    assert read_status(run).state == "running"
    for other in (replace(watching, running=()), replace(watching, process="gone"), replace(watching, ending=True)):
        write_heartbeat(run.parent, other)
        assert read_status(run).state == "stopped"


def test_a_process_with_the_same_number_is_another_one(run: Path) -> None:
    write_status(run, "running")
    said = read_json(run / "status.json")
    write_json(run / "status.json", {**said, "process": "another boot:1"})
    assert read_status(run).state == "stopped"
    # A program that knows of no marks writes the number alone.
    write_json(run / "status.json", {"state": "running", "pid": os.getpid()})
    assert read_status(run).state == "running"
    assert not is_running(None, "")


EVENTS = st.lists(
    st.dictionaries(st.sampled_from(["loss", "ä"]), st.floats(allow_nan=False) | st.text(max_size=5)), max_size=4
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(events=EVENTS, cut=st.integers(0, 100), later=EVENTS)
def test_events_survive_a_kill_in_the_middle_of_a_line(events: list, cut: int, later: list, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.unlink(missing_ok=True)
    for event in events:
        append_event(tmp_path, event)
    assert read_events(tmp_path) == events
    whole = path.read_bytes() if events else b""
    kept = whole[: min(cut, len(whole))]
    path.write_bytes(kept)
    complete = events[: kept.count(b"\n")]
    # A line that lacks nothing but its end is whole.
    if len(complete) < len(events) and kept.split(b"\n")[-1] == whole.split(b"\n")[len(complete)]:
        complete = events[: len(complete) + 1]
    assert read_events(tmp_path) == complete
    for event in later:
        append_event(tmp_path, event)
    assert read_events(tmp_path) == complete + later


def test_an_epoch_that_was_trained_again_stands_for_the_earlier_one(run: Path) -> None:
    def epoch(number: int, loss: float, phase: str = "fine_tuning") -> dict[str, object]:
        return {"kind": "epoch", "phase": phase, "epoch": number, "loss": loss}

    note = {"kind": "note", "text": "The batch was halved"}
    first = epoch(2, 0.9, "feature_extraction")
    for event in (first, epoch(1, 0.8), note, epoch(2, 0.7), epoch(3, 0.6), epoch(2, 0.5)):
        append_event(run, event)
    assert read_events(run) == [first, epoch(1, 0.8), note, epoch(2, 0.5)]


def test_lines_that_are_no_events_are_left_out(run: Path) -> None:
    (run / "events.jsonl").write_bytes(b'[1]\n{"kind": "note"}\n\xff\xfe\n7\n{"a": 1}')
    assert read_events(run) == [{"kind": "note"}, {"a": 1}]


def test_progress_is_replaced_at_most_five_times_a_second(run: Path) -> None:
    assert read_progress(run) == {}
    began = time.monotonic()
    written = [batch for batch in range(2_000) if write_progress(run, {"batch": batch})]
    most = 1 + (time.monotonic() - began) / 0.2
    assert written[0] == 0
    assert len(written) <= most + 1
    assert read_progress(run) == {"batch": written[-1]}
    assert write_progress(run, {"batch": 2_000}, now=True)
    assert read_progress(run) == {"batch": 2_000}
    # A clock that was set back does not silence it.
    os.utime(run / "progress.json", (time.time() + 3600,) * 2)
    assert write_progress(run, {"batch": 2_001})


def test_stop_is_a_file(run: Path) -> None:
    assert not stop_asked(run)
    ask_to_stop(run)
    assert stop_asked(run)


@given(st.text(max_size=300))
@settings(max_examples=50, deadline=None)
def test_a_name_is_one_short_line(name: str) -> None:
    cleaned = clean_name(name)
    assert 1 <= len(cleaned) <= 200
    assert cleaned.isprintable()
    assert clean_name(cleaned) == cleaned


def test_a_full_disk_is_named_and_the_status_still_says_so(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (run / "events.jsonl").symlink_to("/dev/full")
    with pytest.raises(InputError, match=r"disk is full.*make room for"):
        append_event(run, {"kind": "note"})

    write_status(run, "running", job={"best": 0.5})
    before = (run / "status.json").stat()

    def no_room(path: Path, _: object) -> None:
        path.with_name(path.name + ".part").touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(disk, "write_json", no_room)
    write_status(run, "failed", reason="The disk is full")
    after = (run / "status.json").stat()
    assert after.st_ino == before.st_ino, "no new file, which a full disk has no room for"
    assert after.st_blocks <= before.st_blocks
    status = read_status(run)
    assert (status.state, status.reason, status.job) == ("failed", "The disk is full", {"best": 0.5})
    assert not (run / "status.json.part").exists()


def test_other_errors_pass(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(disk, "write_json", broken)
    with pytest.raises(PermissionError):
        write_status(run, "done")
    with pytest.raises(FileNotFoundError), disk.disk_full_named(run):
        json.loads((run / "none").read_text())
