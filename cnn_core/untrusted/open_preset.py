"""A detector of KerasHub, opened in a child process: importing KerasHub takes many seconds and 700 MB.

Measured on KerasHub 0.32: `predict` gives boxes in pixels of the preprocessed picture, not clipped, and D-FINE gives
them as y, x, y, x whatever format it was asked for. Its own suppression, at scores of 0.5 and above, is replaced by one
that keeps every box, so that thresholds can be moved afterwards.
"""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.boxes import to_corners
from cnn_core.errors import InputError
from cnn_core.untrusted.network import Network, limit

_LAYOUTS = {"yxyx": "yxyx", "xyxy": "xyxy", "xywh": "xywh", "center_xywh": "cxcywh"}


class KeepAll:
    """Stands where KerasHub suppresses boxes: each box with its best class and score, none left out."""

    def __init__(self, *, bounding_box_format: str, from_logits: bool) -> None:
        self.bounding_box_format = bounding_box_format
        self.from_logits = from_logits

    def __call__(self, boxes: Any, classes: Any, images: Any = None) -> dict[str, Any]:  # noqa: ARG002  # KerasHub's
        from keras import ops

        scores = ops.sigmoid(classes) if self.from_logits else classes
        return {"boxes": boxes, "scores": ops.max(scores, axis=-1), "labels": ops.argmax(scores, axis=-1)}


def keras_hub_or_error() -> Any:
    """The library, which is an optional extra.

    Raises:
        InputError: it is not installed.
    """
    if importlib.util.find_spec("keras_hub") is None:
        raise InputError(
            "This network needs KerasHub, which this installation does not have",
            "Install what requirements-hub.txt lists (python -m pip install -r requirements-hub.txt), or choose a "
            "starter",
        )
    import keras_hub

    return keras_hub


def open_preset(folder: Path, task: dict[str, Any]) -> Network:  # noqa: ARG001  # the preset lies elsewhere
    """The preset in the folder `task["preset"]`: pixels of its input size go in, all boxes come out as x, y, x, y.

    Raises:
        InputError: KerasHub is not installed, or the preset is no detector of fixed input size.
    """
    keras_hub = keras_hub_or_error()
    limit(task)
    detector = keras_hub.models.ObjectDetector.from_preset(task["preset"])
    converter = detector.preprocessor.image_converter if detector.preprocessor else None
    if converter is None or converter.image_size is None:
        raise InputError(f"{task['name']} does not say its input size", "Use a preset with an image converter")
    rows, columns = converter.image_size
    decoder = detector.prediction_decoder
    # The setter wants a layer's format to be the detector's own.
    wanted = detector.bounding_box_format
    detector.prediction_decoder = KeepAll(bounding_box_format=wanted, from_logits=decoder.from_logits)
    given_format = "yxyx" if type(detector).__name__.startswith("DFine") else wanted
    relative, layout = given_format.startswith("rel_"), _LAYOUTS.get(given_format.removeprefix("rel_"))
    if layout is None:
        raise InputError(f"{task['name']} gives boxes as {given_format}", f"Use one of {', '.join(_LAYOUTS)}")

    def run(batch: npt.NDArray) -> dict[str, npt.NDArray]:
        said = detector.predict(batch, batch_size=1, verbose=0)
        size = (rows, columns) if relative else None
        corners = to_corners(np.asarray(said["boxes"], np.float32)[0], layout, size=size)
        scores, labels = (np.asarray(said[name], np.float32)[0] for name in ("scores", "labels"))
        return {"boxes": corners, "scores": scores, "labels": labels}

    facts = {"pad": bool(converter.pad_to_aspect_ratio), "classes": int(detector.num_classes)}
    return Network((1, int(rows), int(columns), 3), "uint8", run, facts)
