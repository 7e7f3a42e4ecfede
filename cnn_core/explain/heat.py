"""Maps over a photo: heat, which is at least 0, and signed ones."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.classifiers.preparing import placed
from cnn_core.drawing import signed_heat, signed_limit, to_uint8

# From no heat to most: lightness falls steadily, so that it reads in grey too (yellow to vermilion, Okabe and Ito, and
# on to brown). The photo below is lightened, or its own darkness would be taken for heat.
HEAT = ((240, 228, 66), (230, 159, 0), (213, 94, 0), (120, 30, 0))
_DARKEST = 120
# Little heat is seen too; where there is most, half of the photo's light and shade is left.
_BLEND, _POWER, _SHADE = 0.95, 0.75, 0.5

# Of a signed map over the photo in grey, so that one still sees where one is.
_OPAQUE = 0.8
# Of maps with a value a pixel the colours end where all but this share of the magnitudes do: a few are far out.
_OUTLIERS = 0.01


def heat_over(image: npt.NDArray[Any], heat: npt.NDArray[Any], *, limit: float | None = None) -> npt.NDArray[np.uint8]:
    """A photo in light grey with the heat laid over it: yellow where there is little, vermilion, brown for the most.

    Args:
        image: (H, W, 3) uint8, or float in [0, 1].
        heat: (h, w) at least 0; enlarged bilinearly.
        limit: the heat that is shown as most; None takes the largest. Give one limit to pictures to be compared.

    Returns:
        (H, W, 3) uint8.

    Example:
        >>> picture = heat_over(np.full((4, 4, 3), 100, np.uint8), np.array([[0.0, 0.0], [0.0, 1.0]]))
        >>> picture[0, 0].tolist(), picture[3, 3].tolist()
        ([173, 173, 173], [88, 28, 9])
    """
    import cv2

    photo = to_uint8(image)
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None].astype(np.float32) / 255
    most = float(heat.max()) if limit is None else limit
    rows, columns = photo.shape[:2]
    even = np.clip(heat / most, 0, 1).astype(np.float32) if most > 0 else np.zeros(heat.shape, np.float32)
    strength = np.clip(cv2.resize(even, (columns, rows), interpolation=cv2.INTER_LINEAR), 0, 1)
    places = np.linspace(0, 1, len(HEAT))
    colours = np.stack([np.interp(strength, places, [stop[c] / 255 for stop in HEAT]) for c in range(3)], axis=-1)
    blend = _BLEND * strength[..., None] ** _POWER
    light = _DARKEST / 255 + (1 - _DARKEST / 255) * grey
    return to_uint8(light * (1 - blend) + colours * (_SHADE + (1 - _SHADE) * grey) * blend)


def heat_scale(steps: int = 9) -> npt.NDArray[np.uint8]:
    """The colours of `heat_over` from no heat to most, on a photo of middle grey: (steps, 3) uint8.

    Example:
        >>> heat_scale(3)[0].tolist()
        [188, 188, 188]
    """
    grey = np.full((1, steps, 3), 128, np.uint8)
    return heat_over(grey, np.linspace(0, 1, steps)[None])[0]


def signed_over(image: npt.NDArray[Any], values: npt.NDArray[Any], *, limit: float) -> npt.NDArray[np.uint8]:
    """A photo in grey under a signed map: -limit is blue, 0 white, +limit vermilion.

    Args:
        image: (H, W, 3) uint8, or float in [0, 1].
        values: (h, w), signed; enlarged bilinearly.
        limit: the end of the scale, above 0.

    Returns:
        (H, W, 3) uint8.

    Example:
        >>> black = np.zeros((1, 2, 3), np.uint8)
        >>> signed_over(black, np.array([[0.0, 2.0]]), limit=2.0).tolist()
        [[[198, 198, 198], [98, 37, 0]]]
    """
    import cv2

    photo = to_uint8(image)
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None].astype(np.float32)
    rows, columns = photo.shape[:2]
    large = cv2.resize(np.asarray(values, np.float32), (columns, rows), interpolation=cv2.INTER_LINEAR)
    colours = signed_heat(large, limit=limit).astype(np.float32)
    return to_uint8((grey * (1 - _OPAQUE) + colours * _OPAQUE) / 255)


def map_limit(maps: list[npt.NDArray[Any]], *, signed: bool) -> float:
    """The end of the scale of maps that are to be compared; above 0 unless all of them are 0 and not signed.

    Args:
        maps: (h, w) each.
        signed: whether values below 0 mean something. Then one in a hundred magnitudes may lie beyond the end.

    Example:
        >>> map_limit([np.array([[1.0, 3.0]]), np.array([[2.0, 0.0]])], signed=False)
        3.0
    """
    if not signed:
        return float(max(values.max(initial=0) for values in maps))
    magnitudes = np.abs(np.concatenate([values.ravel() for values in maps]))
    return float(np.quantile(magnitudes, 1 - _OUTLIERS)) or signed_limit(magnitudes)


def seen_photo(network: LookedAt, photo: npt.NDArray[np.uint8], *, side: int) -> npt.NDArray[np.uint8]:
    """What a network sees of a photo, with more pixels: cut, stretched or letterboxed as it is for the network.

    Args:
        network: whose size and placement are taken.
        photo: (H, W, 3) uint8.
        side: its longer side.

    Returns:
        (rows, columns, 3) uint8 in the aspect of the network's input.
    """
    scale = side / max(network.size)
    rows, columns = (max(1, round(length * scale)) for length in network.size)
    return placed(photo, (rows, columns), network.preparation.placement)
