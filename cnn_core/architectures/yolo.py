"""A detector in the manner of YOLOv2 (Redmon and Farhadi 2016, YOLO9000, https://arxiv.org/abs/1612.08242).

Darknet-19 without its classifier (table 6), then one 1 x 1 convolution that gives each grid cell its boxes. Departs
from the paper: no three extra convolutions and no passthrough of finer features before the head; the input is a
multiple of the grid's stride. Introductions often stop after two poolings, which leaves a grid of 4 pixels a cell and
boxes that see 18 pixels.

With `coarsest_stride` the network pools further than its grid, and comes back to it as YOLOv3 does (Redmon and Farhadi
2018, https://arxiv.org/abs/1804.02767, section 2.3): coarse features are enlarged and joined to the finer ones of the
same size. A fine grid then sees far, and its wide stages run on few cells.
"""

import keras
from keras import layers

from cnn_core.architectures.limits import check_classes, check_multiple, check_shape, one_of, whole_number

# (multiple of the base filters, kernel) of the convolutions of each stage; a pooling between two stages.
STAGES = (
    ((1, 3),),
    ((2, 3),),
    ((4, 3), (2, 1), (4, 3)),
    ((8, 3), (4, 1), (8, 3)),
    ((16, 3), (8, 1), (16, 3), (8, 1), (16, 3)),
    ((32, 3), (16, 1), (32, 3), (16, 1), (32, 3)),
)
STRIDES = (32, 16, 8)


def yolo_like(
    *,
    input_shape: tuple[int, int, int] = (416, 416, 3),
    num_classes: int = 20,
    num_boxes: int = 5,
    grid_stride: int = 32,
    base_filters: int = 32,
    coarsest_stride: int | None = None,
) -> keras.Model:
    """A YOLO-like detector, uncompiled: (N, H / stride, W / stride, num_boxes (5 + num_classes)), raw numbers.

    Each box of a cell has x, y, width, height, objectness and a score per class, before any sigmoid or softmax. At
    416 x 416 with 20 classes and 5 boxes the output is 13 x 13 x 125.

    Args:
        input_shape: rows, columns (multiples of the coarsest stride) and channels.
        num_classes: 1 or more.
        num_boxes: boxes per cell, 1 to 20.
        grid_stride: pixels per grid cell: 32, 16 or 8; the last poolings are left out for the smaller ones.
        base_filters: of the first convolution; the last stage has 32 times as many.
        coarsest_stride: `grid_stride` or more, 32 at most: how far the network pools before it comes back to its grid;
            None pools no further than the grid.

    Raises:
        InputError: a size that is no multiple of the stride, or an option out of its range.

    Example:
        >>> yolo_like(input_shape=(64, 96, 3), base_filters=4).output_shape
        (None, 2, 3, 125)
    """
    stride = one_of(grid_stride, "grid_stride", STRIDES)
    coarsest = one_of(coarsest_stride or stride, "coarsest_stride", [s for s in STRIDES if s >= stride])
    shape = check_shape(input_shape, network="the detector", smallest=coarsest, why="it is less than one grid cell")
    check_multiple(shape[0], shape[1], of=coarsest, network="The detector")
    classes = check_classes(num_classes)
    boxes = whole_number(num_boxes, "num_boxes", minimum=1, maximum=20)
    base = whole_number(base_filters, "base_filters", minimum=1, maximum=128)
    x = inputs = keras.Input(shape, name="input")
    finer = {}
    for stage, convolutions in enumerate(STAGES, start=1):
        for number, (multiple, kernel) in enumerate(convolutions, start=1):
            x = darknet_convolution(x, filters=multiple * base, kernel=kernel, name=f"block{stage}_conv{number}")
        if 2**stage <= coarsest:
            finer[2 ** (stage - 1)] = x
            x = layers.MaxPooling2D(2, name=f"block{stage}_pool")(x)
    while coarsest > stride:
        coarsest //= 2
        x = join_finer(x, finer[coarsest], filters=coarsest * base, name=f"join{coarsest}")
    x = layers.Conv2D(boxes * (5 + classes), 1, name="boxes")(x)
    return keras.Model(inputs, x, name="yolo_like")


def darknet_convolution(x: keras.KerasTensor, *, filters: int, kernel: int, name: str) -> keras.KerasTensor:
    """Convolution without bias, batch norm, leaky ReLU of slope 0.1: (N, H, W, C) -> (N, H, W, filters).

    Example:
        >>> darknet_convolution(keras.Input((13, 13, 64)), filters=128, kernel=3, name="block1_conv1").shape
        (None, 13, 13, 128)
    """
    x = layers.Conv2D(filters, kernel, padding="same", use_bias=False, name=name)(x)
    x = layers.BatchNormalization(name=f"{name}_bn")(x)
    return layers.LeakyReLU(negative_slope=0.1, name=f"{name}_leaky")(x)


def join_finer(x: keras.KerasTensor, finer: keras.KerasTensor, *, filters: int, name: str) -> keras.KerasTensor:
    """Coarse features, twice enlarged, beside finer ones: (N, H, W, C) and (N, 2 H, 2 W, D) -> (N, 2 H, 2 W, filters).

    A 1 x 1 convolution to half the filters before the enlargement and another behind the joint, then a 3 x 3.

    Example:
        >>> join_finer(keras.Input((7, 7, 256)), keras.Input((14, 14, 128)), filters=128, name="join16").shape
        (None, 14, 14, 128)
    """
    x = darknet_convolution(x, filters=filters // 2, kernel=1, name=f"{name}_conv1")
    x = layers.UpSampling2D(2, name=f"{name}_up")(x)
    x = layers.Concatenate(name=f"{name}_concat")([x, finer])
    x = darknet_convolution(x, filters=filters // 2, kernel=1, name=f"{name}_conv2")
    return darknet_convolution(x, filters=filters, kernel=3, name=f"{name}_conv3")
