"""Pictures as training needs them: read in the background, kept in memory where they fit, in an order set by a seed."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.runtime import usable_cores, usable_memory

Pixels = npt.NDArray[np.uint8]
Batch = TypeVar("Batch")
Made = TypeVar("Made")

_MOST_KEPT = 1_500_000_000


def read_pixels(listing: Any, file: str, *, size: tuple[int, int]) -> Pixels:
    """One picture as the network will see it: (rows, columns, 3) uint8.

    Raises:
        InputError: it can no longer be read; names it.
    """
    from cnn_core.folders.pictures import read_picture

    try:
        return np.asarray(read_picture(listing, file, size=size), np.uint8)
    except OSError as error:
        raise InputError(
            f"{file} can no longer be read: {error.strerror}", "Put it back, or exclude it, and train again"
        ) from error


class PictureSource:
    """The pictures of some items by their number; decoded once if all of them fit into an eighth of the memory."""

    def __init__(self, listing: Any, files: Sequence[str], *, size: tuple[int, int]) -> None:
        self._listing, self._files, self._size = listing, list(files), size
        fits = len(self._files) * size[0] * size[1] * 3 <= min(_MOST_KEPT, usable_memory() // 8)
        self._kept: dict[int, Pixels] | None = {} if fits else None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, number: int) -> Pixels:
        """(rows, columns, 3) uint8; not to be written to."""
        if self._kept is not None and number in self._kept:
            return self._kept[number]
        pixels = read_pixels(self._listing, self._files[number], size=self._size)
        if self._kept is not None:
            with self._lock:
                self._kept[number] = pixels
        return pixels


def in_background(
    make: Callable[[Batch], Made], batches: Sequence[Batch], *, ahead: int = 3, workers: int | None = None
) -> Iterator[Made]:
    """`make` of each batch, in order, computed by threads while the one before is worked on.

    Args:
        make: what to do.
        batches: with what.
        ahead: how many may wait finished.
        workers: threads; by default one for each core.

    Example:
        >>> list(in_background(abs, [-1, -2, 3]))
        [1, 2, 3]
    """
    with ThreadPoolExecutor(max_workers=workers or usable_cores()) as pool:
        waiting: list[Future[Made]] = [pool.submit(make, batch) for batch in batches[:ahead]]
        try:
            for number in range(len(batches)):
                made = waiting.pop(0).result()
                if number + ahead < len(batches):
                    waiting.append(pool.submit(make, batches[number + ahead]))
                yield made
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def epoch_order(count: int, *, seed: int, phase: str, epoch: int) -> npt.NDArray[np.int64]:
    """The order of an epoch's pictures, which depends on these alone: a run that is resumed sees the same.

    Example:
        >>> sorted(epoch_order(4, seed=0, phase="fine_tuning", epoch=1).tolist())
        [0, 1, 2, 3]
    """
    return epoch_random(seed=seed, phase=phase, epoch=epoch).permutation(count)


def epoch_random(*, seed: int, phase: str, epoch: int, batch: int = -1) -> np.random.Generator:
    """Random numbers of an epoch, or of one of its batches."""
    return np.random.default_rng((seed, int(phase == "fine_tuning"), epoch, batch + 1))
