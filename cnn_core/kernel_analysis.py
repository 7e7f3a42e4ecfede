"""What a kernel tells about itself: its rank, its two factors, the frequencies it lets through; and edits of it."""

import numpy as np

from cnn_core.arrays import as_kernel
from cnn_core.errors import InputError

# Singular values below this part of the largest are rounding errors of float32.
RANK_TOLERANCE = 1e-6


def kernel_rank(kernel: np.ndarray) -> int:
    """How many one-column-times-one-row kernels add up to this one; 1 means separable, 0 all zeros.

    Raises:
        InputError: not a finite 2-D kernel.

    Example:
        >>> kernel_rank([[1, 2], [2, 4]])
        1
    """
    values = np.linalg.svd(as_kernel(kernel).astype(np.float64), compute_uv=False)
    return int((values > RANK_TOLERANCE * values[0]).sum()) if values[0] > 0 else 0


def rank_one_factors(kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The column (k_h,) and row (k_w,) float32 whose outer product is the kernel, or None where there is no such pair.

    Both factors carry the same share of the kernel's size. Source: singular value decomposition.

    Raises:
        InputError: not a finite 2-D kernel.

    Example:
        >>> column, row = rank_one_factors([[1, 2], [2, 4]])
        >>> np.outer(column, row).round(4).tolist()
        [[1.0, 2.0], [2.0, 4.0]]
    """
    left, values, right = np.linalg.svd(as_kernel(kernel).astype(np.float64))
    if values[0] == 0 or (values[1:] > RANK_TOLERANCE * values[0]).any():
        return None
    # Either sign is a solution; a positive largest entry in the column reads better.
    sign = np.sign(left[np.abs(left[:, 0]).argmax(), 0])
    scale = np.sqrt(values[0]) * sign
    return (left[:, 0] * scale).astype(np.float32), (right[0] * scale).astype(np.float32)


def readable_factors(kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """As `rank_one_factors`, scaled so that small whole numbers stay whole: Sobel gives 1, 2, 1 and -1, 0, 1.

    The column's smallest non-zero magnitude becomes 1.

    Raises:
        InputError: not a finite 2-D kernel.

    Example:
        >>> column, row = readable_factors([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
        >>> column.tolist(), row.tolist()
        ([1.0, 2.0, 1.0], [-1.0, 0.0, 1.0])
    """
    factors = rank_one_factors(kernel)
    if factors is None:
        return None
    column, row = (factor.astype(np.float64) for factor in factors)
    magnitudes = np.abs(column)
    unit = magnitudes[magnitudes > RANK_TOLERANCE * magnitudes.max()].min()
    # Adding zero turns -0 into 0.
    rounded_column, rounded_row = ((np.round(part, 5) + 0.0).astype(np.float32) for part in (column / unit, row * unit))
    return rounded_column, rounded_row


def frequency_response(kernel: np.ndarray, *, side: int = 64) -> np.ndarray:
    """How strongly each spatial frequency passes: (side, side) float32 magnitudes, zero frequency in the centre.

    Cell (side // 2 + v, side // 2 + u) is the gain of a wave of u / side cycles per pixel along x, v / side along y.
    Source: the discrete Fourier transform of the kernel, zero-padded to side x side.

    Raises:
        InputError: `side` smaller than the kernel.

    Example:
        >>> float(frequency_response(np.full((3, 3), 1 / 9), side=8)[4, 4].round(4))
        1.0
    """
    kernel = as_kernel(kernel)
    if side < max(kernel.shape):
        raise InputError("The response is smaller than the kernel", f"Choose {max(kernel.shape)} or more", side=side)
    return np.fft.fftshift(np.abs(np.fft.fft2(kernel, (side, side)))).astype(np.float32)


def normalised(kernel: np.ndarray) -> np.ndarray:
    """The kernel divided by its sum, or, where that is zero, by half the sum of its magnitudes; all zeros stay.

    A blur then keeps the brightness, and an edge kernel answers 1 to a step from 0 to 1.

    Example:
        >>> normalised([[1, 1], [1, 1]]).tolist()
        [[0.25, 0.25], [0.25, 0.25]]
    """
    kernel = as_kernel(kernel)
    total, magnitude = float(kernel.sum()), float(np.abs(kernel).sum())
    if abs(total) <= 1e-5 * magnitude:
        total = magnitude / 2
    return kernel / np.float32(total) if total else kernel


def random_kernel(*, size: int, seed: int) -> np.ndarray:
    """A kernel of whole numbers from -3 to 3, (size, size) float32.

    Example:
        >>> random_kernel(size=2, seed=0).shape
        (2, 2)
    """
    return np.random.default_rng(seed).integers(-3, 4, (size, size)).astype(np.float32)
