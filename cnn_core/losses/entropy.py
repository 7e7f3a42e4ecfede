"""Losses of each pixel by itself: binary and categorical cross-entropy, and their focal forms. Keras."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from cnn_core.errors import InputError
from cnn_core.losses.targets import PACKAGE, OptionsLoss, check_between, dense_labels

# Below this a pixel is classified without error in float32. A power below 1 has no gradient at 0.
_LEAST_ERROR = 1e-12
_MEAN = "sum_over_batch_size"
_MOST_GAMMA = 100.0


@keras.saving.register_keras_serializable(package=PACKAGE)
class BinaryCrossEntropy(OptionsLoss):
    """Mean over all entries of -t log p - (1 - t) log(1 - p).

    As `keras.losses.BinaryCrossentropy`, with an ignore label beside it.

    Args:
        from_logits: whether scores are logits, else probabilities, kept 1e-7 away from 0 and 1.
        label_smoothing: s in [0, 1]: t becomes t (1 - s) + s / 2.
        ignore: label of pixels that count for nothing; None where there are none.
        reduction: as in `keras.losses.Loss`.
        name: of the loss.

    Raises:
        InputError: an option out of its range.

    Example:
        >>> import numpy as np
        >>> truth, found = np.array([[1.0], [0.0]]), np.array([[0.9], [0.2]])
        >>> round(float(BinaryCrossEntropy()(truth, found)), 4)
        0.1643
    """

    def __init__(
        self,
        *,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        ignore: int | None = None,
        reduction: str | None = _MEAN,
        name: str = "binary_cross_entropy",
    ) -> None:
        check_between(0, 1, label_smoothing=label_smoothing)
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing, "ignore": ignore}
        super().__init__(options, name=name, reduction=reduction)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Labels and scores (N, ..., K), or labels (N, ...) for K = 1; gives (N, ...)."""
        truth, known = _smoothed_binary(y_true, y_pred, self.options)
        values = ops.binary_crossentropy(truth, y_pred, from_logits=self.options["from_logits"])
        return self.averaged(ops.mean(values, axis=-1), known)


@keras.saving.register_keras_serializable(package=PACKAGE)
class BinaryFocal(OptionsLoss):
    r"""Focal loss (Lin et al. 2017, https://arxiv.org/abs/1708.02002, equation 5).

    $$FL(p_t) = -\alpha_t (1 - p_t)^\gamma \log p_t$$

    with $p_t = p$ and $\alpha_t = \alpha$ for a positive pixel, $1 - p$ and $1 - \alpha$ for a negative one. As
    `keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True)`; Keras leaves alpha out unless asked, and takes
    logits through a sigmoid that is cut off at 1e-7, where the gradient ends; here it goes on.

    Args:
        gamma: 0 is cross-entropy; the larger, the less easy pixels count.
        alpha: weight of positive pixels in [0, 1], 1 - alpha of negative ones; None weights nothing.
        from_logits, label_smoothing, ignore, reduction, name: as in `BinaryCrossEntropy`.

    Raises:
        InputError: an option out of its range.

    Example:
        >>> import numpy as np
        >>> truth, found = np.array([[1.0], [0.0]]), np.array([[0.9], [0.2]])
        >>> round(float(BinaryFocal()(truth, found)), 5)
        0.00348
    """

    def __init__(
        self,
        *,
        gamma: float = 2.0,
        alpha: float | None = 0.25,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        ignore: int | None = None,
        reduction: str | None = _MEAN,
        name: str = "binary_focal",
    ) -> None:
        check_between(0, _MOST_GAMMA, gamma=gamma)
        check_between(0, 1, alpha=0.5 if alpha is None else alpha, label_smoothing=label_smoothing)
        options: dict[str, Any] = {"gamma": gamma, "alpha": alpha, "from_logits": from_logits}
        options |= {"label_smoothing": label_smoothing, "ignore": ignore}
        super().__init__(options, name=name, reduction=reduction)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Labels and scores (N, ..., K), or labels (N, ...) for K = 1; gives (N, ...)."""
        truth, known = _smoothed_binary(y_true, y_pred, self.options)
        logits, gamma, alpha = (self.options[name] for name in ("from_logits", "gamma", "alpha"))
        # A sigmoid of its own for 1 - p: the difference would be 0 long before it is.
        found, missed = (ops.sigmoid(y_pred), ops.sigmoid(-y_pred)) if logits else (y_pred, 1.0 - y_pred)
        error = truth * missed + (1.0 - truth) * found
        values = ops.power(ops.maximum(error, _LEAST_ERROR), gamma)
        values = values * ops.binary_crossentropy(truth, y_pred, from_logits=logits)
        if alpha is not None:
            values = values * (truth * alpha + (1.0 - truth) * (1.0 - alpha))
        return self.averaged(ops.mean(values, axis=-1), known)


@keras.saving.register_keras_serializable(package=PACKAGE)
class CategoricalCrossEntropy(OptionsLoss):
    """Mean over the pixels of -sum over the classes of t log p.

    As `keras.losses.CategoricalCrossentropy` for dense labels and `SparseCategoricalCrossentropy` for sparse ones, with
    label smoothing and an ignore label for both.

    Args:
        from_logits: whether scores are logits, else probabilities, made to sum to 1 and kept 1e-7 away from 0 and 1.
        label_smoothing: s in [0, 1]: t becomes t (1 - s) + s / K.
        ignore: label of pixels that count for nothing; None where there are none.
        reduction: as in `keras.losses.Loss`.
        name: of the loss.

    Raises:
        InputError: an option out of its range.

    Example:
        >>> import numpy as np
        >>> labels, found = np.array([1, 255]), np.array([[0.2, 0.8], [0.5, 0.5]])
        >>> round(float(CategoricalCrossEntropy(ignore=255)(labels, found)), 4)
        0.2231
    """

    def __init__(
        self,
        *,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        ignore: int | None = None,
        reduction: str | None = _MEAN,
        name: str = "categorical_cross_entropy",
    ) -> None:
        check_between(0, 1, label_smoothing=label_smoothing)
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing, "ignore": ignore}
        super().__init__(options, name=name, reduction=reduction)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Labels (N, ...) or (N, ..., K), scores (N, ..., K) with K from 2; gives (N, ...)."""
        truth, known = _smoothed_classes(y_true, y_pred, self.options)
        values = ops.categorical_crossentropy(truth, y_pred, from_logits=self.options["from_logits"])
        return self.averaged(values, known)


