"""The process that works off a store's queue: `python -m cnn_core.runs STORE`, apart from the web server.

One a store, held by a lock. It imports the libraries once and forks a process per job, so that a job starts in a
fraction of a second. Killed at any moment it loses nothing: the jobs go on, and the next one finds them, or finds that
they have ended and can be resumed. `client.ensure_service` starts it; it ends after an hour without work.
"""

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from cnn_core.errors import InputError
from cnn_core.runs.folder import recorded_status, stop_asked, write_status
from cnn_core.runs.heartbeat import Heartbeat, write_heartbeat
from cnn_core.runs.job_process import PRELOADED, JobProcess, JobStarter
from cnn_core.runs.jobs import JOBS
from cnn_core.runs.process_mark import is_running, process_mark
from cnn_core.runs.tickets import (
    RUN_ID,
    SIDE_WORK,
    add_ticket,
    is_side_work,
    locked,
    make_service_folder,
    run_of,
    service_folder,
    store_of,
    waiting,
    withdraw,
)

STOP_SECONDS = 2.0
IDLE_SECONDS = 3600.0
_LOOK_SECONDS = 0.05
_BEAT_SECONDS = 1.0
_LOCK_SECONDS = 2.0
_SIDE_WORK_AT_ONCE = 1


class Service:
    """The queue's one worker; `step` looks once at everything and never waits.

    Args:
        store: the folder of all runs.
        starter: what forks the jobs.
        at_once: how many trainings go on at a time.
        gpus: what CUDA_VISIBLE_DEVICES may be for one training; empty leaves it.
    """

    def __init__(self, store: Path, starter: JobStarter, *, at_once: int, gpus: tuple[str, ...] = ()) -> None:
        self._store = store
        self._starter = starter
        self._at_once = at_once
        self._gpus = gpus
        self._running: list[JobProcess] = []
        self._stop_seen: dict[Path, float] = {}
        self._started = time.time()
        self._busy = time.monotonic()
        self._find_left_behind()

    def step(self) -> None:
        """Settle the jobs that ended, kill those that do not stop, start those whose turn it is."""
        for process in list(self._running):
            if not process.alive:
                self._running.remove(process)
                self._stop_seen.pop(process.job, None)
                process.kill_what_it_started()
                _settle(process)
            elif stop_asked(process.job):
                seen = self._stop_seen.setdefault(process.job, time.monotonic())
                if time.monotonic() - seen >= STOP_SECONDS:
                    process.kill()
        if self._starter.warm:
            for job in waiting(self._store):
                if self._has_room_for(job):
                    self._start(job)
        if self._running or waiting(self._store):
            self._busy = time.monotonic()

    @property
    def idle_seconds(self) -> float:
        """Since there was last something to do."""
        return time.monotonic() - self._busy

    def beat(self) -> Heartbeat:
        """How it stands."""
        return Heartbeat(
            os.getpid(),
            process_mark(os.getpid()) or "",
            self._started,
            time.time(),
            self._starter.warm,
            self._at_once,
            tuple(run_of(process.job).name for process in self._running),
        )

    def _find_left_behind(self) -> None:
        """What an earlier service has left: jobs that go on, that ended unseen, or that lost their ticket."""
        for half_deleted in self._store.glob(".deleted-*"):
            shutil.rmtree(half_deleted, ignore_errors=True)
        for job in _jobs_in(self._store):
            with _survived(job):
                self._take_over(job)

    def _take_over(self, job: Path) -> None:
        with locked(self._store):
            status = recorded_status(job)
            if status.state == "queued" and job not in waiting(self._store):
                add_ticket(job, submitted=status.updated)
        if status.state == "running":
            left = JobProcess(job, status.pid or 0, status.process)
            if left.alive:
                self._running.append(left)
            else:
                _settle(left)

    def _has_room_for(self, job: Path) -> bool:
        if any(run_of(process.job) == run_of(job) for process in self._running):
            return False
        beside = sum(is_side_work(process.job) == is_side_work(job) for process in self._running)
        return beside < (_SIDE_WORK_AT_ONCE if is_side_work(job) else self._at_once)

    def _start(self, job: Path) -> None:
        with locked(self._store):
            if not withdraw(job):
                return  # Stopped while it waited.
        try:
            self._running.append(self._starter.start(job, gpu=self._gpu_for(job)))
        except (OSError, EOFError) as error:
            print(f"{job}: {error!r}", flush=True)
            reason = "No process could be started for it: the machine is short of memory or processes. Try it again"
            with _survived(job):
                write_status(job, "failed", reason=reason)

    def _gpu_for(self, job: Path) -> str | None:
        if is_side_work(job):
            return ""  # It needs none, and a training may need all of its memory.
        taken = [process.gpu for process in self._running]
        return min(self._gpus, key=taken.count, default=None)


