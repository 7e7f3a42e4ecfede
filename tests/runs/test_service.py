"""Real processes: a run goes through the service, in order, is stopped, resumed, and says how it ended."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.runs.client import ServiceOptions, ensure_service, place_in_queue, resume, stop, submit, submit_side_work
from cnn_core.runs.folder import read_events, read_status
from cnn_core.runs.store import RunStore
from tests.runs.store_fixtures import OPTIONS, Store, epochs_of, runs, settled, until


def test_a_run_is_done_and_is_not_started_twice(shared_store: Store) -> None:
    run = shared_store.submit("epochs", epochs=3)
    assert settled(run) == "done"
    assert epochs_of(run) == [1, 2, 3]
    status = read_status(run)
    assert (status.reason, status.pid) == ("", None)
    with pytest.raises(InputError, match="finished"):
        submit(run, OPTIONS)
    stop(run, OPTIONS)
    assert read_status(run).state == "done"


def test_runs_wait_in_the_order_of_their_submission_and_none_is_lost(shared_store: Store) -> None:
    """A class, which presses the button at the same moment."""
    held = shared_store.held()
    with ThreadPoolExecutor(6) as visitors:
        others = list(visitors.map(lambda _: shared_store.submit("epochs", epochs=1), range(11)))
    places = {run: place_in_queue(run) for run in others}
    assert sorted(places.values()) == list(range(1, 12))
    assert place_in_queue(held) is None
    assert {read_status(run).state for run in others} == {"queued"}
    with pytest.raises(InputError, match="already"):
        submit(others[0], OPTIONS)
    (held / "go_on").touch()
    assert settled(held) == "done"
    assert {settled(run) for run in others} == {"done"}
    assert {tuple(epochs_of(run)) for run in others} == {(1,)}
    began = {run: (run / "events.jsonl").stat().st_mtime_ns for run in others}
    assert sorted(others, key=places.__getitem__) == sorted(others, key=began.__getitem__)


def test_a_waiting_run_is_stopped_at_once_and_resumed_at_the_end(shared_store: Store) -> None:
    held = shared_store.held()
    first, second = (shared_store.submit("epochs", epochs=1) for _ in range(2))
    stop(first, OPTIONS)
    assert read_status(first).state == "stopped"
    assert place_in_queue(second) == 1
    resume(first, OPTIONS)
    assert place_in_queue(first) == 2
    (held / "go_on").touch()
    assert settled(first) == settled(second) == "done"
    assert (first / "events.jsonl").stat().st_mtime_ns > (second / "events.jsonl").stat().st_mtime_ns


def test_a_run_that_listens_stops_at_once_and_goes_on_where_it_was(shared_store: Store) -> None:
    run = shared_store.held()
    stop(run, OPTIONS)
    assert settled(run) == "stopped"
    assert read_status(run).job == {"listened": True}, "it was not killed"
    assert epochs_of(run) == [1]
    (run / "go_on").touch()
    resume(run, OPTIONS)
    assert settled(run) == "done"
    assert epochs_of(run) == [1, 2, 3]
    assert len({event["pid"] for event in read_events(run)}) == 2


def test_a_deaf_run_is_killed_after_two_seconds_with_what_it_started(shared_store: Store) -> None:
    run = shared_store.submit("deaf")
    until(lambda: read_json(run / "other.json"))
    began = time.monotonic()
    stop(run, OPTIONS)
    assert settled(run) == "stopped"
    assert 1.9 < time.monotonic() - began < 6
    until(lambda: not runs(read_json(run / "other.json")))
    until(lambda: shared_store.beat().running == ())
    assert (read_status(run).state, read_status(run).reason) == ("stopped", "")


def test_a_killed_run_with_a_checkpoint_goes_on_behind_it(shared_store: Store) -> None:
    run = shared_store.held()
    pid = read_status(run).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert settled(run) == "stopped"
    assert "out of memory" in read_status(run).reason
    (run / "go_on").touch()
    resume(run, OPTIONS)
    assert settled(run) == "done"
    assert epochs_of(run) == [1, 2, 3]


def test_a_crash_before_the_first_checkpoint_is_a_failure_and_leaves_nothing_behind(shared_store: Store) -> None:
    run = shared_store.submit("ends_itself")
    assert settled(run) == "failed"
    assert "SIGABRT" in read_status(run).reason
    until(lambda: not runs(read_json(run / "other.json")))
    # The service goes on.
    assert settled(shared_store.submit("epochs", epochs=1)) == "done"


@pytest.mark.parametrize(
    ("job", "reason", "logged"),
    [
        ("input_error", "The class cats is empty. Add pictures to it. Received: run=22", ""),
        ("bug", "A bug in this program: KeyError: 'no store'", "fake_jobs.py"),
        ("full_disk", "The disk is full. Delete runs", ""),
        ("saves_on_full_disk", "The disk is full. Delete runs", "No space left"),
        ("nonsense", "config.json names no job that is known", ""),
    ],
)
def test_what_a_job_raises_is_the_reason(shared_store: Store, job: str, reason: str, logged: str) -> None:
    run = shared_store.submit(job)
    assert settled(run) == "failed"
    assert read_status(run).reason.startswith(reason)
    assert logged in (run / "log.txt").read_text()


def test_a_log_that_finds_no_room_hides_no_reason(shared_store: Store) -> None:
    run = shared_store.make("saves_on_full_disk")
    (run / "log.txt").symlink_to("/dev/full")
    submit(run, OPTIONS)
    assert settled(run) == "failed"
    assert read_status(run).reason.startswith("The disk is full")


def test_a_job_sees_no_secrets_and_keeps_its_voice_down(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    monkeypatch.setenv("KERAS_HOME", "/keras")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    run = store.submit("environment")
    assert settled(run) == "done"
    environment, niceness, heads_a_group = read_json(run / "environment.json")
    assert "SECRET_TOKEN" not in environment
    assert (environment["KERAS_HOME"], environment["CUDA_VISIBLE_DEVICES"]) == ("/keras", "3")
    assert niceness == min(19, os.nice(0) + 5), "the pages come first"
    assert heads_a_group
    assert (run / "log.txt").read_text() == "printed\n"


def test_side_work_goes_on_beside_a_training_and_leaves_its_run_alone(shared_store: Store) -> None:
    run = shared_store.submit("environment")
    assert settled(run) == "done"
    held = shared_store.held()
    waits = shared_store.submit("epochs", epochs=1)
    work = submit_side_work(run, "bug", {"format": "onnx"}, OPTIONS)
    assert place_in_queue(waits) == 1
    assert settled(work) == "failed"
    assert read_json(work / "request.json") == {"format": "onnx"}
    assert read_status(run).state == "done"
    assert settled(submit_side_work(run, "environment", {}, OPTIONS)) == "done"
    assert read_json(run / "environment.json")[0]["CUDA_VISIBLE_DEVICES"] == ""
    assert read_status(held).state == "running"
    stop(waits, OPTIONS)
    (held / "go_on").touch()
    assert settled(held) == "done"
    # One piece of it at a time for a run, and not on one that is gone.
    submit_side_work(run, "deaf", {}, OPTIONS)
    with pytest.raises(InputError, match="another request"):
        submit_side_work(run, "environment", {}, OPTIONS)
    with pytest.raises(InputError, match="Stop it"):
        RunStore(shared_store.folder).delete(run.name, owner="me")
    stop(work, OPTIONS)
    with pytest.raises(InputError, match="no longer there"):
        submit_side_work(run.with_name("x" * 22), "environment", {}, OPTIONS)


def test_several_go_on_at_once_where_the_operator_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNN_PLAYGROUND_RUNS_AT_ONCE", "2")
    first, second = store.held(), store.held()
    third = store.submit("epochs", epochs=1)
    assert place_in_queue(third) == 1
    until(lambda: set(store.beat().running) == {first.name, second.name})
    assert store.beat().at_once == 2
    stop(first, OPTIONS)
    assert settled(third) == "done"
    assert read_status(second).state == "running"


def test_a_service_ends_when_it_has_nothing_to_do_or_its_store_is_gone(store: Store, tmp_path: Path) -> None:
    options = ServiceOptions(preload=False, idle_seconds=0.3, jobs=OPTIONS.jobs)
    store.options = options
    assert settled(store.submit("epochs", epochs=1)) == "done"
    beat = store.beat()
    until(lambda: not runs(beat.pid))
    # The next submission starts another one.
    assert settled(store.submit("epochs", epochs=1)) == "done"
    assert store.beat().pid != beat.pid

    elsewhere = tmp_path / "elsewhere"
    ensure_service(elsewhere, OPTIONS)
    other = Store(elsewhere)
    until(lambda: other.beat().alive)
    pid = other.beat().pid
    elsewhere.rename(tmp_path / "gone")
    until(lambda: not runs(pid))
    assert not elsewhere.exists()
