"""How real-valued layer outputs become pictures: signed, clipped, magnitudes or rescaled; which one is always said."""

from dataclasses import dataclass

import numpy as np

from cnn_core.drawing import rescaled, signed_heat, signed_limit, significant, to_uint8
from cnn_core.errors import InputError

SIGNED, CLIPPED, ABSOLUTE, RESCALED = "signed", "clipped", "absolute", "rescaled"

TITLES = {SIGNED: "Signed", CLIPPED: "Clipped", ABSOLUTE: "Magnitude", RESCALED: "Rescaled"}


@dataclass(frozen=True)
class Shown:
    """A picture of real values.

    Attributes:
        picture: (H, W, 3) uint8.
        low: the value at the dark or blue end, as text.
        high: the value at the bright or vermilion end, as text.
        note: what was done to the values, one sentence.
    """

    picture: np.ndarray
    low: str
    high: str
    note: str


def show(values: np.ndarray, *, how: str) -> Shown:
    """Make (H, W, 1 or 3) float values visible.

    Args:
        values: finite, any range.
        how: "signed" (one channel: blue, white, vermilion about zero), "clipped" (0 to 1, the rest cut off),
            "absolute" (magnitudes from 0 to the largest) or "rescaled" (smallest black, largest white).

    Raises:
        InputError: an unknown way, or "signed" with more than one channel.

    Example:
        >>> show(np.array([[[-2.0], [1.0]]]), how="clipped").note
        'Values below 0 are shown black and above 1 white: 50 % of them are cut off.'
    """
    if how == SIGNED:
        if values.shape[2] != 1:
            raise InputError(
                "A signed scale shows one channel", "Choose one channel or another scale", channels=values.shape[2]
            )
        limit = signed_limit(values)
        text = significant(limit)
        note = "Blue is negative, white is zero, vermilion is positive; the ends are the largest magnitude."
        return Shown(signed_heat(values, limit=limit), f"−{text}", text, note)
    if how == CLIPPED:
        cut = float(np.mean((values < 0) | (values > 1)))
        note = f"Values below 0 are shown black and above 1 white: {_percent(cut)} of them are cut off."
        return Shown(to_uint8(values), "0", "1", note)
    if how == ABSOLUTE:
        magnitudes = np.abs(values)
        limit = signed_limit(magnitudes)
        note = "Signs are dropped: black is zero, white the largest magnitude."
        return Shown(to_uint8(magnitudes / limit), "0", significant(limit), note)
    if how == RESCALED:
        scaled, low, high = rescaled(values)
        note = "The smallest value is black and the largest white, so pictures of different layers do not compare."
        return Shown(to_uint8(scaled), significant(low), significant(high), note)
    raise InputError("This way of showing does not exist", f"Choose one of {', '.join(TITLES)}", how=how)


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %") if share == 0 or share >= 0.005 else "less than 1 %"
