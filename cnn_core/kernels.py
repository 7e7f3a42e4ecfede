"""Named kernels, each with its source, with the options it takes.

Kernels are (k_h, k_w) float32 and are applied by cross-correlation, as `cnn_core.convolution.convolve` does.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnn_core.errors import InputError

LARGEST = 31


@dataclass(frozen=True)
class NamedKernel:
    """A kernel that the page offers by name.

    Attributes:
        title: what it is called on the page.
        sentence: what it does to a picture.
        source: where it comes from.
        build: gives the (k_h, k_w) float32 kernel; its keyword options are named in `options`.
        options: the names of its options, among "size", "sigma", "theta", "wavelength".
    """

    title: str
    sentence: str
    source: str
    build: Callable[..., np.ndarray]
    options: tuple[str, ...] = ()


def _fixed(rows: list[list[float]]) -> Callable[..., np.ndarray]:
    return lambda: np.array(rows, np.float32)


def _grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Row and column offsets from the kernel's centre."""
    if not 1 <= size <= LARGEST:
        raise InputError("The kernel's size is out of range", f"Choose a size from 1 to {LARGEST}", size=size)
    axis = np.arange(size, dtype=np.float64) - (size - 1) / 2
    rows, columns = np.meshgrid(axis, axis, indexing="ij")
    return rows, columns


def _positive(value: float, name: str) -> float:
    if not (np.isfinite(value) and value > 0):
        raise InputError(f"The {name} must be positive", f"Choose a {name} above 0", **{name: value})
    return float(value)


def box_blur(*, size: int = 3) -> np.ndarray:
    """The mean over a square; sums to 1.

    Raises:
        InputError: a size outside 1 to 31.

    Example:
        >>> float(box_blur(size=5)[0, 0])
        0.03999999910593033
    """
    return np.full(_grid(size)[0].shape, 1 / size**2, np.float32)


def gaussian(*, size: int = 5, sigma: float = 1.0) -> np.ndarray:
    """A sampled Gaussian, normalised to sum 1; rank one, so it runs as two passes.

    Raises:
        InputError: a size outside 1 to 31 or a sigma that is not positive.

    Example:
        >>> round(float(gaussian(size=7, sigma=1.5).sum()), 5)
        1.0
    """
    rows, columns = _grid(size)
    bell = np.exp(-(rows**2 + columns**2) / (2 * _positive(sigma, "sigma") ** 2))
    return (bell / bell.sum()).astype(np.float32)


def laplacian_of_gaussian(*, size: int = 9, sigma: float = 1.4) -> np.ndarray:
    """Second derivative of a Gaussian (Marr and Hildreth 1980), negative at the centre; sums to 0.

    Raises:
        InputError: a size outside 1 to 31 or a sigma that is not positive.

    Example:
        >>> abs(float(laplacian_of_gaussian().sum())) < 1e-5
        True
    """
    rows, columns = _grid(size)
    variance = _positive(sigma, "sigma") ** 2
    squared = rows**2 + columns**2
    log = (squared - 2 * variance) / variance**2 * np.exp(-squared / (2 * variance))
    # A sampled and cut-off Laplacian does not quite sum to zero: the rest would tint every flat region.
    return (log - log.mean()).astype(np.float32)


def gabor(*, size: int = 15, sigma: float = 3.0, theta: float = 0.0, wavelength: float = 6.0) -> np.ndarray:
    """A cosine grating under a Gaussian (Gabor 1946; Daugman 1985); answers to stripes across the direction `theta`.

    Args:
        size: side in pixels.
        sigma: width of the envelope in pixels.
        theta: direction in which the stripes follow one another, in degrees from the x axis towards the y axis.
        wavelength: pixels from one stripe to the next.

    Raises:
        InputError: a size outside 1 to 31, or a sigma or wavelength that is not positive.

    Example:
        >>> gabor(size=15).shape
        (15, 15)
    """
    rows, columns = _grid(size)
    angle = np.deg2rad(theta)
    along = columns * np.cos(angle) + rows * np.sin(angle)
    envelope = np.exp(-(rows**2 + columns**2) / (2 * _positive(sigma, "sigma") ** 2))
    wave = envelope * np.cos(2 * np.pi * along / _positive(wavelength, "wavelength"))
    # Without its mean the kernel ignores brightness and answers to stripes alone.
    return (wave - envelope * (wave.sum() / envelope.sum())).astype(np.float32)


