"""Pictures as training needs them: read in the background, kept in memory where they fit, in an order set by a seed."""

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.runtime import usable_cores, usable_memory

Pixels = npt.NDArray[np.uint8]
Batch = TypeVar("Batch")
Item = TypeVar("Item")
Picture = TypeVar("Picture")
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


class KeptSource(Generic[Item, Picture]):
    """Pictures by their number, each read when it is first asked for; kept if all of them fit into an eighth of memory.

    Args:
        items: which.
        read: makes a picture of an item.
        bytes_each: of one picture at most.
    """

    def __init__(self, items: Sequence[Item], read: Callable[[Item], Picture], *, bytes_each: int) -> None:
        self.items = tuple(items)
        self._read, self._bytes_each = read, bytes_each
        fits = len(self.items) * bytes_each <= min(_MOST_KEPT, usable_memory() // 8)
        self._kept: dict[int, Picture] | None = {} if fits else None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, number: int) -> Picture:
        """A picture, not to be written to.

        Raises:
            InputError: it can no longer be read.
        """
        if self._kept is not None and number in self._kept:
            return self._kept[number]
        picture = self._read(self.items[number])
        if self._kept is not None:
            with self._lock:
                self._kept[number] = picture
        return picture

    def readable(self, check: Callable[[int, int], None]) -> "tuple[KeptSource[Item, Picture], list[str]]":
        """The pictures that can be read, all of them looked at, and what is said of the others.

        Args:
            check: told pictures done and of all; it may raise.

        Example:
            >>> source, said = KeptSource(["a"], str.upper, bytes_each=1).readable(lambda done, of: None)
            >>> source[0], said
            ('A', [])
        """
        good, bad = [], []
        for number, item in enumerate(self.items):
            check(number, len(self.items))
            try:
                self[number]
                good.append(item)
            except InputError as error:
                bad.append(f"{error} It is left out.")
        return (KeptSource(good, self._read, bytes_each=self._bytes_each) if bad else self), bad


PictureSource = KeptSource[str, Pixels]


def picture_source(listing: Any, files: Sequence[str], *, size: tuple[int, int]) -> PictureSource:
    """The pictures of some files as the network will see them: (rows, columns, 3) uint8."""
    return KeptSource(files, lambda file: read_pixels(listing, file, size=size), bytes_each=size[0] * size[1] * 3)


def in_background(
    make: Callable[[Batch], Made], batches: Sequence[Batch], *, ahead: int = 3, workers: int | None = None
) -> Generator[Made, None, None]:
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


def epoch_batches(
    pictures: int, *, views: int, size: int, seed: int, phase: str, epoch: int
) -> list[tuple[int, npt.NDArray[np.int64]]]:
    """Numbered batches of an epoch in which each picture has so many views, all of one size.

    The last one is filled up from the beginning of the order.

    Example:
        >>> [len(chosen) for _, chosen in epoch_batches(3, views=2, size=4, seed=0, phase="detection", epoch=1)]
        [4, 4]
    """
    order = epoch_order(pictures * views, seed=seed, phase=phase, epoch=epoch)
    steps = -(-len(order) // size)
    return list(enumerate(np.resize(order, steps * size).reshape(steps, size) % pictures))


def epoch_random(*, seed: int, phase: str, epoch: int, batch: int = -1) -> np.random.Generator:
    """Random numbers of an epoch, or of one of its batches."""
    return np.random.default_rng((seed, int(phase == "fine_tuning"), epoch, batch + 1))
