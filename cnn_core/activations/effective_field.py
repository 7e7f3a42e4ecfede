r"""What one unit really depends on: the gradient of its value with respect to every pixel.

$$h_{uv} = \sum_c \left| \frac{\partial a_{ijk}}{\partial x_{uvc}} \right|$$

The theoretical receptive field is every pixel that could matter; most of it hardly does. Averaged over many pictures
the gradient of a deep unit is close to a Gaussian (Luo, Li, Urtasun and Zemel 2016, https://arxiv.org/abs/1701.04128).
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.activations.forward import outputs_of
from cnn_core.activations.layers import Box
from cnn_core.errors import InputError

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]

# What the gradient is taken on.
INPUTS = {"photo": "This photo", "shuffled": "Mean over shuffled photos"}
SHUFFLED = 8


@dataclass(frozen=True, eq=False)
class UnitField:
    """One unit and what it depends on.

    Attributes:
        value: the unit's value on the photo.
        heat: (rows, columns) of the input, at least 0: the gradient's magnitude, summed over the channels.
    """

    value: float
    heat: Floats


def unit_field(
    model: "keras.Model",
    image: npt.NDArray,
    *,
    layer: str,
    row: int,
    column: int,
    channel: int,
    over: str = "photo",
    count: int = SHUFFLED,
    seed: int = 0,
) -> UnitField:
    """The value of a unit and the magnitude of its gradient at every pixel.

    Args:
        model: functional or Sequential, of one input.
        image: (rows, columns, channels) as the network takes it.
        layer: a name of `layers_of`; place and channel are counted from 0.
        row, column, channel: which of its values; a layer without places has row and column 0.
        over: "photo", or "shuffled": the mean of the magnitudes over inputs whose pixels are those of the photo in
            random order, so that what is found is the network's and not the photo's.
        count: how many of these, 1 to 100.
        seed: of the order of the first of them; the others have the seeds behind it.

    Raises:
        InputError: no such layer, place, channel or kind of input, or another count.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((5, 5, 1)), keras.layers.AveragePooling2D(3, 1, name="pool")])
        >>> found = unit_field(model, np.ones((5, 5, 1)), layer="pool", row=0, column=2, channel=0)
        >>> round(found.value, 3), (found.heat * 9).round(3)[0].tolist()
        (1.0, [0.0, 0.0, 1.0, 1.0, 1.0])
    """
    import keras

    if over not in INPUTS or not 1 <= count <= 100:
        raise InputError("There is no such input", f"Choose one of {', '.join(INPUTS)}", over=over, count=count)
    photo = np.asarray(image, np.float32)
    unit = (row, column, channel)
    value = _unit(outputs_of(model, photo[None], [layer])[layer], layer, unit)
    found = float(keras.ops.convert_to_numpy(value))
    if over == "photo":
        return UnitField(found, _slope(model, photo, layer, unit))
    total = np.zeros(photo.shape[:2], np.float64)
    # One by one: a deep network's values for all of them would not fit.
    for number in range(count):
        random = np.random.default_rng(seed + number)
        mixed = random.permutation(photo.reshape(-1, photo.shape[-1])).reshape(photo.shape)
        total += _slope(model, mixed, layer, unit)
    return UnitField(found, (total / count).astype(np.float32))


def _slope(model: Any, image: Floats, layer: str, unit: tuple[int, int, int]) -> Floats:
    import keras

    from cnn_core.explain.gradient import gradient

    def value(batch: Any) -> Any:
        return _unit(outputs_of(model, batch, [layer])[layer], layer, unit)

    slopes = gradient(value, keras.ops.convert_to_tensor(image[None]))
    if slopes is None:
        # The unit does not depend on the picture by any path that has a gradient.
        return np.zeros(image.shape[:2], np.float32)
    magnitude: Floats = np.abs(np.asarray(keras.ops.convert_to_numpy(slopes), np.float32))[0].sum(-1)
    return magnitude


def _unit(output: Any, layer: str, unit: tuple[int, int, int]) -> Any:
    """One value of a layer's output for one picture, a tensor."""
    import keras

    shape = tuple(int(side) for side in output.shape)[1:]
    sides = shape if len(shape) == 3 else (1, 1, *shape)
    if len(sides) != 3:
        raise InputError("The values of this layer have no places", "Choose another layer", layer=layer)
    if any(not 0 <= place < side for place, side in zip(unit, sides, strict=True)):
        raise InputError(
            "This layer has no such unit",
            f"It has {sides[0]} rows, {sides[1]} columns and {sides[2]} channels, counted from 0",
            row=unit[0],
            column=unit[1],
            channel=unit[2],
        )
    return keras.ops.cast(output[(0, *unit[3 - len(shape) :])], "float32")


@dataclass(frozen=True)
class FieldFigures:
    """A unit's two fields in figures.

    Attributes:
        box_pixels: pixels of the theoretical field inside the input.
        dependent_pixels: pixels with any gradient.
        core_pixels: the fewest pixels that hold 95 % of the gradient.
        core_radius: radius of a disc of as many pixels.
    """

    box_pixels: int
    dependent_pixels: int
    core_pixels: int
    core_radius: float


def field_figures(heat: npt.NDArray, box: Box) -> FieldFigures:
    """How much of what a unit can see it depends on.

    Example:
        >>> heat = np.zeros((6, 6)); heat[2, 2], heat[2, 3] = 97.0, 3.0
        >>> figures = field_figures(heat, (-1, 0, 4, 5))
        >>> figures.box_pixels, figures.dependent_pixels, figures.core_pixels
        (20, 2, 1)
    """
    values = np.asarray(heat, np.float64)
    left, top, right, bottom = clipped(box, values.shape)
    ordered = np.sort(values.ravel())[::-1]
    together = np.cumsum(ordered)
    core = int(np.searchsorted(together, 0.95 * together[-1])) + 1 if together[-1] > 0 else 0
    return FieldFigures(
        box_pixels=(right - left) * (bottom - top),
        dependent_pixels=int((values > 0).sum()),
        core_pixels=core,
        core_radius=math.sqrt(core / math.pi),
    )


def clipped(box: Box, size: tuple[int, ...]) -> Box:
    """The part of a box that lies in a picture of (rows, columns); empty where none does.

    Example:
        >>> clipped((-3, 1, 4, 9), (6, 6))
        (0, 1, 4, 6)
    """
    rows, columns = size[:2]
    left, top = (min(max(side, 0), most) for side, most in zip(box[:2], (columns, rows), strict=True))
    right, bottom = (min(max(side, 0), most) for side, most in zip(box[2:], (columns, rows), strict=True))
    return left, top, max(left, right), max(top, bottom)
