"""The classes of Pascal VOC (Everingham et al. 2010), their colours in its masks, and names that mean the same."""

import numpy as np
import numpy.typing as npt

# fmt: off
VOC = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable",
    "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)
# fmt: on

# What Pascal VOC calls things that COCO calls otherwise.
_SAME = {
    "aeroplane": "airplane",
    "diningtable": "dining table",
    "motorbike": "motorcycle",
    "pottedplant": "potted plant",
    "sofa": "couch",
    "tv/monitor": "tv",
    "tvmonitor": "tv",
}


def plain_name(name: str) -> str:
    """A class name as it is compared: case, `_`, `-` and Pascal VOC's own words make no difference.

    Example:
        >>> plain_name("Dining_Table"), plain_name("sofa"), plain_name("tv/monitor")
        ('dining table', 'couch', 'tv')
    """
    words = " ".join(name.replace("_", " ").replace("-", " ").casefold().split())
    return _SAME.get(words, words)


def voc_palette(count: int = 256) -> npt.NDArray[np.uint8]:
    """The colours of Pascal VOC's masks, (count, 3) uint8: the bits of a class spread over red, green and blue.

    Source: `VOClabelcolormap` of the VOC development kit.

    Example:
        >>> voc_palette()[[0, 15, 255]].tolist()
        [[0, 0, 0], [192, 128, 128], [224, 224, 192]]
    """
    labels = np.arange(count)
    colours = np.zeros((count, 3), np.int64)
    for bit in range(8):
        for channel in range(3):
            colours[:, channel] |= ((labels >> (3 * bit + channel)) & 1) << (7 - bit)
    return colours.astype(np.uint8)
