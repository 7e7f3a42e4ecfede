r"""The loss of this project's detector, in keras.ops: CIoU for boxes, cross-entropy for objectness and classes.

$$L = \frac{1}{P} \Big( 5 \sum_{\text{positive}} (1 - CIoU) + \sum_{\text{all}} BCE(o, IoU) +
\sum_{\text{positive}} \sum_c BCE(p_c, y_c) \Big)$$

P is the number of positive cells in the batch (`targets.assign`). Objectness learns the IoU that the cell's
box now has with its true box, 0 elsewhere: of several cells on one object the best box then scores highest, and
non-maximum suppression keeps it.

What differs from the loss that introductions show (Redmon et al. 2016, YOLOv1, equation 3): squared errors of x, y and
of the roots of width and height become CIoU, which measures the overlap itself (Zheng et al. 2020,
https://arxiv.org/abs/1911.08287); squared errors of objectness and classes become cross-entropies; the 0.5 that weakens
the many empty cells is not needed, since the sum is divided by the positive cells and the first objectness is low
(`start_unsure`). What differs from YOLOv2: no anchors, and no cell is left out of the objectness because its box
overlaps an object by more than 0.6.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_core.grid_decoding import LARGEST_LOG_SIZE

if TYPE_CHECKING:
    import keras

BOX_WEIGHT = 5.0
_TINY = 1e-7


def detector_loss(*, box_weight: float = BOX_WEIGHT) -> Callable[[Any, Any], Any]:
    """The loss as `compile` takes it: targets and raw grids, both (N, R, C, 5 + classes), to one number in float32.

    Example:
        >>> target = np.zeros((1, 2, 2, 6), "float32")
        >>> float(detector_loss()(target, np.full((1, 2, 2, 6), -20.0, "float32"))) < 1e-6
        True
    """
    from keras import ops

    def loss(target: Any, raw: Any) -> Any:
        target, raw = ops.cast(target, "float32"), ops.cast(raw, "float32")
        positive = target[..., 4]
        count = ops.maximum(ops.sum(positive), 1.0)
        overlap, complete = overlaps(raw_corners(raw), target[..., :4])
        boxes = ops.sum(positive * (1.0 - complete))
        objects = ops.sum(_cross_entropy(positive * ops.stop_gradient(overlap), raw[..., 4]))
        classes = ops.sum(positive[..., None] * _cross_entropy(target[..., 5:], raw[..., 5:]))
        return (box_weight * boxes + objects + classes) / count

    return loss


def raw_corners(raw: Any) -> Any:
    """The boxes of raw grids (N, R, C, 5 + classes): (N, R, C, 4) corners in cells, as `grid_decoding.grid_corners`.

    Example:
        >>> from keras import ops
        >>> ops.convert_to_numpy(raw_corners(ops.zeros((1, 1, 2, 6))))[0, 0, 1].tolist()
        [1.0, 0.0, 2.0, 1.0]
    """
    from keras import ops

    rows, columns = raw.shape[1:3]
    place = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).astype("float32") + 0.5
    centres = raw[..., :2] + ops.convert_to_tensor(place)
    halves = ops.exp(ops.clip(raw[..., 2:4], -LARGEST_LOG_SIZE, LARGEST_LOG_SIZE)) / 2.0
    return ops.concatenate([centres - halves, centres + halves], axis=-1)


def overlaps(found: Any, true: Any) -> tuple[Any, Any]:
    r"""IoU and CIoU of corners (…, 4), box by box: two (…) tensors. The weight $\alpha$ of CIoU has no gradient.

    Source: Zheng et al. 2020, https://arxiv.org/abs/1911.08287, equations 8 to 12.

    Example:
        >>> from keras import ops
        >>> iou, ciou = overlaps(ops.array([[0.0, 0.0, 2.0, 2.0]]), ops.array([[1.0, 0.0, 3.0, 2.0]]))
        >>> round(float(iou[0]), 3), round(float(ciou[0]), 3)
        (0.333, 0.256)
    """
    from keras import ops

    low, high = ops.maximum(found[..., :2], true[..., :2]), ops.minimum(found[..., 2:], true[..., 2:])
    shared = ops.prod(ops.relu(high - low), axis=-1)
    size, true_size = found[..., 2:] - found[..., :2], true[..., 2:] - true[..., :2]
    union = ops.prod(size, axis=-1) + ops.prod(true_size, axis=-1) - shared
    iou = shared / (union + _TINY)
    hull = ops.maximum(found[..., 2:], true[..., 2:]) - ops.minimum(found[..., :2], true[..., :2])
    apart = (found[..., :2] + found[..., 2:] - true[..., :2] - true[..., 2:]) / 2.0
    distance = ops.sum(ops.square(apart), axis=-1) / (ops.sum(ops.square(hull), axis=-1) + _TINY)
    aspect = ops.arctan2(size[..., 0], size[..., 1]) - ops.arctan2(true_size[..., 0], true_size[..., 1] + _TINY)
    unlike = 4.0 / math.pi**2 * ops.square(aspect)
    weight = ops.stop_gradient(unlike / (1.0 - iou + unlike + _TINY))
    return iou, iou - distance - weight * unlike


def start_unsure(model: "keras.Model", *, num_classes: int, cells: float, share: float = 0.01) -> None:
    """Set the head's biases: every box `cells` cells wide and high, objectness `share`, classes undecided.

    Without it the thousand empty cells' objectness of 0.5 drowns the few objects at first (Lin et al. 2017,
    https://arxiv.org/abs/1708.02002, section 4.1).
    """
    head = model.get_layer("boxes")
    kernel, bias = head.get_weights()
    size, sure = math.log(cells), math.log(share / (1 - share))
    bias[:] = [0.0, 0.0, size, size, sure, *([math.log(1 / max(1, num_classes - 1))] * num_classes)]
    head.set_weights([kernel * 0.1, bias])


def _cross_entropy(target: Any, logit: Any) -> Any:
    """Binary cross-entropy with logits, in the form that cannot overflow."""
    from keras import ops

    return ops.relu(logit) - logit * target + ops.softplus(-ops.abs(logit))
