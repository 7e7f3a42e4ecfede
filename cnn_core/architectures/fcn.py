"""FCN (Long, Shelhamer and Darrell 2014, Fully Convolutional Networks, https://arxiv.org/abs/1411.4038) on VGG-16.

VGG-16's dense layers become the convolutions fc6 (7 x 7) and fc7 (1 x 1); a 1 x 1 convolution scores the classes.
FCN-32s enlarges the scores 32 times at once; FCN-16s first adds scores from pool4, FCN-8s from pool4 and pool3. The
output has the input's size whatever that is: rows and columns are padded behind with zeros to the next multiple of
32, and what lies over the padding is cropped from the scores.

Departs from the paper: fc6 is padded, so the input need not be padded by 100 pixels and scores are added without
cropping; enlarging is bilinear interpolation, or transposed convolutions that begin random and not bilinear; scores
of pool3 and pool4 do not begin at zero; batch norm in the encoder as an option. Introductions often score pool5
without fc6 and fc7, which leaves out 89 % of the parameters.
"""

import keras
from keras import layers

from cnn_core.architectures.limits import (
    check_classes,
    check_shape,
    fraction,
    one_of,
    output_activation,
    whole_number,
)
from cnn_core.architectures.vgg import convolutional_stages

# Stages of the encoder whose scores are added, from coarse to fine.
SKIPS: dict[int, tuple[int, ...]] = {32: (), 16: (4,), 8: (4, 3)}


def fcn(
    *,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    num_classes: int = 21,
    stride: int = 8,
    transposed: bool = False,
    fc_filters: int = 4096,
    dropout: float = 0.5,
    base_filters: int = 64,
    batch_norm: bool = False,
) -> keras.Model:
    """FCN-32s, -16s or -8s, uncompiled: (N, H, W, C) -> (N, H, W, num_classes), softmax over the classes of each pixel.

    Args:
        input_shape: rows, columns (any) and channels.
        num_classes: 1 or more, with background; sigmoid for one.
        stride: 32, 16 or 8: how much the finest scores are enlarged at the end.
        transposed: enlarge by learned transposed convolutions.
        fc_filters: of fc6 and fc7.
        dropout: share of their outputs dropped in training; 0 leaves the layers out.
        base_filters: of VGG-16's first stage.
        batch_norm: normalise between each convolution of the encoder and its ReLU.

    Raises:
        InputError: an option out of its range.

    Example:
        >>> fcn(input_shape=(50, 70, 3), fc_filters=16, base_filters=4).output_shape
        (None, 50, 70, 21)
    """
    stride = one_of(stride, "stride", tuple(SKIPS))
    rows, columns, channels = check_shape(input_shape, network=f"FCN-{stride}s")
    classes = check_classes(num_classes)
    filters = whole_number(fc_filters, "fc_filters", minimum=1, maximum=16384)
    base = whole_number(base_filters, "base_filters", minimum=1, maximum=256)
    rate = fraction(dropout, "dropout")
    excess = ((0, -rows % 32), (0, -columns % 32))
    padded = excess != ((0, 0), (0, 0))

    x = inputs = keras.Input((rows, columns, channels), name="input")
    if padded:
        x = layers.ZeroPadding2D(excess, name="pad")(x)
    stages = convolutional_stages(x, base_filters=base, batch_norm=batch_norm)
    x = stages[-1]
    for name, kernel in (("fc6", 7), ("fc7", 1)):
        x = layers.Conv2D(filters, kernel, padding="same", activation="relu", name=name)(x)
        if rate:
            x = layers.Dropout(rate, name=f"{name}_dropout")(x)
    x = layers.Conv2D(classes, 1, name="score_fc7")(x)
    for stage in SKIPS[stride]:
        x = enlarge(x, 2, transposed=transposed, name=f"fuse{stage}_up")
        scores = layers.Conv2D(classes, 1, name=f"fuse{stage}_score")(stages[stage - 1])
        x = layers.Add(name=f"fuse{stage}_add")([x, scores])
    x = enlarge(x, stride, transposed=transposed, name="final_up")
    if padded:
        x = layers.Cropping2D(excess, name="final_crop")(x)
    x = layers.Activation(output_activation(classes), name="predictions")(x)
    return keras.Model(inputs, x, name=f"fcn{stride}s")


def enlarge(x: keras.KerasTensor, times: int, *, transposed: bool, name: str) -> keras.KerasTensor:
    """(N, H, W, C) -> (N, times H, times W, C): bilinear, or by a transposed convolution of twice that window.

    Example:
        >>> enlarge(keras.Input((7, 7, 21)), 32, transposed=False, name="final_up").shape
        (None, 224, 224, 21)
    """
    if transposed:
        channels = x.shape[-1]
        return layers.Conv2DTranspose(channels, 2 * times, strides=times, padding="same", use_bias=False, name=name)(x)
    return layers.UpSampling2D(times, interpolation="bilinear", name=name)(x)
