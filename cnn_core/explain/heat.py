"""Heat over a photo."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.drawing import to_uint8

# From no heat to most: lightness falls steadily, so that it reads in grey too (yellow to vermilion, Okabe and Ito).
_HEAT = ((240, 228, 66), (230, 159, 0), (213, 94, 0))


def heat_over(image: npt.NDArray[Any], heat: npt.NDArray[Any], *, limit: float | None = None) -> npt.NDArray[np.uint8]:
    """A photo in grey with the heat laid over it: none leaves it as it is, the most is vermilion.

    Args:
        image: (H, W, 3) uint8, or float in [0, 1].
        heat: (h, w) at least 0; enlarged bilinearly.
        limit: the heat that is shown as most; None takes the largest. Give one limit to pictures to be compared.

    Returns:
        (H, W, 3) uint8.

    Example:
        >>> picture = heat_over(np.full((4, 4, 3), 100, np.uint8), np.array([[0.0, 0.0], [0.0, 1.0]]))
        >>> picture[0, 0].tolist(), picture[3, 3].tolist()
        ([100, 100, 100], [168, 96, 40])
    """
    import cv2

    photo = to_uint8(image)
    grey = np.repeat(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2).astype(np.float32)
    most = float(heat.max()) if limit is None else limit
    rows, columns = photo.shape[:2]
    even = np.clip(heat / most, 0, 1).astype(np.float32) if most > 0 else np.zeros(heat.shape, np.float32)
    strength = cv2.resize(even, (columns, rows), interpolation=cv2.INTER_LINEAR)[..., None]
    places = np.linspace(0, 1, len(_HEAT))
    colours = [np.interp(strength[..., 0], places, [stop[c] for stop in _HEAT]) for c in range(3)]
    blend = 0.6 * strength
    return to_uint8((grey * (1 - blend) + np.stack(colours, axis=-1) * blend) / 255)
