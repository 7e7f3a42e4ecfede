"""Jobs that stand for a training in the tests of the service: real processes, no Keras."""

import os
import subprocess
import time
from pathlib import Path

from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.runs.folder import append_event, stop_asked, write_progress, write_status


def epochs(run: Path) -> None:
    """An epoch a line until config's number is reached, from the checkpoint on; waits in epoch `hold_at`."""
    config = read_json(run / "config.json")
    reached = read_json(run / "checkpoint" / "epoch.json") or 0
    for epoch in range(reached + 1, config["epochs"] + 1):
        write_progress(run, {"phase": "fine_tuning", "epoch": epoch, "epochs": config["epochs"]}, now=True)
        while epoch == config.get("hold_at") and not (run / "go_on").exists():
            if stop_asked(run):
                write_status(run, "stopped", job={"listened": True})
                return
            time.sleep(0.01)
        append_event(run, {"kind": "epoch", "phase": "fine_tuning", "epoch": epoch, "pid": os.getpid()})
        (run / "checkpoint").mkdir(exist_ok=True)
        write_json(run / "checkpoint" / "epoch.json", epoch)


def deaf(run: Path) -> None:
    """Never looks at the stop file, and has a process of its own."""
    other = subprocess.Popen(["sleep", "60"])
    write_json(run / "other.json", other.pid)
    time.sleep(60)


def ends_itself(run: Path) -> None:
    """Ends without a word, as a library that crashes; leaves a process behind."""
    write_json(run / "other.json", subprocess.Popen(["sleep", "60"]).pid)
    os.abort()


def input_error(run: Path) -> None:
    """What a user can mend."""
    raise InputError("The class cats is empty", "Add pictures to it", run=len(run.name))


def bug(run: Path) -> None:
    """What a user cannot mend."""
    raise KeyError(f"no {run.parent.name}")


def full_disk(run: Path) -> None:
    """Writes to a file on which the kernel has no room."""
    (run / "events.jsonl").symlink_to("/dev/full")
    append_event(run, {"kind": "note", "text": "x"})


def saves_on_full_disk(_: Path) -> None:
    """What h5py raises."""
    raise OSError("Can't write data (errno = 28, error message = 'No space left on device')")


def environment(run: Path) -> None:
    """What a job sees."""
    write_json(run / "environment.json", [dict(os.environ), os.nice(0), os.getpgid(0) == os.getpid()])
    print("printed")
