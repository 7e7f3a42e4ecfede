"""A run is a folder: what to train, how it stands, what has happened. Any number of programs may read it.

    config.json     what to do; its "job" is a name in `cnn_core.runs.jobs`
    owner.json      whose it is, what it is called, when it was made
    status.json     queued, running, stopped, failed or done, and why
    progress.json   where it is within an epoch
    events.jsonl    a line an epoch
    stop            is there when somebody has asked to stop
    log.txt         what its process printed, and the traceback of a bug

One program at a time writes status.json: whoever submits a run until it stands in the queue, then the run's own
process, and the service when that process has ended.
"""

import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.runs.disk import disk_full_named, write_json_somehow
from cnn_core.runs.heartbeat import watched_by_service
from cnn_core.runs.process_mark import is_running, process_mark

State = Literal["queued", "running", "stopped", "failed", "done"]
MOST_NAME = 200
_MOST_REASON = 2_000
_MOST_EVENTS = 64_000_000
_BETWEEN_PROGRESS = 0.2
_UNWATCHED = "Its process ended without a word: it was killed, or the machine was restarted. Resume it to go on."


@dataclass(frozen=True)
class RunStatus:
    """How a run stands.

    Attributes:
        state: "queued", "running", "stopped" (can be resumed), "failed" (can be tried again) or "done".
        reason: why it failed or stopped, for a person; or "".
        pid: the process that works on it; None where there is none.
        updated: when this was written, epoch seconds.
        process: the mark of that process, see `process_mark`.
        job: what the job itself wants to keep here.
    """

    state: State
    reason: str = ""
    pid: int | None = None
    updated: float = 0.0
    process: str = ""
    job: Mapping[str, Any] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Whether it waits or goes on."""
        return self.state in ("queued", "running")

    @property
    def resumable(self) -> bool:
        """Whether it may be submitted again."""
        return self.state in ("stopped", "failed")


def create_run(store: Path, config: Mapping[str, Any], *, owner: str, name: str) -> Path:
    """Make the folder of a new run, which waits to be submitted; its name is unguessable and is what shares the run.

    Args:
        store: the folder of all runs; made where it is missing.
        config: what to do, JSON; "job" names a job.
        owner: the browser's token, or its hash.
        name: what people call it; cut at 200 characters.

    Raises:
        InputError: the disk is full.

    Example:
        >>> import tempfile
        >>> run = create_run(Path(tempfile.mkdtemp()), {"job": "transfer"}, owner="me", name="Cats and dogs")
        >>> len(run.name), read_status(run).state
        (22, 'stopped')
    """
    run = store / secrets.token_urlsafe(16)
    with disk_full_named(run):
        store.mkdir(parents=True, exist_ok=True)
        run.mkdir(mode=0o700)
        write_json(run / "config.json", dict(config))
        write_json(run / "owner.json", {"owner": owner, "name": clean_name(name), "created": time.time()})
        write_status(run, "stopped", reason="It has not been started")
    return run


def clean_name(name: str) -> str:
    """The name in one line without control characters, 1 to 200 characters.

    Example:
        >>> clean_name("  cats\\nand dogs "), clean_name("")
        ('cats and dogs', 'Run')
    """
    printable = "".join(letter if letter.isprintable() else " " for letter in name)
    return " ".join(printable.split())[:MOST_NAME] or "Run"


def write_status(
    run: Path, state: State, *, reason: str = "", pid: int | None = None, job: Mapping[str, Any] | None = None
) -> RunStatus:
    """Say how the run stands, in one step; works on a full disk too, once the run has a status.

    Args:
        run: its folder.
        state: see `RunStatus`.
        reason: for a person; cut at 2,000 characters.
        pid: the process that works on it; this one where the state is "running" and none is given.
        job: what to keep for the job; None leaves what is there.
    """
    if state == "running" and pid is None:
        pid = os.getpid()
    if job is None:
        job = (read_json(run / "status.json") or {}).get("job") or {}
    mark = (process_mark(pid) or "") if pid is not None else ""
    status = RunStatus(state, reason[:_MOST_REASON], pid, time.time(), mark, dict(job))
    write_json_somehow(run / "status.json", asdict(status))
    return status


def read_status(run: Path) -> RunStatus:
    """How the run stands now: one that is said to be running while its process has ended is "stopped".

    Where a service watches it, that one looks at what has happened and writes the last word within a moment.

    Raises:
        InputError: there is no such run.
    """
    status = recorded_status(run)
    if status.state == "running" and not is_running(status.pid, status.process):
        watched = watched_by_service(run)
        # It may have finished, or the service may have spoken, between the looks.
        status = recorded_status(run)
        if not watched and status.state == "running" and not is_running(status.pid, status.process):
            return RunStatus("stopped", _UNWATCHED, None, status.updated, "", status.job)
    return status


def recorded_status(run: Path) -> RunStatus:
    """What status.json says, whether or not it still holds.

    Raises:
        InputError: there is no such run.
    """
    said = read_json(run / "status.json")
    if not isinstance(said, dict):
        raise InputError("This run is no longer there", "Choose another one, or start it again")
    return RunStatus(**{key: said[key] for key in RunStatus.__dataclass_fields__ if key in said})


def append_event(run: Path, event: Mapping[str, Any]) -> None:
    """Add a line to events.jsonl.

    Raises:
        InputError: the disk is full.
    """
    line = json.dumps(dict(event)).encode() + b"\n"
    with disk_full_named(run), (run / "events.jsonl").open("ab+", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        if size and os.pread(file.fileno(), 1, size - 1) != b"\n":
            # A kill cut the last line short: this one must not become part of it.
            line = b"\n" + line
        file.write(line)


def read_events(run: Path) -> list[dict[str, Any]]:
    """The run's events in order; a line that was not written to its end is left out.

    An epoch that was trained again after a resume stands for the earlier one, and for those that came behind it.
    """
    try:
        with (run / "events.jsonl").open("rb") as file:
            lines = file.read(_MOST_EVENTS).splitlines()
    except OSError:
        return []
    events: list[dict[str, Any]] = []
    reached: dict[str, int] = {}
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if not isinstance(event, dict):
            continue
        if event.get("kind") == "epoch":
            phase, epoch = event.get("phase", ""), event.get("epoch", 0)
            if epoch <= reached.get(phase, 0):
                events = [earlier for earlier in events if not _is_epoch_from(earlier, phase, epoch)]
            reached[phase] = epoch
        events.append(event)
    return events


def _is_epoch_from(event: Mapping[str, Any], phase: str, epoch: int) -> bool:
    return event.get("kind") == "epoch" and event.get("phase", "") == phase and event.get("epoch", 0) >= epoch


def write_progress(run: Path, progress: Mapping[str, Any], *, now: bool = False) -> bool:
    """Replace progress.json, unless that was done less than a fifth of a second ago; says whether it was done.

    Args:
        run: its folder.
        progress: "phase", "epoch", "epochs", "batch", "batches", "images_per_second", "seconds_left", "seconds".
        now: always, as for the first and the last batch of a phase.

    Raises:
        InputError: the disk is full.
    """
    path = run / "progress.json"
    if not now and path.exists() and 0 <= time.time() - path.stat().st_mtime < _BETWEEN_PROGRESS:
        return False
    with disk_full_named(run):
        write_json(path, dict(progress))
    return True


def read_progress(run: Path) -> dict[str, Any]:
    """Where the run is; empty before it has said anything."""
    found = read_json(run / "progress.json")
    return found if isinstance(found, dict) else {}


def ask_to_stop(run: Path) -> None:
    """Ask the process that works on this run to stop; see `client.stop` for one that may still be waiting."""
    with disk_full_named(run):
        (run / "stop").touch()


def stop_asked(run: Path) -> bool:
    """Whether somebody has asked this run to stop."""
    return (run / "stop").exists()
