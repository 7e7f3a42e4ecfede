r"""Channels weighed by a small network that sees their means: squeeze and excitation, and CBAM's first half.

Squeeze and excitation (Hu, Shen and Sun 2017, https://arxiv.org/abs/1709.01507): with $m$ the channels' means over all
places, the weights are $s = \sigma(W_2\,\mathrm{ReLU}(W_1 m + b_1) + b_2)$. CBAM (Woo et al. 2018,
https://arxiv.org/abs/1807.06521) sends the maxima through the same two layers and adds before $\sigma$.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.attention.arithmetic import dense, sigmoid
from cnn_core.errors import InputError

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Gate:
    """The two dense layers of a channel gate, in Keras' order.

    Attributes:
        reduce_kernel: (C, hidden).
        reduce_bias: (hidden,).
        excite_kernel: (hidden, C).
        excite_bias: (C,).
    """

    reduce_kernel: Floats
    reduce_bias: Floats
    excite_kernel: Floats
    excite_bias: Floats

    @property
    def weights(self) -> list[Floats]:
        """As `keras.Model.set_weights` takes them for the blocks of this project."""
        return [self.reduce_kernel, self.reduce_bias, self.excite_kernel, self.excite_bias]


def readable_gate(channels: int, *, strength: float) -> Gate:
    r"""A gate that can be read: a channel counts as its mean lies above or below the mean of all channels.

    $W_1 = I$ and $W_2 = g\,(I - \frac{1}{C} \mathbf{1}\mathbf{1}^T)$, without biases: the weights are
    $\sigma(g\,(m_c - \bar m))$ wherever the means are at least 0, as behind ReLU. It is chosen, not trained.

    Args:
        channels: C, 1 to 4096.
        strength: g.

    Raises:
        InputError: a number of channels out of its range, or a strength that is no number.

    Example:
        >>> weights = channel_weights(np.array([[[1.0, 3.0]]]), readable_gate(2, strength=1.0))
        >>> [round(float(weight), 3) for weight in weights]
        [0.269, 0.731]
    """
    _check(channels, strength)
    eye, zeros = np.eye(channels, dtype=np.float32), np.zeros(channels, np.float32)
    return Gate(eye, zeros, np.asarray(strength * (eye - 1 / channels), np.float32), zeros)


def random_gate(channels: int, *, ratio: int = 16, seed: int = 0) -> Gate:
    """A gate as it is before training: Glorot's uniform kernels (Glorot and Bengio 2010), biases 0.

    Args:
        channels: C, 1 to 4096.
        ratio: channels per hidden unit, of which there is at least one.
        seed: of the numbers.

    Raises:
        InputError: a number out of its range.

    Example:
        >>> random_gate(32, ratio=16).reduce_kernel.shape
        (32, 2)
    """
    _check(channels, float(ratio))
    if ratio < 1:
        raise InputError("There is no such reduction", "Choose a ratio from 1", ratio=ratio)
    hidden = max(1, channels // ratio)
    generator = np.random.default_rng(seed)
    limit = np.sqrt(6 / (channels + hidden))
    first, second = (
        generator.uniform(-limit, limit, size).astype(np.float32) for size in ((channels, hidden), (hidden, channels))
    )
    return Gate(first, np.zeros(hidden, np.float32), second, np.zeros(channels, np.float32))


def channel_weights(values: npt.ArrayLike, gate: Gate, *, maxima: bool = False) -> Floats:
    """The weight in (0, 1) of each channel.

    Args:
        values: (h, w, C).
        gate: made for C channels.
        maxima: send the maxima through the gate too, as CBAM does.

    Returns:
        (C,) float32.

    Raises:
        InputError: the gate is made for another number of channels.

    Example:
        >>> channel_weights(np.ones((2, 2, 3)), random_gate(3)).shape
        (3,)
    """
    maps = np.asarray(values, np.float32)
    if maps.shape[-1] != gate.reduce_kernel.shape[0]:
        raise InputError(
            "The gate is made for another number of channels",
            f"Give it {gate.reduce_kernel.shape[0]}",
            channels=maps.shape[-1],
        )
    summaries = [maps.mean(axis=(0, 1), dtype=np.float64)]
    if maxima:
        summaries.append(maps.max(axis=(0, 1)))
    scores = np.zeros(maps.shape[-1])
    for summary in summaries:
        hidden = np.maximum(dense(summary, gate.reduce_kernel, gate.reduce_bias), 0)
        scores = scores + dense(hidden, gate.excite_kernel, gate.excite_bias)
    return sigmoid(scores)


def usual_strength(values: npt.ArrayLike) -> float:
    """The strength at which channels whose means differ by one standard deviation of all means differ by 1 in score.

    Example:
        >>> usual_strength(np.array([[[0.0, 4.0]]]))
        0.5
    """
    spread = float(np.asarray(values, np.float64).mean(axis=(0, 1)).std())
    return 1 / spread if spread > 1e-9 else 1.0


def _check(channels: int, number: float) -> None:
    if not 1 <= channels <= 4096 or not np.isfinite(number):
        raise InputError("There is no gate of this kind", "Choose 1 to 4096 channels", channels=channels, number=number)
