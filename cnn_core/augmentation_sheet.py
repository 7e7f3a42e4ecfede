"""Views of pictures side by side, to see what an augmentation does before anything is trained on it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cnn_core.augmentation import Augmentation, augmented, mixed_up
from cnn_core.errors import InputError

Pixels = npt.NDArray[np.uint8]

_GAP = 4
_GROUND = 255


def view_sheet(pictures: Sequence[Pixels], options: Augmentation, *, views: int, seed: int) -> Pixels:
    """One row a picture: the picture itself, then views of it; MixUp mixes the views of a column with one another.

    Args:
        pictures: (H, W, 3) uint8, all of one size, at least one.
        options: how far a view may be from its picture.
        views: of each picture, at least one.
        seed: of the views.

    Returns:
        (rows, columns, 3) uint8, white between the pictures.

    Raises:
        InputError: no pictures, pictures of several sizes, or no views.

    Example:
        >>> sheet = view_sheet([np.zeros((8, 8, 3), np.uint8)] * 2, Augmentation(), views=3, seed=0)
        >>> sheet.shape, int(sheet[:8, 12:20].max())
        ((20, 44, 3), 0)
    """
    if not pictures or views < 1 or len({picture.shape for picture in pictures}) != 1:
        raise InputError(
            "These pictures cannot be shown side by side", "Give pictures of one size", pictures=len(pictures)
        )
    columns = [np.stack(pictures)]
    for view in range(views):
        random = np.random.default_rng((seed, view))
        column = np.stack([augmented(picture, options, random) for picture in pictures])
        if options.mixup:
            mixed, _ = mixed_up(
                column.astype(np.float32), np.eye(len(pictures), dtype=np.float32), alpha=options.mixup, random=random
            )
            column = np.rint(mixed).astype(np.uint8)
        columns.append(column)
    rows, side = pictures[0].shape[:2]
    sheet = np.full((len(pictures) * (rows + _GAP) - _GAP, len(columns) * (side + _GAP) - _GAP, 3), _GROUND, np.uint8)
    for place, column in enumerate(columns):
        for number, picture in enumerate(column):
            top, left = number * (rows + _GAP), place * (side + _GAP)
            sheet[top : top + rows, left : left + side] = picture
    return sheet
