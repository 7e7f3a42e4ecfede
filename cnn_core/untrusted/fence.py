"""A fence around the files of this process: what lies outside it can be neither opened nor changed any more.

Linux keeps such fences since 5.13 (Landlock, https://docs.kernel.org/userspace-api/landlock.html); no privilege is
needed, and nothing the process does later takes one down. Newer kernels also shut off TCP and signals to others.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_NO_NEW_PRIVILEGES = 38
_VERSION = 1
# Bits of access, from landlock.h.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
_READ = _EXECUTE | _READ_FILE | _READ_FOLDER
# How many bits the kernels know, by the version of the interface; 5 and later know 16.
_KNOWN_BITS = {1: 13, 2: 14, 3: 15, 4: 15}

# What libraries read besides their own files; not all of /usr, where an app and its data may live.
_SYSTEM = (
    *("/lib", "/lib64", "/bin", "/etc", "/proc", "/sys"),
    *("/usr/bin", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share"),
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")


def fence_version() -> int:
    """The version of the kernel's interface; 0 where it has none.

    Example:
        >>> fence_version() >= 0
        True
    """
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, ctypes.CDLL(None).syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION)))


def library_folders(root: Path) -> list[Path]:
    """What Python, its packages and this project are read from.

    Args:
        root: the project's folder; of it the package and its models alone.
    """
    places = {*sys.path, sys.prefix, sys.base_prefix, os.path.realpath(sys.executable)}
    own = {root / "cnn_core", root / "assets"}
    found = {Path(os.path.realpath(place)) for place in places if place} - {Path(os.path.realpath(root)), Path.cwd()}
    return [Path(place) for place in _SYSTEM] + sorted(found | own)


def fence_in(readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    """Keep this thread, and all that it starts from now on, to these folders; whether the kernel does so.

    Threads that run already stay outside: to be called before libraries start theirs.

    Args:
        readable: folders and files that may be read and executed.
        writable: folders that may also be written to.
    """
    version = fence_version()
    if not version:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    everything = (1 << _KNOWN_BITS.get(version, 16)) - 1
    parts = [everything, 3 if version >= 4 else 0, 3 if version >= 6 else 0]
    attributes = struct.pack("<3Q", *parts)[: 24 if version >= 6 else 16 if version >= 4 else 8]
    rules = libc.syscall(_CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    if rules < 0:
        return False
    try:
        allowed = [(path, _READ) for path in readable] + [(path, everything) for path in writable]
        allowed += [(Path(device), _READ_FILE | _WRITE_FILE) for device in _DEVICES]
        for path, access in allowed:
            if path.exists():
                _allow(libc, rules, path, access & everything)
        if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.syscall(_RESTRICT, rules, ctypes.c_uint32(0)):
            return False
    finally:
        os.close(rules)
    return True


def _allow(libc: ctypes.CDLL, rules: int, path: Path, access: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not path.is_dir():
            access &= _OF_FILES
        rule = struct.pack("<Qi", access, place)
        if libc.syscall(_ADD_RULE, rules, 1, rule, ctypes.c_uint32(0)):
            raise OSError(ctypes.get_errno(), f"Landlock refuses a rule for {path}")
    finally:
        os.close(place)
