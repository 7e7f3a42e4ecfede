"""What a network's outputs say, read as `head_plan` says, as candidate boxes of the photo."""

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
import numpy.typing as npt

from cnn_core.boxes import Corners, to_corners
from cnn_core.detection.candidates import LEAST_SCORE, Candidates, GridHead
from cnn_core.detection.head_plan import HeadPlan
from cnn_core.detection.heads import best_in_photo, read_grids
from cnn_core.errors import InputError
from cnn_core.grid_decoding import BOX_NUMBERS, LARGEST_LOG_SIZE
from cnn_core.letterbox import Letterboxed

# Boxes that are parts of the input exceed 1 by a little; in pixels some box is always larger.
_LARGEST_PART = 2.0

Floats = npt.NDArray[np.float32]


def read_outputs(
    plan: HeadPlan,
    outputs: Sequence[npt.NDArray],
    framed: Letterboxed,
    *,
    names: Sequence[str],
    seconds: Mapping[str, float] | None = None,
) -> Candidates:
    """The candidates of a network whose head was recognised.

    Scores outside 0 to 1 are taken for logits, boxes of at most 2 for parts of the input, and YOLOX' sizes above
    e^8 cells for pixels that are decoded already.

    Args:
        plan: how to read them.
        outputs: of the network for one photo.
        framed: how the photo lies in the input.
        names: the classes.
        seconds: time of the parts, to be handed on.

    Raises:
        InputError: numbers that are not finite, or a class without a name.
    """
    parts = [_checked(outputs[place]) for place in plan.outputs]
    if plan.kind in {"grid", "yolox"}:
        grids = _grids(plan, parts, framed.image.shape)
        if grids:
            return read_grids(grids, framed, names=names, seconds=seconds)
    if plan.kind == "ssd":
        corners, labels, scores = _ssd(parts, framed.image.shape)
    elif plan.kind == "suppressed":
        rows = parts[0][0]
        corners, scores, labels = _in_pixels(rows[:, :4], framed.image.shape), rows[:, 4], rows[:, 5].astype(np.int64)
    else:
        corners, labels, scores = _scored(plan, parts[0], framed.image.shape)
    kept = scores >= LEAST_SCORE
    corners, labels, scores = corners[kept], labels[kept], np.clip(scores[kept], 0, 1)
    if len(labels) and not 0 <= labels.min() <= labels.max() < len(names):
        raise InputError(
            f"The network names class {labels.max() if labels.max() >= len(names) else labels.min()}, "
            f"and there are {len(names)} class names",
            "Give one name for each class, the first being class 0",
        )
    # Rounded corners may end before they begin.
    ordered = np.concatenate(
        [np.minimum(corners[:, :2], corners[:, 2:]), np.maximum(corners[:, :2], corners[:, 2:])], axis=1
    )
    boxes, _ = best_in_photo(ordered, labels, scores, framed, names)
    return Candidates(
        boxes=boxes,
        size=framed.size,
        framed=framed,
        suppressed=plan.kind in {"ssd", "suppressed"},
        seconds=dict(seconds or {}),
    )


def _checked(output: npt.NDArray) -> Floats:
    values = np.asarray(output, np.float32)
    if not np.isfinite(values).all():
        raise InputError(
            "The network's output holds values that are not numbers",
            "The network is broken, or wants its pixels in another range: see the options",
            values=int((~np.isfinite(values)).sum()),
        )
    return values


def _grids(plan: HeadPlan, parts: list[Floats], input_shape: tuple[int, ...]) -> list[GridHead]:
    """The grids; none where the network has decoded them itself."""
    if parts[0].ndim == 4:
        raws = [np.moveaxis(part[0], 0, -1) if plan.channels_first else part[0] for part in parts]
    else:
        rows = _rows_of(plan, parts[0])
        if len(rows) and rows[:, 2:4].max() > LARGEST_LOG_SIZE:
            return []
        grids = [(ceil(input_shape[0] / stride), ceil(input_shape[1] / stride)) for stride in plan.strides]
        ends = np.cumsum([high * wide for high, wide in grids])[:-1]
        raws = [part.reshape(*grid, -1) for part, grid in zip(np.split(rows, ends), grids, strict=True)]
    scores = [raw[..., 4:] for raw in raws]
    probabilities = plan.kind == "yolox" and min(map(np.min, scores)) >= 0 and max(map(np.max, scores)) <= 1 + 1e-3
    centre = 0.0 if plan.kind == "yolox" else 0.5
    return [
        GridHead(np.ascontiguousarray(raw), stride, centre, probabilities)
        for raw, stride in zip(raws, plan.strides, strict=True)
    ]


def _rows_of(plan: HeadPlan, part: Floats) -> Floats:
    rows = part[0].T if plan.channels_first else part[0]
    return rows[:, : (plan.classes or 0) + (4 if plan.kind == "yolov8" else BOX_NUMBERS)]


def _scored(
    plan: HeadPlan, part: Floats, input_shape: tuple[int, ...]
) -> tuple[Corners, npt.NDArray[np.int64], Floats]:
    """Rows of centre, size and scores."""
    rows = _rows_of(plan, part)
    values = rows[:, 4:]
    if len(values) and (values.min() < -1e-3 or values.max() > 1 + 1e-3):
        values = np.float32(0.5) * (np.tanh(np.float32(0.5) * values) + np.float32(1))
    classes = values if plan.kind == "yolov8" else values[:, 1:]
    labels = classes.argmax(axis=1)
    scores = classes[np.arange(len(labels)), labels]
    if plan.kind != "yolov8":
        scores = scores * values[:, 0]
    boxes = np.concatenate([rows[:, :2], np.maximum(rows[:, 2:4], 0)], axis=1)
    return _in_pixels(to_corners(boxes, "cxcywh"), input_shape), labels.astype(np.int64), scores


def _ssd(parts: list[Floats], input_shape: tuple[int, ...]) -> tuple[Corners, npt.NDArray[np.int64], Floats]:
    """Boxes as parts of the input; of the two lists that with whole numbers is the classes."""
    boxes, first, second = parts[0][0], parts[1].reshape(-1), parts[2].reshape(-1)
    count = min(max(int(parts[3].reshape(-1)[0]), 0), len(boxes))
    whole = bool((first[:count] == np.round(first[:count])).all())
    labels, scores = (first, second) if whole else (second, first)
    corners = to_corners(boxes[:count], "yxyx", size=(input_shape[0], input_shape[1]))
    return corners, labels[:count].astype(np.int64), scores[:count]


def _in_pixels(corners: Corners, input_shape: tuple[int, ...]) -> Corners:
    if len(corners) and np.abs(corners).max() <= _LARGEST_PART:
        corners = corners * np.array([input_shape[1], input_shape[0]] * 2, np.float32)
    return corners
