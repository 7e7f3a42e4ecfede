r"""Losses of a whole mask: soft Dice, Jaccard and Tversky, each one minus a measure of overlap. Keras.

With the probabilities $p$, the true masks $t$ and the sums $TP = \sum p t$, $FP = \sum p (1 - t)$ and
$FN = \sum (1 - p) t$ over the pixels of a class:

$$Dice = \frac{2 TP + s}{2 TP + FP + FN + s} \quad Jaccard = \frac{TP + s}{TP + FP + FN + s} \quad
Tversky = \frac{TP + s}{TP + \alpha FP + \beta FN + s}$$

The smoothing $s$ makes an empty mask that is found empty cost nothing. Keras' Dice and Tversky have 1e-7 in the
denominator alone, so that there it costs 1, and take all classes of a batch together (`per_class=False` here).
"""

from typing import Any

import keras
from keras import ops

from cnn_core.losses.targets import PACKAGE, OptionsLoss, check_between, dense_labels, probabilities

_MEAN = "sum_over_batch_size"
_LEAST_SMOOTH = 1e-7


def dice_similarity(hits: Any, true: Any, found: Any, *, smooth: float) -> Any:
    """Soft Dice of sums over pixels: both, the true mask, the probabilities.

    Example:
        >>> dice_similarity(3.0, 4.0, 4.0, smooth=0.0)
        0.75
    """
    return (2.0 * hits + smooth) / (true + found + smooth)


class OverlapLoss(OptionsLoss):
    """One minus a similarity of the true and the predicted mask; the mean over the classes.

    Args:
        options: of the similarity.
        from_logits: whether scores are logits: of a softmax, or of a sigmoid where there is one; else probabilities.
        smooth: added above and below, from 1e-7.
        per_class: whether each class has a similarity of its own; else all are taken together.
        per_picture: whether each picture has one of its own; else a batch is taken as one large picture.
        ignore: label of pixels that count for nothing; None where there are none.
        reduction, name: as in `keras.losses.Loss`.

    Raises:
        InputError: an option out of its range.
    """

    def __init__(
        self,
        options: dict[str, Any],
        *,
        name: str,
        from_logits: bool = False,
        smooth: float = 1.0,
        per_class: bool = True,
        per_picture: bool = False,
        ignore: int | None = None,
        reduction: str | None = _MEAN,
    ) -> None:
        check_between(_LEAST_SMOOTH, float("inf"), smooth=smooth)
        options = {**options, "from_logits": from_logits, "smooth": smooth}
        options |= {"per_class": per_class, "per_picture": per_picture, "ignore": ignore}
        super().__init__(options, name=name, reduction=reduction)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Labels (N, ...) or (N, ..., K), scores (N, ..., K); gives (N,) where each picture has its own, else ()."""
        truth, known = dense_labels(y_true, y_pred, ignore=self.options["ignore"])
        found = probabilities(y_pred, from_logits=self.options["from_logits"])
        if known is not None:
            found = found * known[..., None]
        rank = len(y_pred.shape)
        last = rank - 1 if self.options["per_class"] else rank
        axes = tuple(range(int(self.options["per_picture"]), last))
        hits, true, sizes = (ops.sum(values, axis=axes) for values in (truth * found, truth, found))
        similarity = self.similarity(hits, true, sizes)
        return 1.0 - (ops.mean(similarity, axis=-1) if self.options["per_class"] else similarity)

    def similarity(self, hits: Any, true: Any, found: Any) -> Any:
        """From the sums over pixels of both masks, of the true one and of the probabilities."""
        raise NotImplementedError


@keras.saving.register_keras_serializable(package=PACKAGE)
class Dice(OverlapLoss):
    """One minus soft Dice (Milletari, Navab and Ahmadi 2016, V-Net, without the squares).

    `Dice(smooth=1e-7, per_class=False)` is `keras.losses.Dice()` wherever there is anything to find.

    Args:
        options: from_logits, smooth, per_class, per_picture, ignore and reduction, as in `OverlapLoss`.
        name: of the loss.

    Example:
        >>> import numpy as np
        >>> truth, found = np.array([[[1.0], [1.0], [0.0]]]), np.array([[[1.0], [0.0], [0.0]]])
        >>> round(float(Dice(smooth=1e-7)(truth, found)), 4)
        0.3333
    """

    def __init__(self, *, name: str = "dice", **options: Any) -> None:
        super().__init__({}, name=name, **options)

    def similarity(self, hits: Any, true: Any, found: Any) -> Any:
        return dice_similarity(hits, true, found, smooth=self.options["smooth"])


@keras.saving.register_keras_serializable(package=PACKAGE)
class Jaccard(OverlapLoss):
    """One minus soft intersection over union (Rahman and Wang 2016). Keras has none.

    Args:
        options: from_logits, smooth, per_class, per_picture, ignore and reduction, as in `OverlapLoss`.
        name: of the loss.

    Example:
        >>> import numpy as np
        >>> truth, found = np.array([[[1.0], [1.0], [0.0]]]), np.array([[[1.0], [0.0], [0.0]]])
        >>> round(float(Jaccard(smooth=1e-7)(truth, found)), 4)
        0.5
    """

    def __init__(self, *, name: str = "jaccard", **options: Any) -> None:
        super().__init__({}, name=name, **options)

    def similarity(self, hits: Any, true: Any, found: Any) -> Any:
        smooth = self.options["smooth"]
        return (hits + smooth) / (true + found - hits + smooth)


@keras.saving.register_keras_serializable(package=PACKAGE)
class Tversky(OverlapLoss):
    """One minus the Tversky index (Salehi, Erdogmus and Gholipour 2017, https://arxiv.org/abs/1706.05721).

    alpha weights false positives and beta false negatives, as in the paper, whose best were 0.3 and 0.7.
    `keras.losses.Tversky` says so too, and its code has the two exchanged: there alpha weights what was missed, so that
    `Tversky(alpha=a, beta=b, smooth=1e-7, per_class=False)` is `keras.losses.Tversky(alpha=b, beta=a)`.

    Args:
        alpha: of false positives, 0 or more.
        beta: of false negatives, 0 or more; 0.5 each is Dice, 1 each is Jaccard.
        options: from_logits, smooth, per_class, per_picture, ignore and reduction, as in `OverlapLoss`.
        name: of the loss.

    Example:
        >>> import numpy as np
        >>> truth, found = np.array([[[1.0], [1.0], [0.0]]]), np.array([[[1.0], [0.0], [0.0]]])
        >>> round(float(Tversky(smooth=1e-7)(truth, found)), 4)
        0.4118
    """

    def __init__(self, *, alpha: float = 0.3, beta: float = 0.7, name: str = "tversky", **options: Any) -> None:
        check_between(0, float("inf"), alpha=alpha, beta=beta)
        super().__init__({"alpha": alpha, "beta": beta}, name=name, **options)

    def similarity(self, hits: Any, true: Any, found: Any) -> Any:
        alpha, beta, smooth = (self.options[name] for name in ("alpha", "beta", "smooth"))
        return (hits + smooth) / (hits + alpha * (found - hits) + beta * (true - hits) + smooth)
