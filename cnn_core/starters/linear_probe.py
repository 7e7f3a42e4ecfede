"""How well fixed features separate two classes: a ridge classifier, its penalty by the exact leave-one-out error."""

import numpy as np

_PENALTIES = tuple(10.0**power for power in range(-2, 6))


def linear_probe(features: np.ndarray, labels: np.ndarray, tested: np.ndarray) -> tuple[np.ndarray, float]:
    """Fit on (N, F) features and (N,) labels 0 or 1, and say 0 or 1 for (M, F) others: (M,) int64, and the penalty.

    Ridge regression on targets -1 and 1 (Hoerl and Kennard 1970) with standardised features; the leave-one-out
    residual of each picture follows from the fit on all (Allen 1974: divided by 1 minus its leverage).

    Example:
        >>> points = np.array([[0.0], [1.0], [4.0], [5.0]])
        >>> linear_probe(points, np.array([0, 0, 1, 1]), np.array([[0.5], [4.5]]))[0].tolist()
        [0, 1]
    """
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    fitted = np.column_stack([(features - mean) / scale, np.ones(len(features))]).astype(np.float64)
    asked = np.column_stack([(tested - mean) / scale, np.ones(len(tested))]).astype(np.float64)
    targets = 2.0 * labels - 1.0
    left, values, right = np.linalg.svd(fitted, full_matrices=False)
    errors = []
    for penalty in _PENALTIES:
        shrunk = values**2 / (values**2 + penalty)
        said = left @ (shrunk * (left.T @ targets))
        leverage = (left**2) @ shrunk
        left_out = targets - (targets - said) / (1.0 - np.minimum(leverage, 1 - 1e-9))
        errors.append(float(np.mean((left_out > 0) != (targets > 0))))
    penalty = _PENALTIES[int(np.argmin(errors))]
    weights = right.T @ (values / (values**2 + penalty) * (left.T @ targets))
    return (asked @ weights > 0).astype(np.int64), penalty
