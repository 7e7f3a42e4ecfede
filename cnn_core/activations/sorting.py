r"""Channels in figures and in order: by activation, by variance, by similarity to one of them.

Over the places $i$ of a map $a_k$: activation is the mean $\bar a_k$, variance the mean of $(a_{ik} - \bar a_k)^2$, and
similarity Pearson's correlation of two maps.
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError

Doubles = npt.NDArray[np.float64]

# Key -> title.
ORDERS = {
    "activation": "Activation",
    "variance": "Variance",
    "similarity": "Similarity",
    "number": "Number",
}


@dataclass(frozen=True, eq=False)
class ChannelFigures:
    """One value a channel.

    Attributes:
        mean: over all places.
        variance: over all places.
        lowest: smallest value.
        highest: largest value.
        active: share of places above zero, 0 to 1.
    """

    mean: Doubles
    variance: Doubles
    lowest: Doubles
    highest: Doubles
    active: Doubles


def channel_figures(maps: npt.NDArray) -> ChannelFigures:
    """The figures of each channel of (h, w, C).

    Example:
        >>> figures = channel_figures(np.array([[[1.0, 0.0], [3.0, 0.0]]]))
        >>> figures.mean.tolist(), figures.variance.tolist(), figures.active.tolist()
        ([2.0, 0.0], [1.0, 0.0], [1.0, 0.0])
    """
    values = np.asarray(maps)
    places = (0, 1)
    # Summed as float64, without a copy of the maps in float64.
    return ChannelFigures(
        mean=values.mean(places, dtype=np.float64),
        variance=values.var(places, dtype=np.float64),
        lowest=values.min(places).astype(np.float64),
        highest=values.max(places).astype(np.float64),
        active=(values > 0).mean(places),
    )


def similarities(maps: npt.NDArray, channel: int) -> Doubles:
    """Pearson's correlation of each channel of (h, w, C) with one of them, -1 to 1; 0 for a map without variance.

    Raises:
        InputError: no such channel.

    Example:
        >>> similarities(np.array([[[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]]), 0).tolist()
        [1.0, -1.0, 0.0]
    """
    values = np.asarray(maps)
    _check_channel(channel, values.shape[-1])
    flat = values.reshape(-1, values.shape[-1])
    mean = flat.mean(0, dtype=np.float64)
    spread = flat.std(0, dtype=np.float64)
    chosen = flat[:, channel].astype(np.float64) - mean[channel]
    together = chosen @ flat / len(flat)
    scale = spread * spread[channel]
    # Below this a spread is rounding: the map is the same everywhere.
    least = 1e-12 * max(1.0, float(np.abs(mean).max()) ** 2)
    found = np.divide(together, scale, out=np.zeros_like(together), where=scale > least)
    return np.clip(found, -1, 1)


def channel_order(maps: npt.NDArray, order: str, *, channel: int = 0) -> tuple[int, ...]:
    """The channels of (h, w, C) from most to least; of equals the first comes first.

    Args:
        maps: of one picture.
        order: one of `ORDERS`; "number" leaves them as they are.
        channel: the one that others are compared with; it comes first where order is "similarity".

    Raises:
        InputError: no such order or channel.

    Example:
        >>> maps = np.array([[[5.0, 0.0, 1.0], [5.0, 4.0, 2.0]]])
        >>> channel_order(maps, "activation"), channel_order(maps, "variance"), channel_order(maps, "similarity")
        ((0, 1, 2), (1, 2, 0), (0, 1, 2))
    """
    keys = sorted_by(maps, order, channel=channel)
    if order == "number":
        return tuple(range(len(keys)))
    if order == "similarity":
        keys[channel] = np.inf
    return tuple(int(one) for one in np.argsort(-keys, kind="stable"))


def sorted_by(maps: npt.NDArray, order: str, *, channel: int = 0) -> Doubles:
    """The figure of each channel of (h, w, C) that an order goes by; the mean where channels are in order of number.

    Raises:
        InputError: no such order or channel.

    Example:
        >>> sorted_by(np.array([[[1.0, 0.0], [3.0, 0.0]]]), "variance").tolist()
        [1.0, 0.0]
    """
    values = np.asarray(maps)
    if order not in ORDERS:
        raise InputError("There is no such order", f"Choose one of {', '.join(ORDERS)}", order=order)
    _check_channel(channel, values.shape[-1])
    if order == "similarity":
        return similarities(values, channel)
    places = (0, 1)
    found = values.var(places, dtype=np.float64) if order == "variance" else values.mean(places, dtype=np.float64)
    return np.asarray(found, np.float64)


def _check_channel(channel: int, channels: int) -> None:
    if not 0 <= channel < channels:
        raise InputError("There is no such channel", f"Choose 0 to {channels - 1}", channel=channel)


def figures_csv(maps: npt.NDArray) -> str:
    """The figures of each channel of (h, w, C) as a table, one row a channel.

    Example:
        >>> print(figures_csv(np.ones((1, 2, 1))))
        channel,mean,variance,lowest,highest,active
        0,1.0,0.0,1.0,1.0,1.0
    """
    figures = channel_figures(maps)
    columns = [getattr(figures, field.name).tolist() for field in fields(figures)]
    lines = [",".join(["channel", *(field.name for field in fields(figures))])]
    lines += [f"{number},{','.join(map(repr, row))}" for number, row in enumerate(zip(*columns, strict=True))]
    return "\n".join(lines)
