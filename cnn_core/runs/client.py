"""What pages ask of a store's service: start it, submit a run, stop it, resume it, and how long it will wait.

Nothing here waits for the service. A run that was submitted is not lost where the service is killed, or not there.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cnn_core.child_process import ROOT, child_environment, write_json
from cnn_core.errors import InputError
from cnn_core.runs.disk import disk_full_named
from cnn_core.runs.folder import RunStatus, ask_to_stop, read_status, recorded_status, write_status
from cnn_core.runs.heartbeat import Heartbeat, read_heartbeat
from cnn_core.runs.tickets import (
    SIDE_WORK,
    add_ticket,
    locked,
    make_service_folder,
    run_of,
    store_of,
    waiting,
    withdraw,
)

# The operator's: how many trainings go on at a time.
AT_ONCE_VARIABLE = "CNN_PLAYGROUND_RUNS_AT_ONCE"

# A service that ends as soon as it is started (no memory, a broken installation) is not started again and again.
_BETWEEN_STARTS = 1.0


@dataclass(frozen=True)
class ServiceOptions:
    """How a service is started; one that is there already stays as it is.

    Attributes:
        preload: whether it imports Keras for its jobs beforehand.
        at_once: trainings at a time; None is what the operator's variable says, else one a graphics processor, or one.
        idle_seconds: it ends after so long without work; None is an hour.
        jobs: more job names, each with "module:function".
    """

    preload: bool = True
    at_once: int | None = None
    idle_seconds: float | None = None
    jobs: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Started:
    process: subprocess.Popen[bytes]
    when: float


_DEFAULT = ServiceOptions()
_lock = threading.Lock()
_started: dict[Path, _Started] = {}


def ensure_service(store: Path, options: ServiceOptions = _DEFAULT) -> Heartbeat:
    """Start the store's service where none is alive, and return at once with how it stands.

    It is no part of this process: it outlives it, has a session of its own and sees none of its secrets.

    Raises:
        InputError: the disk is full.
    """
    store = store.resolve()
    with _lock:
        beat = read_heartbeat(store)
        if beat.alive or _is_starting(_started.get(store), beat):
            return beat
        with disk_full_named(store / "service"):
            log = (make_service_folder(store) / "log.txt").open("ab")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-m", "cnn_core.runs", str(store), *_arguments(options)],
                cwd=ROOT,
                env=child_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _started[store] = _Started(process, time.monotonic())
    return beat


def _is_starting(before: _Started | None, beat: Heartbeat) -> bool:
    """Whether the service that this process started last has not yet had the time to say anything."""
    if before is None:
        return False
    if before.process.poll() is None:
        return beat.pid != before.process.pid
    return time.monotonic() - before.when < _BETWEEN_STARTS and beat.pid != before.process.pid


def submit(job: Path, options: ServiceOptions = _DEFAULT) -> RunStatus:
    """Put a run at the end of the queue: a new one, or one that was stopped or failed, which goes on where it was.

    Raises:
        InputError: it waits, goes on or is done already; it is gone; the disk is full.
    """
    store = store_of(job)
    recorded_status(job)
    with locked(store), disk_full_named(job):
        status = read_status(job)
        if status.live:
            raise InputError("This run is waiting or going on already", "Wait for it, or stop it first")
        if status.state == "done":
            raise InputError("This run is finished", "Start a new one")
        (job / "stop").unlink(missing_ok=True)
        status = write_status(job, "queued", job=status.job)
        add_ticket(job)
    ensure_service(store, options)
    return status


def resume(job: Path, options: ServiceOptions = _DEFAULT) -> RunStatus:
    """Go on with a run that was stopped, was killed or failed; as `submit`, whose errors it raises."""
    return submit(job, options)


def submit_side_work(run: Path, name: str, request: Mapping[str, Any], options: ServiceOptions = _DEFAULT) -> Path:
    """Queue a job beside a run, such as an export, which leaves the run's own status alone; returns its folder.

    That folder, `exports`, has a status, a log and a stop file of its own, for `read_status` and `stop`.

    Args:
        run: the run's folder.
        name: the job, one of `jobs.JOBS`.
        request: what to do: written to request.json.
        options: for a service that must be started.

    Raises:
        InputError: such work is waiting or going on for this run already; the disk is full.
    """
    job = run / SIDE_WORK
    recorded_status(run)
    with locked(store_of(run)), disk_full_named(job):
        job.mkdir(exist_ok=True)
        if (job / "status.json").exists() and read_status(job).live:
            raise InputError("This is being done for another request", "Wait for it, or stop it first")
        write_json(job / "config.json", {"job": name})
        write_json(job / "request.json", dict(request))
        write_status(job, "stopped")
    submit(job, options)
    return job


def stop(job: Path, options: ServiceOptions = _DEFAULT) -> None:
    """Stop a run: at once where it waits, else within two seconds; it can be resumed. One that has ended stays so."""
    store = store_of(job)
    recorded_status(job)
    with locked(store):
        if withdraw(job):
            write_status(job, "stopped")
            return
        if not read_status(job).live:
            return
        ask_to_stop(job)
    # It is the service that kills a run which does not listen.
    ensure_service(store, options)


def place_in_queue(job: Path) -> int | None:
    """1 for the run that is started next, 2 for the one behind it; None where it does not wait.

    Side work is no training and is counted by itself.
    """
    own = [waits for waits in waiting(store_of(job)) if (waits == run_of(waits)) == (job == run_of(job))]
    return own.index(job) + 1 if job in own else None


def _arguments(options: ServiceOptions) -> list[str]:
    at_once = options.at_once or _operators_number()
    arguments = [] if options.preload else ["--no-preload"]
    if at_once is not None:
        arguments += ["--at-once", str(at_once)]
    if options.idle_seconds is not None:
        arguments += ["--idle-seconds", str(options.idle_seconds)]
    for name, where in options.jobs.items():
        arguments += ["--job", f"{name}={where}"]
    return arguments


def _operators_number() -> int | None:
    text = os.environ.get(AT_ONCE_VARIABLE, "")
    return int(text) if text.isdecimal() and int(text) > 0 else None
