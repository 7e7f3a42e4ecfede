"""Folders on the server itself, as far as its operator allowed them."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from cnn_core.errors import InputError
from cnn_core.folders.names import shown

VARIABLE = "CNN_PLAYGROUND_DATA"


def allowed_folders(environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """The folders named in the environment variable CNN_PLAYGROUND_DATA, separated as in PATH.

    Example:
        >>> [path.as_posix() for path in allowed_folders({"CNN_PLAYGROUND_DATA": f"/data{os.pathsep}/photos"})]
        ['/data', '/photos']
    """
    return tuple(Path(text) for text in environment.get(VARIABLE, "").split(os.pathsep) if text.strip())


def allowed_path(text: str, allowed: Sequence[Path]) -> Path:
    """A folder or zip that a visitor named, if it lies in an allowed folder once every link is followed.

    Args:
        text: an absolute path, or one relative to an allowed folder.
        allowed: what the operator allowed.

    Returns:
        The real path, without links.

    Raises:
        InputError: nothing is allowed; outside, or not there: the message does not tell which.
    """
    if not allowed:
        raise InputError(
            "This server opens no folders of its own", f"Upload the pictures, or ask its operator to set {VARIABLE}"
        )
    for folder in allowed:
        real = Path(os.path.realpath(folder))
        try:
            path = Path(os.path.realpath(real / text.strip()))
            if path.is_relative_to(real) and (path.is_dir() or (path.is_file() and path.suffix.lower() == ".zip")):
                return path
        # A name too long for the system, or with a null character.
        except (OSError, ValueError):
            continue
    raise InputError(
        f"There is no folder or zip {shown(text)} among those that this server opens",
        f"Give a path in {' or '.join(str(folder) for folder in allowed)}",
    )
