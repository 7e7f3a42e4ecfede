"""What one look at each file tells: whether it opens, its size, its content's hash, and how it looks in 64 bits.

A picture is decoded once, at a fraction of its size, and what is kept of it is 320 bytes. Facts that were gathered
before come from a file beside the data, so that a change to a data set costs only what changed.
"""

import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.folders.disk import writing
from cnn_core.folders.listing import Listing
from cnn_core.folders.pictures import Pixels, decoded, read_bytes

SIDE = 16
_WORKERS = min(4, os.cpu_count() or 1)
_AT_ONCE = 256
_MOST_CACHE = 500_000_000
# Of grey levels: less is the rounding of a plain colour.
_GROWTH = 0.25
_NO_LOOK = bytes(SIDE * SIDE)


@dataclass(frozen=True, slots=True)
class Fact:
    """One file.

    Attributes:
        stamp: its size in bytes and its time of change in nanoseconds, by which a change is noticed.
        digest: SHA-256 of the content, 32 bytes; none where it could not be read.
        look: difference hash, 64 bits.
        small: the picture in grey, 16 x 16 bytes.
        rows: of the picture, upright; 0 where it cannot be opened.
        columns: of the picture.
        problem: why it cannot be opened, or "".
        remedy: what to do about it, or "".
    """

    stamp: tuple[int, int]
    digest: bytes
    look: int
    small: bytes
    rows: int
    columns: int
    problem: str = ""
    remedy: str = ""


def gather_facts(
    listing: Listing, *, cache: Path | None = None, progress: Callable[[int, int], None] | None = None
) -> dict[str, Fact]:
    """Look at every picture of a data set, in a few threads.

    Args:
        listing: the data set.
        cache: a file that keeps the facts; what is in it and did not change is not read again.
        progress: called with the number of files done and of all.

    Returns:
        File to fact, for all items.

    Raises:
        InputError: the disk is full.
    """
    facts: dict[str, Fact] = {}
    known = _load(cache) if cache else {}
    waiting = []
    for item in listing.items:
        fact = known.get(item.file)
        if fact is not None and fact.stamp == _stamp(listing.path(item.file)):
            facts[item.file] = fact
        else:
            waiting.append(item.file)
    total = len(listing.items)
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="check-up") as pool:
        for first in range(0, len(waiting), _AT_ONCE):
            some = waiting[first : first + _AT_ONCE]
            for file, fact in zip(some, pool.map(lambda file: look_at(listing, file), some), strict=True):
                facts[file] = fact
                if progress:
                    progress(len(facts), total)
    if cache and waiting:
        _save({**known, **facts}, cache)
    return facts


def look_at(listing: Listing, file: str) -> Fact:
    """The facts of one file. A file that cannot be opened is a fact too."""
    stamp = _stamp(listing.path(file))
    digest = b""
    try:
        data = read_bytes(listing, file)
        digest = hashlib.sha256(data).digest()
        pixels, (rows, columns) = decoded(data, name=file, enough=2 * SIDE)
    except InputError as error:
        return Fact(stamp, digest, 0, _NO_LOOK, 0, 0, error.problem.removeprefix(file).strip(), error.remedy)
    grey = np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY), np.uint8)
    small = np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    return Fact(stamp, digest, difference_hash(grey), small.tobytes(), rows, columns)


def difference_hash(grey: Pixels) -> int:
    """Whether brightness grows from column to column, at 8 x 9 points: 64 bits that survive scaling and compression.

    Source: N. Krawetz, "Kind of Like That" (2013), hackerfactor.com/blog/?/archives/529.

    Args:
        grey: (H, W) uint8.

    Example:
        >>> ramp = np.tile(np.arange(0, 180, 10, dtype=np.uint8), (16, 1))
        >>> difference_hash(ramp) == 2**64 - 1, difference_hash(ramp[:, ::-1].copy())
        (True, 0)
    """
    points = np.asarray(cv2.resize(grey.astype(np.float32), (9, 8), interpolation=cv2.INTER_AREA))
    return int.from_bytes(np.packbits(points[:, 1:] > points[:, :-1] + _GROWTH).tobytes(), "big")


def _stamp(path: Path) -> tuple[int, int]:
    try:
        state = path.stat()
    except OSError:
        return (-1, -1)
    return (state.st_size, state.st_mtime_ns)


def _save(facts: Mapping[str, Fact], path: Path) -> None:
    names = list(facts)
    texts = json.dumps([names, [fact.problem for fact in facts.values()], [fact.remedy for fact in facts.values()]])
    content = io.BytesIO()
    np.savez(
        content,
        texts=np.frombuffer(texts.encode(), np.uint8),
        numbers=np.array([[*fact.stamp, fact.rows, fact.columns] for fact in facts.values()], np.int64).reshape(-1, 4),
        looks=np.array([fact.look for fact in facts.values()], np.uint64),
        digests=_table((fact.digest.ljust(32, b"\0") for fact in facts.values()), 32),
        smalls=_table((fact.small for fact in facts.values()), SIDE * SIDE),
    )
    part = path.with_name(path.name + ".part")
    with writing("what is known of the pictures"):
        part.write_bytes(content.getbuffer())
        os.replace(part, path)


def _table(rows: Iterable[bytes], width: int) -> npt.NDArray[np.uint8]:
    return np.frombuffer(b"".join(rows), np.uint8).reshape(-1, width)


def _load(path: Path) -> dict[str, Fact]:
    """A damaged cache is no cache."""
    try:
        if path.stat().st_size > _MOST_CACHE:
            return {}
        with np.load(path, allow_pickle=False) as arrays:
            names, problems, remedies = json.loads(arrays["texts"].tobytes())
            columns = (arrays["numbers"].tolist(), arrays["looks"].tolist(), arrays["digests"], arrays["smalls"])
            return {
                name: Fact(
                    (size, changed), digest.tobytes() if digest.any() else b"", look, small.tobytes(), rows, width, *why
                )
                for name, (size, changed, rows, width), look, digest, small, why in zip(
                    names, *columns, zip(problems, remedies, strict=True), strict=True
                )
            }
    except Exception:
        # NumPy and zipfile raise nearly anything on a damaged file; the facts are simply gathered again.
        return {}
