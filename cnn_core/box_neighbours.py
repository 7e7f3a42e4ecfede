r"""Which boxes can overlap a given box by more than a threshold: found without comparing every pair.

IoU is at most the overlap of the two boxes' shadows on either axis. So $IoU > t$ needs widths $w, v$ with
$t w < v < w / t$ and centres closer than $\frac{w + v}{2} \cdot \frac{1 - t}{1 + t}$, and the same for the heights.
Boxes are sorted by band, then by the place of their centre from left to right. A band holds the boxes of one label, one
class of widths, one class of heights (each class RATIO times the one below) and one row of the grid of that class. All
candidates of a box then lie in a few runs of the sorted list.
"""

import numpy as np
import numpy.typing as npt

RATIO = 4.0
FINEST = 2.0**-14  # sizes below this part of the picture share one class
ROWS = 512  # of a grid at most
COLUMNS = 2**18  # places from left to right that are told apart
SLACK = 1.001  # covers rounding: a candidate too many costs nothing

Indices = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


class BoxNeighbours:
    """An index of boxes, asked for those that may overlap others by more than a threshold.

    Args:
        corners: (N, 4) `x_min, y_min, x_max, y_max`, each box with an area.
        labels: (N,) whole numbers from 0; boxes of different labels are never neighbours.
        threshold: the IoU in [0, 1] that neighbours must be able to exceed.

    Example:
        >>> index = BoxNeighbours([[0, 0, 4, 4], [1, 0, 5, 4], [90, 0, 94, 4]], [0, 0, 0], threshold=0.5)
        >>> asking, found, answered = index.candidates([0], most=1000)
        >>> sorted(found.tolist())
        [0, 1]
    """

    def __init__(self, corners: npt.ArrayLike, labels: npt.ArrayLike, *, threshold: float) -> None:
        sides = np.asarray(corners, np.float64)
        self.labels = np.asarray(labels, np.int64)
        self.threshold = threshold / SLACK
        self.size = sides[:, 2:] - sides[:, :2]
        centre = (sides[:, 2:] + sides[:, :2]) / 2
        self.centre = centre - centre.min(axis=0)
        self.span = float(max(self.centre.max(), self.size.max()))
        self.ratio = min(max(RATIO, 1 / max(self.threshold, 1e-3)), RATIO**2)

        classes = self._size_classes(self.size)
        self.class_counts = classes.max(axis=0) + 1
        self.occupied = np.zeros(self.class_counts, bool)
        self.occupied[classes[:, 0], classes[:, 1]] = True
        self.largest = self.span * FINEST * self.ratio ** np.arange(1.0, self.class_counts.max() + 1)
        self.row_height = np.maximum(self.largest / self.ratio, self.span / ROWS)
        self.row_count = int(self.span / self.row_height[0]) + 1
        bands = int(self.labels.max() + 1) * int(self.class_counts.prod()) * self.row_count
        self.columns = min(COLUMNS, 2**62 // bands)

        rows = (self.centre[:, 1] / self.row_height[classes[:, 1]]).astype(np.int64)
        keys = self._band(self.labels, classes, rows) * self.columns + self._column(self.centre[:, 0])
        self.order = np.argsort(keys, kind="stable")
        self.keys = keys[self.order]

    def candidates(self, asking: npt.ArrayLike, *, most: int) -> tuple[Indices, Indices, int]:
        """Boxes that may overlap those asked for, themselves included.

        Args:
            asking: (Q,) places of boxes in this index.
            most: pairs to return at most; where there are more, only the first few of `asking` are answered, but one
                at least.

        Returns:
            (P,) places in `asking`, (P,) places of boxes in this index, and how many of `asking` were answered.
        """
        asked = np.asarray(asking, np.int64)
        size, centre = self.size[asked], self.centre[asked]
        first = self._size_classes(size * self.threshold)
        last = np.minimum(self._size_classes(size / max(self.threshold, 1e-9)), self.class_counts - 1)
        combinations = last - first + 1
        owner, step = _expand(combinations.prod(axis=1))
        classes = first[owner] + np.stack(np.divmod(step, combinations[owner, 1]), axis=1)
        exists = self.occupied[classes[:, 0], classes[:, 1]]
        owner, classes = owner[exists], classes[exists]

        widest = np.minimum(self.largest[classes], size[owner] / max(self.threshold, 1e-9))
        reach = (size[owner] + widest) * (SLACK / 2 * (1 - self.threshold) / (1 + self.threshold))
        height = self.row_height[classes[:, 1]]
        top = np.clip((centre[owner, 1] - reach[:, 1]) / height, 0, self.row_count - 1).astype(np.int64)
        bottom = np.clip((centre[owner, 1] + reach[:, 1]) / height, 0, self.row_count - 1).astype(np.int64)
        left = self._column(centre[owner, 0] - reach[:, 0])
        right = self._column(centre[owner, 0] + reach[:, 0])
        band = self._band(self.labels[asked[owner]], classes, top)

        run, row = _expand(bottom - top + 1)
        key = (band[run] + row) * self.columns
        start = np.searchsorted(self.keys, key + left[run], side="left")
        length = np.searchsorted(self.keys, key + right[run], side="right") - start
        asker = owner[run]

        totals = np.cumsum(np.bincount(asker, weights=length, minlength=len(asked)))
        answered = max(int(np.searchsorted(totals, most, side="right")), min(1, len(asked)))
        wanted = asker < answered
        asker, start, length = asker[wanted], start[wanted], length[wanted]
        run, offset = _expand(length)
        return asker[run], self.order[start[run] + offset], answered

    def _size_classes(self, size: Numbers) -> Indices:
        return np.floor(np.log(np.maximum(size / (self.span * FINEST), 1)) / np.log(self.ratio)).astype(np.int64)

    def _column(self, place: Numbers) -> Indices:
        return np.clip(place * ((self.columns - 1) / self.span), 0, self.columns - 1).astype(np.int64)

    def _band(self, labels: Indices, classes: Indices, rows: Indices) -> Indices:
        widths, heights = self.class_counts
        return ((labels * widths + classes[:, 0]) * heights + classes[:, 1]) * self.row_count + rows


def _expand(counts: Indices) -> tuple[Indices, Indices]:
    """For counts [2, 0, 3]: owners [0, 0, 2, 2, 2] and steps [0, 1, 0, 1, 2]."""
    owner = np.repeat(np.arange(len(counts)), counts)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
