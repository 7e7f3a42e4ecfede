"""The question `explain`: what explanations need of a network's inside, wherever the network lives.

`what` is one of

- "layers": the paths of the layers that give maps, and of those with weights.
- "scores": a batch's scores before softmax.
- "slopes": the gradient of one class's score with respect to each picture of a batch.
- "maps": a layer's maps of one picture and the gradients of classes' scores with respect to them.

`random_layers` and `seed` make the last so many layers random first, as `cnn_core.explain.randomised` does.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.classifiers.looked_at import Told
from cnn_core.errors import InputError
from cnn_core.explain.grad_cam import class_maps
from cnn_core.explain.picture_gradient import class_scores, class_slopes
from cnn_core.explain.randomised import learned_layers, randomised
from cnn_core.explain.walk import map_layers

if TYPE_CHECKING:
    import keras


def told_explanation(model: "keras.Model", batch: npt.NDArray[np.float32], options: Mapping[str, Any]) -> Told:
    """The answer to one of the questions above.

    Args:
        model: is not changed.
        batch: (N, rows, columns, channels).
        options: `what` with `class_index`, or with `class_indices` and `layer`; `random_layers` and `seed`.

    Raises:
        InputError: nothing of the kind can be told; what the functions refuse.
    """
    what = options.get("what")
    if what == "layers":
        return Told({"layers": list(map_layers(model)), "learned": list(learned_layers(model))})
    with randomised(model, int(options.get("random_layers", 0)), seed=int(options.get("seed", 0))):
        if what == "scores":
            return Told(arrays={"scores": class_scores(model, batch)})
        if what == "slopes":
            return Told(arrays={"slopes": class_slopes(model, batch, class_index=int(options["class_index"]))})
        if what == "maps":
            indices = [int(index) for index in options["class_indices"]]
            found = class_maps(model, batch[0], class_indices=indices, layer=options.get("layer"))
            return Told(arrays={"maps": found.maps, "slopes": found.slopes})
    raise InputError("Explanations need nothing of the kind", "Ask layers, scores, slopes or maps", what=what)
