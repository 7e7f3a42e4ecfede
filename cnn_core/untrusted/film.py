"""A visitor's GIF or short video as a list of small frames, decoded in a child process with limits.

Decoders of video are large and have had many faults: the server's own process never runs them on an upload. Only files
that begin like a GIF, WebP, MP4, MOV, WebM, MKV or AVI are handed on, for other kinds can name further files to open.
"""

import hashlib
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnn_core.child_process import kill_child, read_json, start_child, write_json
from cnn_core.errors import InputError

MOST_BYTES = 100_000_000
# So many frames, evenly over the first seconds of the film, with the longer side reduced to so many pixels.
MOST_FRAMES = 120
MOST_SECONDS = 60.0
SIDE = 640
EXTENSIONS = ("gif", "webp", "mp4", "m4v", "mov", "webm", "mkv", "avi")

_PATIENCE = 90.0
_POLL = 0.05
_MEMORY = 1_500_000_000
_ONE_AT_A_TIME = threading.Lock()
# Where a mark stands in the file, the mark, and who reads it.
_MARKS = (
    (0, b"GIF8", "pillow"),
    (8, b"WEBP", "pillow"),
    (4, b"ftyp", "opencv"),
    (0, b"\x1aE\xdf\xa3", "opencv"),
    (8, b"AVI ", "opencv"),
)


@dataclass(frozen=True, eq=False)
class Film:
    """Frames of a film.

    Attributes:
        name: its file.
        key: a short hash of the file.
        frames: JPEG files, all of one size.
        times: when each is shown, in seconds from the beginning.
        size: (height, width) of the frames.
        original_size: (height, width) in the file.
        notes: what was left out, one sentence each.
    """

    name: str
    key: str
    frames: tuple[bytes, ...]
    times: tuple[float, ...]
    size: tuple[int, int]
    original_size: tuple[int, int]
    notes: tuple[str, ...] = ()


def read_film(data: bytes, *, name: str, progress: Callable[[int, int], None] | None = None) -> Film:
    """Decode a film.

    Args:
        data: the whole file.
        name: what messages call it.
        progress: called with frames done and frames expected.

    Raises:
        InputError: no film of a known kind, damaged, too large, or one that takes too long to decode.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> file = io.BytesIO()
        >>> pictures = [Image.new("RGB", (64, 48), (shade, 0, 0)) for shade in (0, 90, 180)]
        >>> pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], duration=200)
        >>> film = read_film(file.getvalue(), name="red.gif")
        >>> len(film.frames), film.times, film.size
        (3, (0.0, 0.2, 0.4), (48, 64))
    """
    if len(data) > MOST_BYTES:
        raise InputError(
            f"{name} is larger than {MOST_BYTES // 1_000_000} MB", "Bring a shorter or smaller film", bytes=len(data)
        )
    reader = next((who for at, mark, who in _MARKS if data[at : at + len(mark)] == mark), None)
    if reader is None:
        raise InputError(f"{name} is no film that can be read here", f"Bring one of: {', '.join(EXTENSIONS)}")
    if not _ONE_AT_A_TIME.acquire(timeout=_PATIENCE):
        raise InputError("Other films are being read", "Try again in a minute")
    try:
        with tempfile.TemporaryDirectory(prefix="cnn-playground-") as place:
            folder = Path(place)
            (folder / "film").write_bytes(data)
            limits = {"frames": MOST_FRAMES, "seconds": MOST_SECONDS, "side": SIDE, "memory": _MEMORY}
            write_json(folder / "task.json", {"reader": reader, "cpu_seconds": int(_PATIENCE), **limits})
            process = start_child("cnn_core.untrusted.film_child", folder, on_gpu=False)
            try:
                _wait(process, folder, name, progress)
            finally:
                kill_child(process)
            return _film(folder, name, hashlib.sha256(data).hexdigest()[:16])
    finally:
        _ONE_AT_A_TIME.release()


def _wait(
    process: subprocess.Popen[bytes], folder: Path, name: str, progress: Callable[[int, int], None] | None
) -> None:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None:
        if time.monotonic() > deadline:
            raise InputError(f"{name} takes too long to decode", "Bring a shorter or smaller film")
        now = read_json(folder / "progress.json")
        if progress is not None and isinstance(now, list) and len(now) == 2:
            progress(min(int(now[0]), int(now[1])), int(now[1]))
        time.sleep(_POLL)


def _film(folder: Path, name: str, key: str) -> Film:
    answer = read_json(folder / "answer.json")
    if not isinstance(answer, dict):
        raise InputError(f"{name} is damaged, or needs more memory than it may take here", "Bring another film")
    if "problem" in answer:
        raise InputError(f"{name} {answer['problem']}", answer["remedy"])
    frames = tuple((folder / f"{number:04}.jpg").read_bytes() for number in range(len(answer["times"])))
    height, width = answer["size"]
    rows, columns = answer["original_size"]
    return Film(name, key, frames, tuple(answer["times"]), (height, width), (rows, columns), tuple(answer["notes"]))
