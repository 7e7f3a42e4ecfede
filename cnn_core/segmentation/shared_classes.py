"""Which class of a segmenter is which class of a folder's masks, by their names."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core.errors import InputError
from cnn_core.masks import UNSURE, Labels, has_background
from cnn_core.voc_names import plain_name

_SHOWN = 8


@dataclass(frozen=True)
class SharedLabels:
    """The classes that masks and segmenter have in common.

    Attributes:
        names: as the masks call them, in their order.
        of_truth: for each class of the masks its place in `names`, or 255: left out.
        of_found: for each class of the segmenter its place in `names`, or 255: undecided.
        notes: what was assumed, a sentence each.
    """

    names: tuple[str, ...]
    of_truth: tuple[int, ...]
    of_found: tuple[int, ...]
    notes: tuple[str, ...] = ()

    def truth(self, labels: Labels) -> Labels:
        """A true label map in the shared classes."""
        return _table(self.of_truth)[labels]

    def found(self, labels: Labels) -> Labels:
        """A segmenter's label map in the shared classes."""
        return _table(self.of_found)[labels]


def shared_labels(masks: Sequence[str], segmenter: Sequence[str]) -> SharedLabels:
    """Pair classes by name; case, `_`, `-` and Pascal VOC's own words make no difference.

    What one side does not know is background where both have one. Without it true pixels of such a class are left out,
    and such answers are undecided. Where no name but the background's agrees and there are as many classes on both
    sides, they are compared in their order.

    Args:
        masks: the masks' classes.
        segmenter: the segmenter's.

    Raises:
        InputError: they have none in common.

    Example:
        >>> shared = shared_labels(("background", "cat", "cow"), ("background", "dog", "Cat"))
        >>> shared.names, shared.of_truth, shared.of_found
        (('background', 'cat'), (0, 1, 0), (0, 0, 1))
    """
    known = {plain_name(name) for name in segmenter}
    shared = [label for label, name in enumerate(masks) if plain_name(name) in known]
    background = has_background(masks) and has_background(segmenter)
    # "unlabeled" and "background" are the same.
    if background and 0 not in shared:
        shared.insert(0, 0)
    if len(shared) < (2 if background else 1):
        if len(masks) != len(segmenter):
            raise InputError(
                f"The segmenter knows {listed(segmenter)}; the masks hold {listed(masks)}: no class is in both",
                "Choose a segmenter of these classes, or name the classes alike in classes.txt",
            )
        pairs = ", ".join(f"{one} is {other}" for one, other in list(zip(masks, segmenter, strict=True))[:_SHOWN])
        order = tuple(range(len(masks)))
        return SharedLabels(
            tuple(masks), order, order, (f"The names differ: classes are compared in their order, {pairs}.",)
        )
    names = tuple(masks[label] for label in shared)
    place = {plain_name(name): number for number, name in reversed(list(enumerate(names)))}
    rest = 0 if background else UNSURE
    of_truth = tuple(place.get(plain_name(name), rest) for name in masks)
    of_found = tuple(
        0 if background and label == 0 else place.get(plain_name(name), rest) for label, name in enumerate(segmenter)
    )
    unknown = [name for label, name in enumerate(masks) if label not in shared]
    unused = [
        name for label, name in enumerate(segmenter) if plain_name(name) not in place and not (background and not label)
    ]
    notes = []
    if unknown:
        so = "counts as background" if background else "is left out"
        notes.append(f"The segmenter does not know {listed(unknown)}: that {so}.")
    if unused:
        so = "count as background" if background else "count as undecided"
        notes.append(f"The masks do not know {listed(unused)}: such answers {so}.")
    return SharedLabels(names, of_truth, of_found, tuple(notes))


def _table(places: Sequence[int]) -> np.ndarray:
    table = np.full(256, UNSURE, np.uint8)
    table[: len(places)] = places
    return table


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are.

    Example:
        >>> listed(["a", "b"]), listed("abcdefghij")
        ('a, b', 'a, b, c, d, e, f, g, h and 2 more')
    """
    first = ", ".join(names[:_SHOWN])
    return first if len(names) <= _SHOWN else f"{first} and {len(names) - _SHOWN} more"
