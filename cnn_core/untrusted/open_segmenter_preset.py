"""A segmenter of KerasHub, opened in a child process: importing KerasHub takes many seconds and 700 MB.

Measured on KerasHub 0.32: `predict` resizes and scales raw pixels by the preset's own converter, cropping to the aspect
of the input, so that it is handed pictures of the input's size; it gives logits (1, rows, columns, classes).
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.untrusted.network import Network, limit
from cnn_core.untrusted.open_preset import keras_hub_or_error


def open_segmenter_preset(folder: Path, task: dict[str, Any]) -> Network:  # noqa: ARG001  # the preset lies elsewhere
    """The preset in the folder `task["preset"]`: raw pixels of its input size go in, its map comes out.

    Raises:
        InputError: KerasHub is not installed, or the preset is no segmenter that takes a picture alone.
    """
    keras_hub = keras_hub_or_error()
    limit(task)
    segmenter = keras_hub.models.ImageSegmenter.from_preset(task["preset"])
    converter = segmenter.preprocessor.image_converter if segmenter.preprocessor else None
    if isinstance(segmenter.input, dict) or converter is None:
        raise InputError(f"{task['name']} takes more than a picture", "Use a preset of DeepLabV3 or SegFormer")
    declared = [converter.image_size, segmenter.input.shape[1:3], task["size"]]
    rows, columns = next(size for size in declared if size and None not in size)

    def run(batch: npt.NDArray) -> dict[str, npt.NDArray]:
        return {"map": np.asarray(segmenter.predict(batch, batch_size=1, verbose=0), np.float32)}

    return Network((1, int(rows), int(columns), 3), "uint8", run, {"whole": [False]})
