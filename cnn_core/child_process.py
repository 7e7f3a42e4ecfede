"""Work in a Python process of its own, which can be watched through files, limited, and killed.

The process runs `python -m MODULE FOLDER` and talks through JSON files in that folder; each is replaced in one step, so
that a reader never sees half of one.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_MOST_JSON = 64_000_000
# What a child needs of the server's environment; passwords and cookies are none of it.
_ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
    "KERAS_BACKEND",
    "KERAS_HOME",
)


def start_child(module: str, folder: Path, *, on_gpu: bool = True, log: Path | None = None) -> subprocess.Popen[bytes]:
    """Start `python -m module folder` as the head of a process group of its own, so that it outlives its page.

    Args:
        module: what to run.
        folder: its argument.
        on_gpu: whether it may see graphics processors.
        log: a file for its error messages; without one they are dropped.
    """
    with log.open("wb") if log else contextlib.nullcontext(subprocess.DEVNULL) as errors:
        return subprocess.Popen(
            [sys.executable, "-m", module, str(folder)],
            cwd=ROOT,
            env=child_environment(on_gpu=on_gpu),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )


def start_answering(module: str, folder: Path) -> subprocess.Popen[bytes]:
    """Start `python -m module folder` as the head of a process group, to be talked to through its two pipes.

    It sees no graphics processor, and NumPy starts no threads in it that a fence could not hold. When this process ends
    the pipes are closed, at which it has to end too.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, str(folder)],
        cwd=ROOT,
        env={**child_environment(on_gpu=False), "OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        start_new_session=True,
    )


def child_environment(*, on_gpu: bool = True) -> dict[str, str]:
    """What of this process's environment a child is given, and where it finds the project.

    Example:
        >>> child_environment(on_gpu=False)["CUDA_VISIBLE_DEVICES"]
        ''
    """
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    environment = {**kept, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    if not on_gpu:
        environment["CUDA_VISIBLE_DEVICES"] = ""
    elif "CUDA_VISIBLE_DEVICES" in os.environ:
        environment["CUDA_VISIBLE_DEVICES"] = os.environ["CUDA_VISIBLE_DEVICES"]
    return environment


def kill_child(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and what it has started, and wait for it to be gone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def limit_this_process(*, more_memory: int, more_seconds: int, file_bytes: int) -> None:
    """Let this process take so much more memory, processor time and file size than it has now, and no core dump.

    To be called after the libraries are imported: they map a few gigabytes, of which they use a fraction.
    """
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    if pages:
        _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + more_memory)
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + more_seconds)
    _lower(resource.RLIMIT_FSIZE, file_bytes)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(limit: int, value: int) -> None:
    import resource

    _, hard = resource.getrlimit(limit)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))


def write_json(path: Path, value: Any) -> None:
    """Write the file in one step."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(value))
    os.replace(part, path)


def read_json(path: Path) -> Any:
    """What the file holds; None where there is none, or nothing that can be read."""
    try:
        return json.loads(path.read_text()) if path.stat().st_size <= _MOST_JSON else None
    except (OSError, ValueError, RecursionError):
        return None
