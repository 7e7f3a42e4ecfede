"""A Keras model as a LiteRT file with float16 weights.

Imports TensorFlow: the converter is part of it. Needs Keras on the TensorFlow backend.
"""

import tempfile
from pathlib import Path
from typing import Any

import keras

from cnn_core.errors import InputError


def lite_file(model: keras.Model, *, size: tuple[int, int]) -> bytes:
    """The model as the content of a .tflite file that takes batches of any length.

    Rows and columns stay open where the model leaves them open, unless it enlarges bilinearly: Keras then needs to
    know the size. Only LiteRT's own operations are used.

    Args:
        model: with weights that are float16 numbers already, see `exact_folding`.
        size: rows and columns where they cannot stay open.

    Raises:
        InputError: Keras runs on another backend.
    """
    if keras.backend.backend() != "tensorflow":
        raise InputError(
            "The LiteRT converter is TensorFlow's",
            "Set KERAS_BACKEND=tensorflow",
            backend=keras.backend.backend(),
        )
    import tensorflow as tf

    rows, columns, channels = model.input_shape[1:]
    if rows is None and any(_enlarges(layer, "bilinear") for layer in model.layers):
        rows, columns = size
    signature = keras.InputSpec(shape=(None, rows, columns, channels), dtype="float32")
    exported = keras.models.clone_model(model, clone_function=_delegated)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.tflite"
        exported.export(
            path,
            format="litert",
            verbose=False,
            input_signature=[signature],
            optimizations=[tf.lite.Optimize.DEFAULT],
            target_spec={"supported_types": [tf.float16], "supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]},
        )
        return path.read_bytes()


class Repeat(keras.layers.Layer):
    """Each pixel `factor` x `factor` times: nearest-neighbour enlargement in two operations that XNNPACK runs.

    `UpSampling2D` becomes eight for each axis, most of which XNNPACK leaves to slower code.
    """

    def __init__(self, factor: int, **options: Any) -> None:
        super().__init__(**options)
        self.factor = factor

    def call(self, x: Any) -> Any:
        """(N, H, W, C) -> (N, factor H, factor W, C)."""
        import tensorflow as tf

        return tf.nn.depth_to_space(tf.concat([x] * self.factor**2, axis=-1), self.factor)


def _delegated(layer: keras.layers.Layer) -> keras.layers.Layer:
    """The layer itself, with its weights, or one in its place that LiteRT runs faster."""
    if _enlarges(layer, "nearest") and layer.size[0] == layer.size[1]:
        return Repeat(layer.size[0], name=layer.name)
    return layer


def _enlarges(layer: keras.layers.Layer, interpolation: str) -> bool:
    return isinstance(layer, keras.layers.UpSampling2D) and layer.interpolation == interpolation
