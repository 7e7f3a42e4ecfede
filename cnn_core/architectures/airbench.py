"""The CIFAR-10 network of airbench94 (Jordan 2024, 94% on CIFAR-10 in 3.29 seconds, https://arxiv.org/abs/2404.00498).

A 2 x 2 convolution that whitens the pixels, three blocks of two 3 x 3 convolutions with batch norm and GELU, the first
of each block halved by max pooling. Departs from the paper: global average pooling in place of a 3 x 3 max pooling, so
that any size goes in and the last feature maps, weighted by the classifier, are an exact class activation map; wider
first and last blocks by default; batch norm keeps its scale; no learned bias behind the whitening.
"""

import keras
import numpy as np
from keras import layers

from cnn_core.architectures.limits import check_classes, one_of, whole_number

WHITEN = "whiten"
_WHITE_FILTERS = 24


def airbench(
    *,
    input_shape: tuple[int | None, int | None, int] = (32, 32, 3),
    num_classes: int = 10,
    widths: tuple[int, int, int] = (64, 256, 320),
    convolutions: int = 2,
) -> keras.Model:
    """The network, uncompiled: (N, H, W, 3) in [0, 1] -> (N, num_classes) logits. 2.5 million parameters.

    Args:
        input_shape: rows, columns (16 or more, or None for any) and 3 channels.
        num_classes: 1 or more.
        widths: filters of the three blocks.
        convolutions: of each block: 2, or 3 with a shortcut around the last two, as in airbench96.

    Raises:
        InputError: an option out of its range.

    Example:
        >>> network = airbench(input_shape=(None, None, 3), widths=(8, 16, 16))
        >>> network.output_shape, network.get_layer("block3").output.shape
        ((None, 10), (None, None, None, 16))
    """
    classes = check_classes(num_classes)
    count = one_of(convolutions, "convolutions", (2, 3))
    x = inputs = keras.Input(input_shape, name="input")
    x = layers.Rescaling(4.0, offset=-2.0, name="rescale")(x)
    x = layers.Conv2D(_WHITE_FILTERS, 2, use_bias=False, trainable=False, name=WHITEN)(x)
    x = layers.Activation("gelu", name="whiten_gelu")(x)
    for block, width in enumerate(widths, start=1):
        filters = whole_number(width, "widths", minimum=1, maximum=2048)
        shortcut = x
        for number in range(1, count + 1):
            name = f"block{block}_conv{number}"
            x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
            if number == 1:
                x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
            x = layers.BatchNormalization(momentum=0.9, epsilon=1e-4, name=f"{name}_bn")(x)
            if number == 3:
                x = layers.Add(name=f"block{block}_add")([x, shortcut])
            x = layers.Activation("gelu", name=f"block{block}" if number == count else f"{name}_gelu")(x)
            if number == 1:
                shortcut = x
    x = layers.GlobalAveragePooling2D(name="avg_pool", dtype="float32")(x)
    x = layers.Dense(classes, name="logits", dtype="float32")(x)
    return keras.Model(inputs, x, name="airbench")


def set_whitening(model: keras.Model, images: np.ndarray) -> None:
    """Set the first convolution to the whitening of 2 x 2 patches: (N, H, W, 3) float32 in [0, 1].

    Its filters are the eigenvectors of the patches' covariance, each divided by the root of its eigenvalue, and their
    negatives (section 3.2 of the paper).

    Example:
        >>> network = airbench(widths=(8, 8, 8))
        >>> set_whitening(network, np.random.default_rng(0).random((8, 32, 32, 3), dtype="float32"))
    """
    scaled = images * 4.0 - 2.0
    windows = np.lib.stride_tricks.sliding_window_view(scaled, (2, 2), axis=(1, 2))
    patches = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, 12)
    values, vectors = np.linalg.eigh(np.cov(patches, rowvar=False))
    white = (vectors / np.sqrt(values + 5e-4)).reshape(2, 2, 3, 12)[..., ::-1]
    model.get_layer(WHITEN).set_weights([np.concatenate([white, -white], axis=-1).astype("float32")])
