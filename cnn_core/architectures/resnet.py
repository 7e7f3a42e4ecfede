"""ResNet (He, Zhang, Ren and Sun 2015, Deep Residual Learning, https://arxiv.org/abs/1512.03385).

ResNet-50 is `keras.applications.ResNet50` layer by layer: biases in the convolutions in front of batch norm, the
stride in the first 1 x 1 convolution of a stage (as in the paper; torchvision has it in the 3 x 3), batch-norm
epsilon 1.001e-5. ResNet-18 and -34 have convolutions without bias, as the paper's released models and torchvision do,
so that their trainable parameters equal torchvision's; where the size changes the shortcut is a 1 x 1 convolution
(option B of the paper).
"""

import keras
from keras import layers

from cnn_core.architectures.blocks.residual import EPSILON, basic_block, bottleneck_block
from cnn_core.architectures.limits import check_classes, check_shape, one_of, output_activation, whole_number

# Blocks per stage: conv2, conv3, conv4, conv5.
STAGES = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}
BOTTLENECK = (50,)


def resnet(
    *,
    depth: int = 50,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    num_classes: int = 1000,
    plain: bool = False,
    base_filters: int = 64,
) -> keras.Model:
    """ResNet-18, -34 or -50, uncompiled; ResNet-50 has 25,636,712 parameters at its defaults.

    Args:
        depth: layers with weights: 18, 34 or 50.
        input_shape: rows, columns (32 or more) and channels.
        num_classes: 1 or more; softmax over them, sigmoid for one.
        plain: leave out every shortcut, as the paper's "plain" networks do, for comparison.
        base_filters: of the first convolution; the stages have 1, 2, 4 and 8 times as many (4 times that behind a
            bottleneck).

    Raises:
        InputError: too small a picture, or an option out of its range.

    Example:
        >>> resnet(depth=18, input_shape=(64, 64, 3)).get_layer("conv5_block2_out").output.shape
        (None, 2, 2, 512)
    """
    depth = one_of(depth, "depth", tuple(STAGES))
    shape = check_shape(input_shape, network=f"ResNet-{depth}", smallest=32, why="it is halved five times")
    classes = check_classes(num_classes)
    base = whole_number(base_filters, "base_filters", minimum=1, maximum=256)
    bottleneck = depth in BOTTLENECK
    block = bottleneck_block if bottleneck else basic_block
    inputs = keras.Input(shape, name="input")
    x = layers.ZeroPadding2D(3, name="conv1_pad")(inputs)
    x = layers.Conv2D(base, 7, strides=2, use_bias=bottleneck, name="conv1_conv")(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name="conv1_bn")(x)
    x = layers.Activation("relu", name="conv1_relu")(x)
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for stage, blocks in enumerate(STAGES[depth]):
        for number in range(1, blocks + 1):
            x = block(
                x,
                filters=base * 2**stage,
                stride=2 if stage > 0 and number == 1 else 1,
                shortcut=not plain,
                use_bias=bottleneck,
                name=f"conv{stage + 2}_block{number}",
            )
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dense(classes, activation=output_activation(classes), name="predictions")(x)
    return keras.Model(inputs, x, name=f"plain{depth}" if plain else f"resnet{depth}")
