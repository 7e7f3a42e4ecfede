r"""Dot-product attention: each place takes from the places whose keys match its query.

$\mathrm{softmax}(Q K^T / (\tau \sqrt{d}))\,V$, head by head (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762,
where $\tau = 1$). Arrays are (places, heads, d), as in Keras: n places, or m where keys and queries differ.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.attention.arithmetic import softmax
from cnn_core.errors import InputError

Floats = npt.NDArray[np.float32]

MOST_PLACES = 1024


@dataclass(frozen=True, eq=False)
class Heads:
    """Queries and keys of every place, by head.

    Attributes:
        queries: (n, heads, d) float32.
        keys: (n, heads, d) float32.
        factor: what the products are multiplied by before softmax.
    """

    queries: Floats
    keys: Floats
    factor: float

    @property
    def count(self) -> int:
        """How many heads."""
        return self.queries.shape[1]

    @property
    def length(self) -> int:
        """d, of a query and a key."""
        return self.queries.shape[2]


def readable_heads(
    values: npt.ArrayLike,
    *,
    heads: int = 1,
    positions: npt.ArrayLike | None = None,
    temperature: float = 1.0,
    scaled: bool = True,
) -> Heads:
    """Queries and keys that can be read: the channels themselves, split among the heads, and the positions in each.

    With these a place attends to places that look alike. They are chosen, not trained.

    Args:
        values: (h, w, C); `standardised` maps, or the largest numbers win.
        heads: how many; each gets C / heads channels, in their order.
        positions: (h, w, P) appended to the channels of each head; None for none.
        temperature: the products are divided by it; above 1 the weights even out.
        scaled: whether the products are divided by the square root of d.

    Raises:
        InputError: channels that cannot be shared out, too many places, or a temperature that is not above 0.

    Example:
        >>> readable_heads(np.ones((2, 3, 8)), heads=2, positions=np.ones((2, 3, 4))).queries.shape
        (6, 2, 8)
    """
    maps = np.asarray(values, np.float32)
    rows, columns, channels = maps.shape
    _check(rows * columns, temperature)
    if heads < 1 or channels % heads:
        raise InputError(
            "The channels cannot be shared out among the heads",
            "Choose a number of heads that divides that of the channels",
            heads=heads,
            channels=channels,
        )
    parts = maps.reshape(rows * columns, heads, channels // heads)
    if positions is not None:
        added = np.asarray(positions, np.float32).reshape(rows * columns, 1, -1)
        parts = np.concatenate([parts, np.repeat(added, heads, axis=1)], axis=-1)
    return Heads(parts, parts, _factor(parts.shape[2], temperature, scaled))


def random_heads(
    values: npt.ArrayLike,
    *,
    heads: int = 1,
    length: int = 8,
    seed: int = 0,
    positions: npt.ArrayLike | None = None,
    temperature: float = 1.0,
    scaled: bool = True,
) -> Heads:
    """Queries and keys as they are before training: two projections by Glorot's uniform numbers.

    Args:
        values: (h, w, C).
        heads: how many.
        length: d, of a query and a key of one head.
        seed: of the numbers.
        positions: (h, w, P) appended to the channels before the projection; None for none.
        temperature: as in `readable_heads`; likewise `scaled`.
        scaled: see `temperature`.

    Raises:
        InputError: as `readable_heads`.

    Example:
        >>> random_heads(np.ones((2, 3, 8)), heads=2, length=4).keys.shape
        (6, 2, 4)
    """
    maps = np.asarray(values, np.float32)
    rows, columns, _ = maps.shape
    _check(rows * columns, temperature)
    if heads < 1 or length < 1:
        raise InputError("There are no such heads", "Choose 1 or more of length 1 or more", heads=heads, length=length)
    inputs = maps if positions is None else np.concatenate([maps, np.asarray(positions, np.float32)], axis=-1)
    flat = inputs.reshape(rows * columns, -1)
    generator = np.random.default_rng(seed)
    limit = np.sqrt(6 / (flat.shape[1] + heads * length))
    queries, keys = (
        (flat @ generator.uniform(-limit, limit, (flat.shape[1], heads * length)).astype(np.float32)).reshape(
            rows * columns, heads, length
        )
        for _ in range(2)
    )
    return Heads(queries, keys, _factor(length, temperature, scaled))


def attention_rows(heads: Heads, places: npt.ArrayLike) -> Floats:
    """What some places attend to: rows of the softmax.

    Args:
        heads: of all places.
        places: whose rows, as numbers of places.

    Returns:
        (heads, len(places), n) float32; each row adds up to 1.

    Example:
        >>> heads = readable_heads(np.zeros((1, 4, 2)))
        >>> attention_rows(heads, [0])[0, 0].tolist()
        [0.25, 0.25, 0.25, 0.25]
    """
    chosen = heads.queries[np.asarray(places, np.int64)]
    scores = np.einsum("qhd,khd->hqk", chosen, heads.keys, optimize=True)
    return softmax(scores * heads.factor)


def shares_from(heads: Heads, place: tuple[int, int], size: tuple[int, int]) -> Floats:
    """What one place attends to, as a map for each head.

    Args:
        heads: of all places.
        place: its row and column.
        size: rows and columns of places.

    Returns:
        (heads, rows, columns) float32; each map adds up to 1.

    Example:
        >>> shares_from(readable_heads(np.zeros((1, 4, 2)), heads=2), (0, 3), (1, 4)).shape
        (2, 1, 4)
    """
    return attention_rows(heads, [place[0] * size[1] + place[1]])[:, 0].reshape(heads.count, *size)


def attend(heads: Heads, values: npt.ArrayLike) -> Floats:
    """What every place takes: the mean of the values, weighed by its row of the softmax.

    Args:
        heads: of all places.
        values: (n, m), the same for each head.

    Returns:
        (heads, n, m) float32.

    Example:
        >>> attend(readable_heads(np.zeros((1, 2, 2))), [[1.0], [3.0]]).tolist()
        [[[2.0], [2.0]]]
    """
    taken, every = np.asarray(values, np.float32), np.arange(len(heads.queries))
    # A head at a time: the weights of all places over all places are the large thing.
    parts = [Heads(heads.queries[:, h : h + 1], heads.keys[:, h : h + 1], heads.factor) for h in range(heads.count)]
    return np.concatenate([attention_rows(part, every) @ taken for part in parts])


def taken_map(heads: Heads, values: npt.ArrayLike) -> Floats:
    """What every place takes of a map, averaged over the heads: (h, w, m) gives (h, w, m).

    Example:
        >>> taken_map(readable_heads(np.zeros((1, 2, 2))), [[[1.0], [3.0]]]).tolist()
        [[[2.0], [2.0]]]
    """
    grid = np.asarray(values, np.float32)
    return attend(heads, grid.reshape(-1, grid.shape[-1])).mean(axis=0).reshape(grid.shape)


def most_elsewhere(shares: npt.ArrayLike, place: tuple[int, int]) -> float:
    """The largest share of another place than one: its own, which is often larger by far, left out.

    Args:
        shares: (h, w).
        place: the row and column that are left out.

    Example:
        >>> round(most_elsewhere([[0.7, 0.2, 0.1]], (0, 0)), 6)
        0.2
    """
    others = np.array(shares, np.float32)
    others[place] = 0
    return float(others.max())


def effective_places(row: npt.ArrayLike) -> float:
    """Over how many places a row of weights is spread: the exponential of its entropy, 1 to n.

    Example:
        >>> round(effective_places([0.5, 0.5, 0.0]), 6)
        2.0
    """
    weights = np.asarray(row, np.float64)
    weights = weights[weights > 0]
    return float(np.exp(-(weights * np.log(weights)).sum()))


def _check(places: int, temperature: float) -> None:
    if places > MOST_PLACES:
        raise InputError(
            "Attention over so many places is not computed: it costs their square",
            f"Make the maps smaller, to {MOST_PLACES} places at most",
            places=places,
        )
    if not (np.isfinite(temperature) and temperature > 0):
        raise InputError("The temperature is not above 0", "Choose one above 0", temperature=temperature)


def _factor(length: int, temperature: float, scaled: bool) -> float:
    return 1 / (temperature * (length**0.5 if scaled else 1))
