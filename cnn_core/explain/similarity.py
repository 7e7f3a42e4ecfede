"""How alike two maps are: the rank correlation of their places."""

import numpy as np
import numpy.typing as npt


def rank_correlation(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """Spearman's correlation of two maps of the same shape: 1 for the same order of places, about 0 for unrelated ones.

    Equal values share the mean of their ranks. A map that is the same everywhere has no order: it gives 0.

    Example:
        >>> rank_correlation([1.0, 2.0, 9.0], [0.1, 0.5, 0.6]), rank_correlation([1, 2], [2, 1])
        (1.0, -1.0)
    """
    one, other = _ranks(first), _ranks(second)
    spread = float(one.std() * other.std())
    return round(float((one * other).mean()) / spread, 12) if spread else 0.0


def _ranks(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Ranks around their mean."""
    _, place, counts = np.unique(np.asarray(values).ravel(), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts + 1) / 2)[place]
    return np.asarray(ranks - ranks.mean(), np.float64)
