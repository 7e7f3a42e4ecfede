"""Parameters and multiply-adds of one layer, with the sums written out.

MACs are multiply-adds; FLOPs = 2 x MACs. Biases are parameters and, as usual, not counted as multiply-adds.
"""

from dataclasses import dataclass

from cnn_core.geometry import Pair, as_pair, output_size


@dataclass(frozen=True)
class LayerCost:
    """What one layer costs.

    Attributes:
        name: the layer's Keras name.
        parameters: weights and biases.
        macs: multiply-adds for one picture.
        parameter_sum: the parameters as a sum with numbers, in LaTeX.
        mac_sum: the multiply-adds as a product with numbers, in LaTeX.
    """

    name: str
    parameters: int
    macs: int
    parameter_sum: str
    mac_sum: str


def compare_costs(
    size: Pair,
    *,
    kernel: Pair,
    channels: int,
    filters: int,
    stride: Pair = 1,
    padding: str = "valid",
    dilation: Pair = 1,
) -> tuple[LayerCost, LayerCost, LayerCost]:
    """A convolution, its depthwise-separable version, and a fully connected layer between the same sizes.

    Args:
        size: input rows and columns.
        kernel: kernel rows and columns.
        channels: input channels.
        filters: output channels.
        stride: as in `cnn_core.convolution`; likewise `padding` and `dilation`.
        padding: see `stride`.
        dilation: see `stride`.

    Raises:
        InputError: sizes that give no output.

    Example:
        >>> conv, separable, dense = compare_costs((28, 28), kernel=3, channels=1, filters=32)
        >>> conv.parameters, conv.macs
        (320, 194688)
    """
    height, width = as_pair(size, "size")
    k_h, k_w = as_pair(kernel, "kernel")
    as_pair((channels, filters), "number of channels and filters")
    rows, columns = output_size(size, kernel, stride=stride, padding=padding, dilation=dilation)
    cells, taps = rows * columns, k_h * k_w
    inputs, outputs = height * width * channels, cells * filters
    cells_text, taps_text = rf"{rows}\cdot{columns}", rf"{k_h}\cdot{k_w}"
    return (
        LayerCost(
            "Conv2D",
            taps * channels * filters + filters,
            cells * taps * channels * filters,
            rf"{taps_text}\cdot{channels}\cdot{filters} + {filters}",
            rf"{cells_text}\cdot{taps_text}\cdot{channels}\cdot{filters}",
        ),
        LayerCost(
            "SeparableConv2D",
            taps * channels + channels * filters + filters,
            cells * (taps * channels + channels * filters),
            rf"{taps_text}\cdot{channels} + {channels}\cdot{filters} + {filters}",
            rf"{cells_text}\cdot({taps_text}\cdot{channels} + {channels}\cdot{filters})",
        ),
        LayerCost(
            "Dense",
            inputs * outputs + outputs,
            inputs * outputs,
            rf"({height}\cdot{width}\cdot{channels})\cdot({cells_text}\cdot{filters}) + {cells_text}\cdot{filters}",
            rf"({height}\cdot{width}\cdot{channels})\cdot({cells_text}\cdot{filters})",
        ),
    )
