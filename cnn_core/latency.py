"""How long a network takes for one picture on this machine, and its `.keras` file: both made in a child process.

`start` returns at once; the run is a folder with config.json and status.json (and log.txt), which any number of
pages may read.
One run at a time, because two would slow each other down. What is timed is `keras.Model.predict_on_batch`, which runs
the network as one compiled function. `python -m cnn_core.latency RUN_FOLDER` is the child.
"""

import shutil
import subprocess
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnn_core.child_process import kill_child, read_json, start_child, write_json
from cnn_core.errors import InputError
from cnn_core.network_reference import NetworkReference
from cnn_core.weightless import read_model

MAX_WEIGHT_BYTES = 1_000_000_000
RUNS = 50
WARM_UP = 5
SECONDS = 180
RUNS_FOLDER = Path(tempfile.gettempdir()) / "cnn-playground-runs"
METHOD = "keras.Model.predict_on_batch: one compiled function, from NumPy array to NumPy array"
LIVE = ("starting", "building", "warming up", "measuring", "saving")

_ENDED_EARLY = "The process ended early: it needed more memory than it may take here, or a library failed (see log.txt)"

# A finished run is read within minutes; the rest of the day is for links that were kept.
_KEEP_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Latency:
    """What was measured.

    Attributes:
        median_ms: half of the runs took less, milliseconds for one batch.
        p90_ms: nine in ten took less.
        fastest_ms: the shortest run.
        runs: how many, after the warm-up.
        batch_size: pictures in a run.
        first_ms: the first call, which compiles.
        device: the processor that computed, by name.
        method: what was timed.
        software: versions of Keras and its backend.
    """

    median_ms: float
    p90_ms: float
    fastest_ms: float
    runs: int
    batch_size: int
    first_ms: float
    device: str
    method: str
    software: str


@dataclass(frozen=True)
class RunStatus:
    """How a run stands.

    Attributes:
        state: one of `LIVE`, or "done", "stopped", "failed".
        done: timed runs so far.
        of: timed runs in all.
        seconds: since it was started.
        latency: of a measurement that is done.
        file: of a saved network that is done.
        message: why it failed, or "".
    """

    state: str
    done: int = 0
    of: int = 0
    seconds: float = 0.0
    latency: Latency | None = None
    file: Path | None = None
    message: str = ""

    @property
    def live(self) -> bool:
        """Whether it is still going on."""
        return self.state in LIVE


@dataclass(frozen=True)
class _Running:
    process: subprocess.Popen[bytes]
    folder: Path
    title: str


_lock = threading.Lock()
_running: list[_Running] = []


def start(
    reference: NetworkReference,
    *,
    runs: int = RUNS,
    batch_size: int = 1,
    seconds: float = SECONDS,
    runs_folder: Path = RUNS_FOLDER,
) -> Path:
    """Start measuring in the background; returns the run's folder, for `status` and `stop`.

    Args:
        reference: the network.
        runs: timed runs, 1 to 1,000.
        batch_size: pictures in a run, 1 to 64.
        seconds: time limit for everything, importing Keras included.
        runs_folder: where run folders are made; old ones in it are deleted.

    Raises:
        InputError: a network that cannot be built, weights of more than `MAX_WEIGHT_BYTES`, a number out of range, or
            another run that is still going on.
    """
    if not 1 <= runs <= 1000 or not 1 <= batch_size <= 64:
        raise InputError(
            "The numbers of runs or pictures are out of range",
            "Choose 1 to 1,000 runs of 1 to 64 pictures",
            runs=runs,
            batch_size=batch_size,
        )
    task = {"task": "latency", "runs": runs, "batch_size": batch_size}
    return _start(reference, task, seconds=seconds, runs_folder=runs_folder)


def start_saving(reference: NetworkReference, *, seconds: float = SECONDS, runs_folder: Path = RUNS_FOLDER) -> Path:
    """Start writing the network with initialised weights as a `.keras` file; otherwise as `start`."""
    return _start(reference, {"task": "save"}, seconds=seconds, runs_folder=runs_folder)


def initialised_keras_file(
    reference: NetworkReference, *, seconds: float = SECONDS, runs_folder: Path = RUNS_FOLDER
) -> Path:
    """The network with initialised weights as a `.keras` file; waits until the child process has written it.

    Raises:
        InputError: as `start`, or the run failed.
    """
    folder = start_saving(reference, seconds=seconds, runs_folder=runs_folder)
    while (found := status(folder)).live:
        time.sleep(0.1)
    if found.file is None:
        raise InputError(found.message or "The file was not written", "Try again, or choose a smaller network")
    return found.file


