"""Weighted boxes fusion: the detections of several models, or of one on several views, averaged into one set."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cnn_core.boxes import Boxes
from cnn_core.errors import InputError

Numbers = npt.NDArray[np.float64]


def weighted_fusion(
    detections: Sequence[Boxes],
    *,
    weights: Sequence[float] | None = None,
    iou_threshold: float = 0.55,
    score_threshold: float = 0.0,
) -> Boxes:
    r"""Average boxes that overlap, weighted by their scores, class by class.

    From the highest score down, each box joins the fused box of its class that it overlaps most, if the IoU is above
    the threshold, and else begins one of its own. A fused box is the mean of its members, weighted by score times
    weight of the model; its score is the members' mean of these products, times $\min(n, T) / \sum w$ for $n$ members
    and $T$ models, at most 1. So what few of the models have seen scores low.

    Args:
        detections: one set of boxes a model, in pixels of the same picture, with the same names.
        weights: one positive number a model; None weighs all alike.
        iou_threshold: in [0, 1].
        score_threshold: boxes whose score is not above it take no part.

    Returns:
        the fused boxes, highest score first.

    Raises:
        InputError: no set of boxes, different class names, not one positive weight a model, or a threshold out of
            range.

    Source: Solovyev, Wang and Gabruseva 2021, https://arxiv.org/abs/1910.13302, section 3; equal scores stay in the
    order given.

    Example:
        >>> first = Boxes([[0, 0, 10, 10]], [0], [0.75], ("cat",))
        >>> second = Boxes([[0, 0, 14, 10]], [0], [0.25], ("cat",))
        >>> fused = weighted_fusion([first, second])
        >>> fused.corners.tolist(), fused.scores.tolist()
        ([[0.0, 0.0, 11.0, 10.0]], [0.5])
    """
    factors = np.ones(len(detections)) if weights is None else np.asarray(weights, np.float64)
    _check(detections, factors, iou_threshold)
    corners = np.concatenate([boxes.corners for boxes in detections]).astype(np.float64)
    labels = np.concatenate([boxes.labels for boxes in detections])
    scores = np.concatenate([boxes.scores for boxes in detections]).astype(np.float64)
    models = np.repeat(np.arange(len(detections)), [len(boxes) for boxes in detections])
    taking_part = scores > score_threshold
    values = scores * factors[models]

    fused, confidence, classes = [np.zeros((0, 4))], [np.zeros(0)], [np.zeros(0, np.int64)]
    for label in np.unique(labels[taking_part]):
        mine = np.flatnonzero(taking_part & (labels == label))
        mine = mine[np.argsort(-values[mine], kind="stable")]
        boxes, sums, members = _fuse(corners[mine], values[mine], iou_threshold)
        fused.append(boxes)
        confidence.append(sums / members * np.minimum(members, len(factors)) / factors.sum())
        classes.append(np.full(len(boxes), label))
    final = np.minimum(np.concatenate(confidence), 1)
    order = np.argsort(-final, kind="stable")
    return Boxes(np.concatenate(fused)[order], np.concatenate(classes)[order], final[order], detections[0].names)


def _fuse(corners: Numbers, values: Numbers, iou_threshold: float) -> tuple[Numbers, Numbers, npt.NDArray[np.int64]]:
    """Fused boxes of one class, the sum of the members' values, and the number of members; `corners` come in order."""
    count = 0
    # Sides as rows: each comparison reads whole rows.
    fused, areas = np.zeros((4, len(corners))), np.zeros(len(corners))
    weighted, sums = np.zeros((len(corners), 4)), np.zeros(len(corners))
    members = np.zeros(len(corners), np.int64)
    for box, value in zip(corners, values.tolist(), strict=True):
        left, top, right, bottom = box.tolist()
        width = np.minimum(fused[2, :count], right) - np.maximum(fused[0, :count], left)
        height = np.minimum(fused[3, :count], bottom) - np.maximum(fused[1, :count], top)
        near = np.flatnonzero((width > 0) & (height > 0))
        target = count
        if len(near):
            shared = width[near] * height[near]
            overlaps = shared / ((right - left) * (bottom - top) + areas[near] - shared)
            best = int(overlaps.argmax())
            if overlaps[best] > iou_threshold:
                target = near[best]
        count += target == count
        weighted[target] += value * box
        sums[target] += value
        members[target] += 1
        fused[:, target] = left, top, right, bottom = (weighted[target] / sums[target]).tolist()
        areas[target] = (right - left) * (bottom - top)
    return fused[:, :count].T, sums[:count], members[:count]


def _check(detections: Sequence[Boxes], factors: Numbers, iou_threshold: float) -> None:
    if not detections:
        raise InputError("There are no boxes to fuse", "Give the detections of one model or more")
    if len({boxes.names for boxes in detections}) > 1:
        raise InputError(
            "The models have different class names",
            "Give all of them the same list",
            names=[boxes.names for boxes in detections],
        )
    if factors.shape != (len(detections),) or not (np.isfinite(factors) & (factors > 0)).all():
        raise InputError(
            "Each model needs one positive weight", f"Give {len(detections)} numbers", weights=factors.tolist()
        )
    if not 0 <= iou_threshold <= 1:
        raise InputError(
            "The IoU threshold lies outside 0 to 1", "Choose 0.55, for example", iou_threshold=iou_threshold
        )
