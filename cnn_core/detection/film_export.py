"""A film with its boxes drawn in, as a GIF."""

import io
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnn_core.box_drawing import draw_boxes
from cnn_core.boxes import Boxes
from cnn_core.drawing import shrink
from cnn_core.errors import InputError

_SHORTEST = 0.02  # seconds; what is shorter browsers show much longer
_LAST = 0.1


def boxes_gif(
    frames: Sequence[NDArray[np.uint8]],
    found: Sequence[Boxes],
    times: Sequence[float],
    *,
    colours: Mapping[int, str] | None = None,
    side: int = 480,
    line: float = 2.0,
) -> bytes:
    """Frames with their boxes as an endless GIF, at the speed of the film.

    Args:
        frames: (H, W, 3) uint8 each, of one size.
        found: the boxes of each, in its pixels.
        times: when each is shown, in seconds.
        colours: as in `draw_boxes`.
        side: pixels of the longer side.
        line: as in `draw_boxes`.

    Raises:
        InputError: no frame, or numbers that differ.

    Example:
        >>> black = np.zeros((40, 60, 3), np.uint8)
        >>> boxes_gif([black, black], [Boxes.empty(), Boxes.empty()], [0.0, 0.5])[:6]
        b'GIF89a'
    """
    if not frames or not len(frames) == len(found) == len(times):
        raise InputError(
            "Each frame needs its boxes and its time", "Give as many of each", frames=len(frames), boxes=len(found)
        )
    pictures = [
        # The octree keeps the black and white of the labels, few as their pixels are.
        Image.fromarray(shrink(draw_boxes(frame, boxes, colours=colours, line=line), side=side)).quantize(
            256, Image.Quantize.FASTOCTREE
        )
        for frame, boxes in zip(frames, found, strict=True)
    ]
    gaps = [max(_SHORTEST, later - earlier) for earlier, later in pairwise(times)]
    lengths = [round(1000 * gap) for gap in [*gaps, gaps[-1] if gaps else _LAST]]
    buffer = io.BytesIO()
    pictures[0].save(buffer, "GIF", save_all=True, append_images=pictures[1:], duration=lengths, loop=0)
    return buffer.getvalue()
