"""What a run's events say about its epochs, as the lines of a chart."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

Event = Mapping[str, Any]


def epochs_in(events: Sequence[Event]) -> list[Event]:
    """The events of a run that tell of an epoch, in order.

    Example:
        >>> epochs_in([{"kind": "note", "text": "The batch was halved."}, {"kind": "epoch", "epoch": 1, "loss": 0.7}])
        [{'kind': 'epoch', 'epoch': 1, 'loss': 0.7}]
    """
    return [event for event in events if event.get("kind") == "epoch"]


def line_of(epochs: Sequence[Event], measure: str) -> list[float]:
    """One value an epoch; NaN where it has none.

    Args:
        epochs: as `epochs_in` gives them.
        measure: what an epoch calls it.

    Example:
        >>> line_of([{"loss": 0.7}, {"loss": None}, {}], "loss")
        [0.7, nan, nan]
    """
    values = [epoch.get(measure) for epoch in epochs]
    return [float(value) if isinstance(value, int | float) else math.nan for value in values]
