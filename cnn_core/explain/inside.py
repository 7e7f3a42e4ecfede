"""The inside of a network that is looked at, as explanations need it; what it tells is checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.classifiers.looked_at import LookedAt, Told
from cnn_core.errors import InputError
from cnn_core.explain.grad_cam import ClassMaps

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Inside:
    """Questions about one network, or about what is left of it with random weights.

    Attributes:
        network: is asked.
        random_layers: so many of its last layers with weights compute with random ones.
        seed: of these.
    """

    network: LookedAt
    random_layers: int = 0
    seed: int = 0

    def layers(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The layers that give maps, and those with weights, in the order of computing.

        Raises:
            InputError: the network is of a kind that Keras cannot look into.
        """
        told = self._ask(np.zeros((1, *self.network.size, self.network.channels), np.float32), what="layers")
        return _names(told, "layers"), _names(told, "learned")

    def maps(self, picture: Floats, *, class_indices: Sequence[int], layer: str | None = None) -> ClassMaps:
        """As `grad_cam.class_maps`."""
        told = self._ask(picture[None], what="maps", class_indices=list(class_indices), layer=layer)
        maps = _finite(told, "maps")
        slopes = _finite(told, "slopes")
        if maps.ndim != 3 or slopes.shape != (len(class_indices), *maps.shape):
            raise _odd()
        return ClassMaps(maps, slopes)

    def score(self, class_index: int) -> Callable[[Floats], Floats]:
        """(N, rows, columns, channels) -> (N,) scores of a class before softmax."""

        def scores(batch: Floats) -> Floats:
            found = _finite(self._ask(batch, what="scores"), "scores")
            if found.ndim != 2 or len(found) != len(batch) or not 0 <= class_index < found.shape[1]:
                raise _odd()
            return found[:, class_index]

        return scores

    def slopes(self, class_index: int) -> Callable[[Floats], Floats]:
        """(N, rows, columns, channels) -> the gradient of a class's score, in the same shape."""

        def slopes(batch: Floats) -> Floats:
            found = _finite(self._ask(batch, what="slopes", class_index=class_index), "slopes")
            if found.shape != batch.shape:
                raise _odd()
            return found

        return slopes

    def _ask(self, batch: Floats, **options: Any) -> Told:
        if self.random_layers:
            options = {**options, "random_layers": self.random_layers, "seed": self.seed}
        return self.network.ask("explain", batch, **options)


def _names(told: Told, name: str) -> tuple[str, ...]:
    names = told.values.get(name)
    if not isinstance(names, list):
        raise _odd()
    return tuple(map(str, names))


def _finite(told: Told, name: str) -> Floats:
    if name not in told.arrays:
        raise _odd()
    values = np.asarray(told.arrays[name], np.float32)
    if not np.isfinite(values).all():
        raise InputError("The network gives numbers that are not finite", "Choose another photo or network")
    return values


def _odd() -> InputError:
    return InputError("The network does not give scores of classes", "Choose a network that classifies")
