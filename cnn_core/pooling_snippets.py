"""Short programs that give the pooling page's numbers, in NumPy and in Keras.

Each is text that runs as it is. It starts from a grid written out, or from `picture.png`, which the page offers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.grids import format_number
from cnn_core.shift import BLURS

PICTURE_FILE = "picture.png"


@dataclass(frozen=True)
class Window:
    """The settings of a pooling layer, as in `cnn_core.pooling.pool`; None as the stride means the size."""

    size: int
    stride: int | None = None
    padding: str = "valid"

    @property
    def step(self) -> int:
        return self.size if self.stride is None else self.stride


@dataclass(frozen=True)
class Crop:
    """A square of picture.png: its top row, left column, side, and the channel (0, 1, 2; None for all three)."""

    row: int
    column: int
    side: int
    channel: int | None = None


def picture_source(crop: Crop | None = None, *, scale: int = 255) -> str:
    """The line that reads `image`, (H, W, C) float32, from the picture file; values are divided by `scale`.

    Example:
        >>> print(picture_source(Crop(2, 3, 8, 1)))
        image = np.asarray(Image.open("picture.png").convert("RGB"), np.float32)[2:10, 3:11, 1:2] / 255
    """
    part = ""
    if crop is not None:
        channels = "" if crop.channel is None else f", {crop.channel}:{crop.channel + 1}"
        part = f"[{crop.row}:{crop.row + crop.side}, {crop.column}:{crop.column + crop.side}{channels}]"
    divided = "" if scale == 1 else f" / {scale}"
    return f'image = np.asarray(Image.open("{PICTURE_FILE}").convert("RGB"), np.float32){part}{divided}'


def grid_source(grid: npt.NDArray[np.float32]) -> str:
    """The lines that write out `image`, (H, W, 1), for a grid (H, W).

    Example:
        >>> print(grid_source(np.array([[1, 0.5]])))
        image = np.array(
            [
                [1, 0.5],
            ],
            np.float32,
        )[..., None]
    """
    rows = "".join(f"        [{', '.join(map(format_number, row))}],\n" for row in grid)
    return f"image = np.array(\n    [\n{rows}    ],\n    np.float32,\n)[..., None]"


def pooling(source: str, *, mode: str, window: Window) -> Mapping[str, str]:
    """Pool `image`; the result is `output`, (H_out, W_out, C)."""
    settings = f"size, stride = {window.size}, {window.step}"
    numpy = [
        _imports(source),
        source,
        settings,
        _numpy_windows(window.padding),
        f"output = {_NUMPY_MODES[mode]}",
        "print(output.shape)\nprint(output[..., 0])",
    ]
    keras = [
        _imports(source, keras=True),
        source,
        settings,
        *_keras_weights(mode),
        f"output = np.asarray({_keras_mode(mode, window.padding)}[0])",
        "print(output.shape)\nprint(output[..., 0])",
    ]
    return {"NumPy": "\n".join(numpy) + "\n", "Keras": "\n".join(keras) + "\n"}


def gradient(source: str, *, mode: str, window: Window) -> Mapping[str, str]:
    """Send a gradient of ones back; the results are `output` and `gradient`, shaped like `image`."""
    share = {
        "average": "share = np.full_like(x, 1 / x.size)",
        "l2": "share = x / max(np.sqrt((x**2).sum()), 1e-38)",
    }.get(mode, f"share = np.zeros_like(x)\n            share.flat[x.arg{mode}()] = 1  # of equals, the first")
    numpy = f"""{_imports(source)}
{source}
size, stride = {window.size}, {window.step}
{_numpy_starts(window)}
output = np.zeros((len(tops), len(lefts), image.shape[2]), np.float32)
gradient = np.zeros_like(image)
for channel in range(image.shape[2]):
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            inside = slice(max(top, 0), top + size), slice(max(left, 0), left + size), channel
            x = image[inside]
            output[i, j, channel] = {_window_value(mode)}
            {share}
            gradient[inside] += share
print(gradient[..., 0])
"""
    weights = "".join(f"{line}\n" for line in _keras_weights(mode))
    keras = f"""{_imports(source, keras=True, tensorflow=True)}
{source}
size, stride = {window.size}, {window.step}
{weights}image = tf.constant(image)
with tf.GradientTape() as tape:
    tape.watch(image)
    output = {_keras_mode(mode, window.padding)}[0]
gradient = tape.gradient(output, image).numpy()
output = output.numpy()
print(gradient[..., 0])
"""
    return {"NumPy": numpy, "Keras": keras}


def global_pooling(*, size: int, channels: int, classes: int) -> Mapping[str, str]:
    """Pool the picture to one number a channel (`output`, by mode), and count parameters (`flatten`, `pooled`)."""
    source = picture_source()
    numpy = f"""{_imports(source)}
{source}
output = {{
    "max": image.max(axis=(0, 1)),
    "average": image.mean(axis=(0, 1), dtype=np.float64),
    "min": image.min(axis=(0, 1)),
    "l2": np.sqrt(np.square(image, dtype=np.float64).sum(axis=(0, 1))),
}}
print(output)
size, channels, classes = {size}, {channels}, {classes}
flatten = (size * size * channels + 1) * classes
pooled = (channels + 1) * classes
print(flatten, pooled)
"""
    keras = f"""{_imports(source, keras=True)}
{source}
layers = keras.layers
output = {{
    "max": np.asarray(layers.GlobalMaxPooling2D()(image[None]))[0],
    "average": np.asarray(layers.GlobalAveragePooling2D()(image[None]))[0],
    "min": -np.asarray(layers.GlobalMaxPooling2D()(-image[None]))[0],
    "l2": np.asarray(keras.ops.sqrt(keras.ops.sum(image**2, axis=(0, 1)))),
}}
print(output)
size, channels, classes = {size}, {channels}, {classes}


