"""A Keras model as a LiteRT file with float16 kernels.

Imports TensorFlow: the converter is part of it. Needs Keras on the TensorFlow backend.

The converter has an option for float16, but it rounds biases too, and those that it made by folding were no float16
numbers: outputs then differ from Keras' by some 1e-3. Here the file is made in float32, and what is a float16 number
already is stored as one.
"""

import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

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
            target_spec={"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]},
        )
        return _with_half_kernels(path.read_bytes())


# Folding computes in float32, so that a float16 number comes out with an error of this size.
_FOLDED = 1e-6
# Vectors have no weight in the size of the file.
_KERNEL_AXES = 2


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


def _with_half_kernels(file: bytes) -> bytes:
    """The file with every kernel whose numbers are float16 numbers stored as that, before a DEQUANTIZE operation.

    XNNPACK reads such kernels once, when it prepares the network.
    """
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

    network = flatbuffer_utils.convert_bytearray_to_object(bytearray(file))
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.DEQUANTIZE
    code.version = 3  # the first that reads float16
    network.operatorCodes.append(code)
    halved: dict[int, bool] = {}
    for graph in network.subgraphs:
        operators = []
        for index, tensor in enumerate(list(graph.tensors)):
            if tensor.type != schema.TensorType.FLOAT32 or tensor.shape is None or len(tensor.shape) < _KERNEL_AXES:
                continue
            buffer = network.buffers[tensor.buffer]
            if tensor.buffer not in halved:
                halved[tensor.buffer] = _halve(buffer)
            if halved[tensor.buffer]:
                half = schema.TensorT()
                half.name, half.shape, half.buffer = tensor.name + b"_half", tensor.shape, tensor.buffer
                half.type = schema.TensorType.FLOAT16
                graph.tensors.append(half)
                tensor.buffer = 0  # the empty one: this tensor is computed now
                operator = schema.OperatorT()
                operator.opcodeIndex = len(network.operatorCodes) - 1
                operator.inputs, operator.outputs = [len(graph.tensors) - 1], [index]
                operators.append(operator)
        graph.operators = operators + graph.operators
    return bytes(flatbuffer_utils.convert_object_to_bytearray(network))


def _halve(buffer: Any) -> bool:
    """Store the buffer's float32 numbers as float16 if they are that; whether it was done."""
    if buffer.data is None or not len(buffer.data):
        return False
    values = np.frombuffer(bytes(buffer.data), np.float32)
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    # Below the normal float16 numbers the step is 2**-24, which no output feels.
    if not np.allclose(half, values, rtol=_FOLDED, atol=2.0**-24):
        return False
    buffer.data = np.frombuffer(half.tobytes(), np.uint8)
    return True
