"""Where a classifier looks: Grad-CAM and Grad-CAM++ on a layer of any network.

With $A^k$ the maps of a layer, $y^c$ the score of a class before softmax and $g^k = \\partial y^c / \\partial A^k$, the
heat is $\\max(0, \\sum_k \\alpha_k A^k)$. Grad-CAM weighs a map by the mean of its gradient,
$\\alpha_k = \\frac{1}{hw} \\sum_{ij} g^k_{ij}$: Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391.

Grad-CAM++ weighs each place: $\\alpha_k = \\sum_{ij} a^k_{ij} \\max(0, g^k_{ij})$ with
$a^k_{ij} = g^2 / (2 g^2 + g^3 \\sum_{ab} A^k_{ab})$, so that a small object counts as much as a large one:
Chattopadhay et al. 2018, https://arxiv.org/abs/1710.11063, with $Y^c = \\exp(y^c)$, whose factor $\\exp(y^c)$ is the
same for all maps and is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.arrays import as_image
from cnn_core.explain.gradient import gradient
from cnn_core.explain.walk import Walk, check_classes, found_layer

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ClassMaps:
    """A layer's maps of one picture, and what each class's score owes to them.

    Attributes:
        maps: (h, w, K) float32.
        slopes: (classes, h, w, K) float32, the gradient of each class's score before softmax.
    """

    maps: Floats
    slopes: Floats


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
    return grad_cam_heat(class_maps(model, image, class_indices=class_indices, layer=layer))


def grad_cam_plus_plus(
    model: "keras.Model", image: npt.ArrayLike, *, class_index: int, layer: str | None = None
) -> Floats:
    """Grad-CAM++: as `grad_cam`, the weights taken place by place.

    Returns:
        (h, w) float32, at least 0; its unit means nothing, only its places do.

    Raises:
        InputError: as `grad_cam`.
    """
    found = class_maps(model, image, class_indices=[class_index], layer=layer)
    heat: Floats = grad_cam_plus_plus_heat(found)[0]
    return heat


def grad_cam_heat(found: ClassMaps) -> Floats:
    """The heat of each class from maps and gradients: (classes, h, w) float32, at least 0.

    Example:
        >>> maps = np.array([[[1.0, 2.0]], [[3.0, 0.0]]], np.float32)
        >>> grad_cam_heat(ClassMaps(maps, np.broadcast_to(np.float32([1, -1]), (1, 2, 1, 2)))).tolist()
        [[[0.0], [3.0]]]
    """
    weights = found.slopes.mean(axis=(1, 2), keepdims=True)
    heat: Floats = np.maximum((weights * found.maps).sum(axis=-1), 0)
    return heat


def grad_cam_plus_plus_heat(found: ClassMaps) -> Floats:
    """The heat of Grad-CAM++ of each class from maps and gradients: (classes, h, w) float32, at least 0.

    Example:
        >>> maps = np.array([[[1.0]], [[0.0]]], np.float32)
        >>> grad_cam_plus_plus_heat(ClassMaps(maps, 3 * np.ones((1, 2, 1, 1), np.float32))).tolist()
        [[[1.2000000476837158], [0.0]]]
    """
    # In double precision: the cube of a small gradient would vanish.
    slopes = found.slopes.astype(np.float64)
    sums = found.maps.astype(np.float64).sum(axis=(0, 1))
    below = 2 * slopes**2 + sums * slopes**3
    shares = np.divide(slopes**2, below, out=np.zeros_like(slopes), where=below != 0)
    weights = (shares * np.maximum(slopes, 0)).sum(axis=(1, 2), keepdims=True)
    heat: Floats = np.maximum((weights * found.maps).sum(axis=-1), 0).astype(np.float32)
    return heat


def class_maps(
    model: "keras.Model", image: npt.ArrayLike, *, class_indices: Sequence[int], layer: str | None = None
) -> ClassMaps:
    """A layer's maps of a picture and the gradients of classes' scores with respect to them.

    Args:
        model, image, layer: as `grad_cam`.
        class_indices: 0 to C - 1 each; none gives the maps alone.

    Raises:
        InputError: as `grad_cam`.
    """
    import keras

    classes = check_classes(model, class_indices)
    walk = Walk(model, found_layer(model, layer))
    # One row a class: each row's score depends on its own maps alone, so one pass gives every class its gradient.
    batch = np.repeat(as_image(image)[None], max(len(class_indices), 1), axis=0)
    maps = walk.maps(keras.ops.convert_to_tensor(batch))
    values = keras.ops.convert_to_numpy(maps).astype(np.float32)
    if not len(class_indices):
        return ClassMaps(values[0], np.zeros((0, *values.shape[1:]), np.float32))
    chosen = keras.ops.convert_to_tensor(np.eye(classes, dtype=np.float32)[list(class_indices)])

    def score(values: Any) -> Any:
        return keras.ops.sum(keras.ops.cast(walk.scores(values), "float32") * chosen)

    return ClassMaps(values[0], keras.ops.convert_to_numpy(gradient(score, maps)).astype(np.float32))
