"""Which filter is hidden, what one may guess, and what the learner is shown: a photo, noise, bars or a flat grey."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.drawing import shrink
from cnn_core.errors import InputError
from cnn_core.grids import parse_grid
from cnn_core.images import to_float, to_grey
from cnn_core.kernel_analysis import random_kernel
from cnn_core.kernel_learning import LARGEST
from cnn_core.kernels import KERNELS, gabor, gaussian, laplacian_of_gaussian, motion_blur

Floats = npt.NDArray[np.float32]

SURPRISE, RANDOM, TYPED = "surprise", "random", "typed"
# Longer sides would make each moment slow to draw.
PHOTO_SIDE = 144
CHOICES = 4

# Name: (title, the kernel), small enough to be learned while one looks on.
_SIZED: dict[str, Callable[[], npt.NDArray[np.float32]]] = {
    "gaussian": lambda: gaussian(size=5, sigma=1.0),
    "log": lambda: laplacian_of_gaussian(size=7, sigma=1.0),
    "gabor": lambda: gabor(size=7, sigma=1.8, theta=45, wavelength=4),
    "motion_blur": lambda: motion_blur(size=5, theta=45),
}
FILTERS = (
    *("sobel_x", "sobel_y", "box_blur", "gaussian", "motion_blur", "sharpen", "laplacian_4", "outline", "emboss"),
    *("log", "gabor", "scharr_x", "identity"),
)
# What is asked for: no two of them are alike enough to be told apart by luck alone.
GUESSED = ("sobel_x", "sobel_y", "box_blur", "motion_blur", "sharpen", "laplacian_4", "emboss", "gabor")

INPUTS = {"photo": "The photo", "noise": "Noise", "bars": "Bars", "flat": "Flat grey"}
_FLAT = 0.5
_PLAIN_SIDE = 96


@dataclass(frozen=True, eq=False)
class Hidden:
    """A filter that is hidden.

    Attributes:
        kernel: (k_h, k_w) float32.
        title: what it is called once it is shown.
        name: of a named kernel, or "".
        guesses: names of kernels of which it is one; empty where there is nothing to guess.
    """

    kernel: npt.NDArray[np.float32]
    title: str
    name: str = ""
    guesses: tuple[str, ...] = ()


def named_filter(name: str) -> npt.NDArray[np.float32]:
    """One of `FILTERS`, at the size that it has here.

    Example:
        >>> named_filter("sobel_x").shape, named_filter("gabor").shape
        ((3, 3), (7, 7))
    """
    return _SIZED[name]() if name in _SIZED else KERNELS[name].build()


def hidden_filter(choice: str, *, number: int = 0, text: str = "") -> Hidden:
    """The filter that a choice means.

    Args:
        choice: "surprise", "random", "typed" or a name of `FILTERS`.
        number: of a surprise or a random filter, the same each time.
        text: a typed filter, rows separated by ";", cells by ",".

    Raises:
        InputError: no such choice; text that is no kernel of at most 11 x 11, or one of zeros only.

    Example:
        >>> hidden_filter("typed", text="1,-1").kernel.tolist()
        [[1.0, -1.0]]
        >>> found = hidden_filter("surprise", number=3)
        >>> found.name in found.guesses, len(found.guesses)
        (True, 4)
    """
    if choice == SURPRISE:
        chance = np.random.default_rng([number, 7])
        guesses = tuple(GUESSED[place] for place in chance.permutation(len(GUESSED))[:CHOICES])
        name = guesses[int(chance.integers(CHOICES))]
        return Hidden(named_filter(name), KERNELS[name].title, name, guesses)
    if choice == RANDOM:
        return Hidden(random_kernel(size=5, seed=number), f"Random filter {number}")
    if choice == TYPED:
        kernel = parse_grid(text, name="hidden filter", max_side=LARGEST)
        if not kernel.any():
            raise InputError("The hidden filter is all zeros", "Give it a weight that is not 0")
        return Hidden(kernel, "Your filter")
    if choice not in FILTERS:
        raise InputError("There is no such filter", f"Choose one of {', '.join(FILTERS)}", filter=choice)
    return Hidden(named_filter(choice), KERNELS[choice].title, choice)


def learners_picture(kind: str, pixels: npt.NDArray[np.uint8], *, centred: bool = False, seed: int = 0) -> Floats:
    """What the learner sees, before and behind the filter: one channel.

    Args:
        kind: "photo" (grey, at most 144 pixels a side), "noise" (each pixel its own uniform value), "bars" (each column
            its own) or "flat".
        pixels: (H, W, 3) uint8, the photo; the others are 96 x 96.
        centred: subtract the mean.
        seed: of noise and bars.

    Returns:
        (rows, columns) float32, from 0 to 1 unless centred.

    Raises:
        InputError: another kind.

    Example:
        >>> learners_picture("bars", np.zeros((1, 1, 3), np.uint8)).shape
        (96, 96)
    """
    chance = np.random.default_rng([seed, 3])
    size = (_PLAIN_SIDE, _PLAIN_SIDE)
    kinds: dict[str, Callable[[], npt.NDArray[np.floating]]] = {
        "photo": lambda: to_grey(to_float(shrink(pixels, side=PHOTO_SIDE)))[..., 0],
        "noise": lambda: chance.random(size),
        "bars": lambda: np.broadcast_to(chance.random(size[1]), size),
        "flat": lambda: np.full(size, _FLAT),
    }
    if kind not in kinds:
        raise InputError("There is no such picture", f"Choose one of {', '.join(INPUTS)}", kind=kind)
    picture = kinds[kind]().astype(np.float64)
    return (picture - (picture.mean() if centred else 0)).astype(np.float32)
