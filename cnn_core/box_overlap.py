r"""How two boxes overlap, with every number on the way: intersection, union, and the four measures that losses use.

All from four areas and lengths: $IoU = \frac{|A \cap B|}{|A \cup B|}$, $GIoU = IoU - \frac{|C| - |A \cup B|}{|C|}$ with
$C$ the smallest box around both, $DIoU = IoU - \frac{\rho^2}{c^2}$ with the distance of the centres and the diagonal of
$C$, $CIoU = DIoU - \alpha v$ with the difference of the aspects. `cnn_core.boxes` computes the same for many pairs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.boxes import as_corners, ciou, diou, giou, iou

MEASURES = {"iou": "IoU", "giou": "GIoU", "diou": "DIoU", "ciou": "CIoU"}

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Overlap:
    r"""Two boxes and what is measured of them; lengths in pixels.

    Attributes:
        first, second: `x_min, y_min, x_max, y_max`.
        shared: the box that both cover; None where there is none.
        hull: the smallest box around both.
        areas: of the first and of the second box.
        intersection, union, hull_area: square pixels.
        distance: squared distance of the centres, $\rho^2$.
        diagonal: squared diagonal of the hull, $c^2$.
        aspect: $v$, the difference of the aspects in [0, 1].
        weight: $\alpha$, the weight of that difference.
        values: IoU, GIoU, DIoU and CIoU by the keys of `MEASURES`; the loss of each is 1 - value.
    """

    first: Box
    second: Box
    shared: Box | None
    hull: Box
    areas: tuple[float, float]
    intersection: float
    union: float
    hull_area: float
    distance: float
    diagonal: float
    aspect: float
    weight: float
    values: dict[str, float]


def overlap(first: Sequence[float], second: Sequence[float]) -> Overlap:
    """Measure two boxes.

    Args:
        first, second: `x_min, y_min, x_max, y_max` in pixels.

    Raises:
        InputError: corners that are no box.

    Source: Rezatofighi et al. 2019, https://arxiv.org/abs/1902.09630; Zheng et al. 2020,
    https://arxiv.org/abs/1911.08287.

    Example:
        >>> pair = overlap((0, 0, 2, 2), (1, 0, 3, 2))
        >>> pair.intersection, pair.union, pair.hull_area, round(pair.values["iou"], 3), round(pair.values["giou"], 3)
        (2.0, 6.0, 6.0, 0.333, 0.333)
    """
    corners = as_corners([list(first), list(second)]).astype(np.float64)
    a, b = corners
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    touching = bool((high > low).all())
    hull = np.concatenate([np.minimum(a[:2], b[:2]), np.maximum(a[2:], b[2:])])
    sizes = corners[:, 2:] - corners[:, :2]
    intersection = float(np.prod(high - low)) if touching else 0.0
    areas = (float(sizes[0].prod()), float(sizes[1].prod()))
    aspects = np.arctan2(sizes[:, 0], sizes[:, 1])
    aspect = float(4 / np.pi**2 * (aspects[0] - aspects[1]) ** 2)
    values = {name: float(measure([a], [b])[0, 0]) for name, measure in _MEASURED.items()}
    remaining = 1 - values["iou"] + aspect
    return Overlap(
        first=_box(a),
        second=_box(b),
        shared=_box(np.concatenate([low, high])) if touching else None,
        hull=_box(hull),
        areas=areas,
        intersection=intersection,
        union=sum(areas) - intersection,
        hull_area=float(np.prod(hull[2:] - hull[:2])),
        distance=float((((a[:2] + a[2:]) - (b[:2] + b[2:])) ** 2).sum() / 4),
        diagonal=float(((hull[2:] - hull[:2]) ** 2).sum()),
        aspect=aspect,
        weight=aspect / remaining if remaining > 0 else 0.0,
        values=values,
    )


def losses_along(
    first: Sequence[float], second: Sequence[float], shifts: npt.ArrayLike
) -> dict[str, npt.NDArray[np.float64]]:
    """1 - IoU, 1 - GIoU, 1 - DIoU and 1 - CIoU as the second box moves to the right.

    Args:
        first, second: as in `overlap`.
        shifts: (N,) pixels by which the second box is moved.

    Returns:
        (N,) by the keys of `MEASURES`.

    Raises:
        InputError: corners that are no box.

    Example:
        >>> losses = losses_along((0, 0, 1, 1), (0, 0, 1, 1), [0, 2, 3])
        >>> losses["iou"].tolist(), losses["giou"].round(2).tolist()
        ([0.0, 1.0, 1.0], [0.0, 1.33, 1.5])
    """
    still, moving = as_corners([list(first), list(second)]).astype(np.float64)
    moved = moving + np.asarray(shifts, np.float64).reshape(-1, 1) * [1, 0, 1, 0]
    return {name: 1 - measure([still], moved)[0] for name, measure in _MEASURED.items()}


_MEASURED = {"iou": iou, "giou": giou, "diou": diou, "ciou": ciou}


def _box(corners: np.ndarray) -> Box:
    left, top, right, bottom = (float(side) for side in corners)
    return left, top, right, bottom
