"""What this machine has: processor cores, memory, graphics processors, and the versions of the libraries.

Limits set by a container (cgroups) count, and nothing heavy is imported to find out: TensorFlow is not asked.
"""

import importlib.metadata
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# What a package is called when it is installed, and by its authors.
LIBRARIES = {
    "tensorflow": "TensorFlow",
    "keras": "Keras",
    "numpy": "NumPy",
    "scipy": "SciPy",
    "opencv-python-headless": "OpenCV",
    "pillow": "Pillow",
    "streamlit": "Streamlit",
}

_CGROUP = Path("/sys/fs/cgroup")
_NVIDIA_SECONDS = 3


@dataclass(frozen=True)
class Gpu:
    """One graphics processor.

    Attributes:
        name: as its driver calls it.
        memory_bytes: its own memory.
    """

    name: str
    memory_bytes: int


@dataclass(frozen=True)
class Machine:
    """What a program started here may use.

    Attributes:
        processor: architecture and system, e.g. "x86_64, Linux".
        cores: processor cores, at least 1.
        memory_bytes: main memory.
        gpus: NVIDIA graphics processors; empty where there is none.
    """

    processor: str
    cores: int
    memory_bytes: int
    gpus: tuple[Gpu, ...]


@cache
def describe_machine() -> Machine:
    """Look once at what this machine has; later calls return the same answer.

    Example:
        >>> describe_machine().cores >= 1
        True
    """
    return Machine(f"{platform.machine()}, {platform.system()}", usable_cores(), usable_memory(), nvidia_gpus())


def usable_cores(*, cgroup: Path = _CGROUP) -> int:
    """Cores this process may run on: its CPU affinity, and the container's quota rounded up."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _cpu_quota(cgroup)
    return cores if quota is None else max(1, min(cores, -int(-quota // 1)))


def usable_memory(*, cgroup: Path = _CGROUP) -> int:
    """Bytes of main memory: the machine's, or the container's limit where that is smaller."""
    import psutil

    total = int(psutil.virtual_memory().total)
    limits = (
        _number(_read(cgroup / "memory.max")),
        _number(_read(cgroup / "memory" / "memory.limit_in_bytes")),
    )
    return int(min([total, *(limit for limit in limits if limit is not None and limit > 0)]))


def nvidia_gpus() -> tuple[Gpu, ...]:
    """NVIDIA graphics processors as `nvidia-smi` lists them; empty where it is missing, fails or hangs."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ()
    query = [program, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=_NVIDIA_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    return parse_gpus(answer.stdout)


def parse_gpus(listing: str) -> tuple[Gpu, ...]:
    """Read `nvidia-smi`'s lines of name and memory in MiB; a line that does not fit is left out.

    Example:
        >>> parse_gpus("NVIDIA T4, 15360")
        (Gpu(name='NVIDIA T4', memory_bytes=16106127360),)
    """
    gpus = []
    for line in listing.splitlines():
        name, _, mebibytes = line.rpartition(",")
        size = _number(mebibytes)
        if name.strip() and size is not None:
            gpus.append(Gpu(name.strip(), int(size * 2**20)))
    return tuple(gpus)


def library_versions() -> dict[str, str]:
    """Versions of the libraries that are installed, without importing them.

    Example:
        >>> "NumPy" in library_versions()
        True
    """
    versions = {}
    for package, name in LIBRARIES.items():
        try:
            versions[name] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def _cpu_quota(cgroup: Path) -> float | None:
    """Cores that the container may use on average: cgroup v2 "quota period", or v1's two files; None is no limit."""
    words = _read(cgroup / "cpu.max").split()
    if len(words) != 2:
        words = [_read(cgroup / "cpu" / f"cpu.cfs_{name}_us") for name in ("quota", "period")]
    quota, period = (_number(word) for word in words)
    return quota / period if quota and period and quota > 0 and period > 0 else None


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
