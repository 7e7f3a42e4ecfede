"""Which of a network's outputs is a map of classes, how its axes lie, and what its numbers mean.

The shapes are known when a network is opened; whether its numbers are logits, probabilities or labels is seen in each
answer, unless it is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.masks import MOST_CLASSES

# What a map's numbers can be.
VALUES = {
    "logits": "Logits: softmax is applied (sigmoid to a single channel)",
    "probabilities": "Probabilities",
    "scores": "Independent scores from 0 to 1: divided by their sum",
    "labels": "The number of the class",
}
# A map's cells per pixel of the input may differ between the axes by the rounding of one cell.
_SAME_ASPECT = 1.5
# Eight-bit outputs are rounded: probabilities add up to 1 but for half a step per class.
_SUM_SLACK = 0.01
_STEP = 1 / 512


@dataclass(frozen=True)
class MapPlan:
    """How a network's outputs are read.

    Attributes:
        place: of the map among the outputs.
        order: "last", "first", or "none" where there is no axis of classes.
        classes: how many numbers it has for each pixel; 1 where there is no axis.
        size: rows and columns of the map.
    """

    place: int
    order: str
    classes: int
    size: tuple[int, int]


def plan_map(
    shapes: Sequence[Sequence[int]], size: tuple[int, int], *, name: str, wanted: int | None = None
) -> MapPlan:
    """Find the map among a network's outputs: of several the one with most cells, the first of equals.

    Args:
        shapes: of the outputs for one picture, with the batch of one.
        size: rows and columns of the network's input.
        name: of the network, for messages.
        wanted: number of the classes that are named; None where they are not.

    Raises:
        InputError: no output has rows and columns in the input's aspect, or the map has more classes than can be shown.

    Example:
        >>> plan_map([(1, 1000), (1, 21, 65, 65)], (513, 513), name="net")
        MapPlan(place=1, order='first', classes=21, size=(65, 65))
    """
    plans = [plan for place, shape in enumerate(shapes) for plan in _readings(place, tuple(shape), size)]
    if not plans:
        given = ", ".join(" x ".join(map(str, shape)) for shape in shapes)
        raise InputError(
            f"{name} gives no map: its output is {given[:200]}",
            "Use a network that answers for each pixel, with an output of (1, rows, columns, classes), "
            "(1, classes, rows, columns) or (1, rows, columns)",
        )
    plan = max(plans, key=lambda one: (one.classes == wanted, one.size[0] * one.size[1], -one.place))
    if plan.classes > MOST_CLASSES:
        raise InputError(
            f"{name} tells {plan.classes:,} classes apart", f"Use a network with at most {MOST_CLASSES} classes"
        )
    return plan


def _readings(place: int, shape: tuple[int, ...], size: tuple[int, int]) -> list[MapPlan]:
    """The ways in which one output can be a map."""
    if len(shape) not in {3, 4} or shape[0] != 1 or 0 in shape:
        return []
    if len(shape) == 3:
        found = [MapPlan(place, "none", 1, (shape[1], shape[2]))]
    else:
        found = [
            MapPlan(place, "last", shape[3], (shape[1], shape[2])),
            MapPlan(place, "first", shape[1], (shape[2], shape[3])),
        ]
    return [plan for plan in found if min(plan.size) > 1 and _fits(plan.size, size)]


def _fits(cells: tuple[int, int], size: tuple[int, int]) -> bool:
    rows, columns = cells
    return abs(rows - columns * size[0] / size[1]) < _SAME_ASPECT


def read_map(
    output: npt.NDArray, plan: MapPlan, *, name: str, values: str = "auto", classes: int | None = None
) -> npt.NDArray[np.float32]:
    """An output as the probability of each class.

    Args:
        output: as the network gave it.
        plan: how it is read.
        name: of the network, for messages.
        values: one of `VALUES`; "auto" looks at them: whole numbers above 1 in a single channel are labels; numbers in
            [0, 1] that add up to 1 are probabilities, others in [0, 1] scores; all else is logits.
        classes: how many there are at least, where the numbers are labels.

    Returns:
        (h, w, K) float32 that add up to 1; K is 2 for a single channel, the second being what it finds.

    Raises:
        InputError: numbers that are not finite, or labels out of range.

    Example:
        >>> plan = MapPlan(0, "last", 2, (1, 2))
        >>> read_map(np.array([[[[0.0, 0.0], [9.0, -9.0]]]]), plan, name="net").round(2).tolist()
        [[[0.5, 0.5], [1.0, 0.0]]]
    """
    found = _oriented(output, plan)
    if not np.isfinite(found).all():
        raise InputError(
            f"{name} answers with values that are not numbers (NaN or infinite)",
            "Check its weights, and the range of the pixels that it expects",
        )
    kind = _kind(found) if values == "auto" else values
    if kind == "labels":
        return _from_labels(found, name, classes)
    if plan.classes == 1:
        one = np.clip(found, 0, 1) if kind in {"probabilities", "scores"} else _sigmoid(found)
        return np.concatenate([1 - one, one], axis=-1)
    if kind == "logits":
        return _softmax(found)
    found = np.clip(found, 0, None) + np.float32(1e-9)
    return np.asarray(found / found.sum(axis=-1, keepdims=True), np.float32)


def meaning_of(output: npt.NDArray, plan: MapPlan, *, values: str = "auto") -> str:
    """What an output's numbers are taken for by `read_map`: one of `masks.MEANINGS`.

    Args:
        output: as the network gave it.
        plan: how it is read.
        values: as in `read_map`.

    Example:
        >>> meaning_of(np.array([[[0, 2], [1, 1]]]), MapPlan(0, "none", 1, (2, 2)))
        'labels'
    """
    kind = _kind(_oriented(output, plan)) if values == "auto" else values
    return "one" if plan.classes == 1 and kind != "labels" else kind


def _oriented(output: npt.NDArray, plan: MapPlan) -> npt.NDArray[np.float32]:
    """(h, w, K): the axis of classes last."""
    found = np.asarray(output, np.float32)[0]
    if plan.order == "first":
        found = np.moveaxis(found, 0, -1)
    return found.reshape(*plan.size, plan.classes)


def _kind(found: npt.NDArray[np.float32]) -> str:
    low, high = float(found.min()), float(found.max())
    channels = found.shape[-1]
    if channels == 1 and low >= 0 and high > 1 and (found == np.rint(found)).all():
        return "labels"
    if low < -_SUM_SLACK or high > 1 + _SUM_SLACK:
        return "logits"
    sums = found.sum(axis=-1)
    whole = channels == 1 or bool(np.abs(sums - 1).max() <= _SUM_SLACK + channels * _STEP)
    return "probabilities" if whole else "scores"


def _from_labels(found: npt.NDArray[np.float32], name: str, classes: int | None) -> npt.NDArray[np.float32]:
    if found.shape[-1] != 1:
        raise InputError(
            f"{name} gives {found.shape[-1]} numbers for each pixel: they are not the number of a class",
            "Read its values as logits or probabilities",
        )
    labels = np.rint(found[..., 0]).astype(np.int64)
    if labels.min() < 0 or labels.max() >= MOST_CLASSES:
        raise InputError(
            f"{name} gives class numbers from {labels.min():,} to {labels.max():,}",
            f"Use a network with classes from 0 to {MOST_CLASSES - 1}",
        )
    count = max(int(labels.max()) + 1, classes or 0, 2)
    return np.asarray(labels[..., None] == np.arange(count), np.float32)


def _softmax(found: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    raised = np.exp(found - found.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), np.float32)


def _sigmoid(found: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    # exp of a negative number only: a large logit would overflow.
    small = np.exp(-np.abs(found))
    return np.asarray(np.where(found >= 0, 1 / (1 + small), small / (1 + small)), np.float32)
