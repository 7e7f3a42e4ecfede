"""The epochs of a pair by side and seed, as far as the run has come."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cnn_core.training.pair_config import SIDES

# side -> seed -> one value an epoch.
Lines = dict[str, dict[int, list[float]]]


def lines_of(events: Sequence[Mapping[str, Any]], measure: str) -> Lines:
    """One line for each training that has begun.

    Args:
        events: of the run.
        measure: what an epoch's event calls it.

    Example:
        >>> lines_of([{"kind": "epoch", "side": "first", "seed": 0, "epoch": 1, "loss": 2.0}], "loss")
        {'first': {0: [2.0]}, 'second': {}}
    """
    lines: Lines = {side: {} for side in SIDES}
    for event in events:
        if event.get("kind") == "epoch" and event.get("side") in lines:
            value = event.get(measure)
            number = float(value) if isinstance(value, int | float) else math.nan
            lines[event["side"]].setdefault(int(event["seed"]), []).append(number)
    return lines


def mean_line(lines: Mapping[int, Sequence[float]]) -> list[float]:
    """The mean by epoch over the seeds that have come furthest: a seed that is being trained joins when it is done.

    Example:
        >>> mean_line({0: [1.0, 2.0], 1: [3.0]}), mean_line({0: [1.0], 1: [3.0]}), mean_line({})
        ([1.0, 2.0], [2.0], [])
    """
    longest = max((len(values) for values in lines.values()), default=0)
    whole = [list(values) for values in lines.values() if len(values) == longest]
    return [float(value) for value in np.mean(whole, axis=0)] if longest else []
