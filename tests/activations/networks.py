"""Small networks with random weights, of every family that can be looked into, built once for all tests."""

from functools import cache

import keras
import numpy as np
from keras import layers


@cache
def network(family: str) -> keras.Model:
    """A network for 32 x 32 pictures."""
    from cnn_core.architectures.inception import googlenet
    from cnn_core.architectures.resnet import resnet
    from cnn_core.architectures.unet import unet
    from cnn_core.architectures.vgg import vgg

    keras.utils.set_random_seed(0)
    shape = (32, 32, 3)
    return {
        "vgg": lambda: vgg(depth=11, input_shape=shape, num_classes=3, dense_units=8, base_filters=4),
        "resnet": lambda: resnet(depth=18, input_shape=shape, num_classes=3, base_filters=4),
        "inception": lambda: googlenet(input_shape=shape, num_classes=3),
        "unet": lambda: unet(input_shape=shape, depth=2, base_filters=4),
        "mixed": _mixed,
    }[family]()


def _mixed() -> keras.Model:
    """Any size, a nested model that is called twice, branches, groups, a depthwise and a separable layer, dropout."""
    own = picture = keras.Input((None, None, 4))
    own = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, name="depth")(own)
    own = layers.Conv2D(4, 1, activation="tanh", name="mix")(layers.ReLU(name="relu")(own))
    block = keras.Model(picture, own, name="block")
    picture = keras.Input((None, None, 3), name="photo")
    x = layers.Conv2D(4, 3, strides=2, padding="same", dilation_rate=1, name="first")(picture)
    x = layers.RandomFlip(name="flip")(layers.Dropout(0.5, name="dropout")(block(x)), training=True)
    left = layers.Conv2D(6, 3, padding="same", groups=2, activation="gelu", name="groups")(block(x))
    right = layers.SeparableConv2D(5, 3, dilation_rate=2, padding="same", name="apart")(x)
    x = layers.Concatenate(name="join")([left, right])
    x = layers.Dense(3, name="classes")(layers.GlobalAveragePooling2D(name="mean")(x))
    return keras.Model(picture, x)


PHOTO = np.random.default_rng(1).uniform(0, 1, (32, 32, 3)).astype(np.float32)
