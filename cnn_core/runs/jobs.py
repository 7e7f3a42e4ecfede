"""What a run can be: the names that config.json may hold, and doing one of them with its outcome in status.json."""

import contextlib
import importlib
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.runs.disk import disk_full_error, is_disk_full
from cnn_core.runs.folder import recorded_status, stop_asked, write_status
from cnn_core.runs.tickets import locked, run_of, store_of

JOBS: Mapping[str, str] = {
    "transfer": "cnn_core.transfer.train:train_run",
    "export": "cnn_core.exports.job:export_run",
    "features": "cnn_core.transfer.quick:features_run",
    "rescaled_features": "cnn_core.transfer.quick:rescaled_features_run",
    "detection": "cnn_core.detection.training.train:train_run",
    "detection_evaluation": "cnn_core.detection.evaluation_job:evaluation_run",
    "segmentation_evaluation": "cnn_core.segmentation.evaluation_job:evaluation_run",
    "segmentation": "cnn_core.segmentation.training.train:train_run",
    "learning_rates": "cnn_core.transfer.lr_finder:find_run",
    "scratch": "cnn_core.training.train:train_run",
    "scratch_experiment": "cnn_core.training.pair:train_run",
    "scratch_mistake": "cnn_core.training.pair:train_run",
    "losses": "cnn_core.losses.training.train:train_run",
}


def claim_job(job: Path) -> bool:
    """Make a job that was queued this process's own; False where another process did, or somebody stopped it.

    A service that was killed may have started a process for it just before, and the next service one more.
    """
    with locked(store_of(job)):
        if recorded_status(job).state != "queued":
            return False
        stopped = stop_asked(job)
        write_status(job, "stopped" if stopped else "running")
    return not stopped


def run_job(job: Path, *, jobs: Mapping[str, str] = JOBS) -> None:
    """Do what the job's config.json says, in this process; however it ends, status.json says so.

    The job's function is given the run's folder. It may write the status itself; one that it leaves at "running"
    becomes "done", or "stopped" where somebody asked for that. What it raises becomes the reason: a message for people
    where it is an InputError or a lack of memory or disk, else a bug whose traceback goes to the standard error output.

    Args:
        job: the folder of a run, or of side work in it.
        jobs: job names and "module:function".
    """
    write_status(job, "running")
    try:
        _function(job, jobs)(run_of(job))
    except InputError as error:
        write_status(job, "failed", reason=str(error))
    except MemoryError:
        log_traceback()
        write_status(job, "failed", reason=NO_MEMORY)
    except Exception as error:
        log_traceback()
        write_status(job, "failed", reason=str(disk_full_error(job)) if is_disk_full(error) else _bug(error))
    else:
        if recorded_status(job).state == "running":
            write_status(job, "stopped" if stop_asked(job) else "done")
    _forget_process(job)


def log_traceback() -> None:
    """Print the traceback of the error at hand, which on a full disk finds no room in the log either."""
    with contextlib.suppress(OSError):
        traceback.print_exc()


NO_MEMORY = (
    "It needed more memory than this machine has. "
    "Choose a smaller batch, smaller pictures or a smaller network, and resume it"
)


def _function(job: Path, jobs: Mapping[str, str]) -> Callable[[Path], object]:
    config = read_json(job / "config.json")
    name = str(config.get("job")) if isinstance(config, dict) else ""
    if name not in jobs:
        raise InputError("config.json names no job that is known", f"Write one of {', '.join(jobs)}", job=name)
    module, _, function = jobs[name].partition(":")
    found: Callable[[Path], object] = getattr(importlib.import_module(module), function)
    return found


def _bug(error: Exception) -> str:
    said = str(error).strip().split("\n")[0]
    return f"A bug in this program: {type(error).__name__}: {said}. The end of log.txt says where"


def _forget_process(job: Path) -> None:
    """A run that has ended belongs to no process, whoever wrote that it has."""
    status = recorded_status(job)
    if status.pid is not None and not status.live:
        write_status(job, status.state, reason=status.reason)
