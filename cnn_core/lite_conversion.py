"""A Keras model as a LiteRT file that takes batches of any length, written in one step."""

import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def can_convert() -> bool:
    """Whether Keras runs on TensorFlow, whose converter it is; imports Keras."""
    import keras

    return bool(keras.backend.backend() == "tensorflow")


def convert(model: "keras.Model", path: Path) -> None:
    """Write the file; takes some ten seconds.

    Args:
        model: of one picture input whose rows and columns are known.
        path: of the file; its folder is made.
    """
    import keras

    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{uuid.uuid4().hex}.tflite")
    signature = keras.InputSpec(shape=(None, *model.input_shape[1:]), dtype="float32")
    try:
        model.export(part, format="litert", verbose=False, input_signature=[signature])
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
