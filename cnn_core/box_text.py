"""Boxes as a line of text, for a text field and for a link: `cat 10 20 200 140; traffic light 5 5 30.5 80`.

Each box is its class name and `x_min, y_min, x_max, y_max` in pixels. The text is not trusted.
"""

import math
from collections.abc import Sequence

import numpy as np

from cnn_core.boxes import Boxes
from cnn_core.errors import InputError

MOST_BOXES = 100
LONGEST_TEXT = 8000


def boxes_to_text(boxes: Boxes) -> str:
    """The boxes as text; coordinates have one decimal where they are not whole.

    Example:
        >>> boxes_to_text(Boxes([[10, 20, 200, 140.25]], [0], names=("cat",)))
        'cat 10 20 200 140.2'
    """
    return "; ".join(
        " ".join([_spelt(boxes.names[label]), *(f"{side:.1f}".removesuffix(".0") for side in corners)])
        for corners, label in zip(boxes.corners.tolist(), boxes.labels, strict=True)
    )


def boxes_from_text(text: str, *, names: Sequence[str], size: tuple[int, int], most: int = MOST_BOXES) -> Boxes:
    """The boxes that a text states, clipped to the picture; those outside it are left out.

    Args:
        text: boxes with ";" or a new line between them; an empty text is no boxes.
        names: the class names.
        size: (height, width) of the picture.
        most: the largest number of boxes.

    Raises:
        InputError: a box that is not a known class and four numbers, or that ends before it begins; too many boxes.

    Example:
        >>> found = boxes_from_text("traffic light 5 5 30 80", names=("cat", "traffic light"), size=(60, 100))
        >>> found.corners.tolist(), found.labels.tolist()
        ([[5.0, 5.0, 30.0, 60.0]], [1])
    """
    if len(text) > LONGEST_TEXT:
        raise InputError("The text is too long for boxes", f"Give at most {LONGEST_TEXT:,} letters", letters=len(text))
    stated = [part.strip() for part in text.replace("\n", ";").split(";") if part.strip()]
    if len(stated) > most:
        raise InputError("There are too many boxes", f"Give at most {most}", boxes=len(stated))
    places = {_spelt(name): label for label, name in enumerate(names)}
    corners, labels = [], []
    for number, part in enumerate(stated, start=1):
        words = part.rsplit(None, 4)
        sides = _numbers(words[1:]) if len(words) == 5 else None
        if sides is None:
            raise InputError(f"Box {number} is not a class and four numbers", "Write: cat 10 20 200 140", box=part[:60])
        name = _spelt(words[0])
        if name not in places:
            raise InputError(
                f"Box {number} is of a class that there is not", f"Choose one of {_some(names)}", box=part[:60]
            )
        left, top, right, bottom = sides
        if right < left or bottom < top:
            raise InputError(f"Box {number} ends before it begins", "Write x_min y_min x_max y_max", box=part[:60])
        clipped = [min(max(side, 0), limit) for side, limit in zip(sides, (size[1], size[0]) * 2, strict=True)]
        if clipped[2] > clipped[0] and clipped[3] > clipped[1]:
            corners.append(clipped)
            labels.append(places[name])
    return Boxes(np.array(corners, np.float32).reshape(-1, 4), np.array(labels, np.int64), None, names)


def _spelt(name: str) -> str:
    """A name as it stands in the text: in one line, without the sign between boxes."""
    return " ".join(name.replace(";", ",").split())


def _numbers(words: Sequence[str]) -> list[float] | None:
    try:
        values = [float(word) for word in words]
    except ValueError:
        return None
    return values if all(map(math.isfinite, values)) else None


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