def parameters(layer):
    features = layer(keras.Input((size, size, channels)))  # only shapes: no weights are made
    return (features.shape[-1] + 1) * classes


flatten = parameters(layers.Flatten())
pooled = parameters(layers.GlobalAveragePooling2D())
print(flatten, pooled)
"""
    return {"NumPy": numpy, "Keras": keras}


def shift(*, size: int, stride: int, taps: int, largest: int) -> Mapping[str, str]:
    """Run the shift test on the picture; the result is `changes`, method -> one change for each offset."""
    source = picture_source()
    measure = f"""size, stride, largest = {size}, {stride}, {largest}
blur = np.outer({list(BLURS[taps])}, {list(BLURS[taps])}) / {sum(BLURS[taps]) ** 2}
{{dense}}
changes = {{{{}}}}
for method, moving in dense.items():
    width = moving.shape[1] - largest
    reference = moving[::stride, :width:stride]
    changes[method] = []
    for offset in range(largest + 1):
        shifted = moving[::stride, offset : offset + width : stride]
        cells = offset // stride
        before, after = reference[:, cells:], shifted[:, : reference.shape[1] - cells]
        changes[method].append(np.linalg.norm(after - before) / np.linalg.norm(before))
for method, values in changes.items():
    print(method, np.round(values, 4))
"""
    numpy_dense = """

def windows(x, side):
    return np.lib.stride_tricks.sliding_window_view(x, (side, side), axis=(0, 1))


def blurred(x):
    return (windows(x, len(blur)) * blur.astype(np.float32)).sum(axis=(-2, -1))


largest_values = windows(image, size).max(axis=(-2, -1))
dense = {
    "max": largest_values,
    "average": windows(image, size).mean(axis=(-2, -1)),
    "strided": image,
    "max_blur": blurred(largest_values),
    "blur": blurred(image),
}"""
    keras_dense = """weights = np.repeat(blur[..., None, None], 3, axis=2).astype(np.float32)


def blurred(x):
    return keras.ops.depthwise_conv(x, weights)


largest_values = keras.ops.max_pool(image[None], size, strides=1)
dense = {
    "max": largest_values,
    "average": keras.ops.average_pool(image[None], size, strides=1),
    "strided": image[None],
    "max_blur": blurred(largest_values),
    "blur": blurred(image[None]),
}
dense = {method: np.asarray(values)[0] for method, values in dense.items()}"""
    return {
        "NumPy": f"{_imports(source)}\n{source}\n{measure.format(dense=numpy_dense)}",
        "Keras": f"{_imports(source, keras=True)}\n{source}\n{measure.format(dense=keras_dense)}",
    }


_NUMPY_MODES = {
    "max": "np.nanmax(windows, axis=(-2, -1))",
    "average": "np.nanmean(windows, axis=(-2, -1))",
    "min": "np.nanmin(windows, axis=(-2, -1))",
    "l2": "np.sqrt(np.nansum(windows**2, axis=(-2, -1)))",
}


def _imports(source: str, *, keras: bool = False, tensorflow: bool = False) -> str:
    lines = ["import keras"] if keras else []
    lines.append("import numpy as np")
    lines += ["import tensorflow as tf"] if tensorflow else []
    lines += ["from PIL import Image"] if "Image.open" in source else []
    return "\n".join(lines) + "\n"


def _numpy_windows(padding: str) -> str:
    lines = []
    if padding == "same":
        lines.append("""

def margins(n):
    total = max((-(-n // stride) - 1) * stride + size - n, 0)
    return total // 2, total - total // 2


# Padding cells are NaN, and the NaN-functions leave them out.
image = np.pad(image, (margins(image.shape[0]), margins(image.shape[1]), (0, 0)), constant_values=np.nan)""")
    view = "np.lib.stride_tricks.sliding_window_view(image, (size, size), axis=(0, 1))"
    lines.append(f"windows = {view}[::stride, ::stride]")
    return "\n".join(lines)


def _numpy_starts(window: Window) -> str:
    if window.padding == "valid":
        return "tops, lefts = (range(0, n - size + 1, stride) for n in image.shape[:2])"
    return """

def starts(n):
    count = -(-n // stride)
    before = max((count - 1) * stride + size - n, 0) // 2
    return [i * stride - before for i in range(count)]


tops, lefts = starts(image.shape[0]), starts(image.shape[1])"""


def _window_value(mode: str) -> str:
    return {"max": "x.max()", "min": "x.min()", "average": "x.mean()", "l2": "np.sqrt((x**2).sum())"}[mode]


def _keras_mode(mode: str, padding: str) -> str:
    options = f'strides=stride, padding="{padding}"'
    return {
        "max": f"keras.ops.max_pool(image[None], size, {options})",
        "average": f"keras.ops.average_pool(image[None], size, {options})",
        "min": f"-keras.ops.max_pool(-image[None], size, {options})",
        "l2": f"keras.ops.sqrt(keras.ops.depthwise_conv(image[None] ** 2, ones, {options}))",
    }[mode]


def _keras_weights(mode: str) -> list[str]:
    # A sum over each window: average_pool times the size would count padding cells that it has left out.
    return ['ones = np.ones((size, size, image.shape[2], 1), "float32")'] if mode == "l2" else []
