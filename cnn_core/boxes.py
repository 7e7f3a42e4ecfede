"""Boxes of one picture, their layouts, and how much two boxes overlap.

Corners are (N, 4) `x_min, y_min, x_max, y_max` in pixels, continuous: a box from 0 to 1 is one pixel wide, and nothing
is added to a width. Overlaps are computed in float64. A box without area overlaps nothing: its IoU is 0, even with
itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError

LAYOUTS = ("xyxy", "yxyx", "xywh", "cxcywh")

Corners = npt.NDArray[np.float32]
Overlaps = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Boxes:
    """The boxes of one picture, checked once; the arrays cannot be written to afterwards.

    Attributes:
        corners: (N, 4) float32, `x_min, y_min, x_max, y_max` in pixels.
        labels: (N,) int64, places in `names`.
        scores: (N,) float32 in [0, 1]; None means ones, as for ground truth.
        names: the class names.

    Raises:
        InputError: lengths that differ, a corner that is not finite, a right or lower side before the left or upper
            one, a score outside [0, 1], or a label without a name.

    Example:
        >>> found = Boxes([[0, 0, 4, 2], [1, 1, 3, 5]], [0, 1], [0.9, 0.4], ("cat", "dog"))
        >>> len(found), found[found.scores > 0.5].labels.tolist()
        (2, [0])
    """

    corners: Corners
    labels: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]
    names: tuple[str, ...]

    def __init__(
        self,
        corners: npt.ArrayLike,
        labels: npt.ArrayLike,
        scores: npt.ArrayLike | None = None,
        names: Sequence[str] = (),
    ) -> None:
        checked = as_corners(corners).copy()
        count = len(checked)
        classes = _labels(labels)
        values = np.ones(count, np.float32) if scores is None else np.array(scores, np.float32).reshape(-1)
        if len(classes) != count or len(values) != count:
            raise InputError(
                "Each box needs one label and one score",
                f"Give {count} of each",
                labels=len(classes),
                scores=len(values),
            )
        if not ((values >= 0) & (values <= 1)).all():
            raise InputError("A score lies outside 0 to 1", "Give probabilities", scores=_extremes(values))
        if count and not 0 <= classes.min() <= classes.max() < len(names):
            raise InputError(
                "A label has no class name",
                f"Labels are places in the list of {len(names)} names, counted from 0",
                labels=_extremes(classes),
            )
        for name, array in (("corners", checked), ("labels", classes), ("scores", values)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        object.__setattr__(self, "names", tuple(names))

    @classmethod
    def empty(cls, names: Sequence[str] = ()) -> Self:
        """No boxes.

        Example:
            >>> len(Boxes.empty(("cat",)))
            0
        """
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), None, names)

    def __len__(self) -> int:
        return len(self.corners)

    def __getitem__(self, which: Any) -> Self:
        """The boxes at a mask, indices or a slice; one index gives one box."""
        chosen = np.arange(len(self))[which].reshape(-1)
        return type(self)(self.corners[chosen], self.labels[chosen], self.scores[chosen], self.names)

    @property
    def areas(self) -> Overlaps:
        """(N,) float64 square pixels."""
        return areas(self.corners)


def as_corners(corners: npt.ArrayLike) -> Corners:
    """Corners as an (N, 4) float32 array; an empty list is no boxes.

    Raises:
        InputError: another shape, values that are not finite, or a right or lower side before the left or upper one.

    Example:
        >>> as_corners([[0, 0, 4, 2]]).dtype
        dtype('float32')
    """
    values = np.asarray(corners, np.float32)
    if values.size == 0:
        return np.zeros((0, 4), np.float32)
    if values.ndim != 2 or values.shape[1] != 4:
        raise InputError("Boxes need four numbers each", "Give an array of shape (N, 4)", shape=values.shape)
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
        raise InputError(
            "A box has a corner that is not a number",
            "Leave out NaN and infinity",
            box=row,
            corners=values[row].tolist(),
        )
    turned = (values[:, 2] < values[:, 0]) | (values[:, 3] < values[:, 1])
    if turned.any():
        row = int(np.flatnonzero(turned)[0])
        raise InputError(
            "A box ends before it begins",
            "Give x_min, y_min, x_max, y_max with x_min <= x_max and y_min <= y_max",
            box=row,
            corners=values[row].tolist(),
        )
    return values


def to_corners(boxes: npt.ArrayLike, layout: str, *, size: tuple[int, int] | None = None) -> Corners:
    """Boxes in any layout as corners in pixels.

    Args:
        boxes: (N, 4) numbers.
        layout: "xyxy", "yxyx", "xywh" (corner and size) or "cxcywh" (centre and size).
        size: (height, width) of the picture if the numbers are parts of it (0 to 1); None if they are pixels.

    Returns:
        (N, 4) float32 `x_min, y_min, x_max, y_max` in pixels; not checked, since a network may give any numbers.

    Raises:
        InputError: an unknown layout, or another shape.

    Example:
        >>> to_corners([[0.5, 0.5, 0.5, 1.0]], "cxcywh", size=(10, 20)).tolist()
        [[5.0, 0.0, 15.0, 10.0]]
    """
    first, second, third, fourth = _columns(boxes, layout)
    if layout == "xyxy":
        sides = [first, second, third, fourth]
    elif layout == "yxyx":
        sides = [second, first, fourth, third]
    elif layout == "xywh":
        sides = [first, second, first + third, second + fourth]
    else:
        sides = [first - third / 2, second - fourth / 2, first + third / 2, second + fourth / 2]
    corners = np.stack(sides, axis=-1)
    if size is not None:
        corners *= [size[1], size[0], size[1], size[0]]
    return corners.astype(np.float32)


def from_corners(
    corners: npt.ArrayLike, layout: str, *, size: tuple[int, int] | None = None
) -> npt.NDArray[np.float32]:
    """Corners in pixels as boxes in another layout; the arguments are those of `to_corners`.

    Returns:
        (N, 4) float32 in the layout; parts of the picture where `size` is given.

    Raises:
        InputError: an unknown layout, or another shape.

    Example:
        >>> from_corners([[5, 0, 15, 10]], "xywh").tolist()
        [[5.0, 0.0, 10.0, 10.0]]
    """
    left, top, right, bottom = _columns(corners, layout)
    if size is not None:
        left, right, top, bottom = left / size[1], right / size[1], top / size[0], bottom / size[0]
    if layout == "xyxy":
        values = [left, top, right, bottom]
    elif layout == "yxyx":
        values = [top, left, bottom, right]
    elif layout == "xywh":
        values = [left, top, right - left, bottom - top]
    else:
        values = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]
    return np.stack(values, axis=-1).astype(np.float32)


def clip_corners(corners: npt.ArrayLike, size: tuple[int, int]) -> Corners:
    """Corners brought inside a picture of (height, width); a box wholly outside gets no area.

    Example:
        >>> clip_corners([[-3, 2, 30, 8]], (10, 20)).tolist()
        [[0.0, 2.0, 20.0, 8.0]]
    """
    values = as_corners(corners)
    return np.clip(values, 0, np.array([size[1], size[0], size[1], size[0]], np.float32))


def areas(corners: npt.ArrayLike) -> Overlaps:
    """(N,) float64 square pixels.

    Example:
        >>> areas([[0, 0, 4, 2]]).tolist()
        [8.0]
    """
    values = np.asarray(corners, np.float64).reshape(-1, 4)
    return (values[:, 2] - values[:, 0]) * (values[:, 3] - values[:, 1])


def iou(first: npt.ArrayLike, second: npt.ArrayLike) -> Overlaps:
    r"""Intersection over union, $|A \cap B| / |A \cup B|$, of every pair; 0 where the union has no area.

    Args:
        first: (N, 4) corners.
        second: (M, 4) corners.

    Returns:
        (N, M) float64 in [0, 1].

    Example:
        >>> iou([[0, 0, 2, 2]], [[1, 0, 3, 2], [5, 5, 6, 6]]).round(3).tolist()
        [[0.333, 0.0]]
    """
    a, b = _pairs(first, second)
    shared, union = _shared_and_union(a, b)
    return _ratio(shared, union)


def inside(first: npt.ArrayLike, second: npt.ArrayLike) -> Overlaps:
    r"""Part of each first box that lies in each second one, $|A \cap B| / |A|$; 0 where A has no area.

    Args:
        first: (N, 4) corners.
        second: (M, 4) corners.

    Returns:
        (N, M) float64 in [0, 1].

    Example:
        >>> inside([[0, 0, 2, 2]], [[1, 0, 9, 9]]).tolist()
        [[0.5]]
    """
    a, b = _pairs(first, second)
    return _ratio(_shared_and_union(a, b)[0], (a[2] - a[0]) * (a[3] - a[1]))


def giou(first: npt.ArrayLike, second: npt.ArrayLike) -> Overlaps:
    r"""Generalised IoU, $IoU - (|C| - |A \cup B|) / |C|$ with $C$ the smallest box around both.

    Returns:
        (N, M) float64 in [-1, 1]; the loss is 1 - GIoU.

    Source: Rezatofighi et al. 2019, https://arxiv.org/abs/1902.09630, algorithm 1.

    Example:
        >>> giou([[0, 0, 1, 1]], [[2, 0, 3, 1]]).round(3).tolist()
        [[-0.333]]
    """
    a, b = _pairs(first, second)
    shared, union = _shared_and_union(a, b)
    width, height = _hull(a, b)
    hull = width * height
    return _ratio(shared, union) - _ratio(hull - union, hull)


def diou(first: npt.ArrayLike, second: npt.ArrayLike) -> Overlaps:
    r"""Distance IoU, $IoU - \rho^2 / c^2$: centre distance over the diagonal of the smallest box around both.

    Returns:
        (N, M) float64 in [-1, 1]; the loss is 1 - DIoU.

    Source: Zheng et al. 2020, https://arxiv.org/abs/1911.08287, equation 6.

    Example:
        >>> diou([[0, 0, 1, 1]], [[2, 0, 3, 1]]).round(3).tolist()
        [[-0.4]]
    """
    a, b = _pairs(first, second)
    width, height = _hull(a, b)
    distance = ((a[0] + a[2] - b[0] - b[2]) ** 2 + (a[1] + a[3] - b[1] - b[3]) ** 2) / 4
    return _ratio(*_shared_and_union(a, b)) - _ratio(distance, width**2 + height**2)


def ciou(first: npt.ArrayLike, second: npt.ArrayLike) -> Overlaps:
    r"""Complete IoU, $DIoU - \alpha v$.

    $v = \frac{4}{\pi^2} (\arctan \frac{w_A}{h_A} - \arctan \frac{w_B}{h_B})^2$ compares the aspects and
    $\alpha = v / (1 - IoU + v)$ weighs them; both are 0 where the aspects agree.

    Returns:
        (N, M) float64; the loss is 1 - CIoU.

    Source: Zheng et al. 2020, https://arxiv.org/abs/1911.08287, equations 8 to 11.

    Example:
        >>> ciou([[0, 0, 2, 2]], [[0, 0, 2, 2], [0, 0, 4, 1]]).round(3).tolist()
        [[1.0, 0.253]]
    """
    a, b = _pairs(first, second)
    aspects = [np.arctan2(box[2] - box[0], box[3] - box[1]) for box in (a, b)]
    difference = 4 / np.pi**2 * (aspects[0] - aspects[1]) ** 2
    weight = _ratio(difference, 1 - _ratio(*_shared_and_union(a, b)) + difference)
    return diou(first, second) - weight * difference


def _pairs(first: npt.ArrayLike, second: npt.ArrayLike) -> tuple[Overlaps, Overlaps]:
    """The four sides as (4, N, 1) and (4, 1, M)."""
    a = np.asarray(first, np.float64).reshape(-1, 4)
    b = np.asarray(second, np.float64).reshape(-1, 4)
    return a.T[:, :, None], b.T[:, None, :]


def _shared_and_union(a: Overlaps, b: Overlaps) -> tuple[Overlaps, Overlaps]:
    width = np.minimum(a[2], b[2]) - np.maximum(a[0], b[0])
    height = np.minimum(a[3], b[3]) - np.maximum(a[1], b[1])
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    return shared, (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared


def _hull(a: Overlaps, b: Overlaps) -> tuple[Overlaps, Overlaps]:
    return np.maximum(a[2], b[2]) - np.minimum(a[0], b[0]), np.maximum(a[3], b[3]) - np.minimum(a[1], b[1])


def _ratio(part: Overlaps, whole: Overlaps) -> Overlaps:
    return np.divide(part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole > 0)


def _columns(boxes: npt.ArrayLike, layout: str) -> list[npt.NDArray[np.float64]]:
    if layout not in LAYOUTS:
        raise InputError("This layout of boxes does not exist", f"Choose one of {', '.join(LAYOUTS)}", layout=layout)
    values = np.asarray(boxes, np.float64)
    if values.size == 0:
        values = values.reshape(0, 4)
    if values.ndim != 2 or values.shape[1] != 4:
        raise InputError("Boxes need four numbers each", "Give an array of shape (N, 4)", shape=values.shape)
    return list(values.T)


def _labels(labels: npt.ArrayLike) -> npt.NDArray[np.int64]:
    values = np.array(labels).reshape(-1)
    if values.size == 0:
        return np.zeros(0, np.int64)
    if values.dtype.kind not in "iu":
        raise InputError("Labels are whole numbers", "Give the place of each class name", dtype=str(values.dtype))
    return values.astype(np.int64)


def _extremes(values: np.ndarray) -> list[float] | list[int]:
    return [values.min().item(), values.max().item()]
