"""The YOLO-like detector: its grid, its channels, and a count worked out from table 6 of the paper."""

import pytest

from cnn_core.architectures.yolo import yolo_like
from cnn_core.errors import InputError
from tests.architectures.shells import counts, without_weights

# Darknet-19, table 6 of https://arxiv.org/abs/1612.08242, without its last 1 x 1 convolution: filters and kernels.
TABLE_6 = "32/3 64/3 128/3 64/1 128/3 256/3 128/1 256/3 512/3 256/1 512/3 256/1 512/3 1024/3 512/1 1024/3 512/1 1024/3"


def test_grid_and_channels() -> None:
    assert without_weights(lambda: yolo_like().output_shape) == (None, 13, 13, 125)
    wide = without_weights(lambda: yolo_like(input_shape=(320, 608, 3), num_classes=80, num_boxes=3).output_shape)
    assert wide == (None, 10, 19, 3 * 85)


@pytest.mark.parametrize(("stride", "side"), [(32, 13), (16, 26), (8, 52)])
def test_the_grid_follows_from_input_and_stride(stride: int, side: int) -> None:
    assert without_weights(lambda: yolo_like(grid_stride=stride).output_shape[1:3]) == (side, side)


def test_parameters_equal_the_table() -> None:
    channels, total = 3, 0
    for row in TABLE_6.split():
        filters, kernel = map(int, row.split("/"))
        total += kernel * kernel * channels * filters + 4 * filters
        channels = filters
    assert counts(yolo_like)[""] == total + 1024 * 125 + 125 == 19_959_901


def test_leaky_slope() -> None:
    def slopes() -> set[float]:
        return {float(layer.negative_slope) for layer in yolo_like().layers if layer.name.endswith("_leaky")}

    assert without_weights(slopes) == {0.1}


def test_other_sizes_are_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="rows 384 or 416 and columns 608 or 640"):
        yolo_like(input_shape=(400, 610, 3))


def test_a_network_that_pools_further_comes_back_to_its_grid() -> None:
    size = {"input_shape": (96, 64, 3), "grid_stride": 8, "base_filters": 2, "num_boxes": 1, "num_classes": 3}

    def shapes() -> tuple[object, ...]:
        model = yolo_like(**size, coarsest_stride=32)
        return (
            model.output_shape,
            model.get_layer("block6_conv5").output.shape,
            model.get_layer("join8_concat").output.shape,
        )

    assert without_weights(shapes) == ((None, 12, 8, 8), (None, 3, 2, 64), (None, 12, 8, 8 + 16))


def test_each_joint_adds_three_convolutions() -> None:
    size = {"input_shape": (64, 64, 3), "grid_stride": 16, "base_filters": 4}
    joined, plain = counts(yolo_like, **size, coarsest_stride=32), counts(yolo_like, **size)
    added = {name: count for name, count in joined.items() if name.startswith("join") and not name.endswith("_bn")}
    assert added == {"join16_conv1": 128 * 32, "join16_conv2": (32 + 64) * 32, "join16_conv3": 9 * 32 * 64}
    assert joined["boxes"] == plain["boxes"] - 64 * 125


def test_a_grid_finer_than_its_network_is_refused() -> None:
    with pytest.raises(InputError, match="Choose one of 32, 16"):
        yolo_like(grid_stride=16, coarsest_stride=8)
    with pytest.raises(InputError, match="multiple"):
        yolo_like(input_shape=(240, 320, 3), grid_stride=8, coarsest_stride=32)
