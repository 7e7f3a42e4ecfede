"""What data-parallel training computes, small enough to look at: one 3 x 3 kernel, a batch of crops, and its parts.

The loss is the mean squared error of the kernel's answers, or of these after batch norm, over all cells of a batch.
Each device has the same kernel and some of the crops. With n_i crops of n on device i, the gradient of the whole batch
is the sum of n_i / n times each device's own. Batch norm's mean and variance belong to a batch: each device's own make
another function, and another gradient. Equal to Keras' layers. Source: Goyal et al. 2017,
https://arxiv.org/abs/1706.02677; batch norm: Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from cnn_core.errors import InputError
from cnn_core.kernel_learning import make_task

Doubles = npt.NDArray[np.float64]

SIDE = 3
CROP = 16
MOST_CROPS, MOST_DEVICES = 64, 16
# Of Keras' BatchNormalization.
EPSILON = 1e-3
NORMS = {"none": "None", "each": "Each device its own", "whole": "Synchronised"}
STARTS = {"zeros": "Zeros", "random": "Random weights"}


@dataclass(frozen=True, eq=False)
class Crops:
    """A batch.

    Attributes:
        photos: (n, 18, 18), what the kernel sees.
        targets: (n, 16, 16), what the hidden filter makes of it.
        places: row and column of each crop in the picture.
    """

    photos: Doubles
    targets: Doubles
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Part:
    """What one device computes.

    Attributes:
        crops: which ones it has: numbers in the batch.
        loss: over them.
        gradient: (3, 3).
        mean, variance: of the kernel's answers, as batch norm takes them.
    """

    crops: tuple[int, ...]
    loss: float
    gradient: Doubles
    mean: float
    variance: float


def drawn_crops(photo: npt.ArrayLike, hidden: npt.ArrayLike, *, count: int, seed: int) -> Crops:
    """Cut crops out of a picture at random places.

    Args:
        photo: (H, W).
        hidden: (3, 3), what makes the targets.
        count: 1 to 64.
        seed: of the places.

    Raises:
        InputError: too many, or none; a picture smaller than 18 x 18.

    Example:
        >>> crops = drawn_crops(np.eye(40), np.ones((3, 3)), count=4, seed=0)
        >>> crops.photos.shape, crops.targets.shape
        ((4, 18, 18), (4, 16, 16))
    """
    picture, size = np.asarray(photo, np.float64), CROP + SIDE - 1
    if not 1 <= count <= MOST_CROPS:
        raise InputError("There are too many crops, or none", f"Choose 1 to {MOST_CROPS}", crops=count)
    if min(picture.shape) < size:
        raise InputError("The picture is too small to cut crops out of", "Choose a larger one", shape=picture.shape)
    target = make_task(picture, hidden, side=SIDE).target
    chance = np.random.default_rng([seed, 11])
    places = tuple(
        (int(chance.integers(picture.shape[0] - size + 1)), int(chance.integers(picture.shape[1] - size + 1)))
        for _ in range(count)
    )
    return Crops(
        np.stack([picture[row : row + size, column : column + size] for row, column in places]),
        np.stack([target[row : row + CROP, column : column + CROP] for row, column in places]),
        places,
    )


def first_kernel(start: str, *, seed: int) -> Doubles:
    """The kernel that all devices have: (3, 3).

    Args:
        start: "zeros", or "random": normal with a standard deviation of one half.
        seed: of the random weights.

    Raises:
        InputError: another start.

    Example:
        >>> float(first_kernel("zeros", seed=0).sum()), first_kernel("random", seed=0).shape
        (0.0, (3, 3))
    """
    if start not in STARTS:
        raise InputError("There is no such start", f"Choose one of {', '.join(STARTS)}", start=start)
    if start == "zeros":
        return np.zeros((SIDE, SIDE))
    return np.random.default_rng([seed, 12]).normal(0, 0.5, (SIDE, SIDE))


def shared_out(count: int, devices: int) -> tuple[int, ...]:
    """How many of a batch each device gets: as equal as can be, the first ones one more.

    Raises:
        InputError: more devices than there is something for, or none.

    Example:
        >>> shared_out(8, 3)
        (3, 3, 2)
    """
    if not 1 <= devices <= min(count, MOST_DEVICES):
        raise InputError("Every device needs a part of the batch", "Choose fewer devices", devices=devices, batch=count)
    return tuple(count // devices + (number < count % devices) for number in range(devices))


def parts_of(crops: Crops, kernel: npt.ArrayLike, sizes: Sequence[int], *, norm: str = "none") -> list[Part]:
    """What each device computes for its part of the batch.

    Args:
        crops: the batch.
        kernel: (3, 3), the same on all devices.
        sizes: how many crops each has, in order.
        norm: batch norm behind the kernel: "none", "each" (by the part's own mean and variance) or "whole" (by those of
            all parts, as synchronised batch norm tells the devices).

    Raises:
        InputError: another kind of batch norm; sizes that do not add up to the batch.

    Example:
        >>> crops = drawn_crops(np.random.default_rng(0).random((30, 30)), np.eye(3), count=4, seed=0)
        >>> halves = parts_of(crops, np.zeros((3, 3)), (2, 2))
        >>> [whole] = parts_of(crops, np.zeros((3, 3)), (4,))
        >>> bool(np.allclose(averaged(halves), whole.gradient))
        True
    """
    if norm not in NORMS:
        raise InputError("There is no such batch norm", f"Choose one of {', '.join(NORMS)}", norm=norm)
    if sum(sizes) != len(crops.photos):
        raise InputError("The parts do not add up to the batch", "Share out every crop once", sizes=tuple(sizes))
    weights = np.asarray(kernel, np.float64).ravel()
    patches = sliding_window_view(crops.photos, (SIDE, SIDE), axis=(1, 2)).reshape(*crops.targets.shape, -1)
    answers = patches @ weights
    ends = np.cumsum([0, *sizes])
    pairs = list(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))
    if norm != "whole":
        return [
            _part(range(first, end), patches[first:end], answers[first:end], crops.targets[first:end], norm == "each")
            for first, end in pairs
        ]
    # The devices tell one another their sums, forwards of the answers, backwards of the slopes.
    mean, spread = answers.mean(), np.sqrt(answers.var() + EPSILON)
    normed = (answers - mean) / spread
    slope = 2 * (normed - crops.targets)
    slope = (slope - slope.mean() - normed * (slope * normed).mean()) / spread
    return [
        Part(
            tuple(range(first, end)),
            float(np.mean((normed[first:end] - crops.targets[first:end]) ** 2)),
            _pulled(patches[first:end], slope[first:end]),
            float(mean),
            float(answers.var()),
        )
        for first, end in pairs
    ]


def whole_batch(crops: Crops, kernel: npt.ArrayLike, *, norm: str = "none") -> Part:
    """What one device alone computes for the whole batch; batch norm, where there is any, sees all of it.

    Example:
        >>> crops = drawn_crops(np.random.default_rng(0).random((30, 30)), np.eye(3), count=4, seed=0)
        >>> whole_batch(crops, np.zeros((3, 3))).crops
        (0, 1, 2, 3)
    """
    count = len(crops.photos)
    return parts_of(crops, kernel, [count], norm="none" if norm == "none" else "each")[0]


def mean_loss(parts: Sequence[Part]) -> float:
    """The mean of the devices' losses, each weighted by how many crops it has.

    Example:
        >>> crops = drawn_crops(np.random.default_rng(0).random((30, 30)), np.eye(3), count=3, seed=0)
        >>> apart = mean_loss(parts_of(crops, np.zeros((3, 3)), (2, 1)))
        >>> bool(np.isclose(apart, whole_batch(crops, np.zeros((3, 3))).loss))
        True
    """
    return float(np.average([part.loss for part in parts], weights=[len(part.crops) for part in parts]))


def averaged(parts: Sequence[Part], *, by_size: bool = True) -> Doubles:
    """The mean of the devices' gradients, each weighted by how many crops it has, or all alike: (3, 3)."""
    weights = np.array([len(part.crops) if by_size else 1 for part in parts], np.float64)
    return np.asarray(np.average([part.gradient for part in parts], axis=0, weights=weights))


