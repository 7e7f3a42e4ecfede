"""The shift test: how much does a pooled picture change when the camera moves by a few pixels?

Zhang 2019, "Making Convolutional Networks Shift-Invariant Again", https://arxiv.org/abs/1904.11486. The same scene is
cut out twice, `offset` pixels apart, so that real pixels come in at the border and none are made up. Both are pooled.
With offset = q * stride + r the second output is compared with the first one moved by q whole cells: a shift by a
multiple of the stride then changes nothing, for every method, and what is left is what subsampling lost.

Images are (H, W, C) float32; the shift is along the columns, to the right.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.geometry import as_pair
from cnn_core.pooling import pool

Image = npt.NDArray[np.float32]

# Method: title. "strided" keeps one pixel of each window; the blurred ones smooth with a filter before they subsample.
METHODS = {
    "max": "Max pooling",
    "average": "Average pooling",
    "strided": "Strided subsampling",
    "max_blur": "MaxBlurPool",
    "blur": "Blur and subsample",
}

# Binomial filters, rows of Pascal's triangle divided by their sum (Zhang 2019, section 4.1, Tri-3 and Bin-5).
BLURS = {3: (1, 2, 1), 5: (1, 4, 6, 4, 1)}


@dataclass(frozen=True, eq=False)
class ShiftCurve:
    """How much the pooled output changes with the shift.

    Attributes:
        offsets: 0, 1, … pixels.
        changes: method -> one relative change for each offset, ||shifted - reference|| / ||reference||; 0 is no change.
    """

    offsets: tuple[int, ...]
    changes: dict[str, tuple[float, ...]]

    def mean(self, method: str) -> float:
        """The change of one method averaged over all offsets above 0."""
        return float(np.mean(self.changes[method][1:]))


@dataclass(frozen=True, eq=False)
class ShiftPair:
    """Two pooled cuts that show the same scene, cell by cell.

    Attributes:
        before, after: (rows, columns, C) outputs of the first and the shifted cut, over the cells that both have.
        cells: whole output cells by which `before` was moved to match.
        rest: pixels of the shift left over, below the stride.
    """

    before: Image
    after: Image
    cells: int
    rest: int

    @property
    def change(self) -> float:
        """||after - before|| / ||before||; 0 for two black pictures."""
        norm = float(np.linalg.norm(self.before))
        return float(np.linalg.norm(self.after - self.before)) / norm if norm else 0.0

    @property
    def difference(self) -> Image:
        """after - before in the channel where it is largest, signed; (rows, columns)."""
        difference = self.after - self.before
        channel = np.abs(difference).argmax(axis=2)[..., None]
        return np.take_along_axis(difference, channel, axis=2)[..., 0]


def blurred(image: Image, *, taps: int = 3) -> Image:
    """Blur with a binomial filter, keeping only positions where it fits.

    Args:
        image: (H, W, C).
        taps: 3 for [1, 2, 1] / 4 or 5 for [1, 4, 6, 4, 1] / 16, along rows and columns.

    Returns:
        (H - taps + 1, W - taps + 1, C) float32.

    Raises:
        InputError: another number of taps, or an image smaller than the filter.

    Example:
        >>> blurred(np.eye(3, dtype="float32")[..., None]).tolist()
        [[[0.375]]]
    """
    if taps not in BLURS:
        raise InputError("There is no blur of this width", "Choose 3 or 5", taps=taps)
    if min(image.shape[:2]) < taps:
        raise InputError("The blur is larger than the picture", "Choose a larger picture", shape=image.shape[:2])
    weights = np.array(BLURS[taps], np.float32) / sum(BLURS[taps])
    rows, columns = (n - taps + 1 for n in image.shape[:2])
    down = sum(weight * image[i : i + rows] for i, weight in enumerate(weights))
    return np.asarray(sum(weight * down[:, j : j + columns] for j, weight in enumerate(weights)), np.float32)


def downsample(image: Image, *, method: str, size: int = 2, stride: int = 2, taps: int = 3) -> Image:
    """Make a picture smaller in one of the ways of `METHODS`, without padding.

    Args:
        image: (H, W, C).
        method: "max" and "average" pool; "strided" keeps the first pixel of each window; "max_blur" pools with stride
            1, blurs, and keeps every stride-th (MaxBlurPool); "blur" blurs and keeps every stride-th.
        size: side of the pooling window.
        stride: step, in pixels.
        taps: width of the blur.

    Returns:
        (H_out, W_out, C) float32.

    Raises:
        InputError: an unknown method, or a window or blur that does not fit.

    Example:
        >>> downsample(np.arange(16, dtype="float32").reshape(4, 4, 1), method="strided")[..., 0].tolist()
        [[0.0, 2.0], [8.0, 10.0]]
    """
    if method not in METHODS:
        raise InputError(
            "This way to subsample does not exist here", f"Choose one of {', '.join(METHODS)}", method=method
        )
    return np.ascontiguousarray(_dense(image, method, size, taps)[::stride, ::stride])


def shift_pair(
    image: Image, *, offset: int, method: str, size: int = 2, stride: int = 2, taps: int = 3, reach: int | None = None
) -> ShiftPair:
    """Pool two cuts of the same picture, `offset` pixels apart, and line them up.

    Args:
        image: (H, W, C).
        offset: pixels from 0 to `reach`.
        method, size, stride, taps: as in `downsample`.
        reach: the largest offset of a series; all its pairs are then cut to the same width. None means `offset`.

    Raises:
        InputError: a negative offset, one beyond `reach`, or a picture too small for it.

    Example:
        >>> shift_pair(np.random.default_rng(0).random((16, 16, 1)), offset=4, method="max").change
        0.0
    """
    reach = offset if reach is None else reach
    if not 0 <= offset <= reach:
        raise InputError("The shift is outside its range", f"Choose 0 to {reach} pixels", offset=offset)
    return _pair(_dense(image, method, size, taps), offset, reach, stride)


def shift_test(
    image: Image,
    *,
    largest: int = 8,
    size: int = 2,
    stride: int = 2,
    taps: int = 3,
    methods: tuple[str, ...] = tuple(METHODS),
) -> ShiftCurve:
    """Measure the change of the pooled output for every shift from 0 to `largest` pixels.

    Raises:
        InputError: as in `shift_pair`, or a largest shift below 1.

    Example:
        >>> image = np.random.default_rng(0).random((32, 32, 1)).astype("float32")
        >>> curve = shift_test(image, largest=4)
        >>> curve.changes["max"][0], curve.changes["max"][2], curve.changes["max"][1] > curve.changes["max_blur"][1]
        (0.0, 0.0, True)
    """
    if largest < 1:
        raise InputError("A shift test needs a shift", "Choose at least 1 pixel", largest=largest)
    offsets = tuple(range(largest + 1))
    changes = {}
    for method in methods:
        dense = _dense(image, method, size, taps)
        changes[method] = tuple(_pair(dense, offset, largest, stride).change for offset in offsets)
    return ShiftCurve(offsets, changes)


def _dense(image: Image, method: str, size: int, taps: int) -> Image:
    """Everything but the subsampling. It moves with the picture exactly, so one is enough for all shifts."""
    if method not in METHODS:
        raise InputError("This way to subsample does not exist", f"Choose one of {', '.join(METHODS)}", method=method)
    if method in ("max", "average"):
        return pool(image, mode=method, size=size, stride=1)
    if method == "strided":
        return pool(image, size=1)
    return blurred(pool(image, mode="max", size=size, stride=1) if method == "max_blur" else image, taps=taps)


def _pair(dense: Image, offset: int, reach: int, stride: int) -> ShiftPair:
    as_pair(stride, "stride")
    cells, rest = divmod(offset, stride)
    width = dense.shape[1] - reach
    count = (width - 1) // stride + 1
    if width < 1 or count <= reach // stride:
        raise InputError(
            f"The picture is too narrow to be moved by {reach} pixels",
            "Choose a wider picture, a smaller shift or a smaller window",
            positions=dense.shape[1],
        )
    last = (count - 1) * stride + 1
    reference, shifted = dense[::stride, :last:stride], dense[::stride, offset : offset + last : stride]
    return ShiftPair(reference[:, cells:], shifted[:, : count - cells], cells, rest)
