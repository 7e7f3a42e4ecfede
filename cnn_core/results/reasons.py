"""Why a trained network answered as it did: Grad-CAM of the predicted and of the true class, on the photo itself."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.drawing import shrink
from cnn_core.errors import InputError
from cnn_core.explain.grad_cam import grad_cams
from cnn_core.explain.heat import heat_over
from cnn_core.folders.pictures import picture_from_pixels
from cnn_core.results.trained import TrainedNetwork

Pixels = npt.NDArray[np.uint8]

SIDE = 480


@dataclass(frozen=True, eq=False)
class Reason:
    """What speaks for a class in a photo.

    Attributes:
        label: the class.
        picture: (H, W, 3) uint8, the photo in grey with the heat over it.
        heat: (h, w) float32, at least 0, in the size of the layer's maps.
        largest: the heat that is shown as most, the same for every class of a photo.
    """

    label: str
    picture: Pixels
    heat: npt.NDArray[np.float32]
    largest: float


def reasons(
    network: TrainedNetwork, photo: Pixels, labels: Sequence[str], *, layer: str | None = None, side: int = SIDE
) -> tuple[Reason, ...]:
    """Grad-CAM of several classes on one scale, so that their pictures can be compared.

    Args:
        network: of a run.
        photo: (H, W, 3) uint8, of any size.
        labels: classes to explain, such as the predicted and the true one.
        layer: one of `explain.walk.map_layers`; None takes the last.
        side: of the pictures that come out, at most.

    Raises:
        InputError: no such class or layer; something that is no photo.
    """
    unknown = [label for label in labels if label not in network.classes]
    if unknown:
        raise InputError("There is no such class", f"Choose one of {', '.join(network.classes)}", label=unknown[0])
    pixels = picture_from_pixels(photo, size=network.size).astype(np.float32)
    with network.turn:
        heats = grad_cams(
            network.model, pixels, class_indices=[network.classes.index(label) for label in labels], layer=layer
        )
    shown, largest = shrink(photo, side=side), float(heats.max(initial=0))
    return tuple(
        Reason(label, heat_over(shown, heat, limit=largest), heat, largest)
        for label, heat in zip(labels, heats, strict=True)
    )
