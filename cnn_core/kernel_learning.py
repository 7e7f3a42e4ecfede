"""A hidden filter is found again by gradient descent on a photo: loss, exact gradient, curvature, and the whole path.

The photo is (H, W); kernels are (k_h, k_w) and are applied by cross-correlation, without a bias. They lie over a pixel
as Keras' "same" padding lays them, (k - 1) // 2 cells before it, so that a kernel of another size than the hidden one
still answers about the same pixel. Only pixels around which both fit inside the photo count. With one row of P for each
of those n pixels, holding what lies under the kernel, and y what the hidden filter makes of them:

    loss(k) = |P k - y|² / n,  gradient 2 (A k - b),  Hessian 2 A,  where A = Pᵀ P / n and b = Pᵀ y / n.

Everything is computed in float64. Source: Goodfellow, Bengio and Courville, Deep Learning, 4.3 and 8.2.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from cnn_core.arrays import as_kernel
from cnn_core.errors import InputError

Doubles = npt.NDArray[np.float64]

OPTIMIZERS = {"gradient": "Gradient descent", "momentum": "Momentum 0.9", "adam": "Adam"}
LARGEST = 11
MOST_STEPS = 5_000
MOST_CROPS = 16
CROP = 8
MOMENTUM = 0.9
# Of Adam, as Keras has them.
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7
# As many moments of a path are kept at most.
MOMENTS = 400
# A direction whose curvature is below this part of the largest is rounding: the photo says nothing about it.
NOTHING = 1e-11
# Smaller values are what rounding leaves of a flat picture whose mean has been subtracted.
ZERO = 1e-6
# A path ends where its loss has grown by this much: it has exploded.
EXPLODED = 1e9


@dataclass(frozen=True, eq=False)
class Task:
    """What there is to learn from.

    Attributes:
        photo: (H, W), what the filters are applied to.
        target: (n_rows, n_columns), what the hidden filter made of it, with any noise.
        corner: row and column of the photo's pixel that the target's first cell is about.
        shape: rows and columns of the kernel that learns.
        second: (k, k) with k = rows times columns, A above: the mean products of what lies under two weights.
        pulled: (k,), b above.
    """

    photo: Doubles
    target: Doubles
    corner: tuple[int, int]
    shape: tuple[int, int]
    second: Doubles
    pulled: Doubles

    def windows(self) -> Doubles:
        """What lies under the kernel at each place of the target: (n_rows, n_columns, k_h, k_w), a view."""
        top, left = (c - (k - 1) // 2 for c, k in zip(self.corner, self.shape, strict=True))
        rows, columns = self.target.shape
        return sliding_window_view(self.photo, self.shape)[top : top + rows, left : left + columns]


@dataclass(frozen=True, eq=False)
class Curvature:
    """How the loss bends: the eigenvalues of its Hessian 2 A.

    Attributes:
        values: (k,), the largest first; L is the first.
        patterns: (k, k_h, k_w), the direction of each, of length 1.
        determined: how many directions the photo says anything about: the rank.
    """

    values: Doubles
    patterns: Doubles
    determined: int

    @property
    def condition(self) -> float:
        """The largest over the smallest that is not nothing: how much slower the slowest direction is learned."""
        return float(self.values[0] / self.values[self.determined - 1])


@dataclass(frozen=True, eq=False)
class Path:
    """A descent, at some of its moments.

    Attributes:
        steps: (m,) numbers of updates made, as `moments` gives them; the first is 0.
        kernels: (m, k_h, k_w).
        losses: (m,) over the whole photo, whatever a batch was.
        exploded: whether it ended early because the loss had grown a billion times.
    """

    steps: npt.NDArray[np.int64]
    kernels: Doubles
    losses: Doubles
    exploded: bool

    def moment_at(self, step: int) -> int:
        """The number of the moment at a step, or of the last one before it.

        Example:
            >>> path = Path(np.array([0, 2, 9]), np.zeros((3, 1, 1)), np.array([4.0, 2.0, 1.0]), exploded=False)
            >>> [path.moment_at(step) for step in (0, 1, 2, 99)], path.left(1)
            ([0, 0, 1, 2], 0.5)
        """
        return int(np.searchsorted(self.steps, step, side="right")) - 1

    def left(self, moment: int) -> float:
        """The loss at a moment as a part of the loss at the start."""
        return float(self.losses[moment] / max(self.losses[0], 1e-300))


def make_task(photo: npt.ArrayLike, hidden: npt.ArrayLike, *, side: int, noise: float = 0.0, seed: int = 0) -> Task:
    """Filter a photo with the hidden kernel.

    Args:
        photo: (H, W), finite.
        hidden: (k_h, k_w), at most 11 x 11.
        side: rows and columns of the kernel that is to learn, 1 to 11.
        noise: standard deviation of what is added to each cell of the target.
        seed: of the noise.

    Raises:
        InputError: sizes out of range; a photo without a pixel around which both kernels fit, or that is 0 everywhere.

    Example:
        >>> task = make_task(np.arange(25.0).reshape(5, 5), np.full((3, 3), 1 / 9), side=1)
        >>> task.target.shape, task.corner
        ((3, 3), (1, 1))
    """
    picture = np.asarray(photo, np.float64)
    kernel = as_kernel(hidden).astype(np.float64)
    if not 1 <= side <= LARGEST or max(kernel.shape) > LARGEST:
        raise InputError(
            "A kernel is too large or too small",
            f"Choose sides from 1 to {LARGEST}",
            learned=side,
            hidden=kernel.shape,
        )
    before = [max((k - 1) // 2, (side - 1) // 2) for k in kernel.shape]
    behind = [max(k // 2, side // 2) for k in kernel.shape]
    rows, columns = (n - b - e for n, b, e in zip(picture.shape, before, behind, strict=True))
    if rows < 1 or columns < 1:
        raise InputError("The picture is smaller than the kernels", "Choose a larger one", shape=picture.shape)
    if not np.abs(picture).max() > ZERO:
        raise InputError(
            "The picture is 0 everywhere, and so is whatever a kernel makes of it",
            "Choose another picture, or leave its mean in it",
        )
    top, left = (b - (k - 1) // 2 for b, k in zip(before, kernel.shape, strict=True))
    under = sliding_window_view(picture, kernel.shape)[top : top + rows, left : left + columns]
    target = np.einsum("rcij,ij->rc", under, kernel)
    if noise:
        target = target + np.random.default_rng([seed, 0]).normal(0, noise, target.shape)
    # The sums come last: the windows are cut out by the task itself.
    size = side * side
    task = Task(picture, target, (before[0], before[1]), (side, side), np.zeros((size, size)), np.zeros(size))
    patches = task.windows().reshape(rows * columns, size)
    count = len(patches)
    return Task(
        picture, target, task.corner, task.shape, patches.T @ patches / count, patches.T @ target.ravel() / count
    )


def filtered(task: Task, kernel: npt.ArrayLike) -> Doubles:
    """What a kernel makes of the photo, where the target is: (n_rows, n_columns).

    Example:
        >>> task = make_task(np.eye(5), np.ones((1, 1)), side=3)
        >>> bool(np.array_equal(filtered(task, np.pad([[1.0]], 1)), task.target))
        True
    """
    return np.asarray(np.einsum("rcij,ij->rc", task.windows(), np.asarray(kernel, np.float64)))


def gradient(task: Task, kernel: npt.ArrayLike) -> Doubles:
    """How the loss over the whole photo changes with each weight: (k_h, k_w).

    Example:
        >>> task = make_task([[1.0, 2.0]], [[3.0]], side=1)
        >>> gradient(task, [[1.0]]).tolist()
        [[-10.0]]
    """
    flat = np.asarray(kernel, np.float64).ravel()
    return np.asarray(2 * (task.second @ flat - task.pulled)).reshape(task.shape)


def curvature(task: Task) -> Curvature:
    """The eigenvalues and eigenvectors of the loss's Hessian.

    Example:
        >>> bent = curvature(make_task(np.full((4, 4), 0.5), np.ones((3, 3)), side=3))
        >>> bent.determined, round(float(bent.values[0]), 6)
        (1, 4.5)
    """
    values, vectors = np.linalg.eigh(2 * task.second)
    values = np.maximum(values[::-1], 0)
    patterns = vectors.T[::-1].reshape(-1, *task.shape)
    return Curvature(values, patterns, int((values > NOTHING * values[0]).sum()))


def largest_rate(bent: Curvature, optimizer: str) -> float:
    """The learning rate from which on a descent over the whole photo explodes; infinite where none does.

    Along a direction with curvature h an update multiplies the error by 1 - rate h, so it grows where rate > 2 / h.
    With momentum m the limit is 2 (1 + m) / h (Polyak 1964). Adam divides the gradient by its size: it has no such
    limit.

    Example:
        >>> bent = curvature(make_task(np.full((4, 4), 0.5), np.ones((3, 3)), side=3))
        >>> round(largest_rate(bent, "gradient"), 4), round(largest_rate(bent, "momentum"), 4)
        (0.4444, 0.8444)
    """
    if optimizer == "adam":
        return math.inf
    return float(2 * (1 + (MOMENTUM if optimizer == "momentum" else 0)) / bent.values[0])


def least_squares(task: Task, bent: Curvature | None = None) -> Doubles:
    """The kernel with the smallest loss, without any descent; of several the one with the smallest weights.

    Equals `numpy.linalg.lstsq(P, y)`: k = A⁺ b, where A⁺ inverts A along the directions that are determined.

    Example:
        >>> task = make_task(np.random.default_rng(0).random((9, 9)), [[0, 1], [2, 3]], side=2)
        >>> least_squares(task).round(9).tolist()
        [[0.0, 1.0], [2.0, 3.0]]
    """
    bent = bent or curvature(task)
    kept = bent.patterns[: bent.determined].reshape(bent.determined, -1)
    along = kept @ task.pulled / (bent.values[: bent.determined] / 2)
    return np.asarray(kept.T @ along).reshape(task.shape)


def loss_of(task: Task, kernel: npt.ArrayLike) -> float:
    """The mean squared error over the whole photo.

    Example:
        >>> loss_of(make_task([[1.0, 2.0]], [[3.0]], side=1), [[1.0]])
        10.0
    """
    return float(np.mean((filtered(task, kernel) - task.target) ** 2))


def descend(
    task: Task,
    *,
    optimizer: str,
    rate: float,
    steps: int,
    crops: int = 0,
    start: str = "zeros",
    seed: int = 0,
) -> Path:
    """Begin somewhere and go down.

    Args:
        task: what to learn from.
        optimizer: "gradient", "momentum" or "adam"; each is Keras' `SGD` or `Adam` with its usual options.
        rate: learning rate, above 0.
        steps: updates, 1 to 5,000.
        crops: random crops of 8 x 8 outputs in a batch, at most 16; 0 for the whole photo in every batch.
        start: "zeros", or "random": normal with the variance 2 / (number of weights).
        seed: of the start and the crops.

    Raises:
        InputError: a value out of its range.

    Example:
        >>> task = make_task(np.random.default_rng(0).random((9, 9)), [[2.0]], side=1)
        >>> descend(task, optimizer="gradient", rate=0.5, steps=50).kernels[-1].round(6).tolist()
        [[2.0]]
    """
    _check(optimizer, rate, steps, crops)
    kernel = np.zeros(task.shape).ravel()
    if start == "random":
        kernel = np.random.default_rng([seed, 1]).normal(0, math.sqrt(2 / kernel.size), kernel.size)
    wanted = moments(steps)
    found = least_squares(task).ravel()
    least = loss_of(task, found.reshape(task.shape))
    chance = np.random.default_rng([seed, 2])
    windows = task.windows()
    velocity, square = np.zeros(kernel.size), np.zeros(kernel.size)
    kernels, losses = [kernel], [_loss(task, kernel, found, least)]
    ceiling = EXPLODED * max(losses[0], float(np.mean(task.target**2)), 1e-12)
    exploded = False
    for step in range(1, steps + 1):
        slope = (
            _crop_gradient(task, windows, kernel, crops, chance) if crops else 2 * (task.second @ kernel - task.pulled)
        )
        if optimizer == "adam":
            velocity = BETA_1 * velocity + (1 - BETA_1) * slope
            square = BETA_2 * square + (1 - BETA_2) * slope**2
            size = rate * math.sqrt(1 - BETA_2**step) / (1 - BETA_1**step)
            kernel = kernel - size * velocity / (np.sqrt(square) + EPSILON)
        else:
            velocity = (MOMENTUM if optimizer == "momentum" else 0) * velocity - rate * slope
            kernel = kernel + velocity
        if step == wanted[len(kernels)] or step % 10 == 0:
            loss = _loss(task, kernel, found, least)
            exploded = not loss <= ceiling
            if exploded or step == wanted[len(kernels)]:
                kernels.append(kernel)
                losses.append(loss)
            if exploded:
                wanted[len(kernels) - 1] = step
                break
    count = len(kernels)
    return Path(wanted[:count], np.stack(kernels).reshape(count, *task.shape), np.array(losses), exploded)


def differences(kernels: Doubles, hidden: npt.ArrayLike) -> Doubles:
    """The largest difference of any weight from the hidden filter: (m,) of (m, k_h, k_w).

    Cells that only one of them has are 0 in the other.

    Example:
        >>> differences(np.zeros((1, 3, 3)), [[0.0, 0.0], [0.0, -2.0]]).tolist()
        [2.0]
    """
    kernel = np.asarray(hidden, np.float64)
    sides = list(zip(kernels.shape[1:], kernel.shape, strict=True))
    before, behind = [max((k - 1) // 2 for k in pair) for pair in sides], [max(k // 2 for k in pair) for pair in sides]
    edges = [
        [(b - (k - 1) // 2, e - k // 2) for b, e, k in zip(before, behind, shape, strict=True)]
        for shape in (kernels.shape[1:], kernel.shape)
    ]
    away = np.pad(kernels, [(0, 0), *edges[0]]) - np.pad(kernel, edges[1])
    return np.asarray(np.abs(away).max(axis=(1, 2)))


def moments(steps: int) -> npt.NDArray[np.int64]:
    """The numbers of updates that a path keeps: all up to 400, else 400 spaced evenly by their logarithm, and 0.

    Example:
        >>> moments(3).tolist(), len(moments(5_000)) <= 401, int(moments(5_000)[-1])
        ([0, 1, 2, 3], True, 5000)
    """
    if steps <= MOMENTS:
        return np.arange(steps + 1)
    return np.unique(np.concatenate([[0], np.rint(np.geomspace(1, steps, MOMENTS))])).astype(np.int64)


def _check(optimizer: str, rate: float, steps: int, crops: int) -> None:
    if optimizer not in OPTIMIZERS:
        raise InputError("There is no such optimizer", f"Choose one of {', '.join(OPTIMIZERS)}", optimizer=optimizer)
    if not (math.isfinite(rate) and rate > 0):
        raise InputError("The learning rate must be positive", "Choose one above 0", rate=rate)
    if not (1 <= steps <= MOST_STEPS and 0 <= crops <= MOST_CROPS):
        raise InputError(
            "There are too many steps or crops, or none",
            f"Choose 1 to {MOST_STEPS} steps and at most {MOST_CROPS} crops",
            steps=steps,
            crops=crops,
        )


def _loss(task: Task, kernel: Doubles, found: Doubles, least: float) -> float:
    """From the distance to the best kernel: exact also where it is tiny, unlike a difference of large numbers."""
    with np.errstate(over="ignore", invalid="ignore"):
        away = kernel - found
        return least + max(float(away @ task.second @ away), 0.0)


def _crop_gradient(task: Task, windows: Doubles, kernel: Doubles, crops: int, chance: np.random.Generator) -> Doubles:
    """The gradient over some crops of the photo: the mean over their cells."""
    rows, columns = (min(CROP, n) for n in task.target.shape)
    tops = chance.integers(0, task.target.shape[0] - rows + 1, crops)
    lefts = chance.integers(0, task.target.shape[1] - columns + 1, crops)
    total = np.zeros(kernel.size)
    for top, left in zip(tops.tolist(), lefts.tolist(), strict=True):
        patches = windows[top : top + rows, left : left + columns].reshape(rows * columns, -1)
        total += patches.T @ (patches @ kernel - task.target[top : top + rows, left : left + columns].ravel())
    return np.asarray(2 * total / (crops * rows * columns))