def check_weights(reference: NetworkReference) -> int:
    """Bytes of the network's weights; nothing is allocated.

    Raises:
        InputError: more than `MAX_WEIGHT_BYTES`, with the figure; or the network cannot be built.
    """
    total = read_model(reference.build, _weight_bytes)
    if total > MAX_WEIGHT_BYTES:
        raise InputError(
            f"The weights of {reference.title} take {total / 1e9:,.2f} GB",
            f"Choose a smaller network or input: at most {MAX_WEIGHT_BYTES / 1e9:g} GB of weights are made here",
        )
    return total


def _weight_bytes(model: Any) -> int:
    total = 0
    for weight in model.weights:
        count = 2 if str(weight.dtype).endswith("16") else 4
        for side in weight.shape:
            count *= int(side)
        total += count
    return total


def _start(reference: NetworkReference, task: dict[str, Any], *, seconds: float, runs_folder: Path) -> Path:
    total = check_weights(reference)
    with _lock:
        busy = _current()
        if busy is not None:
            raise InputError(
                f"{busy.title} is being measured or saved", "Wait until that has finished, or stop it, and try again"
            )
        _tidy(runs_folder)
        folder = runs_folder / uuid.uuid4().hex
        folder.mkdir(parents=True, mode=0o700)
        now = time.time()
        write_json(
            folder / "config.json",
            {**task, "network": reference.as_json(), "weight_bytes": total, "seconds": seconds, "started": now},
        )
        write_json(folder / "status.json", {"state": "starting", "of": task.get("runs", 0)})
        process = start_child("cnn_core.latency", folder, log=folder / "log.txt")
        write_json(folder / "process.json", {"pid": process.pid})
        _running[:] = [_Running(process, folder, reference.title)]
    return folder


def status(folder: Path) -> RunStatus:
    """How the run stands; ends it where its time is up.

    Raises:
        InputError: there is no such run.
    """
    config, said = read_json(folder / "config.json"), read_json(folder / "status.json")
    if config is None or said is None:
        raise InputError("This run is no longer there", "Start it again")
    seconds = time.time() - config["started"]
    if said["state"] in LIVE and not _alive(folder):
        # It may have finished between the two looks.
        said = read_json(folder / "status.json") or said
        if said["state"] in LIVE:
            said = {**said, "state": "failed", "message": _ENDED_EARLY}
    if said["state"] in LIVE and seconds > config["seconds"]:
        _end(folder)
        said = {**said, "state": "failed", "message": f"It was not ready within {config['seconds']:.0f} s"}
        write_json(folder / "status.json", said)
    latency = Latency(**said["latency"]) if said.get("latency") else None
    file = folder / said["file"] if said.get("file") else None
    return RunStatus(
        said["state"], said.get("done", 0), said.get("of", 0), seconds, latency, file, said.get("message", "")
    )


def stop(folder: Path) -> None:
    """End the run at once; one that has ended stays as it is."""
    if status(folder).live:
        _end(folder)
        write_json(folder / "status.json", {"state": "stopped"})


def running() -> Path | None:
    """The folder of the run that this server is busy with; None where there is none."""
    with _lock:
        busy = _current()
    return busy.folder if busy else None


def _current() -> _Running | None:
    """The run that is going on; one that has said its last word, or whose time is up, is ended here."""
    for run in list(_running):
        config, said = read_json(run.folder / "config.json"), read_json(run.folder / "status.json")
        late = config is None or time.time() - config["started"] > config["seconds"]
        if run.process.poll() is None and (late or said is None or said["state"] not in LIVE):
            # Leaving Python takes a second with these libraries loaded; nothing is lost.
            kill_child(run.process)
        if run.process.poll() is not None:
            _running.remove(run)
    return _running[0] if _running else None


def _alive(folder: Path) -> bool:
    for run in _running:
        if run.folder == folder:
            return run.process.poll() is None
    # Started by a server that has gone: look whether that process is still this run's.
    described = read_json(folder / "process.json")
    try:
        command = Path(f"/proc/{described['pid']}/cmdline").read_bytes() if described else b""
    except OSError:
        return False
    return str(folder).encode() in command


def _end(folder: Path) -> None:
    """Ask the child to stop; kill it where it is this server's own."""
    (folder / "stop").touch()
    for run in _running:
        if run.folder == folder:
            kill_child(run.process)


def _tidy(runs_folder: Path) -> None:
    """Delete run folders that nobody will read any more."""
    if not runs_folder.is_dir():
        return
    for old in runs_folder.iterdir():
        if old.is_dir() and time.time() - old.stat().st_mtime > _KEEP_SECONDS:
            shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    import sys

    from cnn_core.latency_child import main

    main(Path(sys.argv[1]))
