r"""Places weighed by a convolution that sees the mean and the maximum of all channels there: CBAM's second half.

$s_{ij} = \sigma(\mathrm{conv}_{k \times k}([\mathrm{mean}_c\,x_{ijc};\; \max_c x_{ijc}]))$, padding SAME, without bias.
Source: Woo, Park, Lee and Kweon 2018, https://arxiv.org/abs/1807.06521.
"""

import numpy as np
import numpy.typing as npt

from cnn_core.attention.arithmetic import sigmoid
from cnn_core.convolution import convolve
from cnn_core.errors import InputError

Floats = npt.NDArray[np.float32]

KERNELS = ("stands out", "strong around", "random")


def place_kernel(kind: str, *, size: int = 7, strength: float = 1.0, seed: int = 0) -> Floats:
    """A kernel for the two summaries, the same for both unless it is random.

    Args:
        kind: "stands out", the middle minus the mean around it; "strong around", the mean; or "random", Glorot's
            uniform numbers, as before training.
        size: odd, 3 to 15.
        strength: what the numbers are multiplied by; the random ones are not.
        seed: of the random ones.

    Returns:
        (size, size, 2, 1) float32, as Keras has it.

    Raises:
        InputError: another kind, or a size out of its range.

    Example:
        >>> kernel = place_kernel("stands out", size=3)
        >>> abs(float(kernel.sum())) < 1e-6, round(float(kernel[1, 1, 0, 0]), 3)
        (True, 0.889)
    """
    if kind not in KERNELS or not 3 <= size <= 15 or size % 2 == 0 or not np.isfinite(strength):
        raise InputError(
            "There is no such kernel",
            f"Choose one of {', '.join(KERNELS)}, an odd size from 3 to 15, and a finite strength",
            kind=kind,
            size=size,
            strength=strength,
        )
    if kind == "random":
        limit = np.sqrt(6 / (size * size * 3))
        return np.random.default_rng(seed).uniform(-limit, limit, (size, size, 2, 1)).astype(np.float32)
    plane = np.full((size, size), 1 / size**2)
    if kind == "stands out":
        plane = -plane
        plane[size // 2, size // 2] += 1
    return np.repeat(strength * plane[..., None, None], 2, axis=2).astype(np.float32)


def summaries(values: npt.ArrayLike) -> Floats:
    """Mean and maximum over the channels: (h, w, C) -> (h, w, 2).

    Example:
        >>> summaries(np.array([[[1.0, 3.0]]])).tolist()
        [[[2.0, 3.0]]]
    """
    maps = np.asarray(values, np.float32)
    return np.stack([maps.mean(axis=-1), maps.max(axis=-1)], axis=-1)


def place_weights(values: npt.ArrayLike, kernel: npt.ArrayLike) -> Floats:
    """The weight in (0, 1) of each place.

    Args:
        values: (h, w, C).
        kernel: (k, k, 2, 1).

    Returns:
        (h, w) float32.

    Raises:
        InputError: a kernel of another shape.

    Example:
        >>> place_weights(np.zeros((4, 5, 3)), place_kernel("strong around"))[0, 0].tolist()
        0.5
    """
    weights = np.asarray(kernel, np.float32)
    if weights.ndim != 4 or weights.shape[2:] != (2, 1):
        raise InputError(
            "The kernel is not made for two summaries", "Give it the shape (k, k, 2, 1)", shape=weights.shape
        )
    both = summaries(values)
    scores = sum(convolve(both[..., part], weights[..., part, 0], padding="same")[..., 0] for part in (0, 1))
    return sigmoid(scores)
