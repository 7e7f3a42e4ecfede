"""The same network with a switch in each of its skips: built once, and every setting is one forward pass."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def with_switches(model: "keras.Model", *, joined: Sequence[str], outputs: Sequence[str]) -> "keras.Model":
    """The network with switches: [picture, on, mean] -> the outputs of some layers.

    The layers, and so the weights, are the model's own; nothing in it is changed. With all skips on what comes out is
    the model's own output, to the last bit.

    Args:
        model: functional, each layer called once, with one input.
        joined: names of the layers that join a skip, J of them; the skip is the second input of each.
        outputs: names of layers.

    Returns:
        A model of (N, H, W, C), of (N, J) with 1 for a skip that is on and 0 for one that is off, and of (N, 1) with 1
        where the mean of each channel over the picture stands in for a skip that is off, and 0 where zero does. It
        gives a dictionary of the outputs by name.

    Example:
        >>> import numpy as np
        >>> from cnn_core.architectures.unet import unet
        >>> plain = unet(input_shape=(16, 16, 3), depth=1, base_filters=2)
        >>> switched = with_switches(plain, joined=["decoder1_concat"], outputs=["predictions"])
        >>> picture = np.ones((1, 16, 16, 3), "float32")
        >>> given = switched([picture, np.ones((1, 1)), np.zeros((1, 1))])["predictions"]
        >>> bool(np.array_equal(given, plain(picture)))
        True
    """
    import keras
    from keras import ops

    picture = keras.Input(model.input.shape[1:], name="picture")
    on, mean = keras.Input((len(joined),), name="switches"), keras.Input((1,), name="by_mean")
    made = {id(model.input): picture}
    by_name = {}
    for layer in model.layers[1:]:
        if layer.name in joined:
            below, skip = (made[id(tensor)] for tensor in layer.input)
            place = joined.index(layer.name)
            switch = ops.reshape(on[:, place], (-1, 1, 1, 1))
            instead = ops.reshape(mean, (-1, 1, 1, 1)) * ops.mean(skip, axis=(1, 2), keepdims=True)
            given = layer([below, switch * skip + (1.0 - switch) * instead])
        else:
            inputs = layer.input
            given = layer([made[id(one)] for one in inputs] if isinstance(inputs, list) else made[id(inputs)])
        made[id(layer.output)] = by_name[layer.name] = given
    return keras.Model([picture, on, mean], {name: by_name[name] for name in outputs}, name=f"{model.name}_switched")
