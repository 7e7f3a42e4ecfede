"""The formats that a trained network is given away in, how each is written, and how it is read again.

A format's reader is not the network that was written: it opens the file as whoever takes it home will, with that
format's own runtime. SavedModels are read with TensorFlow, which is therefore imported here.
"""

import importlib.util
import math
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.lite_network import LiteNetwork
from cnn_core.results.trained import load_model

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]
Answer = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        name: in requests and records.
        title: what people call it.
        file: the file's name.
        use: one sentence on what it is good for.
        write: writes a model to a path.
        read: opens the file as a function of a batch of raw pixels.
    """

    name: str
    title: str
    file: str
    use: str
    write: "Callable[[keras.Model, Path], None]"
    read: Callable[[Path], Answer]


def _write_keras(model: "keras.Model", path: Path) -> None:
    model.save(path)


def _read_keras(path: Path) -> Answer:
    model = load_model(path)
    return lambda batch: np.asarray(model(batch, training=False), np.float32)


def _write_saved_model(model: "keras.Model", path: Path) -> None:
    _needs_tensorflow()
    with tempfile.TemporaryDirectory(dir=path.parent) as place:
        folder = Path(place) / "saved_model"
        model.export(folder, format="tf_saved_model", verbose=False, input_signature=[_signature(model)])
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for file in sorted(folder.rglob("*")):
                archive.write(file, file.relative_to(folder.parent))


def _read_saved_model(path: Path) -> Answer:
    import tensorflow as tf

    with tempfile.TemporaryDirectory(dir=path.parent) as place:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(place)
        loaded = tf.saved_model.load(str(Path(place) / "saved_model"))
    # Its weights are read when it is loaded: the files may go.
    return lambda batch: np.asarray(loaded.serve(tf.constant(batch)), np.float32)


def _write_lite(model: "keras.Model", path: Path) -> None:
    _needs_tensorflow()
    import tensorflow as tf

    operations = {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]}
    model.export(path, format="litert", verbose=False, input_signature=[_signature(model)], target_spec=operations)


def _read_lite(path: Path) -> Answer:
    return LiteNetwork(path.read_bytes())


def _write_onnx(model: "keras.Model", path: Path) -> None:
    _needs_tensorflow()
    check_onnx()
    import keras

    known = keras.models.clone_model(model, clone_function=_known_to_onnx, recursive=True)
    known.export(path, format="onnx", verbose=False, input_signature=[_signature(model)])


def _known_to_onnx(layer: "keras.layers.Layer") -> "keras.layers.Layer":
    """The layer itself, with its weights; GELU, which TensorFlow computes by an operation that ONNX lacks, by erf."""
    import keras

    if not isinstance(layer, keras.layers.Activation) or layer.activation is not keras.activations.gelu:
        return layer
    return keras.layers.Activation(lambda x: 0.5 * x * (1 + keras.ops.erf(x / math.sqrt(2))), name=layer.name)


def _read_onnx(path: Path) -> Answer:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (inputs,) = session.get_inputs()
    return lambda batch: np.asarray(session.run(None, {inputs.name: batch})[0], np.float32)


_ALL = (
    Format(
        "keras",
        "Keras",
        "model.keras",
        "The network as it was trained, to go on with in Keras on TensorFlow, JAX or PyTorch.",
        _write_keras,
        _read_keras,
    ),
    Format(
        "saved_model",
        "TensorFlow SavedModel",
        "saved_model.zip",
        "For TensorFlow Serving and TensorFlow.js; unpack it.",
        _write_saved_model,
        _read_saved_model,
    ),
    Format(
        "litert",
        "LiteRT",
        "model.tflite",
        "For phones and small boards, and the quickest on a processor; needs no TensorFlow.",
        _write_lite,
        _read_lite,
    ),
    Format(
        "onnx",
        "ONNX",
        "model.onnx",
        "For ONNX Runtime, in many languages and on many devices.",
        _write_onnx,
        _read_onnx,
    ),
)

# Every format by its name.
FORMATS: dict[str, Format] = {way.name: way for way in _ALL}


def onnx_missing() -> tuple[str, ...]:
    """The packages that ONNX needs and that are not installed.

    Example:
        >>> set(onnx_missing()) <= {"tf2onnx", "onnxruntime"}
        True
    """
    return tuple(name for name in ("tf2onnx", "onnxruntime") if importlib.util.find_spec(name) is None)


def check_onnx() -> None:
    """Refuse to write ONNX where it cannot be done.

    Raises:
        InputError: a package is missing.
    """
    missing = onnx_missing()
    if missing:
        raise InputError(
            f"ONNX needs {' and '.join(missing)}, which this installation does not have",
            "Install what requirements-onnx.txt lists (python -m pip install -r requirements-onnx.txt)",
        )


def _needs_tensorflow() -> None:
    import keras

    if keras.backend.backend() != "tensorflow":
        raise InputError(
            "This format is written by TensorFlow", "Set KERAS_BACKEND=tensorflow", backend=keras.backend.backend()
        )


def _signature(model: "keras.Model") -> Any:
    """Batches of any length, whatever the model was built with."""
    import keras

    return keras.InputSpec(shape=(None, *model.input_shape[1:]), dtype="float32")
