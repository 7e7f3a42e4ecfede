"""A network's answer about one photo against the strength of a disturbance, and what the curve says in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.classifiers.preparing import as_numbers, placed
from cnn_core.errors import InputError
from cnn_core.stress.disturbances import disturbance, disturbed

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

_AT_ONCE = 8


@dataclass(frozen=True, eq=False)
class Curve:
    """What a network said.

    Attributes:
        kind: one of `DISTURBANCES`.
        strengths: in rising order.
        probabilities: (strengths, C) float32.
        clean: (C,) float32, of the photo undisturbed.
    """

    kind: str
    strengths: tuple[float, ...]
    probabilities: Floats
    clean: Floats

    @property
    def predicted(self) -> int:
        """The class of the undisturbed photo."""
        return int(self.clean.argmax())

    @property
    def line(self) -> Floats:
        """(strengths,) the probability of that class."""
        line: Floats = self.probabilities[:, self.predicted]
        return line

    @property
    def answers(self) -> npt.NDArray[np.int64]:
        """(strengths,) the most probable class at each."""
        return self.probabilities.argmax(axis=1)


def seen(network: LookedAt, photo: Pixels) -> Pixels:
    """The photo as the network sees it: (rows, columns, 3) uint8 of its input, before it becomes numbers."""
    return placed(photo, network.size, network.preparation.placement)


def probabilities_of(
    network: LookedAt, pictures: Sequence[Pixels], *, progress: Callable[[int, int], None] | None = None
) -> Floats:
    """What a network says of pictures that already have its size.

    Args:
        network: that gives a list of classes.
        pictures: (rows, columns, 3) uint8 each.
        progress: called with what is done and in all.

    Returns:
        (N, C) float32.

    Raises:
        InputError: a network that gives no list of classes, or numbers that are not finite.
    """
    said = []
    for first in range(0, len(pictures), _AT_ONCE):
        if progress:
            progress(first, len(pictures))
        part = pictures[first : first + _AT_ONCE]
        batch = [as_numbers(picture, network.preparation, channels=network.channels) for picture in part]
        said.append(network.predict(np.stack(batch)))
    if progress:
        progress(len(pictures), len(pictures))
    found = np.concatenate(said)
    if not np.isfinite(found).all():
        raise InputError(f"{network.title} answers with numbers that are not finite", "Choose another network")
    return found


def stress_curve(
    network: LookedAt,
    photo: Pixels,
    kind: str,
    strengths: Sequence[float],
    *,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Curve:
    """Ask a network about a photo at each strength of a disturbance.

    Args:
        network: that gives a list of classes.
        photo: (H, W, 3) uint8.
        kind: one of `DISTURBANCES`.
        strengths: to try.
        seed: of what is random in it.
        progress: called with pictures done and in all.

    Raises:
        InputError: no such disturbance; a strength beyond it, or none; what the network refuses.
    """
    if not strengths:
        raise InputError("No strength is given", "Give at least one")
    view = seen(network, photo)
    order = tuple(sorted(float(strength) for strength in strengths))
    pictures = [view, *(disturbed(view, kind, strength, seed=seed) for strength in order)]
    clean, *found = probabilities_of(network, pictures, progress=progress)
    return Curve(kind, order, np.stack(found), clean)


def curve_in_words(curve: Curve, classes: Sequence[str]) -> str:
    """What the curve says of this photo and this network: where the answer stays, where it changes first, the least.

    Args:
        curve: of the network.
        classes: its classes.

    Example:
        >>> steady = np.float32([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])
        >>> curve_in_words(Curve("noise", (0.0, 0.1, 0.2), steady, steady[0]), ("cat", "dog"))
        'Undisturbed, the answer is cat (90 %). It stays cat up to 10 %; at 20 % it is dog. The probability of cat is
        least at 20 %: 30 %.'
    """
    way, name = disturbance(curve.kind), classes[curve.predicted]
    least = int(curve.line.argmin())
    sure, low = (f"{100 * float(share):.0f} %" for share in (curve.clean[curve.predicted], curve.line[least]))
    return (
        f"Undisturbed, the answer is {name} ({sure}). {_change(curve, name, classes)} "
        f"The probability of {name} is least at {way.shown(curve.strengths[least])}: {low}."
    )


def _change(curve: Curve, name: str, classes: Sequence[str]) -> str:
    """Where the answer changes first, going away from 0 on either side."""
    way, changes = disturbance(curve.kind), []
    for side in (1, -1):
        steps = sorted(
            (k for k, s in enumerate(curve.strengths) if s * side > 0), key=lambda k: abs(curve.strengths[k])
        )
        last = 0.0
        for k in steps:
            if curve.answers[k] != curve.predicted:
                other = classes[int(curve.answers[k])]
                changes.append(
                    f"It stays {name} up to {way.shown(last)}; at {way.shown(curve.strengths[k])} it is {other}."
                )
                break
            last = curve.strengths[k]
    return " ".join(changes) or f"It is {name} at every strength that was tried."