def unsharp(*, size: int = 5, sigma: float = 1.0) -> np.ndarray:
    """Twice the picture minus its Gaussian blur: the photographer's unsharp mask as one kernel; sums to 1.

    Raises:
        InputError: an even size, which has no centre, or one outside 1 to 31; a sigma that is not positive.

    Example:
        >>> round(float(unsharp().sum()), 5)
        1.0
    """
    if size % 2 == 0:
        raise InputError("An unsharp mask needs a centre cell", "Choose an odd size", size=size)
    kernel = -gaussian(size=size, sigma=sigma)
    kernel[size // 2, size // 2] += 2
    return kernel


def motion_blur(*, size: int = 9, theta: float = 0.0) -> np.ndarray:
    """The mean along a line through the centre, as a moving camera blurs; sums to 1.

    Args:
        size: length of the line and side of the kernel, in pixels.
        theta: direction of the line in degrees from the x axis towards the y axis.

    Raises:
        InputError: a size outside 1 to 31.

    Example:
        >>> motion_blur(size=3).round(3).tolist()
        [[0.0, 0.0, 0.0], [0.3330000042915344, 0.3330000042915344, 0.3330000042915344], [0.0, 0.0, 0.0]]
    """
    rows, columns = _grid(size)
    angle = np.deg2rad(theta)
    distance = np.abs(rows * np.cos(angle) - columns * np.sin(angle))
    along = np.abs(columns * np.cos(angle) + rows * np.sin(angle))
    line = np.clip(1 - distance, 0, 1) * (along <= size / 2)
    return (line / line.sum()).astype(np.float32)


KERNELS: dict[str, NamedKernel] = {
    "identity": NamedKernel(
        "Identity",
        "Copies the picture: only the centre counts.",
        "Definition",
        _fixed([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    ),
    "box_blur": NamedKernel(
        "Box blur", "Replaces each pixel by the mean of its neighbourhood.", "Mean filter", box_blur, ("size",)
    ),
    "gaussian": NamedKernel(
        "Gaussian blur",
        "A mean in which near pixels count more, so that no box pattern shows.",
        "Marr and Hildreth 1980",
        gaussian,
        ("size", "sigma"),
    ),
    "sharpen": NamedKernel(
        "Sharpen",
        "Adds to each pixel its difference from the four neighbours.",
        "Identity minus the 4-neighbour Laplacian",
        _fixed([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    ),
    "unsharp": NamedKernel(
        "Unsharp mask",
        "Adds what a Gaussian blur would take away.",
        "Darkroom technique; Gonzalez and Woods, Digital Image Processing, 3.6",
        unsharp,
        ("size", "sigma"),
    ),
    "laplacian_4": NamedKernel(
        "Laplacian, 4 neighbours",
        "Second derivative across rows plus columns: zero on flat areas and even slopes.",
        "Gonzalez and Woods, Digital Image Processing, 3.6",
        _fixed([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    ),
    "laplacian_8": NamedKernel(
        "Laplacian, 8 neighbours",
        "The Laplacian with the diagonals counted in.",
        "Gonzalez and Woods, Digital Image Processing, 3.6",
        _fixed([[1, 1, 1], [1, -8, 1], [1, 1, 1]]),
    ),
    "outline": NamedKernel(
        "Outline",
        "Eight times the pixel minus its neighbours: bright where a pixel stands out.",
        "The guide's edge detector; the 8-neighbour Laplacian with its sign turned",
        _fixed([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
    ),
    "vertical_edge": NamedKernel(
        "Vertical edge",
        "Right column minus left column: positive where it gets brighter to the right.",
        "The guide's edge kernel; Prewitt's x kernel",
        _fixed([[-1, 0, 1]] * 3),
    ),
    "sobel_x": NamedKernel(
        "Sobel x",
        "Change from left to right, smoothed across rows with weights 1, 2, 1.",
        "Sobel and Feldman 1968",
        _fixed([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    ),
    "sobel_y": NamedKernel(
        "Sobel y",
        "Change from top to bottom, smoothed across columns with weights 1, 2, 1.",
        "Sobel and Feldman 1968",
        _fixed([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
    ),
    "prewitt_x": NamedKernel(
        "Prewitt x", "Change from left to right, averaged over three rows.", "Prewitt 1970", _fixed([[-1, 0, 1]] * 3)
    ),
    "prewitt_y": NamedKernel(
        "Prewitt y",
        "Change from top to bottom, averaged over three columns.",
        "Prewitt 1970",
        _fixed([[-1, -1, -1], [0, 0, 0], [1, 1, 1]]),
    ),
    "scharr_x": NamedKernel(
        "Scharr x",
        "Like Sobel, with weights 3, 10, 3 that keep edge directions truer.",
        "Scharr 2000",
        _fixed([[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]]),
    ),
    "scharr_y": NamedKernel(
        "Scharr y",
        "Like Sobel, with weights 3, 10, 3 that keep edge directions truer.",
        "Scharr 2000",
        _fixed([[-3, -10, -3], [0, 0, 0], [3, 10, 3]]),
    ),
    "log": NamedKernel(
        "Laplacian of Gaussian",
        "Blurs, then takes the Laplacian: zero crossings mark edges at the scale of sigma.",
        "Marr and Hildreth 1980",
        laplacian_of_gaussian,
        ("size", "sigma"),
    ),
    "gabor": NamedKernel(
        "Gabor",
        "Answers to stripes of one direction and width, as the first layers of trained networks do.",
        "Gabor 1946; Daugman 1985",
        gabor,
        ("size", "sigma", "theta", "wavelength"),
    ),
    "emboss": NamedKernel(
        "Emboss",
        "A diagonal derivative on top of the picture: looks lit from the upper left.",
        "Relief effect of paint programs",
        _fixed([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
    ),
    "motion_blur": NamedKernel(
        "Motion blur",
        "The mean along a line, as a moving camera blurs.",
        "Line average",
        motion_blur,
        ("size", "theta"),
    ),
    "ridge": NamedKernel(
        "Ridge",
        "Answers to thin bright lines and dots: four times the pixel minus its four neighbours.",
        "The 4-neighbour Laplacian with its sign turned; Gonzalez and Woods, 10.2",
        _fixed([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]),
    ),
}
