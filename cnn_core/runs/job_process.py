"""The process of a job: forked from one that has imported the libraries, watched by its number, killed whole."""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from cnn_core.runs.jobs import NO_MEMORY, claim_job, log_traceback, run_job
from cnn_core.runs.process_mark import is_running, process_mark

# Imported once, in the process that the jobs are forked from. None of them may start a computation when it is imported:
# threads do not survive a fork. One that is missing is left out.
PRELOADED = ("cnn_core.runs.job_process", "keras", "cv2", "cnn_core.transfer.train", "cnn_core.runs.settled")
LIGHT = PRELOADED[:1]

# The pages answer first where processor time is short.
_NICE = 5


@dataclass(frozen=True)
class JobProcess:
    """A job that goes on.

    Attributes:
        job: its folder.
        pid: its process, the head of a process group of its own.
        mark: see `process_mark`.
        gpu: the one it was given; None where it sees all, or was started by an earlier service.
        process: what tells its exit code; None where an earlier service started it.
    """

    job: Path
    pid: int
    mark: str
    gpu: str | None = None
    process: ForkServerProcess | None = None

    @property
    def alive(self) -> bool:
        """Whether it goes on. What the fork server says is not asked: it may have been killed, and its jobs go on."""
        return is_running(self.pid, self.mark)

    def kill(self) -> None:
        """Kill it, and what it has started."""
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if self.alive:
                    kill(self.pid, signal.SIGKILL)

    def kill_what_it_started(self) -> None:
        """Kill what is left of its process group, after it has ended under this service's eyes."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def ending(self) -> str:
        """Why it ended without a word, for a person."""
        if self.process is not None:
            self.process.join(1)
        code = self.process.exitcode if self.process is not None else None
        if code == -signal.SIGKILL:
            return f"Its process was killed, as systems do that run out of memory. If nobody did: {NO_MEMORY}"
        if code is not None and code < 0:
            return f"Its process crashed ({signal.Signals(-code).name}). The end of log.txt may say why. Try it again"
        return "Its process ended early. The end of log.txt may say why. Try it again"


class JobStarter:
    """Forks jobs; `warm` once the libraries are imported, which goes on in the background from the start."""

    def __init__(self, *, preload: Sequence[str] = PRELOADED, jobs: Mapping[str, str]) -> None:
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(preload))
        self._jobs = dict(jobs)
        self.warm = False
        threading.Thread(target=self._warm_up, daemon=True).start()

    def start(self, job: Path, *, gpu: str | None = None) -> JobProcess:
        """Start the job in a process of its own.

        Args:
            job: its folder.
            gpu: what CUDA_VISIBLE_DEVICES is to be; None leaves it.

        Raises:
            OSError, EOFError: no process can be made, or the one that forks them was killed.
        """
        process = self._context.Process(target=_job_main, args=(str(job), self._jobs, gpu))
        process.start()
        assert process.pid is not None
        return JobProcess(job, process.pid, process_mark(process.pid) or "ended", gpu, process)

    def _warm_up(self) -> None:
        # The first fork is answered when the imports are done.
        try:
            process = self._context.Process(target=_nothing)
            process.start()
            process.join()
        except (OSError, EOFError):
            # A library that crashes when it is imported takes the fork server with it: the jobs import for themselves.
            traceback.print_exc()
            self._context.set_forkserver_preload([])
        self.warm = True


def _nothing() -> None:
    pass


def _job_main(job: str, jobs: Mapping[str, str], gpu: str | None) -> None:
    os.setsid()
    os.nice(_NICE)
    if gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    with contextlib.suppress(OSError):
        log = os.open(Path(job) / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        # A kill must not take with it what was printed before.
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    code = 1
    try:
        if claim_job(Path(job)):
            run_job(Path(job), jobs=jobs)
        code = 0
    except BaseException:
        log_traceback()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        # Leaving Python takes a second with these libraries loaded, and all is said.
        os._exit(code)
