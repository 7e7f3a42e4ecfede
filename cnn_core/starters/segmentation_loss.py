"""The loss that segmenters are trained with: cross-entropy of each pixel plus soft Dice of each class."""

from typing import Any

from keras import ops

from cnn_core.starters.coco_masks import UNKNOWN


def cross_entropy_and_dice(labels: Any, logits: Any) -> Any:
    r"""Mean cross-entropy of the known pixels, plus one minus the mean soft Dice of the classes; computed in float32.

    $$L = -\frac{1}{n} \sum_i \log p_{i, y_i} + 1 - \frac{1}{K} \sum_k
    \frac{2 \sum_i p_{ik} t_{ik} + 1}{\sum_i p_{ik} + \sum_i t_{ik} + 1}$$

    with $p$ the softmax of the logits, $t$ the labels as one-hot vectors and $i$ over all pixels of the batch. Dice as
    in Milletari, Navab and Ahmadi 2016 (V-Net), without the squares.

    Args:
        labels: (N, H, W) class of each pixel; `UNKNOWN` (255) counts for nothing.
        logits: (N, H, W, K).

    Returns:
        One number.

    Example:
        >>> import numpy as np
        >>> labels = np.array([[[0, 1, 255]]])
        >>> float(cross_entropy_and_dice(labels, np.array([[[[9.0, -9.0], [-9.0, 9.0], [9.0, -9.0]]]]))) < 1e-3
        True
    """
    labels = ops.cast(labels, "int32")
    logits = ops.cast(logits, "float32")
    known = ops.cast(ops.not_equal(labels, UNKNOWN), "float32")
    logs = ops.log_softmax(logits, axis=-1)
    # A label outside the classes has no one-hot vector; class 0 stands in and is masked out.
    truth = ops.one_hot(ops.where(labels == UNKNOWN, 0, labels), logits.shape[-1], dtype="float32") * known[..., None]
    found = ops.exp(logs) * known[..., None]
    cross_entropy = -ops.sum(truth * logs) / ops.maximum(ops.sum(known), 1.0)
    shared = ops.sum(truth * found, axis=(0, 1, 2))
    sizes = ops.sum(truth, axis=(0, 1, 2)) + ops.sum(found, axis=(0, 1, 2))
    return cross_entropy + 1.0 - ops.mean((2.0 * shared + 1.0) / (sizes + 1.0))
