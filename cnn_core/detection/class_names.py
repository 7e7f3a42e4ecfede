"""Which class of a detector is which class of an annotation, by their names."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core.box_matching import Truth
from cnn_core.boxes import Boxes
from cnn_core.errors import InputError
from cnn_core.voc_names import plain_name

_SHOWN = 12


@dataclass(frozen=True)
class SharedClasses:
    """The classes that a detector and a set of annotations have in common.

    Attributes:
        names: as the annotations call them, in their order.
        of_truth: for each class of the annotations its place in `names`, or -1.
        of_detector: for each class of the detector its place in `names`, or -1.
        unknown: classes of the annotations that the detector does not know.
        unused: classes of the detector that are not annotated.
    """

    names: tuple[str, ...]
    of_truth: tuple[int, ...]
    of_detector: tuple[int, ...]
    unknown: tuple[str, ...]
    unused: tuple[str, ...]

    def truth(self, truth: Truth) -> Truth:
        """True boxes with the shared labels; those of other classes are left out."""
        boxes = self._boxes(truth.boxes, self.of_truth)
        kept = np.array(self.of_truth, np.int64)[truth.boxes.labels] >= 0
        return Truth(boxes, truth.crowd[kept], truth.difficult[kept], truth.areas[kept])

    def found(self, found: Boxes) -> Boxes:
        """Boxes of the detector with the shared labels; those of other classes are left out."""
        return self._boxes(found, self.of_detector)

    def notes(self) -> tuple[str, ...]:
        """What is left out, a sentence each."""
        notes = []
        if self.unknown:
            notes.append(f"The detector does not know {_listed(self.unknown)}: such boxes are not asked for.")
        if self.unused:
            notes.append(f"Nothing is annotated as {_listed(self.unused)}: such answers do not count.")
        return tuple(notes)

    def _boxes(self, boxes: Boxes, places: tuple[int, ...]) -> Boxes:
        labels = np.array(places, np.int64)[boxes.labels]
        kept = labels >= 0
        return Boxes(boxes.corners[kept], labels[kept], boxes.scores[kept], self.names)


def shared_classes(annotated: Sequence[str], detector: Sequence[str]) -> SharedClasses:
    """Pair classes by name: case, `_`, `-` and Pascal VOC's own words make no difference.

    Args:
        annotated: the annotations' classes.
        detector: the detector's.

    Raises:
        InputError: they have none in common.

    Example:
        >>> shared_classes(["sofa", "cat", "cow"], ["Cat", "couch", "dog"])
        SharedClasses(names=('sofa', 'cat'), of_truth=(0, 1, -1), of_detector=(1, 0, -1), unknown=('cow',),
        unused=('dog',))
    """
    known = {plain_name(name) for name in detector}
    shared = [name for name in annotated if plain_name(name) in known]
    if not shared:
        raise InputError(
            f"The detector finds {_listed(detector)}; annotated are {_listed(annotated)}: no class is in both",
            "Choose a detector of these classes, or name the classes alike",
        )
    place = {plain_name(name): number for number, name in reversed(list(enumerate(shared)))}
    of_truth = tuple(place.get(plain_name(name), -1) for name in annotated)
    of_detector = tuple(place.get(plain_name(name), -1) for name in detector)
    return SharedClasses(
        tuple(shared),
        of_truth,
        of_detector,
        tuple(name for name, at in zip(annotated, of_truth, strict=True) if at < 0),
        tuple(name for name, at in zip(detector, of_detector, strict=True) if at < 0),
    )


def _listed(names: Sequence[str]) -> str:
    first = ", ".join(names[:_SHOWN])
    return first if len(names) <= _SHOWN else f"{first} and {len(names) - _SHOWN} more"
