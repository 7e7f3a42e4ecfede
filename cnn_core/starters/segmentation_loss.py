"""The loss that segmenters are trained with: cross-entropy of each pixel plus soft Dice of each class."""

from typing import Any

from keras import ops

from cnn_core.losses.overlap import dice_similarity
from cnn_core.losses.targets import one_hot_labels
from cnn_core.starters.coco_masks import UNKNOWN


def cross_entropy_and_dice(labels: Any, logits: Any) -> Any:
    r"""Mean cross-entropy of the known pixels, plus one minus the mean soft Dice of the classes; computed in float32.

    $$L = -\frac{1}{n} \sum_i \log p_{i, y_i} + 1 - \frac{1}{K} \sum_k
    \frac{2 \sum_i p_{ik} t_{ik} + 1}{\sum_i p_{ik} + \sum_i t_{ik} + 1}$$

    with $p$ the softmax of the logits, $t$ the labels as one-hot vectors and $i$ over all pixels of the batch. Dice as
    in Milletari, Navab and Ahmadi 2016 (V-Net), without the squares. It is
    `cnn_core.losses.segmentation.segmentation_loss("cross_entropy+dice")` but for the order in which it adds up: a
    starter is trained again to the last bit.

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
    logits = ops.cast(logits, "float32")
    truth, known = one_hot_labels(labels, logits.shape[-1], ignore=UNKNOWN)
    logs = ops.log_softmax(logits, axis=-1)
    found = ops.exp(logs) * known[..., None]
    cross_entropy = -ops.sum(truth * logs) / ops.maximum(ops.sum(known), 1.0)
    shared, true, sizes = (ops.sum(values, axis=(0, 1, 2)) for values in (truth * found, truth, found))
    return cross_entropy + 1.0 - ops.mean(dice_similarity(shared, true, sizes, smooth=1.0))