@keras.saving.register_keras_serializable(package=PACKAGE)
class CategoricalFocal(OptionsLoss):
    """Focal loss of several classes: -sum over the classes of alpha (1 - p)^gamma t log p.

    As `keras.losses.CategoricalFocalCrossentropy`. One alpha weights all classes alike, so it scales the loss and
    balances nothing: for two classes, [1 - alpha, alpha] is what equation 5 of Lin et al. says. From logits Keras cuts
    probabilities off at 1e-7, where the gradient ends; here it goes on.

    Args:
        gamma: 0 is cross-entropy; the larger, the less easy pixels count.
        alpha: weight of all classes, or one for each.
        from_logits, label_smoothing, ignore, reduction, name: as in `CategoricalCrossEntropy`.

    Raises:
        InputError: an option out of its range; as many weights as there are no classes.

    Example:
        >>> import numpy as np
        >>> labels, found = np.array([1]), np.array([[0.2, 0.8]])
        >>> round(float(CategoricalFocal(alpha=[0.75, 0.25])(labels, found)), 5)
        0.00223
    """

    def __init__(
        self,
        *,
        gamma: float = 2.0,
        alpha: float | Sequence[float] = 0.25,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        ignore: int | None = None,
        reduction: str | None = _MEAN,
        name: str = "categorical_focal",
    ) -> None:
        check_between(0, _MOST_GAMMA, gamma=gamma)
        check_between(0, 1, label_smoothing=label_smoothing)
        weights = alpha if isinstance(alpha, float | int) else list(alpha)
        for weight in weights if isinstance(weights, list) else [weights]:
            check_between(0, float("inf"), alpha=weight)
        options: dict[str, Any] = {"gamma": gamma, "alpha": weights, "from_logits": from_logits}
        options |= {"label_smoothing": label_smoothing, "ignore": ignore}
        super().__init__(options, name=name, reduction=reduction)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Labels (N, ...) or (N, ..., K), scores (N, ..., K) with K from 2; gives (N, ...)."""
        truth, known = _smoothed_classes(y_true, y_pred, self.options)
        alpha = self.options["alpha"]
        if isinstance(alpha, list) and len(alpha) != y_pred.shape[-1]:
            raise InputError(
                "alpha has not one weight for each class", "Give as many as there are classes", alpha=alpha
            )
        if self.options["from_logits"]:
            logs = ops.log_softmax(y_pred, axis=-1)
            error = -ops.expm1(logs)
        else:
            found = y_pred / ops.sum(y_pred, axis=-1, keepdims=True)
            found = ops.clip(found, keras.config.epsilon(), 1.0 - keras.config.epsilon())
            logs, error = ops.log(found), 1.0 - found
        weight = ops.power(ops.maximum(error, _LEAST_ERROR), self.options["gamma"]) * ops.convert_to_tensor(
            alpha, dtype=y_pred.dtype
        )
        return self.averaged(-ops.sum(weight * truth * logs, axis=-1), known)


def _smoothed_binary(y_true: Any, y_pred: Any, options: dict[str, Any]) -> tuple[Any, Any]:
    truth, known = dense_labels(y_true, y_pred, ignore=options["ignore"])
    smoothing = options["label_smoothing"]
    return (truth * (1.0 - smoothing) + 0.5 * smoothing if smoothing else truth), known


def _smoothed_classes(y_true: Any, y_pred: Any, options: dict[str, Any]) -> tuple[Any, Any]:
    classes = y_pred.shape[-1]
    if classes == 1:
        raise InputError("A categorical loss needs two classes or more", "Take the binary loss for one", classes=1)
    truth, known = dense_labels(y_true, y_pred, ignore=options["ignore"])
    smoothing = options["label_smoothing"]
    return (truth * (1.0 - smoothing) + smoothing / classes if smoothing else truth), known
