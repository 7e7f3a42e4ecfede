"""The queue of a store: an empty file per waiting job, whose name says when it was submitted and what it is for.

A job is the folder of a run, or a folder of side work in it (`exports`): it has its own config.json, status.json and
log.txt, so that a finished run stays finished while its network is being exported.
"""

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from cnn_core.errors import InputError

RUN_ID = re.compile(r"[A-Za-z0-9_-]{22}")
SIDE_WORK = "exports"
_SERVICE = ".service"
_TICKET = re.compile(rf"\d{{20}}\.({RUN_ID.pattern})(?:\.({SIDE_WORK}))?")


def service_folder(store: Path) -> Path:
    """Where the store's service keeps its lock, its heart-beat, its log and the queue."""
    return store / _SERVICE


def make_service_folder(store: Path) -> Path:
    """As `service_folder`; it and the store are made where they are missing."""
    folder = service_folder(store)
    (folder / "queue").mkdir(parents=True, exist_ok=True)
    return folder


def store_of(job: Path) -> Path:
    """The store that a job's folder lies in.

    Raises:
        InputError: the folder is neither a run's nor side work's.

    Example:
        >>> store_of(Path("/runs") / ("a" * 22) / "exports")
        PosixPath('/runs')
    """
    run = run_of(job)
    if not RUN_ID.fullmatch(run.name):
        raise InputError("This is not a run's folder", "Make it with create_run", folder=str(job))
    return run.parent


def run_of(job: Path) -> Path:
    """The run that a job belongs to: itself, or what it is side work of."""
    return job.parent if is_side_work(job) else job


def is_side_work(job: Path) -> bool:
    """Whether the job is side work of a run, such as an export."""
    return job.name == SIDE_WORK


@contextlib.contextmanager
def locked(store: Path) -> Iterator[None]:
    """One at a time may submit, take, withdraw or delete; held for milliseconds."""
    service_folder(store).mkdir(exist_ok=True)
    with (service_folder(store) / "queue.lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def add_ticket(job: Path, *, submitted: float | None = None) -> None:
    """Put the job at the end of the queue, or where one submitted at that time (epoch seconds) belongs."""
    nanoseconds = time.time_ns() if submitted is None else int(submitted * 1e9)
    run = run_of(job)
    name = f"{nanoseconds:020d}.{run.name}" + (f".{job.name}" if job != run else "")
    (make_service_folder(run.parent) / "queue" / name).touch()


def waiting(store: Path) -> list[Path]:
    """The folders of the jobs that wait, first come first."""
    return [job for _, job in _tickets(store)]


def withdraw(job: Path) -> bool:
    """Take the job out of the queue; says whether it was there."""
    found = [ticket for ticket, waits in _tickets(store_of(job)) if waits == job]
    for ticket in found:
        ticket.unlink()
    return bool(found)


def _tickets(store: Path) -> list[tuple[Path, Path]]:
    queue = service_folder(store) / "queue"
    if not queue.is_dir():
        return []
    return [
        (queue / name, store.joinpath(*filter(None, found.groups())))
        for name in sorted(os.listdir(queue))
        if (found := _TICKET.fullmatch(name))
    ]
