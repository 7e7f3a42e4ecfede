"""SmoothGrad: the gradient of a class's score at the pixels, averaged over noisy copies of the picture.

$\\frac{1}{n} \\sum_i \\partial y^c(x + \\varepsilon_i) / \\partial x$ with $\\varepsilon_i$ normal and of a deviation
that is a share of the picture's range. Source: Smilkov et al. 2017, https://arxiv.org/abs/1706.03825.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.explain.in_parts import Floats, Progress, parts

SAMPLES = (1, 1024)


def smooth_grad(
    slopes: Callable[[Floats], Floats],
    image: npt.ArrayLike,
    *,
    noise: float = 0.15,
    samples: int = 32,
    seed: int = 0,
    progress: Progress | None = None,
) -> Floats:
    """The mean gradient of a class's score over noisy copies of a picture.

    Args:
        slopes: (N, H, W, channels) -> the gradient of the class's score at each picture, such as `class_slopes` gives.
        image: (H, W, channels) as the network takes it.
        noise: deviation of the noise, as a share of the largest number minus the smallest; 0 is the plain gradient.
        samples: noisy copies.
        seed: of the noise; copy i has the same noise however many there are.
        progress: called with copies done and in all.

    Returns:
        (H, W, channels) float32, signed: score per unit of input.

    Raises:
        InputError: noise below 0; samples beyond `SAMPLES`.

    Example:
        >>> smooth_grad(lambda batch: np.full_like(batch, 3), np.zeros((1, 1, 1)), samples=4).tolist()
        [[[3.0]]]
    """
    if not 0 <= noise < np.inf:
        raise InputError("The noise has no deviation below 0", "Choose 0 or more", noise=noise)
    if not SAMPLES[0] <= samples <= SAMPLES[1]:
        raise InputError("There cannot be so many copies", f"Choose {SAMPLES[0]} to {SAMPLES[1]}", samples=samples)
    picture = np.asarray(image, np.float32)
    deviation = np.float32(noise * float(np.ptp(picture)))
    total = np.zeros(picture.shape, np.float64)
    for part in parts(samples, picture.shape, progress=progress):
        normal = [np.random.default_rng((seed, i)).standard_normal(picture.shape, np.float32) for i in part]
        total += slopes(picture + deviation * np.stack(normal)).sum(axis=0, dtype=np.float64)
    return (total / samples).astype(np.float32)
