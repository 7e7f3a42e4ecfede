"""MobileNetV2 and EfficientNet-B0 as `keras.applications` builds them, without weights.

MobileNetV2: Sandler, Howard, Zhu, Zhmoginov and Chen 2018, https://arxiv.org/abs/1801.04381. EfficientNet: Tan and Le
2019, https://arxiv.org/abs/1905.11946. Keras' EfficientNet begins with its own preprocessing, so it takes pixels in
[0, 255]; MobileNetV2 takes [-1, 1].
"""

import re

import keras

from cnn_core.architectures.limits import check_classes, check_shape, one_of, output_activation

WIDTHS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
# What Keras numbers through a process where it gives no name of its own, and what it is called here.
UNNAMED = {"rescaling": "rescaling", "normalization": "normalization", "global_average_pooling2d": "avg_pool"}


def mobilenet_v2(
    *, input_shape: tuple[int, int, int] = (224, 224, 3), num_classes: int = 1000, alpha: float = 1.0
) -> keras.Model:
    """MobileNetV2, uncompiled; 3,538,984 parameters at its defaults.

    Args:
        input_shape: rows, columns (32 or more) and channels.
        num_classes: 1 or more; softmax over them, sigmoid for one.
        alpha: filters as a multiple of the paper's: 0.35, 0.5, 0.75, 1, 1.3 or 1.4.

    Raises:
        InputError: too small a picture, or an option that does not exist.

    Example:
        >>> mobilenet_v2(input_shape=(64, 64, 3), num_classes=10, alpha=0.35).output_shape
        (None, 10)
    """
    shape = check_shape(input_shape, network="MobileNetV2", smallest=32, why="it is halved five times")
    classes = check_classes(num_classes)
    inputs = keras.Input(shape, name="input")
    network = keras.applications.MobileNetV2(
        input_tensor=inputs,
        input_shape=shape,
        alpha=one_of(alpha, "alpha", WIDTHS),
        weights=None,
        classes=classes,
        classifier_activation=output_activation(classes),
    )
    name_layers(network)
    return keras.Model(inputs, network.output, name="mobilenet_v2")


def efficientnet_b0(*, input_shape: tuple[int, int, int] = (224, 224, 3), num_classes: int = 1000) -> keras.Model:
    """EfficientNet-B0, uncompiled; 5,330,571 parameters at its defaults.

    Args:
        input_shape: rows, columns (32 or more) and channels.
        num_classes: 1 or more; softmax over them, sigmoid for one.

    Raises:
        InputError: too small a picture, or no such number of classes.

    Example:
        >>> efficientnet_b0(input_shape=(64, 64, 3), num_classes=10).output_shape
        (None, 10)
    """
    shape = check_shape(input_shape, network="EfficientNet-B0", smallest=32, why="it is halved five times")
    classes = check_classes(num_classes)
    inputs = keras.Input(shape, name="input")
    network = keras.applications.EfficientNetB0(
        input_tensor=inputs,
        input_shape=shape,
        weights=None,
        classes=classes,
        classifier_activation=output_activation(classes),
    )
    name_layers(network)
    return keras.Model(inputs, network.output, name="efficientnet_b0")


def name_layers(network: keras.Model) -> None:
    """Give the layers that Keras numbers through a process ("normalization_3") the same name each time.

    Example:
        >>> network = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Rescaling(0.5)])
        >>> name_layers(network)
        >>> network.layers[0].name
        'rescaling'
    """
    for layer in network.layers:
        automatic = re.fullmatch(rf"({'|'.join(UNNAMED)})(_\d+)?", layer.name)
        if automatic:
            layer.name = UNNAMED[automatic[1]]
