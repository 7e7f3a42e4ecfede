"""Code that reproduces what the convolution page shows: NumPy and SciPy, and Keras.

Every snippet is a complete script. It leaves the result in `output`, (H_out, W_out, C) float32. Scripts on a picture
read `picture.png`, which the page offers for download; scripts on a grid spell it out.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnn_core.chain import ChainLayer
from cnn_core.channels import GREY, SINGLE
from cnn_core.convolution import transposed_length
from cnn_core.geometry import dilated_size, output_size, padding_amounts
from cnn_core.grids import format_number
from cnn_core.nonlinearities import NONLINEARITIES

NUMPY = "NumPy and SciPy"
KERAS = "Keras"
GREY_WEIGHTS = "[0.299, 0.587, 0.114]"

_READ = """image = np.asarray(Image.open("picture.png").convert("RGB"), np.float32) / 255
"""
_GREY = f"""image = (image @ np.array({GREY_WEIGHTS}, np.float32))[..., None]
"""
_KERAS_OUT = """output = keras.ops.convert_to_numpy(output)[0]
"""
_SHOW = """print(output.shape, output.min(), output.max())
"""


def photo_snippets(
    kernel: np.ndarray,
    *,
    size: tuple[int, int],
    channels: str = GREY,
    stride: int = 1,
    padding: str = "valid",
    dilation: int = 1,
    flip: bool = False,
    activation: str = "none",
) -> dict[str, str]:
    """Scripts for one kernel, and an activation, on every channel of a picture.

    Args:
        kernel: (k_h, k_w).
        size: rows and columns of the picture.
        channels: what the layer gets, a choice of `cnn_core.channels`.
        stride: as in `cnn_core.convolution.convolve`; likewise `padding`, `dilation` and `flip`.
        padding: see `stride`.
        dilation: see `stride`.
        flip: see `stride`.
        activation: a name from `cnn_core.nonlinearities`.

    Example:
        >>> "signal.correlate2d" in photo_snippets(np.ones((3, 3)), size=(8, 8))["NumPy and SciPy"]
        True
    """
    picture = _READ + _channels(channels)
    options: dict[str, Any] = {"size": size, "stride": stride, "padding": padding, "dilation": dilation, "flip": flip}
    function = NONLINEARITIES[activation]
    return {
        NUMPY: "import numpy as np\nfrom PIL import Image\nfrom scipy import signal\n\n"
        + picture
        + _array("kernel", kernel)
        + _numpy_convolution(kernel.shape, **options)
        + (f"output = {function.numpy}  # {function.title}\n" if function.numpy else "")
        + _SHOW,
        KERAS: "import keras\nimport numpy as np\nfrom PIL import Image\n\n"
        + picture
        + _array("kernel", kernel)
        + _keras_convolution(kernel.shape, **options)
        + (f"output = {function.keras}  # {function.title}\n" if function.keras else "")
        + _KERAS_OUT
        + _SHOW,
    }


def grid_snippets(
    grid: np.ndarray,
    kernel: np.ndarray,
    *,
    bias: float = 0.0,
    stride: int = 1,
    padding: str = "valid",
    dilation: int = 1,
    flip: bool = False,
) -> dict[str, str]:
    """Scripts for one filter on a small grid, its channels summed and the bias added.

    Args:
        grid: (H, W, C).
        kernel: (k_h, k_w, C).
        bias: added to every output cell.
        stride: as in `cnn_core.convolution.convolve`; likewise `padding`, `dilation` and `flip`.
        padding: see `stride`.
        dilation: see `stride`.
        flip: see `stride`.

    Example:
        >>> code = grid_snippets(np.ones((4, 4, 1)), np.ones((3, 3, 1)))
        >>> "keras.ops.conv(" in code["Keras"]
        True
    """
    size = (grid.shape[0], grid.shape[1])
    options: dict[str, Any] = {"size": size, "stride": stride, "padding": padding, "dilation": dilation, "flip": flip}
    arrays = _array("image", grid) + _array("kernel", kernel)
    total = f"output = output.sum(axis=2, keepdims=True) + {format_number(bias)}  # over the channels, plus the bias\n"
    return {
        NUMPY: "import numpy as np\nfrom scipy import signal\n\n"
        + arrays
        + _numpy_convolution(kernel.shape[:2], per_channel=True, **options)
        + total
        + "print(output[..., 0])\n",
        KERAS: "import keras\nimport numpy as np\n\n"
        + arrays
        + _keras_convolution(kernel.shape[:2], per_channel=True, **options)
        + f"output = output + {format_number(bias)}  # the bias\n"
        + _KERAS_OUT
        + "print(output[..., 0])\n",
    }


def transposed_snippets(
    grid: np.ndarray, kernel: np.ndarray, *, stride: int = 2, padding: str = "valid", dilation: int = 1
) -> dict[str, str]:
    """Scripts for a transposed convolution of a one-channel grid.

    Args:
        grid: (H, W).
        kernel: (k_h, k_w).
        stride: as in `cnn_core.convolution.conv2d_transpose`; likewise `padding` and `dilation`.
        padding: see `stride`.
        dilation: see `stride`.

    Example:
        >>> "conv_transpose" in transposed_snippets(np.ones((2, 2)), np.ones((2, 2)))["Keras"]
        True
    """
    (rows, skip_rows), (columns, skip_columns) = (
        transposed_length(n, k, stride=stride, padding=padding, dilation=dilation)
        for n, k in zip(grid.shape, kernel.shape, strict=True)
    )
    arrays = _array("image", grid) + _array("kernel", kernel)
    stamp = [dilated_size(k, dilation) for k in kernel.shape]
    canvas = [
        skip + n + s + stride for skip, n, s in zip((skip_rows, skip_columns), (rows, columns), stamp, strict=True)
    ]
    return {
        "NumPy": "import numpy as np\n\n"
        + arrays
        + _spread(kernel.shape, dilation)
        + f"canvas = np.zeros(({canvas[0]}, {canvas[1]}), np.float32)\n"
        + "for row in range(image.shape[0]):\n"
        + "    for column in range(image.shape[1]):  # every input cell stamps the kernel, scaled by its value\n"
        + f"        top, left = row * {stride}, column * {stride}\n"
        + f"        canvas[top : top + {stamp[0]}, left : left + {stamp[1]}] += image[row, column] * kernel\n"
        + f"output = canvas[{skip_rows} : {skip_rows + rows}, {skip_columns} : {skip_columns + columns}, None]\n"
        + "print(output[..., 0])\n",
        KERAS: "import keras\nimport numpy as np\n\n"
        + arrays
        + f"output = keras.ops.conv_transpose(\n    image[None, ..., None], kernel[..., None, None], strides={stride}, "
        + f'padding="{padding}", dilation_rate={dilation}\n)\n'
        + _KERAS_OUT
        + "print(output[..., 0])\n",
    }


def translation_snippets(
    kernel: np.ndarray, *, size: tuple[int, int], shift: tuple[int, int], stride: int, padding: str, dilation: int = 1
) -> dict[str, str]:
    """Scripts that convolve the shifted picture; compare with `photo_snippets`, which convolves the picture itself.

    Args:
        kernel: (k_h, k_w).
        size: rows and columns of the picture.
        shift: rows down and columns to the right; zeros come in.
        stride: as in `cnn_core.convolution.convolve`; likewise `padding` and `dilation`.
        padding: see `stride`.
        dilation: see `stride`.

    Example:
        >>> code = translation_snippets(np.ones((3, 3)), size=(8, 8), shift=(0, 2), stride=1, padding="same")
        >>> "shifted" in code["Keras"]
        True
    """
    rows, columns = shift
    height, width = size
    target = f"{_span(rows, height)}, {_span(columns, width)}"
    source = f"{_span(-rows, height)}, {_span(-columns, width)}"
    move = f"shifted = np.zeros_like(image)\nshifted[{target}] = image[{source}]\nimage = shifted\n"
    plain = photo_snippets(kernel, size=size, stride=stride, padding=padding, dilation=dilation)
    return {label: code.replace(_GREY, _GREY + move) for label, code in plain.items()}


def chain_snippets(layers: Sequence[ChainLayer], *, size: tuple[int, int]) -> dict[str, str]:
    """Scripts for a chain of layers on the grey picture.

    Args:
        layers: as in `cnn_core.chain.run_chain`.
        size: rows and columns of the picture.

    Example:
        >>> "max_pool" in chain_snippets([ChainLayer(np.ones((3, 3)), pooling="max")], size=(8, 8))["Keras"]
        True
    """
    with_numpy = with_keras = ""
    for number, layer in enumerate(layers, start=1):
        function = NONLINEARITIES[layer.activation]
        options: dict[str, Any] = {
            "size": size,
            "stride": layer.stride,
            "padding": "same",
            "dilation": 1,
            "flip": False,
        }
        head = f"\n# Layer {number}\n" + _array("kernel", layer.kernel)
        with_numpy += head + _numpy_convolution(np.shape(layer.kernel), **options)
        with_keras += head + _keras_convolution(np.shape(layer.kernel), **options)
        size = output_size(size, np.shape(layer.kernel), stride=layer.stride, padding="same")
        if function.numpy:
            with_numpy += f"output = {function.numpy}\n"
            with_keras += f"output = {function.keras}\n"
        if layer.pooling != "none":
            rows, columns = size[0] // 2, size[1] // 2
            reduce = "max" if layer.pooling == "max" else "mean"
            with_numpy += (
                f"output = output[: {rows * 2}, : {columns * 2}]\n"
                f"output = output.reshape({rows}, 2, {columns}, 2, 1).{reduce}(axis=(1, 3))\n"
            )
            with_keras += f"output = keras.ops.{layer.pooling}_pool(output, pool_size=2, strides=2)\n"
            size = (rows, columns)
        with_numpy += "image = output\n"
        with_keras += _KERAS_OUT + "image = output\n"
    return {
        NUMPY: "import numpy as np\nfrom PIL import Image\nfrom scipy import signal\n\n"
        + _READ
        + _GREY
        + with_numpy
        + _SHOW,
        KERAS: "import keras\nimport numpy as np\nfrom PIL import Image\n\n" + _READ + _GREY + with_keras + _SHOW,
    }


def _channels(which: str) -> str:
    if which in SINGLE:
        return f"image = image[..., [{SINGLE[which]}]]  # {which}\n"
    return _GREY if which == GREY else ""


def _numpy_convolution(
    kernel: tuple[int, ...],
    *,
    size: tuple[int, int],
    stride: int,
    padding: str,
    dilation: int,
    flip: bool,
    per_channel: bool = False,
) -> str:
    channel = "[..., c]" if per_channel else ""
    return (
        _spread(kernel, dilation)
        + _pad(kernel, size, stride, padding, dilation)
        + "output = np.stack(\n"
        + f"    [signal.{'convolve2d' if flip else 'correlate2d'}(image[..., c], kernel{channel}, "
        + 'mode="valid") for c in range(image.shape[2])],\n    axis=2,\n)\n'
        + (f"output = output[::{stride}, ::{stride}]  # stride {stride}\n" if stride > 1 else "")
    )


def _keras_convolution(
    kernel: tuple[int, ...],
    *,
    size: tuple[int, int],
    stride: int,
    padding: str,
    dilation: int,
    flip: bool,
    per_channel: bool = False,
) -> str:
    # Keras refuses a stride together with a dilation: pad here, take every step, then leave some out.
    both = stride > 1 and dilation > 1
    own_padding = both or padding in {"full", "reflect"}
    steps = 1 if both else stride
    options = f'strides={steps}, padding="{"valid" if own_padding else padding}", dilation_rate={dilation}'
    if per_channel:
        call = f"output = keras.ops.conv(image[None], kernel[..., None], {options})\n"
    else:
        call = (
            "weights = np.repeat(kernel[:, :, None, None], image.shape[2], axis=2)  # the same for each channel\n"
            f"output = keras.ops.depthwise_conv(image[None], weights, {options})\n"
        )
    return (
        ("kernel = kernel[::-1, ::-1].copy()  # a true convolution: Keras itself correlates\n" if flip else "")
        + (_pad(kernel, size, stride, padding, dilation) if own_padding else "")
        + call
        + (f"output = output[:, ::{stride}, ::{stride}]  # Keras refuses strides with dilation\n" if both else "")
    )


def _pad(kernel: tuple[int, ...], size: tuple[int, int], stride: int, padding: str, dilation: int) -> str:
    amounts = [
        padding_amounts(n, k, stride=stride, padding=padding, dilation=dilation)
        for n, k in zip(size, kernel, strict=True)
    ]
    if not any(sum(pair) for pair in amounts):
        return ""
    mode = ', mode="reflect"' if padding == "reflect" else ""
    return f"image = np.pad(image, ({amounts[0]}, {amounts[1]}, (0, 0)){mode})  # padding '{padding}'\n"


def _spread(kernel: tuple[int, ...], dilation: int) -> str:
    if dilation == 1:
        return ""
    shape = ", ".join(str(dilated_size(k, dilation)) for k in kernel[:2])
    return (
        f"spread = np.zeros(({shape}, *kernel.shape[2:]), np.float32)  # dilation {dilation}: zeros between the taps\n"
        f"spread[::{dilation}, ::{dilation}] = kernel\nkernel = spread\n"
    )


def _array(name: str, values: np.ndarray) -> str:
    rows = ",\n    ".join(_row(row) for row in np.asarray(values, np.float32))
    return f"{name} = np.array([\n    {rows},\n], np.float32)\n"


def _row(values: np.ndarray) -> str:
    return "[" + ", ".join(_row(v) if v.ndim else format_number(float(v)) for v in values) + "]"


def _span(offset: int, size: int) -> str:
    return f"{max(offset, 0)} : {size + min(offset, 0)}"
