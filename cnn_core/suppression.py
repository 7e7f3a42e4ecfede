"""Non-maximum suppression: of the boxes that a detector draws around one object, the best is kept.

Boxes are taken from the highest score down, equal scores in the order given. Each box kept suppresses those after it
whose IoU with it is above the threshold. IoU is computed in float32 and in TensorFlow's order of operations, so that
the choice equals `tf.image.non_max_suppression` also where an IoU falls on the threshold.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.box_neighbours import BoxNeighbours
from cnn_core.boxes import Corners, as_corners
from cnn_core.errors import InputError

Indices = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]

PAIRS_AT_ONCE = 1_000_000
SOFT_METHODS = ("gaussian", "linear")


@dataclass(frozen=True, eq=False)
class SuppressionStep:
    """One box kept, and what it did to those still waiting.

    Attributes:
        kept: the place of the box in the input.
        waiting: (M,) places of the boxes that were still waiting, best first.
        overlaps: (M,) float32 IoU of each with the kept box.
        suppressed: (M,) bool, true for those that go.
    """

    kept: int
    waiting: Indices
    overlaps: npt.NDArray[np.float32]
    suppressed: npt.NDArray[np.bool_]


def nms(
    corners: npt.ArrayLike,
    scores: npt.ArrayLike,
    labels: npt.ArrayLike | None = None,
    *,
    iou_threshold: float = 0.5,
    score_threshold: float = 0.0,
    limit: int | None = None,
) -> Indices:
    """Greedy non-maximum suppression.

    Args:
        corners: (N, 4) `x_min, y_min, x_max, y_max`.
        scores: (N,) numbers.
        labels: (N,) whole numbers: a box suppresses only boxes of its own label; None: any box (class-agnostic).
        iou_threshold: in [0, 1]; a box goes where its IoU with a kept box is above it.
        score_threshold: boxes whose score is not above it never take part.
        limit: the largest number of boxes kept; None keeps all.

    Returns:
        int64 places of the boxes kept, best first.

    Raises:
        InputError: lengths that differ, corners that are not boxes, or a threshold or limit out of range.

    Source: `tf.image.non_max_suppression`, which it equals.

    Example:
        >>> nms([[0, 0, 4, 4], [0, 0, 4, 5], [9, 9, 12, 12]], [0.6, 0.9, 0.3]).tolist()
        [1, 2]
    """
    _check(iou_threshold, limit)
    order, sides, classes = _ranked(corners, scores, labels, score_threshold)
    dead = np.zeros(len(order), bool)
    with np.errstate(over="ignore", invalid="ignore"):  # an area may exceed float32
        _suppress(dead, sides, classes, iou_threshold=iou_threshold, limit=limit)
    return order[np.flatnonzero(~dead)[:limit]]


def nms_trace(
    corners: npt.ArrayLike,
    scores: npt.ArrayLike,
    labels: npt.ArrayLike | None = None,
    *,
    iou_threshold: float = 0.5,
    score_threshold: float = 0.0,
    limit: int | None = None,
) -> tuple[SuppressionStep, ...]:
    """`nms` step by step: each box kept, the boxes waiting behind it, their IoU with it, and which of them go.

    The arguments and errors are those of `nms`; the boxes kept are the same.

    Example:
        >>> steps = nms_trace([[0, 0, 4, 4], [0, 0, 4, 5], [9, 9, 12, 12]], [0.6, 0.9, 0.3])
        >>> steps[0].kept, steps[0].waiting.tolist(), steps[0].overlaps.tolist()
        (1, [0, 2], [0.800000011920929, 0.0])
        >>> steps[0].suppressed.tolist()
        [True, False]
    """
    _check(iou_threshold, limit)
    order, sides, classes = _ranked(corners, scores, labels, score_threshold)
    steps: list[SuppressionStep] = []
    left = np.arange(len(order))
    while len(left) and (limit is None or len(steps) < limit):
        best, waiting = left[0], left[1:]
        overlaps = _overlaps(sides, best, waiting)
        suppressed = (overlaps > np.float32(iou_threshold)) & (classes[waiting] == classes[best])
        steps.append(SuppressionStep(int(order[best]), order[waiting], overlaps, suppressed))
        left = waiting[~suppressed]
    return tuple(steps)


def soft_nms(
    corners: npt.ArrayLike,
    scores: npt.ArrayLike,
    labels: npt.ArrayLike | None = None,
    *,
    method: str = "gaussian",
    sigma: float = 0.5,
    iou_threshold: float = 0.3,
    score_threshold: float = 0.001,
    limit: int | None = None,
) -> tuple[Indices, Scores]:
    r"""Soft-NMS: a kept box lowers the scores of those that overlap it, instead of removing them.

    "gaussian" multiplies by $e^{-IoU^2 / \sigma}$; "linear" by $1 - IoU$ where the IoU is above `iou_threshold`.

    Args:
        corners, scores, labels, limit: as in `nms`.
        method: "gaussian" or "linear".
        sigma: width of the Gaussian, above 0.
        iou_threshold: in [0, 1], for "linear" alone.
        score_threshold: a box whose score falls to it or below is dropped.

    Returns:
        int64 places of the boxes kept and their lowered float32 scores, highest first.

    Raises:
        InputError: as in `nms`; an unknown method; a sigma that is not positive.

    Source: Bodla et al. 2017, https://arxiv.org/abs/1704.04503, section 3. TensorFlow's `soft_nms_sigma` is half of
    this sigma.

    Example:
        >>> kept, lowered = soft_nms([[0, 0, 4, 4], [0, 0, 4, 5]], [0.6, 0.9], method="linear")
        >>> kept.tolist(), [round(score, 2) for score in lowered.tolist()]
        ([1, 0], [0.9, 0.12])
    """
    if method not in SOFT_METHODS:
        raise InputError("Soft-NMS has no such method", f"Choose one of {', '.join(SOFT_METHODS)}", method=method)
    if not sigma > 0:
        raise InputError("The width of the Gaussian must be positive", "Choose a sigma above 0", sigma=sigma)
    _check(iou_threshold, limit)
    order, sides, classes = _ranked(corners, scores, labels, score_threshold)
    values = np.asarray(scores, np.float32)[order]
    # From left to right, so that the boxes that a box can touch lie in one slice.
    across = np.argsort(sides[:, 0], kind="stable")
    left, top, right, bottom = np.ascontiguousarray(sides[across].T)
    farthest = np.maximum.accumulate(right)
    kept: list[int] = []
    lowered: list[float] = []
    while limit is None or len(kept) < limit:
        best = int(values.argmax()) if len(values) else 0
        if not len(values) or values[best] == -np.inf:
            break
        kept.append(best)
        lowered.append(float(values[best]))
        values[best] = -np.inf
        box = sides[best]
        first, end = np.searchsorted(farthest, box[0], side="right"), np.searchsorted(left, box[2], side="left")
        touching = (right[first:end] > box[0]) & (bottom[first:end] > box[1]) & (top[first:end] < box[3])
        near = across[first:end][touching]
        near = near[(values[near] > -np.inf) & (classes[near] == classes[best])]
        overlaps = _overlaps(sides, best, near)
        if method == "gaussian":
            factors = np.exp(-(overlaps**2) / np.float32(sigma))
        else:
            factors = np.where(overlaps > np.float32(iou_threshold), 1 - overlaps, np.float32(1))
        changed = values[near] * factors
        values[near] = np.where(changed > np.float32(score_threshold), changed, -np.inf)
    return order[kept], np.array(lowered, np.float32)


def _check(iou_threshold: float, limit: int | None) -> None:
    if not 0 <= iou_threshold <= 1:
        raise InputError(
            "The IoU threshold lies outside 0 to 1", "Choose 0.5, for example", iou_threshold=iou_threshold
        )
    if limit is not None and limit < 1:
        raise InputError("The limit keeps no box", "Choose 1 or more, or None", limit=limit)


def _ranked(
    corners: npt.ArrayLike, scores: npt.ArrayLike, labels: npt.ArrayLike | None, score_threshold: float
) -> tuple[Indices, Corners, Indices]:
    """Places of the boxes that take part, best first; their corners; their labels counted from 0."""
    sides = as_corners(corners)
    values = np.asarray(scores, np.float32).reshape(-1)
    classes = np.zeros(len(sides), np.int64) if labels is None else np.asarray(labels).reshape(-1)
    if not len(sides) == len(values) == len(classes):
        raise InputError(
            "Each box needs one score, and one label where labels are given",
            f"Give {len(sides)} of each",
            scores=len(values),
            labels=len(classes),
        )
    taking_part = np.flatnonzero(values > np.float32(score_threshold))
    order = taking_part[np.argsort(-values[taking_part], kind="stable")]
    return order, sides[order], np.unique(classes[order], return_inverse=True)[1].astype(np.int64)


def _suppress(
    dead: npt.NDArray[np.bool_], sides: Corners, classes: Indices, *, iou_threshold: float, limit: int | None
) -> None:
    """Mark in `dead` the ranked boxes that go.

    Ranked boxes are worked off in blocks: each block's boxes are compared with their neighbours among all that are
    left. Blocks grow while most boxes of a block are kept and shrink where boxes crowd, so that few comparisons are
    wasted.
    """
    block_size, place, indexed = 16, 0, 0
    # A box without area overlaps nothing: it is kept and suppresses none.
    left = np.flatnonzero(_areas(sides) > 0)
    while len(left):
        if indexed == 0 or len(left) < 0.7 * indexed:
            base, place, indexed = left, 0, len(left)
            neighbours = BoxNeighbours(sides[base], classes[base], threshold=iou_threshold)
        block = place + np.flatnonzero(~dead[base[place : place + block_size]])
        asker, found, answered = neighbours.candidates(block, most=PAIRS_AT_ONCE)
        place = min(place + block_size, len(base)) if answered == len(block) else int(block[answered])
        block = base[block[:answered]]
        killers, victims = _overlapping(sides, block[asker], base[found], dead, iou_threshold)

        # Within the block the order matters: a box that goes suppresses none.
        inside = victims <= block[-1] if len(block) else np.zeros(0, bool)
        ordered = np.argsort(killers[inside], kind="stable")
        for killer, victim in zip(killers[inside][ordered].tolist(), victims[inside][ordered].tolist(), strict=True):
            if not dead[killer]:
                dead[victim] = True
        dead[victims[~dead[killers]]] = True

        block_size = min(4 * block_size, 4096) if 2 * (~dead[block]).sum() > len(block) else max(block_size // 2, 16)
        left = base[place:]
        left = left[~dead[left]]
        if limit is not None and len(left) and (~dead[: left[0]]).sum() >= limit:
            return


def _overlapping(
    sides: Corners, first: Indices, second: Indices, dead: npt.NDArray[np.bool_], iou_threshold: float
) -> tuple[Indices, Indices]:
    """Those pairs whose second box comes after the first, is alive, and overlaps it by more than the threshold."""
    later = (second > first) & ~dead[second]
    first, second = first[later], second[later]
    over = _pair_overlaps(sides[first].T, sides[second].T) > np.float32(iou_threshold)
    return first[over], second[over]


def _overlaps(sides: Corners, one: int, others: Indices) -> npt.NDArray[np.float32]:
    with np.errstate(over="ignore", invalid="ignore"):
        return _pair_overlaps(sides[one][:, None], sides[others].T)


def _pair_overlaps(a: Corners, b: Corners) -> npt.NDArray[np.float32]:
    """IoU of (4, P) sides with (4, P) or (4, 1) sides, float32, 0 without area."""
    width = np.minimum(a[2], b[2]) - np.maximum(a[0], b[0])
    height = np.minimum(a[3], b[3]) - np.maximum(a[1], b[1])
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    union = _areas(a.T) + _areas(b.T) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=shared > 0)


def _areas(sides: Corners) -> npt.NDArray[np.float32]:
    return (sides[:, 2] - sides[:, 0]) * (sides[:, 3] - sides[:, 1])
