"""The maps of one layer, of one picture or several; bounded in memory."""

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cnn_core.activations.forward import outputs_of, to_numpy
from cnn_core.errors import InputError

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]

# Maps that are larger than this are not handed out: 96 MiB of float32.
MOST_BYTES = 96 << 20


def layer_maps(model: "keras.Model", batch: npt.ArrayLike, *, layer: str) -> Floats:
    """What a layer gives for a batch.

    Args:
        model: functional or Sequential, of one input.
        batch: (N, rows, columns, channels) as the network takes it.
        layer: a name of `layers_of`.

    Returns:
        (N, h, w, C) float32; (N, 1, 1, C) of a layer whose values have no places.

    Raises:
        InputError: no such layer, one whose output is neither, or more than `MOST_BYTES`.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.MaxPooling2D(2, name="pool")])
        >>> layer_maps(model, np.arange(16.0).reshape(1, 4, 4, 1), layer="pool")[0, :, :, 0].tolist()
        [[5.0, 7.0], [13.0, 15.0]]
    """
    value = outputs_of(model, batch, [layer])[layer]
    shape = tuple(int(side) for side in value.shape)
    if len(shape) not in {2, 4}:
        raise InputError("The values of this layer are no maps", "Choose another layer", layer=layer)
    check_size(shape)
    maps = to_numpy(value)
    return maps if maps.ndim == 4 else maps[:, None, None, :]


def check_size(shape: tuple[int, ...]) -> None:
    """Refuse maps that would take too much memory.

    Raises:
        InputError: more than `MOST_BYTES`.

    Example:
        >>> check_size((1, 512, 512, 64))
    """
    size = 4 * math.prod(shape)
    if size > MOST_BYTES:
        raise InputError(
            f"The maps of this layer take {size >> 20} MiB, more than the {MOST_BYTES >> 20} MiB there are for them",
            "Choose a deeper layer",
            shape=shape,
        )
