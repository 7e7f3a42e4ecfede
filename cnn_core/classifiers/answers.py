"""What a network answers about a photo: the classes in order of their probabilities, and how long the parts took."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.errors import InputError

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

TOP = 5


@dataclass(frozen=True, eq=False)
class Answer:
    """One network's answer about one photo.

    Attributes:
        classes: names in the order of the outputs.
        probabilities: (C,) float32.
        seconds: of the parts "resize" and "inference".
    """

    classes: tuple[str, ...]
    probabilities: Floats
    seconds: dict[str, float]

    def top(self, count: int = TOP) -> tuple[tuple[str, float], ...]:
        """The most probable classes, the first of equals first.

        Example:
            >>> Answer(("cat", "dog"), np.array([0.25, 0.75], np.float32), {}).top(1)
            (('dog', 0.75),)
        """
        return tuple(
            (self.classes[number], float(self.probabilities[number])) for number in top_of(self.probabilities, count)
        )


def top_of(probabilities: npt.ArrayLike, count: int = TOP) -> list[int]:
    """Places of the largest numbers, the first of equals first.

    Example:
        >>> top_of([0.2, 0.5, 0.2, 0.1], 2)
        [1, 0]
    """
    return np.argsort(-np.asarray(probabilities), kind="stable")[:count].tolist()


def answer_about(network: LookedAt, photo: Pixels) -> Answer:
    """Ask a network about a photo.

    Args:
        network: that gives a list of classes.
        photo: (H, W, 3) uint8.

    Raises:
        InputError: no photo; no list of classes; an answer that is no probability.
    """
    begin = time.perf_counter()
    batch = network.prepare(photo)[None]
    resized = time.perf_counter()
    probabilities = checked(network.predict(batch), network)[0]
    answered = time.perf_counter()
    return Answer(network.classes, probabilities, {"resize": resized - begin, "inference": answered - resized})


def checked(probabilities: Floats, network: LookedAt) -> Floats:
    """The same numbers, if they are probabilities.

    Raises:
        InputError: NaN or infinite ones, as a network whose training diverged gives; another number of them.
    """
    if probabilities.ndim != 2 or probabilities.shape[1] != len(network.classes):
        raise InputError(
            f"{network.title} gives another number of outputs than it has classes",
            f"Give {probabilities.shape[-1]} class names",
            shape=probabilities.shape,
            classes=len(network.classes),
        )
    if not np.isfinite(probabilities).all():
        raise InputError(
            f"{network.title} answers with NaN or infinite numbers",
            "Its weights are damaged or its training diverged: choose another network, or other pixels for it",
        )
    return probabilities


def same_classes(networks: Sequence[LookedAt]) -> bool:
    """Whether all networks have the same classes in the same order, so that their answers can be combined."""
    return len({network.classes for network in networks}) <= 1
