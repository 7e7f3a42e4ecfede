"""A colour for each class that is found: those that colour-blind people tell apart, given out to what is there."""

from collections.abc import Iterable

import numpy as np

from cnn_core.boxes import Boxes
from cnn_core.drawing import OKABE_ITO


def class_colours(found: Boxes | Iterable[Boxes]) -> dict[int, str]:
    """The colour of each label that occurs; with few classes always the same, with many in the order of their scores.

    Give it all candidates, and not those that a threshold leaves, so that no colour changes with the threshold.

    Args:
        found: of one photo or of several, with the same names.

    Returns:
        label -> "#RRGGBB".

    Example:
        >>> names = tuple(f"class {number}" for number in range(80))
        >>> class_colours(Boxes([[0, 0, 9, 9], [0, 0, 5, 5]], [70, 0], [0.3, 0.9], names))
        {0: '#E69F00', 70: '#56B4E9'}
    """
    sets = [found] if isinstance(found, Boxes) else list(found)
    classes = max((len(boxes.names) for boxes in sets), default=0)
    if classes <= len(OKABE_ITO):
        return {label: OKABE_ITO[label] for label in range(classes)}
    best: dict[int, float] = {}
    for boxes in sets:
        for label in np.unique(boxes.labels).tolist():
            best[label] = max(best.get(label, 0.0), float(boxes.scores[boxes.labels == label].max()))
    order = sorted(best, key=lambda label: (-best[label], label))
    return {label: OKABE_ITO[place % len(OKABE_ITO)] for place, label in enumerate(order)}
