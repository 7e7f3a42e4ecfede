"""The classic mistakes on the way into a network: what each makes of a photo, and what the network answers then.

A network knows numbers, not photos. What it takes wrong numbers for is shown by going its own preparation backwards:
the photo that would have given these numbers, had all been done right.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cnn_core.classifiers.answers import Answer, checked
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.classifiers.preparing import ORDERS, Preparation, as_numbers, placed
from cnn_core.drawing import enlarge, signed_heat, signed_limit, to_uint8

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

_FRAME = 150
_GAP = 2

_RANGES = {
    "byte": "not scaled: 0 to 255",
    "unit": "divided by 255: 0 to 1",
    "signed": "as MobileNetV2 wants it: -1 to 1",
    "caffe": "as ResNet-50 and VGG-16 want it: BGR, the mean colour subtracted",
    "torch": "as DenseNet and PyTorch want it: by mean and deviation",
}
_PLACES = {
    "stretch": "stretched instead of cropped",
    "crop": "cropped to the middle instead of whole",
    "letterbox": "with grey bars",
}


@dataclass(frozen=True, eq=False)
class Prepared:
    """One way to prepare a photo, and what came of it.

    Attributes:
        title: what is done.
        preparation: how.
        picture: (rows, columns, 3) uint8, the photo at the input's size.
        numbers: (rows, columns, channels) float32, what the network gets.
        read_as: (rows, columns, 3) uint8, what the network takes that for.
        clipped: share of numbers that no photo gives.
        answer: what it says.
    """

    title: str
    preparation: Preparation
    picture: Pixels
    numbers: Floats
    read_as: Pixels
    clipped: float
    answer: Answer

    @property
    def blue_first(self) -> bool:
        """Whether the first channel of the numbers is blue."""
        return (self.preparation.order == "bgr") != (self.preparation.pixels == "caffe")


def mistakes_of(preparation: Preparation) -> Mapping[str, Preparation]:
    """The mistakes that can be made with a network, each with its name in one line.

    Example:
        >>> list(mistakes_of(Preparation("crop", "signed")))[:2]
        ['not scaled: 0 to 255', 'divided by 255: 0 to 1']
    """
    found = {title: replace(preparation, pixels=kind) for kind, title in _RANGES.items() if kind != preparation.pixels}
    other = "bgr" if preparation.order == "rgb" else "rgb"
    found[f"{ORDERS[other]} instead of {ORDERS[preparation.order]}"] = replace(preparation, order=other)
    for place, title in _PLACES.items():
        if place != preparation.placement:
            found[title] = replace(preparation, placement=place)
    return found


def prepared_in(network: LookedAt, photo: Pixels, preparation: Preparation, *, title: str) -> Prepared:
    """A photo prepared in some way, and what the network answers.

    Args:
        network: that is asked.
        photo: (H, W, 3) uint8.
        preparation: right or wrong.
        title: what is done.

    Raises:
        InputError: no photo; no list of classes; an answer that is no probability.
    """
    picture = placed(photo, network.size, preparation.placement)
    numbers = as_numbers(picture, preparation, channels=network.channels)
    probabilities = checked(network.predict(numbers[None]), network)[0]
    read_as, clipped = as_photo(numbers, network.preparation)
    answer = Answer(network.classes, probabilities, {})
    return Prepared(title, preparation, picture, numbers, read_as, clipped, answer)


def as_photo(numbers: Floats, preparation: Preparation) -> tuple[Pixels, float]:
    """The photo that gives these numbers when it is prepared, and the share of numbers that none gives.

    Args:
        numbers: (rows, columns, 3 or 1) float32.
        preparation: that the network was trained with.

    Returns:
        (rows, columns, 3) uint8, clipped; the share in [0, 1].

    Example:
        >>> grey, clipped = as_photo(np.zeros((1, 1, 3), np.float32), Preparation(pixels="signed"))
        >>> grey[0, 0].tolist(), clipped
        ([128, 128, 128], 0.0)
    """
    values = numbers if numbers.shape[-1] == 3 else np.repeat(numbers, 3, axis=-1)
    raw = values * _slope(preparation.pixels) + _start(preparation.pixels)
    turned = (preparation.order == "bgr") != (preparation.pixels == "caffe")
    # Rounding of float32 is no mistake of the preparation's.
    clipped = float(np.mean((raw < -0.01) | (raw > 255.01)))
    pixels = np.rint(np.clip(raw, 0, 255)).astype(np.uint8)
    return np.ascontiguousarray(pixels[..., ::-1] if turned else pixels), clipped


def _start(pixels: str) -> Floats:
    """The raw value of each channel, in the order of the numbers, that becomes 0."""
    black = as_numbers(np.zeros((1, 1, 3), np.uint8), Preparation(pixels=pixels))[0, 0]
    return -black * _slope(pixels)


def _slope(pixels: str) -> Floats:
    """By how much a raw value grows when its number grows by 1."""
    ends = [as_numbers(np.full((1, 1, 3), value, np.uint8), Preparation(pixels=pixels))[0, 0] for value in (0, 255)]
    return np.asarray(255 / (ends[1] - ends[0]), np.float32)


def number_range(prepared: Prepared) -> str:
    """Smallest and largest number in words.

    Example:
        >>> numbers = np.array([[[-1.0, 0.5, 1.0]]], np.float32)
        >>> number_range(Prepared("", Preparation(), None, numbers, None, 0.0, None))
        '-1.00 to 1.00'
    """
    low, high = float(prepared.numbers.min()), float(prepared.numbers.max())
    digits = 2 if max(abs(low), abs(high)) < 10 else 0
    return f"{low:.{digits}f} to {high:.{digits}f}"


def numbers_picture(numbers: Floats) -> tuple[Pixels, float]:
    """A network's input made visible, and the number at the end of the scale.

    Numbers below zero are there: each channel on the diverging scale, blue below zero and vermilion above: the first
    two beside one another, the third below them, and beside it the scale. Else a photo from black at zero to the end of
    the scale: 1, or 255.

    Args:
        numbers: (rows, columns, 3 or 1) float32.

    Returns:
        (rows, columns, 3) uint8, or a sheet of two by two such pictures; the number.

    Example:
        >>> numbers_picture(np.full((20, 30, 3), -0.5, np.float32))[0].shape, numbers_picture(np.ones((2, 2, 3)))[1]
        ((42, 62, 3), 1.0)
    """
    if numbers.min() >= 0:
        limit = 1.0 if numbers.max() <= 1 else max(255.0, float(numbers.max()))
        return to_uint8(numbers / np.float32(limit)), limit
    limit = signed_limit(numbers)
    planes = [signed_heat(numbers[..., channel], limit=limit) for channel in range(numbers.shape[-1])]
    if len(planes) == 1:
        return planes[0], limit
    rows, columns = numbers.shape[:2]
    scale = np.full((rows, columns, 3), 255, np.uint8)
    bar = signed_heat(np.linspace(-1, 1, columns, dtype=np.float32)[None], limit=1.0)
    scale[rows // 3 : rows - rows // 3] = bar
    upright = np.full((rows, _GAP, 3), 255, np.uint8)
    lines = [np.concatenate([left, upright, right], axis=1) for left, right in (planes[:2], (planes[2], scale))]
    flat = np.full((_GAP, lines[0].shape[1], 3), 255, np.uint8)
    return np.concatenate([lines[0], flat, lines[1]], axis=0), limit


def framed(picture: Pixels, *, side: int = 256) -> Pixels:
    """A small picture enlarged, with a thin grey frame: what is all white would not be seen on a white page.

    Example:
        >>> framed(np.zeros((64, 64, 3), np.uint8)).shape
        (262, 262, 3)
    """
    large = enlarge(picture, side=side)
    edge = max(1, max(large.shape) // 80)
    return np.pad(large, ((edge, edge), (edge, edge), (0, 0)), constant_values=_FRAME)
