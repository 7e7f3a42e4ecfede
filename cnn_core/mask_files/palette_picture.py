"""Label maps written as palette PNG: class numbers as values, colours for the eye, as Pascal VOC's masks."""

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from cnn_core.drawing import rgb
from cnn_core.mask_files.coco_masks import checked_labels
from cnn_core.masks import UNSURE
from cnn_core.voc_names import voc_palette


def write_palette_png(values: npt.ArrayLike, *, colours: Sequence[str]) -> bytes:
    """A label map as PNG whose values are the class numbers.

    Args:
        values: (H, W) labels, places in `colours`; 255 is kept, in Pascal VOC's colour of what is left open.
        colours: "#RRGGBB" of the K classes, 255 at most.

    Raises:
        InputError: no label map, or a label without a colour.

    Example:
        >>> png = write_palette_png([[0, 1, 255]], colours=("#000000", "#E69F00"))
        >>> picture = Image.open(io.BytesIO(png))
        >>> np.asarray(picture).tolist(), picture.getpalette()[3:6]
        ([[0, 1, 255]], [230, 159, 0])
    """
    labels = checked_labels(values, classes=len(colours))
    palette = np.zeros((256, 3), np.uint8)
    palette[: len(colours)] = [rgb(colour) for colour in colours]
    palette[UNSURE] = voc_palette()[UNSURE]
    picture = Image.fromarray(labels, "L")
    picture.putpalette(palette.ravel().tolist())
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=False)
    return buffer.getvalue()
