"""A classifier on features that needs no training: ridge regression, solved in one step, in NumPy.

Hoerl and Kennard 1970. Its penalty is chosen by the exact leave-one-out error (Allen 1974) of a few hundred pictures.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

_PENALTIES = tuple(10.0**power for power in range(-1, 6))
# Pictures that the penalty is chosen on: an eigenvalue decomposition of so many takes a tenth of a second.
_CHOSEN_ON = 400


@dataclass(frozen=True, eq=False)
class ClosedForm:
    """A linear classifier.

    Attributes:
        kernel: (F, classes) float32.
        bias: (classes,) float32.
        penalty: of the squared kernel, on standardised features.
    """

    kernel: Floats
    bias: Floats
    penalty: float

    def classes_of(self, features: Floats) -> Numbers:
        """Class numbers (N,) of (N, F) features."""
        return np.asarray((features @ self.kernel + self.bias).argmax(axis=1), np.int64)


def closed_form(features: Floats, truth: Numbers, classes: int, *, weights: Floats | None = None) -> ClosedForm:
    """Fit targets of -1 and 1 for each class by weighted least squares with a penalty.

    Args:
        features: (N, F).
        truth: (N,) class numbers.
        classes: how many.
        weights: (N,) of each example; all alike where none are given.

    Example:
        >>> points = np.array([[0.0], [1.0], [4.0], [5.0]], np.float32)
        >>> closed_form(points, np.array([0, 0, 1, 1]), 2).classes_of(np.array([[0.5], [4.5]], np.float32)).tolist()
        [0, 1]
    """
    root = np.sqrt(np.ones(len(truth)) if weights is None else weights.astype(np.float64))
    targets = 2.0 * np.eye(classes)[truth] - 1.0
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    standard = ((features - mean) / scale).astype(np.float64)
    share = root**2 / (root**2).sum()
    middle, target_middle = share @ standard, share @ targets
    rows, wanted = (standard - middle) * root[:, None], (targets - target_middle) * root[:, None]
    # An even pick from all classes, whatever their order.
    some = np.random.default_rng(0).permutation(len(truth))[:_CHOSEN_ON]
    penalty = _best_penalty(rows[some], wanted[some], share[some] / share[some].sum())
    kernel = _ridge(rows, wanted, penalty)
    # Back from standardised features to those that come.
    plain = kernel / scale[:, None]
    bias = target_middle - middle @ kernel - mean @ plain
    return ClosedForm(plain.astype(np.float32), bias.astype(np.float32), penalty)


def _ridge(rows: npt.NDArray[np.float64], wanted: npt.NDArray[np.float64], penalty: float) -> npt.NDArray[np.float64]:
    """By the smaller of the two systems of equations: as many unknowns as features, or as pictures."""
    count, size = rows.shape
    if size <= count:
        return np.asarray(np.linalg.solve(rows.T @ rows + penalty * np.eye(size), rows.T @ wanted))
    return np.asarray(rows.T @ np.linalg.solve(rows @ rows.T + penalty * np.eye(count), wanted))


def _best_penalty(
    rows: npt.NDArray[np.float64], wanted: npt.NDArray[np.float64], share: npt.NDArray[np.float64]
) -> float:
    """The penalty with the smallest squared leave-one-out error; the residual of each follows from the fit on all."""
    values, vectors = np.linalg.eigh(rows @ rows.T)
    values, turned = np.maximum(values, 0.0), vectors.T @ wanted
    errors = []
    for penalty in _PENALTIES:
        shrunk = values / (values + penalty)
        residual = wanted - vectors @ (shrunk[:, None] * turned)
        leverage = (vectors**2) @ shrunk + share
        errors.append(float(np.mean((residual / np.maximum(1 - leverage, 1e-9)[:, None]) ** 2)))
    return _PENALTIES[int(np.argmin(errors))]
