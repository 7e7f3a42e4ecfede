"""Scores of a batch before softmax, and the gradient of a class's score with respect to the pictures themselves."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.explain.gradient import gradient
from cnn_core.explain.walk import Walk, check_classes

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]


def class_scores(model: "keras.Model", batch: npt.ArrayLike) -> Floats:
    """The scores of a batch, before softmax where the output is one.

    Args:
        model: functional or Sequential, (N, C) out.
        batch: (N, H, W, channels) in the range that the model takes.

    Returns:
        (N, C) float32.

    Raises:
        InputError: a model of another kind.
    """
    import keras

    check_classes(model, [])
    scores = Walk(model).scores(keras.ops.convert_to_tensor(np.asarray(batch, np.float32)))
    return np.asarray(keras.ops.convert_to_numpy(scores), np.float32)


def class_slopes(model: "keras.Model", batch: npt.ArrayLike, *, class_index: int) -> Floats:
    """How the score of a class rises with each number of each picture.

    Args:
        model: functional or Sequential, (N, C) out.
        batch: (N, H, W, channels) in the range that the model takes.
        class_index: 0 to C - 1.

    Returns:
        float32 in the shape of the batch: the gradient of the score before softmax.

    Raises:
        InputError: no such class; a model of another kind.
    """
    import keras

    check_classes(model, [class_index])
    walk = Walk(model)

    def score(pictures: Any) -> Any:
        # A picture's score depends on no other picture, so the gradient of the sum holds that of each.
        return keras.ops.sum(keras.ops.cast(walk.scores(pictures)[:, class_index], "float32"))

    pictures = keras.ops.convert_to_tensor(np.asarray(batch, np.float32))
    return np.asarray(keras.ops.convert_to_numpy(gradient(score, pictures)), np.float32)
