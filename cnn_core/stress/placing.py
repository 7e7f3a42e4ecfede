"""Translation: the photo, made smaller, on a background, at every place; nothing wraps around, nothing is cut off.

A convolution moves its output with its input, and global pooling forgets where things were; strides, padding and dense
layers keep a network from being as indifferent as that (Azulay and Weiss 2019, https://jmlr.org/papers/v20/19-519.html).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.errors import InputError
from cnn_core.explain.baseline import baseline_photo
from cnn_core.folders.pictures import picture_from_pixels
from cnn_core.stress.curve import probabilities_of, seen

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

SCALES = (0.2, 0.9)


@dataclass(frozen=True, eq=False)
class Shifts:
    """What a network said with the photo at each place.

    Attributes:
        places: top and left edge of the photo each time, in pixels of the input.
        probabilities: (places, C) float32.
        middle: (C,) float32, with the photo in the middle of the background.
    """

    places: tuple[tuple[int, int], ...]
    probabilities: Floats
    middle: Floats

    @property
    def predicted(self) -> int:
        """The class with the photo in the middle."""
        return int(self.middle.argmax())

    @property
    def line(self) -> Floats:
        """(places,) the probability of that class."""
        line: Floats = self.probabilities[:, self.predicted]
        return line


class Stage:
    """A photo that can be put at any place of a network's input.

    Args:
        network: whose size is taken.
        photo: (H, W, 3) uint8.
        scale: side of the photo, as a share of the input's.
        fill: the background, one of `baseline.FILLS`.

    Raises:
        InputError: a scale beyond `SCALES`; no such fill.
    """

    def __init__(self, network: LookedAt, photo: Pixels, *, scale: float, fill: str = "mean") -> None:
        if not SCALES[0] <= scale <= SCALES[1]:
            raise InputError("The photo does not fit", f"Choose {SCALES[0]:g} to {SCALES[1]:g}", scale=scale)
        view = seen(network, photo)
        rows, columns = (max(1, round(scale * length)) for length in view.shape[:2])
        self.background = baseline_photo(view, fill)
        self.small = picture_from_pixels(view, size=(rows, columns))
        # How far the photo can move down and to the right.
        self.room = view.shape[0] - rows, view.shape[1] - columns

    def at(self, top: int, left: int) -> Pixels:
        """The picture with the photo's corner at this place.

        Raises:
            InputError: it would leave the picture.
        """
        if not (0 <= top <= self.room[0] and 0 <= left <= self.room[1]):
            raise InputError(
                "The photo would leave the picture",
                f"Choose 0 to {self.room[0]} down and 0 to {self.room[1]} to the right",
                place=(top, left),
            )
        picture = self.background.copy()
        rows, columns = self.small.shape[:2]
        picture[top : top + rows, left : left + columns] = self.small
        return picture

    def middle(self) -> Pixels:
        """The picture with the photo in its middle."""
        return self.at(self.room[0] // 2, self.room[1] // 2)


def along_a_row(
    network: LookedAt, stage: Stage, *, top: int, most: int = 96, progress: Callable[[int, int], None] | None = None
) -> Shifts:
    """Move the photo to the right, pixel by pixel where there is room for at most so many places, else in even steps.

    Args:
        network: that gives a list of classes.
        stage: with the photo.
        top: of the photo, all the way.
        most: places.
        progress: called with places done and in all.
    """
    step = max(1, -(-(stage.room[1] + 1) // most))
    places = tuple((top, left) for left in range(0, stage.room[1] + 1, step))
    middle, *found = probabilities_of(
        network, [stage.middle(), *(stage.at(*place) for place in places)], progress=progress
    )
    return Shifts(places, np.stack(found), middle)


def over_a_grid(
    network: LookedAt, stage: Stage, *, cells: int = 7, progress: Callable[[int, int], None] | None = None
) -> Shifts:
    """Put the photo at cells x cells places, from corner to corner; fewer where there is no room for so many.

    Args:
        network: that gives a list of classes.
        stage: with the photo.
        cells: places along a side.
        progress: called with places done and in all.
    """
    tops, lefts = (sorted({round(room * k / (cells - 1)) for k in range(cells)}) for room in stage.room)
    places = tuple((top, left) for top in tops for left in lefts)
    middle, *found = probabilities_of(
        network, [stage.middle(), *(stage.at(*place) for place in places)], progress=progress
    )
    return Shifts(places, np.stack(found), middle)


def shifts_in_words(shifts: Shifts, classes: tuple[str, ...]) -> str:
    """What the places say of this photo and this network.

    Example:
        >>> said = np.float32([[0.9, 0.1], [0.4, 0.6]])
        >>> shifts_in_words(Shifts(((0, 0), (0, 1)), said, said[0]), ("cat", "dog"))
        'In the middle the answer is cat (90 %). Over 2 places its probability goes from 40 % to 90 %, and the answer is
        another one at 1 of them.'
    """
    name, line = classes[shifts.predicted], shifts.line
    others = int((shifts.probabilities.argmax(axis=1) != shifts.predicted).sum())
    middle, low, high = (f"{100 * value:.0f} %" for value in (shifts.middle[shifts.predicted], line.min(), line.max()))
    where = f"another one at {others} of them" if others else "the same at all of them"
    return (
        f"In the middle the answer is {name} ({middle}). Over {len(line)} places its probability goes from {low} to "
        f"{high}, and the answer is {where}."
    )
