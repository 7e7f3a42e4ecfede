r"""Several answers about one picture combined: those of several networks (an ensemble), or of one network about several
views of it (test-time augmentation).

With $M$ members that give $p^{(m)}$ and have the weights $w_m$, which add up to 1:

$$\bar p_k = \sum_m w_m\, p^{(m)}_k, \qquad
\bar p_k = \frac{e^{\bar z_k}}{\sum_j e^{\bar z_j}} \text{ with } \bar z_k = \sum_m w_m \ln p^{(m)}_k, \qquad
\bar p_k = \sum_m w_m \left[k = \operatorname{arg\,max}_j\, p^{(m)}_j\right]$$

The second is the mean of the scores before softmax: they are $\ln p$ but for a constant of each member, which softmax
takes away. A member that is sure that it is not $k$ can veto $k$ there. The third is the share of the votes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.photo_views import View, photo_views

Floats = npt.NDArray[np.float32]

METHODS = {
    "probabilities": "mean of the probabilities",
    "logits": "mean of the scores before softmax",
    "vote": "majority vote",
}
# The smallest normal float32: softmax gives an exact 0 where it underflows.
_LEAST = 1.1754944e-38


class Classifier(Protocol):
    """What test-time augmentation asks, such as a `LookedAt`."""

    def prepare(self, photo: npt.NDArray[np.uint8]) -> Floats: ...

    def predict(self, batch: npt.ArrayLike) -> Floats: ...


@dataclass(frozen=True, eq=False)
class Combined:
    """Members' answers and what they give together.

    Attributes:
        members: (M, C) float32, the probabilities of each.
        weights: (M,) float32 that add up to 1.
        method: one of `METHODS`.
        probabilities: (C,) float32; with "vote" the share of votes of each class.
        winner: the class that is answered: with "vote", of classes with as many votes, the one that the members'
            mean probability prefers.
    """

    members: Floats
    weights: Floats
    method: str
    probabilities: Floats
    winner: int

    @property
    def votes(self) -> npt.NDArray[np.int64]:
        """(M,) int64: the class that each member alone would answer."""
        return self.members.argmax(axis=1).astype(np.int64)


def combined(
    predictions: npt.ArrayLike, *, method: str = "probabilities", weights: Sequence[float] | None = None
) -> Floats:
    """Predictions of several members as one.

    Args:
        predictions: (M, ..., C) probabilities, the members first.
        method: one of `METHODS`.
        weights: one for each member, at least 0; None weighs all alike.

    Returns:
        (..., C) float32 that add up to 1.

    Raises:
        InputError: no members, no such method, or weights that cannot be used.

    Example:
        >>> combined([[0.9, 0.1], [0.4, 0.6], [0.4, 0.6]]).astype(float).round(3).tolist()
        [0.567, 0.433]
        >>> combined([[0.9, 0.1], [0.4, 0.6], [0.4, 0.6]], method="vote").astype(float).round(3).tolist()
        [0.333, 0.667]
    """
    given = np.asarray(predictions, np.float64)
    if given.ndim < 2 or not given.shape[0]:
        raise InputError("There is nothing to combine", "Give (M, ..., C) probabilities", shape=given.shape)
    if method not in METHODS:
        raise InputError("There is no such way to combine", f"Choose one of {', '.join(METHODS)}", method=method)
    shares = member_weights(len(given), weights).astype(np.float64)
    if method == "vote":
        given = np.eye(given.shape[-1])[given.argmax(axis=-1)]
    if method != "logits":
        return np.tensordot(shares, given, axes=1).astype(np.float32)
    scores = np.tensordot(shares, np.log(np.maximum(given, _LEAST)), axes=1)
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)


def member_weights(members: int, weights: Sequence[float] | None = None) -> Floats:
    """Weights that add up to 1.

    Raises:
        InputError: another number of them, negative or infinite ones, or nothing but zeros.

    Example:
        >>> member_weights(2, [3, 1]).tolist()
        [0.75, 0.25]
    """
    given = np.ones(members) if weights is None else np.asarray(weights, np.float64)
    if given.shape != (members,) or not np.isfinite(given).all() or given.min() < 0 or not given.sum() > 0:
        raise InputError(
            "The weights cannot be used",
            f"Give {members}, none below 0, of which one is above 0",
            weights=list(np.atleast_1d(given)[:8]),
        )
    return np.asarray(given / given.sum(), np.float32)


def combine(
    members: npt.ArrayLike, *, method: str = "probabilities", weights: Sequence[float] | None = None
) -> Combined:
    """The same for one picture, with what each member said.

    Args:
        members: (M, C) probabilities.
        method: one of `METHODS`.
        weights: one for each member.

    Raises:
        InputError: as `combined`.

    Example:
        >>> both = combine([[0.6, 0.4], [0.1, 0.9]], method="vote")
        >>> both.votes.tolist(), both.probabilities.tolist(), both.winner
        ([0, 1], [0.5, 0.5], 1)
    """
    given = np.asarray(members, np.float32)
    together = combined(given, method=method, weights=weights)
    first = np.flatnonzero(together >= together.max() - 1e-6)
    mean = combined(given, weights=weights)
    winner = int(first[mean[first].argmax()]) if method == "vote" else int(together.argmax())
    return Combined(given, member_weights(len(given), weights), method, together, winner)


def ensemble_predict(
    models: Sequence[Any], x: npt.ArrayLike, *, method: str = "probabilities", weights: Sequence[float] | None = None
) -> Floats:
    """What several networks give together for a batch that all of them take.

    Args:
        models: Keras models, `LookedAt` networks, or functions from a batch to (N, C) probabilities.
        x: (N, rows, columns, channels).
        method: one of `METHODS`.
        weights: one for each model.

    Returns:
        (N, C) float32.

    Raises:
        InputError: models with different numbers of classes; as `combined`.

    Example:
        >>> sure, unsure = lambda x: np.tile([[0.9, 0.1]], (len(x), 1)), lambda x: np.tile([[0.4, 0.6]], (len(x), 1))
        >>> ensemble_predict([sure, unsure], np.zeros((1, 4, 4, 3))).astype(float).round(2).tolist()
        [[0.65, 0.35]]
    """
    predictions = [np.asarray(_predict(model)(x), np.float32) for model in models]
    if len({one.shape for one in predictions}) > 1:
        raise InputError(
            "Networks with different classes cannot be combined",
            "Choose networks that were trained on the same classes",
            outputs=[one.shape for one in predictions],
        )
    return combined(np.stack(predictions) if predictions else [], method=method, weights=weights)


def predict_with_tta(
    network: Classifier,
    photo: npt.NDArray[np.uint8],
    *,
    kinds: Collection[str] = ("flip",),
    method: str = "probabilities",
    weights: Sequence[float] | None = None,
) -> Combined:
    """What a network says of a photo and of views of it, together: test-time augmentation.

    Args:
        network: has `prepare` and `predict`, as a `LookedAt`.
        photo: (H, W, 3) uint8.
        kinds: of `photo_views.KINDS`.
        method: one of `METHODS`.
        weights: one for each view, in the order of `photo_views.photo_views`.

    Raises:
        InputError: no such views; as `combined`.

    Example:
        >>> class Brightness:
        ...     def prepare(self, photo):
        ...         return photo.astype(np.float32) / 255
        ...     def predict(self, batch):
        ...         return np.stack([np.stack([one[:, :1].mean(), 1 - one[:, :1].mean()]) for one in batch])
        >>> photo = np.zeros((4, 4, 3), np.uint8)
        >>> photo[:, 0] = 255
        >>> predict_with_tta(Brightness(), photo).probabilities.tolist()
        [0.5, 0.5]
    """
    return combine(members_of(network, photo_views(photo, kinds)), method=method, weights=weights)


def members_of(network: Classifier, views: Sequence[View]) -> Floats:
    """(V, C) probabilities of each view, in one batch."""
    return network.predict(np.stack([network.prepare(view.pixels) for view in views]))


def _predict(model: Any) -> Any:
    """What is called with a batch: Keras' `predict` would draw a progress bar and take five times as long."""
    for name in ("predict_on_batch", "predict"):
        if hasattr(model, name):
            return getattr(model, name)
    return model
