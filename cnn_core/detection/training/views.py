"""Views of a picture with boxes for training: size, place, mirror, quarter turns, colours, and mosaics of four.

A mosaic (Bochkovskiy et al. 2020, YOLOv4, https://arxiv.org/abs/2004.10934, section 3.3) shows parts of four pictures
around a random point; few photos then give many arrangements, and objects that are cut off.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.detection.training.boxed_picture import BoxedPicture
from cnn_core.letterbox import GREY


@dataclass(frozen=True)
class Augmentation:
    """How far a view may go.

    Attributes:
        zoom: smallest and largest size, relative to the picture letterboxed into the network's input.
        mosaic: share of views that are mosaics.
        mosaic_zoom: as `zoom`, for each of the four.
        stretch: largest change of the aspect, as a part of one.
        mirror: whether left and right may be exchanged.
        turns: whether quarter turns and upside-down are allowed too.
        colour: strength of the changes of brightness, contrast, saturation and tint; 0 for none.
        least_visible: a box cut off by the border stays if this part of it is left.
    """

    zoom: tuple[float, float] = (0.7, 1.4)
    mosaic: float = 0.5
    mosaic_zoom: tuple[float, float] = (0.5, 1.2)
    stretch: float = 0.1
    mirror: bool = True
    turns: bool = False
    colour: float = 1.0
    least_visible: float = 0.3


def augmented(
    pick: Callable[[], BoxedPicture], size: tuple[int, int], how: Augmentation, random: np.random.Generator
) -> BoxedPicture:
    """A view, or a mosaic of four, of the pictures that `pick` gives: `size` rows and columns."""
    if random.random() >= how.mosaic:
        return view(pick(), size, frame=size, zoom=how.zoom, how=how, random=random)
    row, column = (int(side * random.uniform(0.3, 0.7)) for side in size)
    pixels = np.empty((*size, 3), np.uint8)
    corners, labels = [], []
    for top, bottom in ((0, row), (row, size[0])):
        for left, right in ((0, column), (column, size[1])):
            part = view(pick(), (bottom - top, right - left), frame=size, zoom=how.mosaic_zoom, how=how, random=random)
            pixels[top:bottom, left:right] = part.pixels
            corners.append(part.corners + np.array([left, top, left, top], np.float32))
            labels.append(part.labels)
    return BoxedPicture("mosaic", pixels, np.concatenate(corners), np.concatenate(labels))


def view(
    picture: BoxedPicture,
    size: tuple[int, int],
    *,
    frame: tuple[int, int],
    zoom: tuple[float, float],
    how: Augmentation,
    random: np.random.Generator,
) -> BoxedPicture:
    """The picture at a random size and place, mirrored and turned or not, in other colours.

    Args:
        picture: with N boxes.
        size: rows and columns of the view.
        frame: rows and columns of the input that `zoom` is relative to.
        zoom: smallest and largest size.
        how: the rest.
        random: numbers.

    Returns:
        The view, with the boxes that can still be seen in it.
    """
    rows, columns = picture.pixels.shape[:2]
    turn = _turn(random, mirror=how.mirror, quarter=how.turns)
    turned = (columns, rows) if turn[0, 0] == 0 else (rows, columns)
    scale = min(frame[0] / turned[0], frame[1] / turned[1])
    scale *= np.exp(random.uniform(np.log(zoom[0]), np.log(zoom[1])))
    aspect = np.exp(random.uniform(-how.stretch, how.stretch) / 2)
    matrix = np.diag([scale * aspect, scale / aspect]) @ turn
    reached = np.array([[0, 0], [columns, rows]]) @ matrix.T
    low, room = reached.min(axis=0), np.array(size[::-1]) - np.ptp(reached, axis=0)
    # Inside where the picture is smaller than the view; else no empty border.
    shift = room * random.random(2) - low
    # OpenCV counts from the centre of the first pixel; boxes count from its corner.
    whole = np.concatenate([matrix, (shift + matrix @ [0.5, 0.5] - 0.5)[:, None]], axis=1)
    grey = round(255 * GREY)
    pixels = cv2.warpAffine(
        picture.pixels,
        whole,
        size[::-1],
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(grey,) * 3,
    )
    ends = picture.corners.reshape(-1, 2, 2) @ matrix.T.astype(np.float32) + shift.astype(np.float32)
    corners = np.concatenate([ends.min(axis=1), ends.max(axis=1)], axis=1)
    clipped = np.clip(corners, 0, np.array([size[1], size[0]] * 2, np.float32))
    seen, full = (np.prod(sides[:, 2:] - sides[:, :2], axis=1) for sides in (clipped, corners))
    kept = (seen >= how.least_visible * full) & ((clipped[:, 2:] - clipped[:, :2]) >= 2).all(axis=1)
    return BoxedPicture(
        picture.name, recoloured(np.asarray(pixels, np.uint8), how.colour, random), clipped[kept], picture.labels[kept]
    )


def recoloured(pixels: npt.NDArray[np.uint8], strength: float, random: np.random.Generator) -> npt.NDArray[np.uint8]:
    """The picture with another saturation, contrast, brightness and tint."""
    if not strength:
        return pixels
    saturation, contrast = np.exp(random.uniform(-0.4, 0.4) * strength), np.exp(random.uniform(-0.3, 0.3) * strength)
    tint = np.exp(random.uniform(-0.08, 0.08, 3) * strength)
    luma = np.tile([0.299, 0.587, 0.114], (3, 1))
    matrix = contrast * tint[:, None] * (saturation * np.eye(3) + (1 - saturation) * luma)
    offset = 128 * (1 - contrast) + random.uniform(-30, 30) * strength
    return np.asarray(cv2.transform(pixels, np.column_stack([matrix, np.full(3, offset)])), np.uint8)


def _turn(random: np.random.Generator, *, mirror: bool, quarter: bool) -> npt.NDArray[np.float64]:
    """One of the mirror images and quarter turns, as a 2 x 2 matrix."""
    across, down = (random.choice([-1.0, 1.0]) if allowed else 1.0 for allowed in (mirror or quarter, quarter))
    turned = bool(quarter and random.random() < 0.5)
    if not mirror and quarter:
        # Without a mirror image the determinant stays 1.
        return np.array([[0.0, -across], [across, 0.0]]) if turned else np.diag([across, across])
    chosen = np.diag([across, down])
    return chosen[::-1] if turned else chosen
