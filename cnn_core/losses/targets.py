"""What the losses have in common: labels and scores brought into one form, and pixels that count for nothing. Keras.

Labels are sparse, (N, ...) whole numbers against scores (N, ..., K), or dense, (N, ..., K). Where a label is `ignore`
(255 in Pascal VOC) the pixel counts for nothing; a dense label says so in all its entries.
"""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from cnn_core.errors import InputError

PACKAGE = "cnn_core"
_MEANS = ("sum_over_batch_size", "mean")


class OptionsLoss(keras.losses.Loss):
    """A loss that is saved with its options, which are the arguments of its constructor.

    Args:
        options: what `get_config` says beside name and reduction.
        name: of the loss.
        reduction: as in `keras.losses.Loss`.
    """

    def __init__(self, options: Mapping[str, Any], *, name: str, reduction: str | None) -> None:
        super().__init__(name=name, reduction=reduction)
        self.options = dict(options)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), **self.options}

    def averaged(self, values: Any, known: Any) -> Any:
        """Values of all pixels such that Keras' mean over them is the mean over the known pixels alone."""
        if known is None:
            return values
        values = values * known
        if self.reduction not in _MEANS:
            return values
        return values * (ops.sum(ops.ones_like(known)) / ops.maximum(ops.sum(known), 1.0))


def one_hot_labels(labels: Any, classes: int, *, ignore: int | None) -> tuple[Any, Any]:
    """Sparse labels as one-hot vectors, and which pixels are known.

    Args:
        labels: (N, ...) class of each pixel.
        classes: K.
        ignore: the label of pixels that count for nothing; None where there are none.

    Returns:
        (N, ..., K) float32, zeros where the pixel is unknown, and (N, ...) float32, 1 where it is known; None for all.

    Example:
        >>> truth, known = one_hot_labels([[0, 1, 255]], 2, ignore=255)
        >>> ops.convert_to_numpy(truth).tolist(), ops.convert_to_numpy(known).tolist()
        ([[[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]], [[1.0, 1.0, 0.0]])
    """
    labels = ops.cast(labels, "int32")
    if ignore is None:
        return ops.one_hot(labels, classes, dtype="float32"), None
    known = ops.cast(ops.not_equal(labels, ignore), "float32")
    # A label outside the classes has no one-hot vector; class 0 stands in and is masked out.
    truth = ops.one_hot(ops.where(labels == ignore, 0, labels), classes, dtype="float32") * known[..., None]
    return truth, known


def dense_labels(y_true: Any, y_pred: Any, *, ignore: int | None) -> tuple[Any, Any]:
    """Sparse or dense labels as (N, ..., K) of the scores' dtype, and which pixels are known; None for all.

    Raises:
        InputError: labels whose shape belongs to no such scores.
    """
    classes, rank = y_pred.shape[-1], len(y_pred.shape)
    if len(y_true.shape) == rank and y_true.shape[-1] == classes:
        if ignore is None:
            return y_true, None
        known = ops.cast(ops.not_equal(y_true[..., 0], ignore), y_pred.dtype)
        return ops.where(known[..., None] > 0, y_true, 0.0), known
    if len(y_true.shape) == rank and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    if len(y_true.shape) != rank - 1:
        raise InputError(
            "Labels and scores do not belong together",
            "Give labels (N, ...) or (N, ..., K) for scores (N, ..., K)",
            labels=tuple(y_true.shape),
            scores=tuple(y_pred.shape),
        )
    if classes == 1:
        # One score for a pixel is that of the foreground: the label itself is the truth.
        return dense_labels(y_true[..., None], y_pred, ignore=ignore)
    return one_hot_labels(y_true, classes, ignore=ignore)


def probabilities(y_pred: Any, *, from_logits: bool) -> Any:
    """Softmax over K classes of logits, sigmoid where there is one; probabilities stay as they are."""
    if not from_logits:
        return y_pred
    return ops.sigmoid(y_pred) if y_pred.shape[-1] == 1 else ops.softmax(y_pred, axis=-1)


def check_between(low: float, high: float, **options: float) -> None:
    """Refuse numbers out of their range.

    Raises:
        InputError: names the first.

    Example:
        >>> check_between(0, 1, label_smoothing=0.1)
    """
    for name, value in options.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            limits = f"from {low:g} up" if high == float("inf") else f"from {low:g} to {high:g}"
            raise InputError(f"{name} is out of its range", f"Choose a number {limits}", **{name: value})
