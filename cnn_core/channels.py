"""Which channels of a picture a layer gets: grey, all three, or one."""

import numpy as np

from cnn_core.errors import InputError
from cnn_core.images import to_grey

GREY, COLOUR = "grey", "colour"
SINGLE = {"red": 0, "green": 1, "blue": 2}
CHOICES = (GREY, COLOUR, *SINGLE)


def select_channels(image: np.ndarray, which: str) -> np.ndarray:
    """Take (H, W, 1) or (H, W, 3) float32 from an RGB picture.

    Args:
        image: (H, W, 3) float32 in [0, 1].
        which: "grey" (weighted sum, ITU-R 601), "colour" (all three), "red", "green" or "blue".

    Raises:
        InputError: an unknown choice.

    Example:
        >>> select_channels(np.ones((2, 2, 3), np.float32), "red").shape
        (2, 2, 1)
    """
    if which == GREY:
        return to_grey(image)
    if which == COLOUR:
        return image
    if which in SINGLE:
        return image[..., SINGLE[which], None]
    raise InputError("These channels do not exist", f"Choose one of {', '.join(CHOICES)}", which=which)
