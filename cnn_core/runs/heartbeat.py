"""What the service of a store says about itself, once a second and when something changes."""

import contextlib
from dataclasses import asdict, dataclass
from pathlib import Path

from cnn_core.child_process import read_json
from cnn_core.runs.disk import write_json_somehow
from cnn_core.runs.process_mark import is_running
from cnn_core.runs.tickets import RUN_ID, run_of, service_folder


@dataclass(frozen=True)
class Heartbeat:
    """How the service stands.

    Attributes:
        pid: its process; 0 where there is none.
        process: the mark of that process, see `process_mark`.
        started: epoch seconds.
        updated: epoch seconds.
        warm: whether the libraries are imported, so that a job starts at once.
        at_once: how many trainings go on at a time.
        running: the run ids of jobs that go on; of side work too.
        ending: whether it has decided to end, and takes no more.
    """

    pid: int = 0
    process: str = ""
    started: float = 0.0
    updated: float = 0.0
    warm: bool = False
    at_once: int = 1
    running: tuple[str, ...] = ()
    ending: bool = False

    @property
    def alive(self) -> bool:
        """Whether that process is there, and takes jobs."""
        return not self.ending and self.pid > 0 and is_running(self.pid, self.process)


def write_heartbeat(store: Path, beat: Heartbeat) -> None:
    """Say how the service stands. A full disk does not end it."""
    with contextlib.suppress(OSError):
        write_json_somehow(_path(store), asdict(beat))


def read_heartbeat(store: Path) -> Heartbeat:
    """What the service last said; `alive` tells whether it is still there."""
    said = read_json(_path(store))
    if not isinstance(said, dict):
        return Heartbeat()
    known = {key: said[key] for key in Heartbeat.__dataclass_fields__ if key in said}
    return Heartbeat(**{**known, "running": tuple(known.get("running", ()))})


def watched_by_service(job: Path) -> bool:
    """Whether a service is there that counts this job among those that go on."""
    run = run_of(job)
    if not RUN_ID.fullmatch(run.name):
        return False
    beat = read_heartbeat(run.parent)
    return run.name in beat.running and beat.alive


def _path(store: Path) -> Path:
    return service_folder(store) / "heartbeat.json"