def _settle(process: JobProcess) -> None:
    """Write how a job ended whose process is gone and has not said so itself."""
    job = process.job
    with _survived(job), locked(store_of(job)):
        status = recorded_status(job)
        if not status.live or job in waiting(store_of(job)):
            return
        if status.pid not in (None, process.pid) and is_running(status.pid, status.process):
            return  # It lost the job to another process, see `claim_job`.
        if stop_asked(job):
            write_status(job, "stopped")
        elif process.process is None or (job / "checkpoint").exists():
            write_status(job, "stopped", reason=process.ending())
        else:
            write_status(job, "failed", reason=process.ending())


@contextlib.contextmanager
def _survived(job: Path) -> Iterator[None]:
    """A folder that somebody has taken away, or that cannot be written, does not end the service."""
    try:
        yield
    except (OSError, InputError) as error:
        print(f"{job}: {error}", flush=True)


def _jobs_in(store: Path) -> Iterator[Path]:
    for run in sorted(store.iterdir()):
        if RUN_ID.fullmatch(run.name):
            yield run
            if (run / SIDE_WORK).is_dir():
                yield run / SIDE_WORK


def run_service(
    store: Path,
    *,
    preload: tuple[str, ...] = PRELOADED,
    at_once: int | None = None,
    jobs: Mapping[str, str] = JOBS,
    idle_seconds: float = IDLE_SECONDS,
) -> bool:
    """Work off the store's queue until there has been nothing to do for long; False where another one does that.

    Args:
        store: the folder of all runs; made where it is missing.
        preload: modules that are imported once for all jobs.
        at_once: trainings at a time; None is one a graphics processor, or one.
        jobs: job names and "module:function".
        idle_seconds: how long to wait for more.
    """
    lock = _take_lock(store)
    if lock is None:
        return False
    gpus = () if at_once == 1 else visible_gpus()
    starter = JobStarter(preload=preload, jobs=jobs)
    service = Service(store, starter, at_once=at_once or max(1, len(gpus)), gpus=gpus if len(gpus) > 1 else ())
    said: tuple[object, ...] | None = None
    last = 0.0
    while True:
        service.step()
        # At once behind each step: a page that sees a job's process gone asks here whether it is looked after.
        beat = service.beat()
        what = (beat.warm, beat.running)
        if what != said or time.monotonic() - last > _BEAT_SECONDS:
            if not _is_lock_file(lock, store):
                return True  # The store was deleted, or another service may have begun.
            write_heartbeat(store, beat)
            said, last = what, time.monotonic()
        if service.idle_seconds > idle_seconds:
            # Whoever submits looks at the heart-beat afterwards: it says so by then, or the ticket is seen here.
            write_heartbeat(store, replace(service.beat(), ending=True))
            said = None
            if not waiting(store):
                lock.close()
                return True
        time.sleep(_LOOK_SECONDS)


def visible_gpus() -> tuple[str, ...]:
    """The graphics processors that this process may use, as CUDA_VISIBLE_DEVICES would name each."""
    from cnn_core.runtime import nvidia_gpus

    found = [str(number) for number in range(len(nvidia_gpus()))]
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if found and named is not None:
        found = [name.strip() for name in named.split(",") if name.strip() not in ("", "-1")]
    return tuple(found)


def _take_lock(store: Path) -> BinaryIO | None:
    """The lock, open; it is free as soon as this process ends, however it ends. None where another one has it."""
    file = (make_service_folder(store) / "lock").open("ab")
    until = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                file.close()
                return None
            # One that is just ending for want of work lets go in a moment.
            time.sleep(_LOOK_SECONDS)
        else:
            return file


def _is_lock_file(lock: BinaryIO, store: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock.fileno()), (service_folder(store) / "lock").stat())
    except OSError:
        return False
