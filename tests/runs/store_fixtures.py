"""A store with a service of its own, whose jobs are the fake ones."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnn_core.runs.client import ServiceOptions, submit
from cnn_core.runs.folder import create_run, read_events, read_progress, read_status, recorded_status
from cnn_core.runs.heartbeat import Heartbeat, read_heartbeat
from cnn_core.runs.tickets import service_folder

NAMES = ("epochs", "deaf", "ends_itself", "input_error", "bug", "full_disk", "saves_on_full_disk", "environment")
JOBS = {name: f"tests.runs.fake_jobs:{name}" for name in NAMES}
OPTIONS = ServiceOptions(preload=False, idle_seconds=60, jobs=JOBS)


@dataclass
class Store:
    """A folder of runs under test."""

    folder: Path
    options: ServiceOptions = OPTIONS

    def make(self, job: str, **config: Any) -> Path:
        return create_run(self.folder, {"job": job, **config}, owner="me", name=job)

    def submit(self, job: str, **config: Any) -> Path:
        run = self.make(job, **config)
        submit(run, self.options)
        return run

    def held(self, *, epochs: int = 3, hold_at: int = 2) -> Path:
        """A run that has come to an epoch in which it waits."""
        run = self.submit("epochs", epochs=epochs, hold_at=hold_at)
        until(lambda: read_progress(run).get("epoch") == hold_at)
        return run

    def beat(self) -> Heartbeat:
        return read_heartbeat(self.folder)

    def kill_service(self) -> None:
        beat = self.beat()
        if beat.alive:
            os.kill(beat.pid, signal.SIGKILL)
            until(lambda: not beat.alive)

    def close(self) -> None:
        for run in self.folder.glob("*/status.json"):
            status = read_status(run.parent)
            if status.state == "running" and status.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(status.pid, signal.SIGKILL)
        # Without its lock file a service ends by itself; one that is only just starting as well.
        (service_folder(self.folder) / "lock").unlink(missing_ok=True)
        self.kill_service()


def store_at(folder: Path) -> Iterator[Store]:
    store = Store(folder)
    yield store
    store.close()


def until(happened: Callable[[], object], seconds: float = 90) -> None:
    """Wait for it; a test that waits in vain fails."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it has not happened"
        time.sleep(0.005)


def settled(run: Path) -> str:
    """The state in which the run ends, when the service has had the last word."""
    until(lambda: not recorded_status(run).live)
    return recorded_status(run).state


def epochs_of(run: Path) -> list[int]:
    return [event["epoch"] for event in read_events(run)]


def runs(pid: int) -> bool:
    return subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False).stdout[:1] not in (
        b"",
        b"Z",
    )
