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
