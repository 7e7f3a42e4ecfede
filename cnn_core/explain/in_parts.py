"""Many pictures computed a few at a time, so that memory stays small, others get their turn, and progress is seen."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]

# Numbers of input computed at once: eight pictures of 224 x 224 x 3, of which VGG-16 takes about a gigabyte with its
# gradients.
_AT_ONCE = 8 * 224 * 224 * 3
# Few enough that progress is seen with small pictures too.
_MOST = 16


def parts(count: int, shape: tuple[int, ...], *, progress: Progress | None = None) -> Iterator[range]:
    """Ranges that make up 0 to count - 1, as many at once as pictures of this shape allow.

    Args:
        count: pictures in all.
        shape: of one picture.
        progress: called with what is done and with `count`, before the first part and after each.

    Example:
        >>> [len(part) for part in parts(20, (224, 224, 3))]
        [8, 8, 4]
    """
    step = int(np.clip(_AT_ONCE // max(int(np.prod(shape)), 1), 1, _MOST))
    if progress:
        progress(0, count)
    for first in range(0, count, step):
        part = range(first, min(first + step, count))
        yield part
        if progress:
            progress(part.stop, count)
