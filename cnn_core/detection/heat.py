"""How sure each cell of a grid is that it holds an object, as colour over the photo.

The scale goes from dark blue through violet and vermilion to yellow, and its lightness only rises: it reads in grey,
and colour-blind people read it too. Sure cells are also less transparent, so that the photo stays visible elsewhere.
"""

import numpy as np
import numpy.typing as npt

from cnn_core.drawing import rgb

# Lightness (CIE L*) rises evenly from 13 to 90.
STOPS = ("#0B1D4F", "#4B2A8C", "#9C2F86", "#D8572A", "#F09A1A", "#F7E04A")
# Opacity at 0 and at 1.
OPACITY = (0.22, 0.82)


def heat_table(entries: int = 256) -> npt.NDArray[np.uint8]:
    """The scale as (entries, 3) uint8.

    Example:
        >>> heat_table()[[0, -1]].tolist()
        [[11, 29, 79], [247, 224, 74]]
    """
    stops = np.array([rgb(colour) for colour in STOPS], np.float32)
    places = np.linspace(0, len(stops) - 1, entries)
    return np.stack([np.interp(places, range(len(stops)), stops[:, c]) for c in range(3)], axis=1).round().astype("u1")


def heat(values: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Values (R, C) in [0, 1] as (R, C, 4) uint8: colour and opacity, one pixel a cell.

    Example:
        >>> heat(np.array([[0.0, 1.0]]))[0].tolist()
        [[11, 29, 79, 56], [247, 224, 74, 209]]
    """
    share = np.clip(np.nan_to_num(values), 0, 1)
    table = heat_table()
    colours = table[np.rint(share * (len(table) - 1)).astype(np.int64)]
    opacity = np.rint(255 * (OPACITY[0] + (OPACITY[1] - OPACITY[0]) * share)).astype(np.uint8)
    return np.concatenate([colours, opacity[..., None]], axis=-1)
