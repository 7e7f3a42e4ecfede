"""From a photo to a network's input: where the photo lies in it, its order of colours, and the range of its numbers.

Each of the three is a choice that was made when the network was trained. A network fed otherwise still answers.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.backbones.preprocessing import pixels_for
from cnn_core.errors import InputError
from cnn_core.folders.pictures import picture_from_pixels
from cnn_core.images import to_grey
from cnn_core.letterbox import letterbox

PLACEMENTS = {
    "crop": "the middle, cut to the input's aspect",
    "stretch": "the whole photo, stretched",
    "letterbox": "the whole photo, with grey bars",
}
PIXELS = {
    "unit": "0 to 1",
    "byte": "0 to 255",
    "signed": "-1 to 1",
    "caffe": "0 to 255, BGR, ImageNet's mean subtracted (Caffe)",
    "torch": "0 to 1, ImageNet's mean and deviation (PyTorch)",
}
ORDERS = {"rgb": "RGB", "bgr": "BGR"}

_KINDS = {"byte": "own", "signed": "signed", "caffe": "caffe", "torch": "torch"}


@dataclass(frozen=True)
class Preparation:
    """How a photo becomes an input.

    Attributes:
        placement: one of `PLACEMENTS`.
        pixels: one of `PIXELS`.
        order: one of `ORDERS`: the colours' order before `pixels`, of which "caffe" turns it round.
    """

    placement: str = "crop"
    pixels: str = "unit"
    order: str = "rgb"

    def __post_init__(self) -> None:
        known = {"placement": PLACEMENTS, "pixels": PIXELS, "order": ORDERS}
        for name, options in known.items():
            if getattr(self, name) not in options:
                raise InputError(
                    f"This {name} does not exist", f"Choose one of {', '.join(options)}", **{name: getattr(self, name)}
                )


def prepared(
    photo: npt.NDArray[np.uint8], size: tuple[int, int], preparation: Preparation, *, channels: int = 3
) -> npt.NDArray[np.float32]:
    """A photo as a network's input.

    Args:
        photo: (H, W, 3) uint8, RGB.
        size: rows and columns of the input.
        preparation: how it gets there.
        channels: 3, or 1 for grey.

    Returns:
        (rows, columns, channels) float32.

    Raises:
        InputError: no photo.

    Example:
        >>> white = np.full((20, 40, 3), 255, np.uint8)
        >>> prepared(white, (4, 4), Preparation(pixels="signed"))[0, 0].tolist()
        [1.0, 1.0, 1.0]
    """
    return as_numbers(placed(photo, size, preparation.placement), preparation, channels=channels)


def placed(photo: npt.NDArray[np.uint8], size: tuple[int, int], placement: str) -> npt.NDArray[np.uint8]:
    """The photo at the input's size, its pixels still those of a picture.

    Args:
        photo: (H, W, 3) uint8, RGB.
        size: rows and columns.
        placement: one of `PLACEMENTS`.

    Returns:
        (rows, columns, 3) uint8: averaged over areas where it shrinks, bilinear where it grows.

    Raises:
        InputError: no photo.

    Example:
        >>> photo = np.zeros((10, 30, 3), np.uint8)
        >>> photo[:, 10:20] = 255
        >>> placed(photo, (2, 2), "crop").min(), placed(photo, (2, 2), "stretch").min()
        (np.uint8(255), np.uint8(85))
    """
    if placement == "letterbox" and photo.dtype == np.uint8:
        return np.rint(letterbox(photo.astype(np.float32), size, fill=114.0).image).astype(np.uint8)
    if placement == "crop":
        top, left, rows, columns = middle_box((photo.shape[0], photo.shape[1]), size)
        photo = photo[top : top + rows, left : left + columns]
    return picture_from_pixels(photo, size=size)


def middle_box(photo: tuple[int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The largest part in a photo's middle that has the aspect of `size`: top, left, rows and columns.

    As `keras.utils.image_dataset_from_directory(crop_to_aspect_ratio=True)` takes it.

    Example:
        >>> middle_box((20, 60), (10, 10))
        (0, 20, 20, 20)
    """
    height, width = photo
    rows = min(height, max(1, int(width * size[0] / size[1])))
    columns = min(width, max(1, int(height * size[1] / size[0])))
    return (height - rows) // 2, (width - columns) // 2, rows, columns


def as_numbers(
    picture: npt.NDArray[np.uint8], preparation: Preparation, *, channels: int = 3
) -> npt.NDArray[np.float32]:
    """The pixels as the network's numbers.

    Args:
        picture: (rows, columns, 3) uint8, RGB.
        preparation: the order of colours and the range.
        channels: 3, or 1 for grey.

    Returns:
        (rows, columns, channels) float32.

    Example:
        >>> red = np.array([[[255, 0, 0]]], np.uint8)
        >>> as_numbers(red, Preparation(order="bgr")).tolist()
        [[[0.0, 0.0, 1.0]]]
    """
    ordered = picture[..., ::-1] if preparation.order == "bgr" else picture
    values = ordered.astype(np.float32)
    if preparation.pixels == "unit":
        values = values / np.float32(255)
    else:
        values = pixels_for(_KINDS[preparation.pixels], values)
    return np.ascontiguousarray(to_grey(values) if channels == 1 else values, np.float32)
