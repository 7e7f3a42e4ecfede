r"""Where a place lies, as sines and cosines: half of the numbers for its row, half for its column.

$p_{2k} = \sin(r\,\omega_k)$, $p_{2k+1} = \cos(r\,\omega_k)$ with $\omega_k = b^{-k/K}$: Vaswani et al. 2017, section
3.5, for one axis; Carion et al. 2020, https://arxiv.org/abs/2005.12872, for two. Without them attention does not know
where anything is: shuffled places give the same answer, shuffled.
"""

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError

Floats = npt.NDArray[np.float32]

LENGTH = 16


def sine_positions(size: tuple[int, int], *, length: int = LENGTH, base: float = 100.0) -> Floats:
    """The code of each place: (rows, columns, length) float32 in [-1, 1].

    Args:
        size: rows and columns.
        length: numbers for each place, a multiple of 4.
        base: b; the paper takes 10,000 for sentences, and maps are at most 32 places wide.

    Raises:
        InputError: another length, or a base that is not above 1.

    Example:
        >>> code = sine_positions((4, 6))
        >>> code.shape, round(float((code[1, 2] ** 2).sum()), 4)
        ((4, 6, 16), 8.0)
    """
    if length < 4 or length % 4 or not base > 1:
        raise InputError(
            "There is no such code of places", "Choose a multiple of 4 and a base above 1", length=length, base=base
        )
    waves = length // 4
    frequencies = base ** (-np.arange(waves) / waves)
    codes = []
    for count in size:
        angles = np.arange(count)[:, None] * frequencies
        codes.append(np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(count, -1))
    rows = np.broadcast_to(codes[0][:, None], (*size, length // 2))
    columns = np.broadcast_to(codes[1][None], (*size, length // 2))
    return np.concatenate([rows, columns], axis=-1).astype(np.float32)


def weighed_positions(size: tuple[int, int], *, channels: int, strength: float) -> Floats:
    """Codes as long as the channels of a standardised place are on average, times `strength`: then both have a say.

    Args:
        size: rows and columns.
        channels: of one head.
        strength: 1 gives the position as much say as the content.

    Example:
        >>> round(float((weighed_positions((3, 3), channels=8, strength=1.0)[0, 0] ** 2).sum()), 4)
        8.0
    """
    return sine_positions(size) * np.float32(strength * np.sqrt(2 * channels / LENGTH))
