"""A SavedModel that takes one picture, opened in a child process: it is code.

Imports TensorFlow: a SavedModel is its format, and Keras runs its signatures through TensorFlow alone.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.untrusted.network import Network, limit, only_input, picture_shape


def open_saved_model(folder: Path, task: dict[str, Any]) -> Network:
    """The SavedModel in `folder / "saved_model"`: an image goes in, the outputs named in the task come out, or all.

    Raises:
        InputError: no signature, another input than one picture, or an output that is missing.
    """
    import tensorflow as tf

    limit(task)
    name = task["name"]
    loaded = tf.saved_model.load(str(folder / "saved_model"))
    signatures = dict(loaded.signatures)
    if not signatures:
        raise InputError(f"{name} has no signature", "Save it with tf.saved_model.save(…, signatures=…)")
    signature = signatures.get("serving_default") or next(iter(signatures.values()))
    outputs = task.get("outputs") or sorted(signature.structured_outputs)
    missing = [output for output in outputs if output not in signature.structured_outputs]
    if missing:
        given = ", ".join(sorted(signature.structured_outputs))[:200]
        raise InputError(f"{name} does not give {' and '.join(missing)}; it gives {given}", task["wanted"])
    argument, spec = only_input(list(signature.structured_input_signature[1].items()), name)
    if spec.dtype not in {tf.uint8, tf.float32}:
        raise InputError(f"{name} takes {spec.dtype.name}", "Export it with an image tensor of uint8 or float32")
    declared = [None] * 4 if spec.shape.rank is None else spec.shape.as_list()
    shape = picture_shape([*declared[:-1], declared[-1] or 3], task)

    def run(batch: npt.NDArray) -> dict[str, npt.NDArray]:
        said = signature(**{argument: tf.constant(batch, spec.dtype)})
        return {output: np.asarray(said[output], np.float32) for output in outputs}

    whole = [signature.structured_outputs[output].dtype.is_integer for output in outputs]
    return Network(shape, spec.dtype.name, run, {"any_size": None in declared[1:3], "whole": whole})
