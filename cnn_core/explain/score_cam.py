"""Score-CAM: each map of a layer is laid over the picture as a mask, and weighed by the score of what it lets through.

With $H^k$ the map $A^k$ enlarged to the picture and stretched to 0 to 1, and $x'$ the baseline that hides the rest,
the weights are the softmax over k of $y^c(H^k x + (1 - H^k) x')$, and the heat is
$\\max(0, \\sum_k \\alpha_k A^k)$. No gradient is used. Source: Wang et al. 2020, https://arxiv.org/abs/1910.01279,
algorithm 1, whose baseline is 0 after preprocessing. Weighing only the maps that vary most is Faster Score-CAM.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.explain.in_parts import Floats, Progress, parts


def score_cam(
    scores: Callable[[Floats], Floats],
    image: npt.ArrayLike,
    maps: Floats,
    *,
    baseline: npt.ArrayLike,
    channels: int | None = None,
    progress: Progress | None = None,
) -> Floats:
    """Where the maps lie that keep a class's score up when only they are seen.

    Args:
        scores: (N, H, W, channels) -> (N,), the class's score before softmax.
        image: (H, W, channels) as the network takes it.
        maps: (h, w, K) of the layer, as `class_maps` gives them.
        baseline: like the image; what is seen where a mask hides.
        channels: weigh so many maps, those with the largest variance; None takes all.
        progress: called with maps done and in all.

    Returns:
        (h, w) float32, at least 0.

    Raises:
        InputError: fewer than one map.

    Example:
        >>> maps = np.stack([np.eye(2), np.eye(2)[::-1]], axis=-1).astype(np.float32)
        >>> first = lambda batch: 100 * batch[:, 0, 0, 0]
        >>> score_cam(first, np.ones((2, 2, 1)), maps, baseline=np.zeros((2, 2, 1))).round(3).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    picture, hidden = np.asarray(image, np.float32), np.asarray(baseline, np.float32)
    chosen = strongest_maps(maps, channels)
    if not chosen:
        return np.zeros(maps.shape[:2], np.float32)
    kept = []
    for part in parts(len(chosen), picture.shape, progress=progress):
        masks = np.stack([_mask(maps[..., chosen[i]], picture.shape[:2]) for i in part])[..., None]
        kept.append(scores(masks * picture + (1 - masks) * hidden))
    values = np.concatenate(kept).astype(np.float64)
    weights = np.exp(values - values.max())
    weights /= weights.sum()
    heat: Floats = np.maximum(maps[..., chosen] @ weights, 0).astype(np.float32)
    return heat


def strongest_maps(maps: Floats, count: int | None) -> list[int]:
    """The maps with the largest variance, most first; maps that are the same everywhere hide nothing and are left out.

    Raises:
        InputError: a count below 1.

    Example:
        >>> strongest_maps(np.array([[[1.0, 0.0, 5.0]], [[1.0, 1.0, 9.0]]], np.float32), 2)
        [2, 1]
    """
    if count is not None and count < 1:
        raise InputError("At least one map has to be weighed", "Choose 1 or more", channels=count)
    spread = maps.var(axis=(0, 1))
    order = np.argsort(-spread, kind="stable")[:count]
    return [int(k) for k in order if spread[k] > 0]


def _mask(plane: Floats, size: tuple[int, ...]) -> Floats:
    """A map at the picture's size, its smallest value 0 and its largest 1."""
    import cv2

    large = cv2.resize(plane, (size[1], size[0]), interpolation=cv2.INTER_LINEAR)
    low, high = float(large.min()), float(large.max())
    return np.asarray((large - low) / (high - low) if high > low else np.zeros_like(large), np.float32)
