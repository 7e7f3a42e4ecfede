"""Networks from Kaggle Models and TensorFlow Hub: downloaded once, on request, and kept in a folder of their own.

The archives come over the network: size, names and kinds of what is in them are checked before anything is unpacked.
"""

import contextlib
import os
import re
import shutil
import tarfile
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path

from cnn_core.errors import InputError
from cnn_core.folders.names import safe_path

# The interface behind the package kagglehub: public models need no account.
KAGGLE = "https://www.kaggle.com/api/v1/models/{handle}/download"
HUB = "https://tfhub.dev/{handle}?tf-hub-format=compressed"
MOST_BYTES = 600_000_000
MOST_EXPANDED = 800_000_000
MOST_FILES = 500
# All of them together; the one used longest ago goes first.
MOST_KEPT = 3_000_000_000

_KAGGLE_HANDLE = re.compile(r"(?:[\w][\w.-]{0,79}/){4}\d{1,4}", re.ASCII)
_HUB_HANDLE = re.compile(r"(?:https://tfhub\.dev/)((?:[\w][\w.-]{0,79}/){1,5}\d{1,4})", re.ASCII)
_CHUNK = 1 << 20
_SECONDS = 30
_ONE_AT_A_TIME = threading.Lock()
_WAIT_SECONDS = 600


def models_folder() -> Path:
    """Where downloads are kept: `CNN_PLAYGROUND_HOME/detectors`."""
    home = os.environ.get("CNN_PLAYGROUND_HOME")
    return (Path(home) if home else Path.home() / ".cnn_playground") / "detectors"


def is_handle(text: str) -> bool:
    """Whether a text is the handle of a model.

    Example:
        >>> is_handle("tensorflow/ssd-mobilenet-v2/tensorFlow2/ssd-mobilenet-v2/1"), is_handle("../../etc/passwd/x/1")
        (True, False)
        >>> is_handle("https://tfhub.dev/tensorflow/ssd_mobilenet_v2/2")
        True
    """
    return bool(_KAGGLE_HANDLE.fullmatch(text) or _HUB_HANDLE.fullmatch(text))


def downloaded(handle: str, *, folder: Path | None = None) -> Path | None:
    """The folder of a model that was downloaded; None where it was not.

    Raises:
        InputError: no handle.
    """
    path = _place(handle, folder)
    if not path.is_dir():
        return None
    os.utime(path)
    return path


def present(handle: str, *, folder: Path | None = None) -> bool:
    """Whether a model is here; to look is not to use it, which `downloaded` notes.

    Raises:
        InputError: no handle.
    """
    return _place(handle, folder).is_dir()


def download_model(
    handle: str, *, progress: Callable[[int, int], None] | None = None, folder: Path | None = None
) -> Path:
    """The folder of a model, downloaded where it is not here yet; half a model is never left behind.

    Args:
        handle: `owner/model/framework/variation/version` of Kaggle Models, or an address of `https://tfhub.dev`.
        progress: called with the bytes so far and the bytes in all (0 where the server does not say).
        folder: where models are kept; None is `models_folder`.

    Raises:
        InputError: no handle, no connection, no such model, too large, or an archive that is damaged.
    """
    path = _place(handle, folder)
    if not _ONE_AT_A_TIME.acquire(timeout=_WAIT_SECONDS):
        raise InputError("Another model is being downloaded", "Try again in a few minutes")
    part = path.with_name(f".{uuid.uuid4().hex}")
    try:
        if path.is_dir():
            return path
        part.mkdir(parents=True)
        _fetch(_address(handle), part / "archive", progress)
        (part / "model").mkdir()
        _unpack(part / "archive", part / "model")
        _make_room(path.parent)
        os.replace(part / "model", path)
    # What urllib raises without a network, behind a proxy that refuses, or when the line is cut, is an OSError.
    except OSError as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise InputError(
            f"{handle} could not be downloaded: {reason}",
            "Choose a starter, which needs no download, or connect this machine to the internet",
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        _ONE_AT_A_TIME.release()
    return path


def _address(handle: str) -> str:
    hub = _HUB_HANDLE.fullmatch(handle)
    return HUB.format(handle=hub[1]) if hub else KAGGLE.format(handle=handle)


def _place(handle: str, folder: Path | None) -> Path:
    if not is_handle(handle):
        raise InputError(
            "This is no handle of a model",
            "Give owner/model/framework/variation/version of Kaggle Models, or an address of https://tfhub.dev",
            handle=handle[:200],
        )
    return (folder or models_folder()) / handle.removeprefix("https://").replace("/", "--")


def _fetch(address: str, file: Path, progress: Callable[[int, int], None] | None) -> None:
    with urllib.request.urlopen(address, timeout=_SECONDS) as answer, file.open("wb") as target:
        total, done = int(answer.headers.get("Content-Length") or 0), 0
        while chunk := answer.read(_CHUNK):
            done += len(chunk)
            if max(done, total) > MOST_BYTES:
                raise InputError(
                    f"The model is larger than {MOST_BYTES // 1_000_000} MB",
                    "Choose a smaller one",
                    bytes=total or done,
                )
            target.write(chunk)
            if progress:
                progress(done, total)
        if total and done != total:
            raise ConnectionError(f"the connection ended after {done:,} of {total:,} bytes")


def _unpack(archive: Path, target: Path) -> None:
    # tarfile and zlib raise nearly anything on a damaged archive: all of it means the same.
    try:
        with tarfile.open(archive, "r:*") as tar:
            count = expanded = 0
            for member in tar:
                count, expanded = count + 1, expanded + member.size
                if count > MOST_FILES or expanded > MOST_EXPANDED:
                    raise InputError("The model's archive holds too much", "Choose a smaller model", files=count)
                if member.isdir():
                    continue
                stream = tar.extractfile(member) if member.isfile() else None
                if stream is None:
                    raise InputError("The model's archive holds a link", "Choose another model", name=member.name[:80])
                place = target / safe_path(member.name.removeprefix("./"))
                place.parent.mkdir(parents=True, exist_ok=True)
                with stream, place.open("wb") as file:
                    shutil.copyfileobj(stream, file)
    except (InputError, OSError):
        raise
    except Exception as error:
        raise InputError("The download is damaged", "Try again later, or choose a starter") from error
    if not any(target.iterdir()):
        raise InputError("The download is empty", "Try again later, or choose a starter")


def _make_room(folder: Path) -> None:
    """Let go of the models that were used longest ago where all together take too much."""
    kept = sorted((path for path in folder.iterdir() if path.is_dir() and path.name[0] != "."), key=_used, reverse=True)
    total = 0
    for path in kept:
        total += sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        if total > MOST_KEPT - MOST_EXPANDED:
            with contextlib.suppress(OSError):
                shutil.rmtree(path)


def _used(path: Path) -> float:
    return path.stat().st_mtime
