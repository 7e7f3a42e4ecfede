"""What each mistake does to a configuration, its pictures, its network, or the pixels that it is judged by.

Everything follows from the run's seed. Importing this loads no Keras.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cnn_core.training.config import LIMITS, ScratchConfig
from cnn_core.training.data import ScratchData

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]

LEAKED = 0.8
# Of the first class all are kept, of the others every so many.
RARE_EACH = 30
_MORE = 6


def divided_twice(pixels: Floats) -> Floats:
    """Pixels divided by 255 before a network that divides by 255 itself.

    Example:
        >>> float(divided_twice(np.full((1, 2, 2, 3), 255, np.float32)).max())
        1.0
    """
    return pixels / np.float32(255)


def with_rate_x100(config: ScratchConfig) -> ScratchConfig:
    """The same with a learning rate a hundred times as large.

    Example:
        >>> with_rate_x100(ScratchConfig(learning_rate=0.001)).learning_rate
        0.1
    """
    return replace(config, learning_rate=min(config.learning_rate * 100, LIMITS["learning_rate"][1]))


def shuffled_labels(data: ScratchData, seed: int) -> ScratchData:
    """The labels of the training pictures are dealt out anew; there are as many of each as before."""
    order = np.random.default_rng((seed, 1)).permutation(len(data.truth))
    return replace(data, truth=data.truth[order])


def leaked(data: ScratchData, seed: int) -> ScratchData:
    """Four in five held-out pictures are replaced by pictures that are trained on, as when copies were split."""
    random = np.random.default_rng((seed, 2))
    judged, truth = data.judged.copy(), data.judged_truth.copy()
    places = random.permutation(len(truth))[: round(LEAKED * len(truth))]
    copied = random.integers(len(data.truth), size=len(places))
    judged[places], truth[places] = data.pixels[copied], data.truth[copied]
    return replace(data, judged=judged, judged_truth=truth)


def with_more_pictures(config: ScratchConfig) -> ScratchConfig:
    """Six times the pictures, so that enough are left when most classes lose nearly all of theirs."""
    return replace(config, pictures=min(config.pictures * _MORE, int(LIMITS["pictures"][1])))


def imbalanced(data: ScratchData, seed: int) -> ScratchData:
    """Of the first class every picture stays, of the others every thirtieth, in training and held out alike."""
    train = _imbalanced_places(data.truth, seed)
    parts = np.array([item.part == "validation" for item in data.items], bool)
    held_out = np.concatenate(
        [np.flatnonzero(part)[_imbalanced_places(data.judged_truth[part], seed)] for part in (parts, ~parts)]
    )
    return replace(
        data,
        pixels=data.pixels[train],
        truth=data.truth[train],
        judged=data.judged[held_out],
        judged_truth=data.judged_truth[held_out],
        items=tuple(data.items[place] for place in held_out),
    )


def _imbalanced_places(truth: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.int64]:
    random = np.random.default_rng((seed, 3))
    kept = [np.flatnonzero(truth == 0)]
    for number in range(1, int(truth.max(initial=0)) + 1):
        places = np.flatnonzero(truth == number)
        kept.append(random.permutation(places)[: max(1, len(places) // RARE_EACH)])
    return np.sort(np.concatenate(kept))


def without_shuffling(config: ScratchConfig) -> ScratchConfig:
    """The order of the data, in every epoch.

    Example:
        >>> without_shuffling(ScratchConfig()).shuffle
        False
    """
    return replace(config, shuffle=False)


def sorted_by_class(data: ScratchData, seed: int) -> ScratchData:  # noqa: ARG001
    """Class after class, as a folder of class folders is read."""
    order = np.argsort(data.truth, kind="stable")
    return replace(data, pixels=data.pixels[order], truth=data.truth[order])


def with_moving_statistics(model: "keras.Model") -> "keras.Model":
    """Batch norm learns the batch's statistics although the weights around it are frozen; its scale and shift stay."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = True
            for weight in (layer.gamma, layer.beta):
                if weight is not None:
                    weight.trainable = False
    return model
