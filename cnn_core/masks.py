"""Which class each pixel of a photo is, and how sure of it the network was.

A network answers with the probability of every class at its own resolution. Maps of the photo's size are made from that
when they are asked for, a class at a time, so that a large photo needs memory for two planes and not for all classes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.drawing import OKABE_ITO
from cnn_core.errors import InputError

Labels = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]

# No class: pixels that nobody decides. Pascal VOC's "void" has the same number.
UNSURE = 255
MOST_CLASSES = 255
# What class 0 is called where it stands for everything that is not looked for.
BACKGROUNDS = ("background", "unlabeled", "unlabelled", "void")
BACKGROUND_GREY = "#808080"
_CELLS = 128
# What a network's numbers are before they become probabilities: one for each class, or "one" number for each pixel.
MEANINGS = ("logits", "probabilities", "scores", "labels", "one")


@dataclass(frozen=True, eq=False)
class Masks:
    """The probability of every class at every pixel of a photo.

    Attributes:
        probabilities: (h, w, K) float32 or float16 in [0, 1], which add up to 1; they cover the photo exactly, at
            whatever resolution.
        size: (height, width) of the photo.
        names: the K classes.
        colours: "#RRGGBB" of each.
        seconds: time of the parts, e.g. {"resize": ..., "inference": ..., "decoding": ...}.
        meaning: what the network gave, of `MEANINGS`.

    Raises:
        InputError: another number of names or colours than of classes, more than 255 classes, or values that are not
            numbers.

    Example:
        >>> seen = Masks(np.array([[[0.9, 0.1], [0.2, 0.8]]], np.float32), (2, 4), ("ground", "cat"), class_colours(2))
        >>> seen.labels.tolist(), [round(value, 2) for value in seen.confidence[0].tolist()]
        ([[0, 0, 1, 1], [0, 0, 1, 1]], [0.9, 0.72, 0.62, 0.8])
    """

    probabilities: npt.NDArray[np.floating]
    size: tuple[int, int]
    names: tuple[str, ...]
    colours: tuple[str, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)
    meaning: str = "logits"

    def __post_init__(self) -> None:
        shape = self.probabilities.shape
        if len(shape) != 3 or 0 in shape or min(self.size) < 1:
            raise InputError("The map has no rows, columns and classes", "Give it the shape (h, w, K)", shape=shape)
        if not len(self.names) == len(self.colours) == shape[2] <= MOST_CLASSES:
            raise InputError(
                f"The map has {shape[2]} classes, with {len(self.names)} names and {len(self.colours)} colours",
                f"Give one of each for every class, {MOST_CLASSES} at most",
            )
        if not np.isfinite(self.probabilities).all():
            raise InputError("The network's output holds values that are not numbers", "The network is broken")

    def probability(self, label: int) -> Plane:
        """(H, W) float32: the probability of one class at each pixel of the photo, interpolated linearly.

        Source: half-pixel centres, as `tf.image.resize(…, "bilinear")` and OpenCV's INTER_LINEAR have them.
        """
        plane = np.ascontiguousarray(self.probabilities[..., label], np.float32)
        if plane.shape == self.size:
            return plane
        return np.asarray(cv2.resize(plane, self.size[::-1], interpolation=cv2.INTER_LINEAR), np.float32)

    @property
    def labels(self) -> Labels:
        """(H, W) uint8: the most probable class of each pixel, the first of several that are equally so."""
        return self._best[0]

    @property
    def confidence(self) -> Plane:
        """(H, W) float32 in [0, 1]: the probability of that class."""
        return self._best[1]

    @cached_property
    def _best(self) -> tuple[Labels, Plane]:
        labels = np.zeros(self.size, np.uint8)
        best = self.probability(0)
        best = best if best.flags.owndata else best.copy()
        for label in range(1, len(self.names)):
            plane = self.probability(label)
            labels[plane > best] = label
            np.maximum(best, plane, out=best)
        for values in (labels, best):
            values.flags.writeable = False
        return labels, best


def decided(masks: Masks, threshold: float) -> Labels:
    """(H, W) uint8: the labels, with `UNSURE` where the confidence is below a threshold.

    Args:
        masks: of a photo.
        threshold: least confidence, in [0, 1].

    Raises:
        InputError: a threshold that is no probability.

    Example:
        >>> seen = Masks(np.array([[[0.9, 0.1], [0.4, 0.6]]], np.float32), (1, 2), ("ground", "cat"), class_colours(2))
        >>> decided(seen, 0.7).tolist()
        [[0, 255]]
    """
    if not 0 <= threshold <= 1:
        raise InputError("The threshold is not a probability", "Choose one from 0 to 1", threshold=threshold)
    labels = masks.labels.copy()
    labels[masks.confidence < threshold] = UNSURE
    return labels


def resized_labels(labels: Labels, size: tuple[int, int]) -> Labels:
    """A label map at another size (height, width), each pixel with the label of the nearest one; none are mixed.

    Source: OpenCV's INTER_NEAREST_EXACT; its INTER_NEAREST takes the pixel to the upper left, not the nearest.

    Example:
        >>> resized_labels(np.array([[1, 2, 2, 2]], np.uint8), (1, 2)).tolist()
        [[2, 2]]
    """
    return np.asarray(cv2.resize(labels, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)


def thinned(masks: Masks, *, most_bytes: int) -> Masks:
    """The same with a map that takes no more memory than that: every so many cells of it, as float16.

    Example:
        >>> seen = masks_of(np.full((8, 8, 2), 0.5, np.float32), size=(8, 8), names=("background", "cat"))
        >>> thinned(seen, most_bytes=64).probabilities.shape
        (4, 4, 2)
    """
    size = masks.probabilities.nbytes
    if size <= most_bytes:
        return masks
    step = int(np.ceil((size / 2 / most_bytes) ** 0.5))
    return replace(masks, probabilities=masks.probabilities[step // 2 :: step, step // 2 :: step].astype(np.float16))


def has_background(names: Sequence[str]) -> bool:
    """Whether class 0 is everything that is not looked for.

    Example:
        >>> has_background(("background", "cat")), has_background(("membrane", "cell"))
        (True, False)
    """
    return bool(names) and names[0].strip().casefold() in BACKGROUNDS


def class_colours(classes: int, *, background: bool = True, order: Sequence[int] | None = None) -> tuple[str, ...]:
    """A colour for each class, which colour-blind people tell apart as long as there are no more than seven.

    Args:
        classes: K.
        background: class 0 is the background, which is grey.
        order: the classes that come first, e.g. by their area: where there are more classes than colours, those that
            are seen most differ. None takes them as they are numbered.

    Example:
        >>> class_colours(3)
        ('#808080', '#E69F00', '#56B4E9')
        >>> class_colours(10, order=[9, 8])[8:]
        ('#56B4E9', '#E69F00')
    """
    first = 1 if background else 0
    numbered = range(first, classes)
    few = len(numbered) <= len(OKABE_ITO)
    places = list(numbered) if few or order is None else [label for label in order if label in numbered]
    places += [label for label in numbered if label not in set(places)]
    colours = [BACKGROUND_GREY] * classes
    for place, label in enumerate(places):
        colours[label] = OKABE_ITO[place % len(OKABE_ITO)]
    return tuple(colours)


def masks_of(
    probabilities: npt.NDArray[np.floating],
    *,
    size: tuple[int, int],
    names: Sequence[str],
    seconds: Mapping[str, float] | None = None,
    meaning: str = "logits",
) -> Masks:
    """Masks with their colours: by class where there are few, by area where there are many.

    Args:
        probabilities: (h, w, K) over the whole photo.
        size: (height, width) of the photo.
        names: the K classes.
        seconds: time of the parts.
        meaning: as in `Masks`.

    Raises:
        InputError: as `Masks`.

    Example:
        >>> masks_of(np.full((2, 2, 2), 0.5, np.float32), size=(4, 4), names=("background", "cat")).colours
        ('#808080', '#E69F00')
    """
    classes = probabilities.shape[-1]
    order = None
    if classes > len(OKABE_ITO) and probabilities.ndim == 3:
        # Colours need the order of the areas alone, for which a few thousand cells are enough.
        step = max(1, min(probabilities.shape[:2]) // _CELLS)
        areas = np.bincount(probabilities[::step, ::step].argmax(axis=-1).ravel(), minlength=classes)
        order = np.argsort(-areas, kind="stable").tolist()
    colours = class_colours(classes, background=has_background(names), order=order)
    return Masks(probabilities, size, tuple(names), colours, dict(seconds or {}), meaning)
