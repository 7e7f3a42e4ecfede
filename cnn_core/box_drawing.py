"""Boxes drawn into a photo, at the photo's own size: what a visitor takes home as a picture."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from cnn_core.boxes import Boxes
from cnn_core.drawing import OKABE_ITO, rgb
from cnn_core.errors import InputError

# Lines and letters grow with the photo: so many pixels of its longer side make one of theirs.
_PER_LINE = 400
_PER_LETTER = 45
_PADDING = 0.25
_LONGEST = 40

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def draw_boxes(
    picture: NDArray[np.uint8],
    boxes: Boxes,
    *,
    colours: Mapping[int, str] | None = None,
    line: float = 2.0,
    fill: float = 0.0,
    labels: bool = True,
    scores: bool = True,
) -> NDArray[np.uint8]:
    """A copy of the picture with its boxes, the best on top, each with its class and score.

    Args:
        picture: (H, W, 3) uint8.
        boxes: in its pixels, best first.
        colours: "#RRGGBB" of each label; None takes Okabe and Ito's in turn.
        line: width of the lines, in 1/800 of the longer side, at least a pixel.
        fill: opacity of the colour inside the boxes, in [0, 1].
        labels: whether to write the class.
        scores: whether to write the score behind it.

    Raises:
        InputError: no (H, W, 3) picture.

    Example:
        >>> found = Boxes([[2, 2, 8, 8]], [0], [0.9], ("cat",))
        >>> draw_boxes(np.zeros((10, 10, 3), np.uint8), found, labels=False)[2, 4].tolist()
        [230, 159, 0]
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise InputError("Boxes are drawn on pictures of 8 bits", "Give (H, W, 3) uint8", shape=picture.shape)
    side = max(picture.shape[:2])
    width = max(1, round(line * side / (2 * _PER_LINE)))
    paint = [(colours or {}).get(int(label), OKABE_ITO[int(label) % len(OKABE_ITO)]) for label in boxes.labels]
    canvas = Image.fromarray(_filled(picture, boxes, paint, fill))
    draw = ImageDraw.Draw(canvas)
    for corners, colour in reversed(list(zip(boxes.corners.tolist(), paint, strict=True))):
        _frame(draw, corners, colour, width)
    if labels:
        letter = max(11, round(side / _PER_LETTER))
        font, padding = ImageFont.load_default(letter), round(letter * _PADDING)
        for place in range(len(boxes) - 1, -1, -1):
            text = boxes.names[boxes.labels[place]][:_LONGEST] + (f" {boxes.scores[place]:.2f}" if scores else "")
            _label(draw, boxes.corners[place].tolist(), text, colour=paint[place], font=font, padding=padding)
    return np.asarray(canvas)


def _filled(picture: NDArray[np.uint8], boxes: Boxes, paint: list[str], fill: float) -> NDArray[np.uint8]:
    if not fill:
        return picture
    result = picture.copy()
    for (left, top, right, bottom), colour in zip(np.rint(boxes.corners).astype(int).tolist(), paint, strict=True):
        inside = result[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
        inside[...] = np.rint((1 - fill) * inside + fill * np.array(rgb(colour))).astype(np.uint8)
    return result


def _frame(draw: ImageDraw.ImageDraw, corners: list[float], colour: str, width: int) -> None:
    """A frame whose outer edge is the box; edged in black so that it shows on any photo."""
    left, top, right, bottom = (round(side) for side in corners)
    right, bottom = max(right - 1, left), max(bottom - 1, top)
    if width > 1:
        draw.rectangle((left - 1, top - 1, right + 1, bottom + 1), outline="#000000", width=width + 2)
    draw.rectangle((left, top, right, bottom), outline=colour, width=width)


def _label(
    draw: ImageDraw.ImageDraw, corners: list[float], text: str, *, colour: str, font: _Font, padding: int
) -> None:
    """A name above the box; inside it at the upper edge of the photo."""
    _, above, wide, below = draw.textbbox((0, 0), text, font=font)
    width, height = round(wide) + 2 * padding, round(below - above) + 2 * padding
    left = max(0, min(round(corners[0]), draw.im.size[0] - width))
    top = round(corners[1]) - height if corners[1] >= height else max(0, round(corners[1]))
    draw.rectangle((left, top, left + width - 1, top + height - 1), fill=colour)
    # Black or white, whichever reads better on the colour (ITU-R BT.601).
    ink = "#000000" if np.dot(rgb(colour), (0.299, 0.587, 0.114)) > 110 else "#FFFFFF"
    draw.text((left + padding, top + padding - above), text, fill=ink, font=font)
