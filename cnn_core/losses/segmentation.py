"""The losses that a segmenter can be trained with, by name. Keras is loaded when one is built."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from cnn_core.errors import InputError

if TYPE_CHECKING:
    import keras

# In the order in which they are offered; any of them are added up with "+".
SEGMENTATION_LOSSES = ("cross_entropy", "dice", "focal", "tversky", "jaccard")
COMBINATIONS = ("cross_entropy+dice", "cross_entropy+jaccard", "focal+dice", "focal+tversky")
IGNORE = 255


def segmentation_loss(
    name: str,
    *,
    from_logits: bool = True,
    ignore: int | None = IGNORE,
    weights: Sequence[float] | None = None,
    label_smoothing: float = 0.0,
    focal_gamma: float = 2.0,
    focal_alpha: float | Sequence[float] = 1.0,
    tversky_alpha: float = 0.3,
    tversky_beta: float = 0.7,
    smooth: float = 1.0,
    per_picture: bool = False,
) -> "keras.losses.Loss":
    """A loss of label maps (N, H, W) against scores (N, H, W, K), K from 2, to compile and save a model with.

    A model that was saved with one is loaded once `cnn_core.losses.segmentation.segmentation_loss` has been called, or
    `cnn_core.losses.entropy`, `overlap` and `weighted` have been imported.

    Args:
        name: one of `SEGMENTATION_LOSSES`, or several with "+" between them, such as "cross_entropy+dice".
        from_logits: whether scores are logits, else softmax.
        ignore: label of pixels that count for nothing; None where there are none.
        weights: of each part of a sum; all 1 where they are not given.
        label_smoothing: of cross-entropy, in [0, 1].
        focal_gamma: 0 or more.
        focal_alpha: weight of all classes, or one for each.
        tversky_alpha: weight of false positives.
        tversky_beta: weight of false negatives.
        smooth: of Dice, Jaccard and Tversky, above 0.
        per_picture: whether they are computed for each picture; else for the batch as one.

    Raises:
        InputError: a name or an option that does not exist or is out of its range; says which.

    Example:
        >>> import numpy as np
        >>> labels, logits = np.array([[[0, 1, 255]]]), np.array([[[[9.0, -9.0], [-9.0, 9.0], [9.0, -9.0]]]])
        >>> float(segmentation_loss("cross_entropy+dice")(labels, logits)) < 1e-3
        True
    """
    from cnn_core.losses.entropy import CategoricalCrossEntropy, CategoricalFocal
    from cnn_core.losses.overlap import Dice, Jaccard, Tversky
    from cnn_core.losses.weighted import WeightedSum

    both: dict[str, Any] = {"from_logits": from_logits, "ignore": ignore}
    masks = {**both, "smooth": smooth, "per_picture": per_picture}
    builders: dict[str, Callable[[], keras.losses.Loss]] = {
        "cross_entropy": partial(CategoricalCrossEntropy, label_smoothing=label_smoothing, **both),
        "dice": partial(Dice, **masks),
        "focal": partial(CategoricalFocal, gamma=focal_gamma, alpha=focal_alpha, **both),
        "tversky": partial(Tversky, alpha=tversky_alpha, beta=tversky_beta, **masks),
        "jaccard": partial(Jaccard, **masks),
    }
    names = loss_parts(name)
    parts = [builders[part]() for part in names]
    if len(parts) == 1 and weights is None:
        return parts[0]
    return WeightedSum(parts, weights, name="_".join(names))


def loss_parts(name: str) -> tuple[str, ...]:
    """The losses that a name adds up.

    Raises:
        InputError: one of them does not exist, or stands there twice.

    Example:
        >>> loss_parts("cross_entropy+dice")
        ('cross_entropy', 'dice')
    """
    parts = tuple(part.strip() for part in name.split("+")) if isinstance(name, str) else ()
    if not parts or len(set(parts)) < len(parts) or not set(parts) <= set(SEGMENTATION_LOSSES):
        raise InputError(
            "There is no such loss",
            f"Choose one of {', '.join(SEGMENTATION_LOSSES)}, or several once each with + between them",
            name=name,
        )
    return parts
