"""LeNet-5 (LeCun, Bottou, Bengio and Haffner 1998, Gradient-Based Learning Applied to Document Recognition,
https://doi.org/10.1109/5.726791).

Departs from the paper, as nearly everybody does: each second-stage map sees all six first-stage maps (the paper
connects only some, table I); pooling has no trainable coefficient and bias; tanh is not scaled; the output is a dense
layer with softmax and not radial basis functions. Hence 61,706 parameters and not about 60,000.
"""

from typing import Any

import keras
from keras import layers

from cnn_core.architectures.limits import check_classes, check_shape, one_of, output_activation, smallest_side

FILTERS = (6, 16)
UNITS = {"fc1": 120, "fc2": 84}
POOLING = {"average": layers.AveragePooling2D, "max": layers.MaxPooling2D}


def lenet5(
    *,
    input_shape: tuple[int, int, int] = (32, 32, 1),
    num_classes: int = 10,
    activation: str = "tanh",
    pooling: str = "average",
) -> keras.Model:
    """LeNet-5, uncompiled; 61,706 parameters at 32 x 32 x 1 with 10 classes.

    Args:
        input_shape: rows, columns (16 or more) and channels.
        num_classes: 1 or more; softmax over them, sigmoid for one.
        activation: "tanh", or "relu" as later networks have it.
        pooling: "average", or "max".

    Raises:
        InputError: too small a picture, or an option that does not exist.

    Example:
        >>> lenet5().count_params()
        61706
    """
    windows = [(5, 1), (2, 2)] * len(FILTERS)
    shape = check_shape(input_shape, network="LeNet-5", smallest=smallest_side(windows))
    classes = check_classes(num_classes)
    activation = one_of(activation, "activation", ("tanh", "relu"))
    pool = POOLING[one_of(pooling, "pooling", tuple(POOLING))]
    stack: list[Any] = [keras.Input(shape, name="input")]
    for number, filters in enumerate(FILTERS, start=1):
        stack += [
            layers.Conv2D(filters, 5, activation=activation, name=f"block{number}_conv"),
            pool(2, name=f"block{number}_pool"),
        ]
    stack.append(layers.Flatten(name="flatten"))
    stack += [layers.Dense(units, activation=activation, name=name) for name, units in UNITS.items()]
    stack.append(layers.Dense(classes, activation=output_activation(classes), name="predictions"))
    return keras.Sequential(stack, name="lenet5")
