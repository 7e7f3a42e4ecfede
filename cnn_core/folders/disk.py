"""What the disk may refuse, said so that a person can mend it."""

import contextlib
import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

from cnn_core.errors import InputError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
# Left free on the disk, so that runs and everybody else can go on writing.
RESERVE = 500_000_000


@contextlib.contextmanager
def writing(what: str) -> Iterator[None]:
    """Say plainly what the disk refused while something was written; other errors pass.

    Args:
        what: what was being written, for the message.

    Raises:
        InputError: the disk is full, or the folder may not be written to.

    Example:
        >>> with writing("cat/1.jpg"):
        ...     raise OSError(errno.ENOSPC, "No space left on device")
        Traceback (most recent call last):
            ...
        cnn_core.errors.InputError: The server's disk is full: cat/1.jpg was not kept. Delete runs or data sets ...
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise disk_full(what) from error
        if error.errno in _FORBIDDEN:
            raise InputError(
                f"The server may not write {what}", "Ask its operator to allow writing to its data folder"
            ) from error
        raise


def disk_full(what: str) -> InputError:
    """The message for a full disk."""
    return InputError(
        f"The server's disk is full: {what} was not kept",
        "Delete runs or data sets that are no longer needed, or ask the server's operator for space",
    )


def check_space(folder: Path, count: int, what: str) -> None:
    """Refuse to write so many bytes where less than that and `RESERVE` is free.

    Raises:
        InputError: the disk is nearly full.
    """
    if shutil.disk_usage(folder).free < count + RESERVE:
        raise disk_full(what)