def farthest(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """How far two gradients lie apart where they differ most.

    Example:
        >>> farthest([1.0, 2.0], [1.5, 2.0])
        0.5
    """
    return float(np.abs(np.asarray(first) - np.asarray(second)).max())


def sent_bytes(parameters: int, devices: int, *, bytes_each: int = 4) -> int:
    """What each device sends in an update when gradients go round in a ring: 2 (n - 1) / n of them.

    Source: Patarasuk and Yuan 2009, bandwidth optimal all-reduce.

    Example:
        >>> sent_bytes(1_000_000, 2), sent_bytes(1_000_000, 8), sent_bytes(1_000_000, 1)
        (4000000, 7000000, 0)
    """
    return round(2 * (devices - 1) / devices * parameters * bytes_each)


def _part(crops: range, patches: Doubles, answers: Doubles, targets: Doubles, normed: bool) -> Part:
    mean, variance = float(answers.mean()), float(answers.var())
    if not normed:
        away = answers - targets
        return Part(tuple(crops), float(np.mean(away**2)), _pulled(patches, 2 * away), mean, variance)
    spread = np.sqrt(variance + EPSILON)
    values = (answers - mean) / spread
    slope = 2 * (values - targets)
    slope = (slope - slope.mean() - values * (slope * values).mean()) / spread
    return Part(tuple(crops), float(np.mean((values - targets) ** 2)), _pulled(patches, slope), mean, variance)


def _pulled(patches: Doubles, slope: Doubles) -> Doubles:
    """The mean over cells of what lay under each weight times the cell's slope."""
    flat = patches.reshape(-1, SIDE * SIDE)
    return np.asarray(slope.ravel() @ flat / len(flat)).reshape(SIDE, SIDE)
