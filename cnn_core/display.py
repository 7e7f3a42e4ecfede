"""How real-valued layer outputs become pictures: signed, clipped, magnitudes or rescaled; which one is always said."""

from dataclasses import dataclass

import numpy as np

from cnn_core.drawing import rescaled, signed_heat, signed_limit, significant, to_uint8
from cnn_core.errors import InputError

SIGNED, CLIPPED, ABSOLUTE, RESCALED = "signed", "clipped", "absolute", "rescaled"

SAMPLED = 40_000

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
        limit, ends = robust_limit(values)
        note = f"Blue is negative, white is zero, vermilion is positive; {ends}."
        return Shown(signed_heat(values, limit=limit), f"−{significant(limit)}", significant(limit), note)
    if how == CLIPPED:
        cut = float(np.mean((values < 0) | (values > 1)))
        note = f"Values below 0 are shown black and above 1 white: {_percent(cut)} of them are cut off."
        return Shown(to_uint8(values), "0", "1", note)
    if how == ABSOLUTE:
        magnitudes = np.abs(values)
        limit, ends = robust_limit(magnitudes)
        signs = "Signs are dropped: black" if values.min() < 0 else "Black"
        note = f"{signs} is zero, white is large; {ends}."
        return Shown(to_uint8(magnitudes / limit), "0", significant(limit), note)
    if how == RESCALED:
        scaled, low, high = rescaled(values)
        note = "The smallest value is black and the largest white, so pictures of different layers do not compare."
        return Shown(to_uint8(scaled), significant(low), significant(high), note)
    raise InputError("This way of showing does not exist", f"Choose one of {', '.join(TITLES)}", how=how)


def show_plainly(values: np.ndarray) -> Shown:
    """Signed heat where there are negative values, else black to white: for views that offer no choice.

    Example:
        >>> show_plainly(np.array([[[0.0], [4.0]]])).low
        '0'
    """
    return show(values, how=SIGNED if values.min() < 0 else ABSOLUTE)


def robust_limit(values: np.ndarray) -> tuple[float, str]:
    """The end of a scale, a magnitude that 99 % of the values stay below, and what lies beyond it, in words.

    A few strong edges, often at the padding, would otherwise leave the rest of the picture pale.

    Example:
        >>> robust_limit(np.append(np.linspace(-1, 1, 999), 50.0))[1]
        '1 % of the values lie beyond the end of the scale'
    """
    magnitudes = np.abs(values).ravel()
    # A quantile of a million values takes longer than the convolution; every n-th of them tells as much.
    limit = float(np.quantile(magnitudes[:: max(magnitudes.size // SAMPLED, 1)], 0.99))
    if limit <= 0:
        limit = signed_limit(values)
    beyond = float(np.mean(magnitudes > limit))
    return (
        limit,
        f"{_percent(beyond)} of the values lie beyond the end of the scale" if beyond else "nothing is cut off",
    )


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %") if share == 0 or share >= 0.005 else "less than 1 %"
