"""The service, the web server, or both are killed with `kill -9`: no run is lost, and none goes on twice."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cnn_core.child_process import ROOT, child_environment
from cnn_core.runs.client import ensure_service, place_in_queue, resume, stop
from cnn_core.runs.folder import read_events, read_status, recorded_status, write_status
from cnn_core.runs.jobs import claim_job
from tests.runs.store_fixtures import OPTIONS, Store, epochs_of, runs, settled, until


def services(store: Path) -> list[int]:
    """The numbers of all processes that are the service of this store."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"cnn_core.runs" in words and str(store).encode() in words:
            found.append(int(entry.name))
    return found


def test_a_run_goes_on_when_the_service_is_killed_and_the_next_one_watches_it(store: Store) -> None:
    run, waits = store.held(), store.submit("epochs", epochs=1)
    pid = read_status(run).pid
    store.kill_service()
    assert read_status(run).state == "running"
    # It is a visitor who looks that brings the next one.
    ensure_service(store.folder, OPTIONS)
    until(lambda: store.beat().alive and store.beat().warm)
    assert store.beat().running == (run.name,)
    assert place_in_queue(waits) == 1, "one at a time, whoever started it"
    (run / "go_on").touch()
    assert settled(run) == settled(waits) == "done"
    assert {event["pid"] for event in read_events(run)} == {pid}
    assert epochs_of(run) == [1, 2, 3]


def test_a_deaf_run_of_a_killed_service_is_stopped_by_the_next_one(store: Store) -> None:
    run = store.submit("deaf")
    until(lambda: (run / "other.json").exists())
    store.kill_service()
    stop(run, OPTIONS)
    assert settled(run) == "stopped"
    until(lambda: recorded_status(run).state == "stopped")


def test_a_run_that_was_killed_with_its_service_is_found_and_resumed(store: Store) -> None:
    run, waits = store.held(), store.submit("epochs", epochs=1)
    pid = read_status(run).pid
    assert pid is not None
    store.kill_service()
    os.kill(pid, signal.SIGKILL)
    until(lambda: not runs(pid))
    assert read_status(run).state == "stopped"
    ensure_service(store.folder, OPTIONS)
    until(lambda: recorded_status(run).state == "stopped")
    assert settled(waits) == "done"
    (run / "go_on").touch()
    resume(run, OPTIONS)
    assert settled(run) == "done"
    assert epochs_of(run) == [1, 2, 3]


def test_a_run_that_lost_its_ticket_is_not_lost(store: Store) -> None:
    """Killed between taking the ticket and starting the process."""
    run = store.make("epochs", epochs=1)
    write_status(run, "queued")
    ensure_service(store.folder, OPTIONS)
    assert settled(run) == "done"


def test_a_job_belongs_to_the_process_that_claims_it_first(store: Store) -> None:
    run = store.make("epochs", epochs=1)
    assert not claim_job(run), "it was not submitted"
    write_status(run, "queued")
    assert claim_job(run)
    assert not claim_job(run)
    write_status(run, "queued")
    (run / "stop").touch()
    assert not claim_job(run)
    assert read_status(run).state == "stopped"


def test_there_is_never_a_second_service(store: Store) -> None:
    """Threads of one server, and other servers, all start one at the same moment."""
    command = [sys.executable, "-m", "cnn_core.runs", str(store.folder), "--no-preload"]
    others = [subprocess.Popen(command, cwd=ROOT, env=child_environment()) for _ in range(2)]
    threads = [threading.Thread(target=ensure_service, args=(store.folder, OPTIONS)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: store.beat().alive)
    alive = store.beat().pid
    until(lambda: len(services(store.folder)) == 1)
    assert services(store.folder) == [alive]
    assert {other.wait(90) for other in others if other.pid != alive} == {0}, "they end, and not by an error"
    # It is there: nothing is started.
    ensure_service(store.folder, OPTIONS)
    assert services(store.folder) == [alive]
    store.kill_service()
    for other in others:
        other.wait()


def test_a_run_outlives_the_web_server(store: Store) -> None:
    """The server's whole process group is killed, as a terminal that is closed does it."""
    run = store.make("epochs", epochs=3, hold_at=2)
    server = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from cnn_core.runs.client import ServiceOptions, submit\n"
        f"options = ServiceOptions(preload=False, idle_seconds=60, jobs={json.dumps(OPTIONS.jobs)})\n"
        "submit(Path(sys.argv[1]), options)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", server, str(run)], cwd=ROOT, start_new_session=True) as process:
        until(lambda: epochs_of(run) == [1])
        for sent in (signal.SIGINT, signal.SIGHUP, signal.SIGKILL):
            os.killpg(process.pid, sent)
    (run / "go_on").touch()
    assert settled(run) == "done"
    assert store.beat().alive


def test_a_service_that_cannot_start_is_not_started_again_and_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "python"
    broken.write_text(f"#!/bin/sh\necho started >> {tmp_path}/starts\n")
    broken.chmod(0o700)
    monkeypatch.setattr("cnn_core.runs.client.sys.executable", str(broken))
    monkeypatch.setattr("cnn_core.runs.client._BETWEEN_STARTS", 60.0)
    run = store.submit("epochs", epochs=1)
    until(lambda: (tmp_path / "starts").exists() and (tmp_path / "starts").read_text())
    for _ in range(20):
        ensure_service(store.folder, OPTIONS)
    assert read_status(run).state == "queued"
    assert (tmp_path / "starts").read_text().count("started") == 1
    # It is mended: what was submitted is done.
    monkeypatch.undo()
    monkeypatch.setattr("cnn_core.runs.client._BETWEEN_STARTS", 0.0)
    until(lambda: ensure_service(store.folder, OPTIONS).alive)
    assert settled(run) == "done"
