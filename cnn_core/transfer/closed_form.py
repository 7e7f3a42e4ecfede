r"""The accuracy that a head would reach, before any training: ridge regression on features, solved in one step.

With features $X$ (standardised), one-hot classes $Y$ and example weights $S$, $W = (X^T S X + \lambda I)^{-1} X^T S Y$;
where there are fewer pictures than features the same is solved by an (N, N) matrix. The class with the largest score is
the answer. Source: Hoerl and Kennard 1970, https://doi.org/10.1080/00401706.1970.10488634.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.confidence import Interval, wilson_interval
from cnn_core.errors import InputError
from cnn_core.transfer.dataset import Dataset, dataset_of, example_weights, one_hot
from cnn_core.transfer.feature_cache import FeatureCache
from cnn_core.transfer.features import Features, cached_features, features_of

Floats = npt.NDArray[np.float32]

# Lambda as a share of the number of pictures, for standardised features.
PENALTY = 0.1
_LEAST_SPREAD = 1e-6


@dataclass(frozen=True, eq=False)
class RidgeHead:
    """A linear head.

    Attributes:
        kernel: (C, classes) float64, for features as they come.
        bias: (classes,) float64.
    """

    kernel: npt.NDArray[np.float64]
    bias: npt.NDArray[np.float64]

    def scores(self, features: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """(N, C) features -> (N, classes); the largest is the answer."""
        return np.asarray(features, np.float64) @ self.kernel + self.bias


def ridge_head(
    features: npt.ArrayLike,
    truth: npt.NDArray[np.int64],
    *,
    classes: int,
    weights: npt.ArrayLike,
    penalty: float = PENALTY,
) -> RidgeHead:
    """Fit a head in one step.

    Args:
        features: (N, C).
        truth: (N,) class numbers.
        classes: how many.
        weights: (N,) of the examples, positive.
        penalty: lambda as a share of the sum of the weights, above 0.

    Example:
        >>> head = ridge_head([[0.0], [1.0], [2.0], [3.0]], np.array([0, 0, 1, 1]), classes=2, weights=np.ones(4))
        >>> head.scores([[-1.0], [4.0]]).argmax(axis=1).tolist()
        [0, 1]
    """
    raw, share = np.asarray(features, np.float64), np.asarray(weights, np.float64)
    share = share / share.sum()
    mean = share @ raw
    spread = np.sqrt(np.maximum(share @ (raw - mean) ** 2, _LEAST_SPREAD))
    targets = one_hot(truth, classes).astype(np.float64)
    usual = share @ targets
    root = np.sqrt(share)[:, None]
    x, y = root * (raw - mean) / spread, root * (targets - usual)
    count, width = x.shape
    if count < width:
        kernel = x.T @ np.linalg.solve(x @ x.T + penalty * np.eye(count), y)
    else:
        kernel = np.linalg.solve(x.T @ x + penalty * np.eye(width), x.T @ y)
    kernel = kernel / spread[:, None]
    return RidgeHead(kernel, usual - mean @ kernel)


@dataclass(frozen=True)
class Estimate:
    """What a head on features reaches.

    Attributes:
        accuracy: on the held-out pictures, with its 95 % interval.
        train, held_out: pictures.
    """

    accuracy: Interval
    train: int
    held_out: int


def known_estimate(
    listing: Any,
    *,
    backbone: str,
    input_size: tuple[int, int],
    cache: FeatureCache,
    pooling: str = "average",
    balanced: bool = True,
) -> Estimate | None:
    """The accuracy from features that are there already, without Keras; None where some are missing.

    Args:
        listing: the pictures, as they are now.
        backbone: one of `BACKBONES`.
        input_size: rows and columns.
        cache: of features.
        pooling: "average" or "max".
        balanced: whether all classes count alike.

    Raises:
        InputError: fewer than two classes, a class with nothing to train on, no validation part; weights that are not
            on this machine; a picture that can no longer be read.
    """
    data = _checked(listing)
    values, there = cached_features(listing, _items(data), backbone=backbone, input_size=input_size, cache=cache)
    if not there.all():
        return None
    return _estimate(data, Features(values[:, None]).of(pooling), balanced=balanced)


def computed_estimate(
    listing: Any,
    *,
    backbone: str,
    input_size: tuple[int, int],
    cache: FeatureCache,
    pooling: str = "average",
    balanced: bool = True,
    progress: Callable[[int, int], None] = lambda done, of: None,  # noqa: ARG005
    **more: Any,
) -> Estimate:
    """As `known_estimate`; features that are missing are computed first.

    Args:
        listing, backbone, input_size, cache, pooling, balanced: as `known_estimate`.
        progress: called with the pictures that are done and those in all; it may raise to stop.
        more: of `features_of`.

    Raises:
        InputError: as `known_estimate`.
    """
    data = _checked(listing)
    features = features_of(
        listing, _items(data), backbone=backbone, input_size=input_size, cache=cache, progress=progress, **more
    )
    return _estimate(data, features.of(pooling), balanced=balanced)


def _checked(listing: Any) -> Dataset:
    data = dataset_of(listing)
    if not data.validation:
        raise InputError("No pictures are held out", "Keep back a validation part in the tab Data")
    return data


def _items(data: Dataset) -> tuple[Any, ...]:
    return (*data.train, *data.judged[: data.validation])


def _estimate(data: Dataset, features: Floats, *, balanced: bool) -> Estimate:
    count = len(data.train)
    weights = example_weights(data.train_truth, len(data.classes), balanced=balanced)
    head = ridge_head(features[:count], data.train_truth, classes=len(data.classes), weights=weights)
    right = head.scores(features[count:]).argmax(axis=1) == data.judged_truth[: data.validation]
    return Estimate(wilson_interval(int(right.sum()), len(right)), count, len(right))
