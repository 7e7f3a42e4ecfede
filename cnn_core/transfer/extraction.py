"""A frozen network as a function from pictures to features, by whatever is fastest here.

LiteRT runs a network three times as fast as a compiled Keras function on two cores and answers before Keras has been
imported, but making its file takes some ten seconds; it is made once and kept. On a GPU it is Keras' compiled function.

A feature is the mean and the maximum of each of the last maps, so that either pooling is at hand.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from cnn_core.backbones.catalog import STARTER, STARTER_MODEL, backbone_named
from cnn_core.backbones.loading import load_backbone
from cnn_core.backbones.weights import weights_identity, weights_present
from cnn_core.lite_conversion import can_convert, convert
from cnn_core.lite_network import LiteNetwork
from cnn_core.starter_models import lite_starter
from cnn_core.transfer.device import on_gpu

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]
Extract = Callable[[npt.NDArray[Any]], Floats]

# Pictures from which on it is worth making the LiteRT file of a network.
WORTH_CONVERTING = 400


class LoadBackbone(Protocol):
    """How a backbone is loaded: `cnn_core.backbones.load_backbone`, or another in tests."""

    def __call__(self, name: str, *, input_size: tuple[int, int]) -> "keras.Model": ...


def open_extractor(
    name: str,
    *,
    input_size: tuple[int, int],
    folder: Path,
    pictures: int,
    load: LoadBackbone = load_backbone,
    by_keras: bool = False,
) -> Extract:
    """A function from (N, rows, columns, 3) raw pixels to (N, 2 x channels) float32: means, then maxima.

    Args:
        name: one of `BACKBONES`.
        input_size: rows and columns.
        folder: where LiteRT files are kept.
        pictures: how many will go through, which decides whether making a file is worth it.
        load: loads the network where Keras is needed.
        by_keras: whatever is faster, run what `load` gives.

    Raises:
        InputError: as `load_backbone`.
    """
    if by_keras or on_gpu():
        return keras_extractor(load(name, input_size=input_size))
    if name == STARTER and weights_present(STARTER):
        return _starter_extractor()
    path = lite_path(name, input_size=input_size, folder=folder)
    if path is not None and path.is_file():
        return _lite_extractor(path)
    model = load(name, input_size=input_size)
    # The weights may have come with the model.
    path = lite_path(name, input_size=input_size, folder=folder)
    if path is None or pictures < WORTH_CONVERTING or not can_convert():
        return keras_extractor(model)
    convert(model, path)
    return _lite_extractor(path)


def ready_without_keras(name: str, *, input_size: tuple[int, int], folder: Path) -> bool:
    """Whether features can be computed at once, without importing Keras."""
    if name == STARTER:
        return weights_present(STARTER)
    path = lite_path(name, input_size=input_size, folder=folder)
    return path is not None and path.is_file()


def lite_path(name: str, *, input_size: tuple[int, int], folder: Path) -> Path | None:
    """Where the LiteRT file of a backbone is kept; None where it has none: no weights here, or nothing to gain."""
    if name == STARTER or not weights_present(name) or backbone_named(name).lite_gain <= 1:
        return None
    rows, columns = input_size
    return folder / f"{name}_{rows}x{columns}_{weights_identity(name)[:16]}.tflite"


def pooled(maps: Any) -> Floats:
    """Means and maxima of feature maps.

    Args:
        maps: (N, h, w, C).

    Returns:
        (N, 2 C) float32.

    Example:
        >>> pooled(np.array([[[[1.0], [3.0]]]])).tolist()
        [[2.0, 3.0]]
    """
    values = np.asarray(maps, np.float32)
    return np.concatenate([values.mean(axis=(1, 2)), values.max(axis=(1, 2))], axis=1)


def keras_extractor(model: "keras.Model") -> Extract:
    """By Keras, as one compiled function; the pooling is part of it, so that only features leave the device."""
    import keras

    maps = model.output
    both = [keras.ops.mean(maps, axis=(1, 2)), keras.ops.max(maps, axis=(1, 2))]
    network = keras.Model(model.input, keras.ops.concatenate(both, axis=1))
    # XLA takes longer to compile on a processor than it saves.
    network.compile(jit_compile=on_gpu())

    def extract(pictures: npt.NDArray[Any]) -> Floats:
        return np.asarray(network.predict_on_batch(pictures.astype(np.float32)), np.float32)

    return extract


def _starter_extractor() -> Extract:
    network = lite_starter(STARTER_MODEL)

    def extract(pictures: npt.NDArray[Any]) -> Floats:
        _, maps = network(pictures.astype(np.float32) / np.float32(255))
        return pooled(maps)

    return extract


def _lite_extractor(path: Path) -> Extract:
    network = LiteNetwork(path.read_bytes())

    def extract(pictures: npt.NDArray[Any]) -> Floats:
        return pooled(network(pictures))

    return extract
