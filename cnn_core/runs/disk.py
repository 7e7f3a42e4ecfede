"""A full disk is a mistake that a user can mend, and a run must be able to say so on that very disk."""

import contextlib
import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cnn_core.child_process import write_json
from cnn_core.errors import InputError

_FULL = {errno.ENOSPC, errno.EDQUOT}


def is_disk_full(error: BaseException) -> bool:
    """Whether this error says that there is no room left; HDF5 (`.keras` files) says so only in its text.

    Example:
        >>> is_disk_full(OSError(28, "No space left on device")), is_disk_full(OSError(2, "No such file"))
        (True, False)
    """
    return isinstance(error, OSError) and (error.errno in _FULL or os.strerror(errno.ENOSPC) in str(error))


@contextlib.contextmanager
def disk_full_named(folder: Path) -> Iterator[None]:
    """Turn a full disk into an InputError that names the folder; every other error passes.

    Raises:
        InputError: there is no room left.
    """
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise disk_full_error(folder) from error
        raise


def disk_full_error(folder: Path) -> InputError:
    """What to tell a user whose run found no room."""
    return InputError(
        "The disk is full", f"Delete runs that are no longer needed, or make room for {folder.parent}, and try again"
    )


def write_json_somehow(path: Path, value: Any) -> None:
    """As `write_json`; where the disk is full, into the file that is there.

    A new file needs a block that a full disk does not have. The old one, of a few hundred bytes, has its block: it is
    written over in one call, blanks behind it.
    """
    try:
        write_json(path, value)
    except OSError as error:
        if not is_disk_full(error):
            raise
        with contextlib.suppress(OSError):
            path.with_name(path.name + ".part").unlink()
        with path.open("r+b", buffering=0) as file:
            file.write(json.dumps(value).encode().ljust(os.fstat(file.fileno()).st_size))
