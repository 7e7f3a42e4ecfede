"""Whether a process is still the one that it was: its number alone is given to others once it has ended."""

from functools import cache
from pathlib import Path

_PROCESSES = Path("/proc")


def process_mark(pid: int) -> str | None:
    """What no other process on this machine has: when it was started, and since which boot; None where it has ended.

    A process that has ended and that nobody has waited for (a zombie) has ended.

    Example:
        >>> import os
        >>> process_mark(os.getpid()) == process_mark(os.getpid()) != None
        True
        >>> process_mark(2**22 + 1) is None
        True
    """
    if not (_PROCESSES / "self").exists():
        return _mark_by_psutil(pid)
    try:
        # The program's name stands in brackets and may hold anything, brackets too.
        fields = (_PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else f"{_boot()}:{fields[19]}"


def is_running(pid: int | None, mark: str) -> bool:
    """Whether the process that had this mark goes on; without a mark, whether any process has the number."""
    if pid is None:
        return False
    found = process_mark(pid)
    return found is not None and mark in ("", found)


@cache
def _boot() -> str:
    try:
        return (_PROCESSES / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _mark_by_psutil(pid: int) -> str | None:
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.Error:
        return None
