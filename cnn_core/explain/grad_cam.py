"""Where a classifier looks: Grad-CAM on a layer of any network.

With $A^k$ the maps of a layer and $y^c$ the score of a class before softmax, the weight of a map is the mean of its
gradient, $\\alpha_k = \\frac{1}{hw} \\sum_{ij} \\partial y^c / \\partial A^k_{ij}$, and the heat is
$\\max(0, \\sum_k \\alpha_k A^k)$. Source: Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.arrays import as_image
from cnn_core.errors import InputError
from cnn_core.explain.gradient import gradient
from cnn_core.explain.walk import Walk, found_layer

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]


def grad_cam(model: "keras.Model", image: npt.ArrayLike, *, class_index: int, layer: str | None = None) -> Floats:
    """How much each place of a layer's maps speaks for a class.

    Args:
        model: functional or Sequential: one picture in, (N, C) scores or probabilities out.
        image: (H, W, 3) in the range that the model takes.
        class_index: the class to explain, 0 to C - 1.
        layer: one of `map_layers`, or the end of such a path; None takes the last.

    Returns:
        (h, w) float32, at least 0, in the size of the layer's maps; in units of the score per place.

    Raises:
        InputError: no such layer or class, or a model without maps.
    """
    heats: Floats = grad_cams(model, image, class_indices=[class_index], layer=layer)[0]
    return heats


def grad_cams(
    model: "keras.Model", image: npt.ArrayLike, *, class_indices: Sequence[int], layer: str | None = None
) -> Floats:
    """`grad_cam` for several classes at once, such as the predicted and the true one.

    Returns:
        (classes, h, w) float32, at least 0.
    """
    import keras

    classes = int(model.output_shape[-1])
    if len(model.output_shape) != 2 or any(not 0 <= index < classes for index in class_indices):
        raise InputError(
            "There is no such class in the network's output", f"Choose 0 to {classes - 1}", classes=list(class_indices)
        )
    walk = Walk(model, found_layer(model, layer))
    # One row a class: each row's score depends on its own maps alone, so one pass gives every class its gradient.
    batch = np.repeat(as_image(image)[None], len(class_indices), axis=0)
    chosen = keras.ops.convert_to_tensor(np.eye(classes, dtype=np.float32)[list(class_indices)])
    maps = walk.maps(keras.ops.convert_to_tensor(batch))

    def score(values: Any) -> Any:
        scores = keras.ops.cast(walk.scores(values), "float32")
        return keras.ops.sum(scores * chosen)

    slopes = keras.ops.convert_to_numpy(gradient(score, maps)).astype(np.float32)
    values = keras.ops.convert_to_numpy(maps).astype(np.float32)
    weights = slopes.mean(axis=(1, 2), keepdims=True)
    heat: Floats = np.maximum((weights * values).sum(axis=-1), 0)
    return heat
