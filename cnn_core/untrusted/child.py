"""The child process of `cnn_core.untrusted.model`: `python -m cnn_core.untrusted.child FOLDER`.

Reads task.json and the checked configuration, limits itself once Keras is imported, and writes answer.json.
"""

import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from cnn_core.child_process import limit_this_process, read_json, write_json
from cnn_core.errors import InputError
from cnn_core.keras_alone import import_keras_alone
from cnn_core.summary import LayerRow, Summary, summarize
from cnn_core.untrusted.keras_weights import build_checked, load_checked, reason_of
from cnn_core.untrusted.model import MAX_PARAMETERS, MAX_WEIGHT_BYTES

# What it may write: its answer; Keras unpacks large weights beside the archive.
_FILE_BYTES = 64_000_000 + MAX_WEIGHT_BYTES


def main(folder: Path) -> None:
    """Answer the task in the folder."""
    task = read_json(folder / "task.json")
    config = json.loads((folder / "config.json").read_text())
    import_keras_alone()
    import keras

    import cnn_core.architectures.local_response  # noqa: F401  # registers this project's own layer

    keras.config.disable_traceback_filtering()
    limit_this_process(more_memory=task["memory"], more_seconds=task["seconds"], file_bytes=_FILE_BYTES)
    try:
        answer = _structure(config) if task["task"] == "structure" else _weights(config, folder, task["name"])
    except InputError as error:
        answer = {"problem": error.problem, "remedy": error.remedy}
    except MemoryError:
        answer = _too_large(task["name"])
    # Keras raises nearly anything on a configuration that contradicts itself. It runs apart from the server, and the
    # reason is for the visitor who made the file.
    except Exception as error:
        answer = _refused(error, task["name"])
    write_json(folder / "answer.json", answer)


def _too_large(name: str) -> dict[str, Any]:
    return {"problem": f"{name} needs more memory than it may take here", "remedy": "Upload a smaller model"}


def _refused(error: Exception, name: str) -> dict[str, Any]:
    if "nable to allocate" in str(error):
        return _too_large(name)
    return {
        "problem": f"Keras cannot build {name}: {reason_of(error)}",
        "remedy": 'Check that keras.models.load_model opens it, and save it again with model.save("model.keras")',
    }


def _structure(config: dict[str, Any]) -> dict[str, Any]:
    """Summary and code of the model, built without weights."""
    from cnn_core.keras_code import keras_code_of

    def build() -> Any:
        return build_checked(config)

    summary = summarize(build)
    if summary.parameters > MAX_PARAMETERS:
        raise InputError(
            f"The model declares {summary.parameters:,} parameters", f"Upload one of at most {MAX_PARAMETERS:,}"
        )
    code = why = ""
    try:
        code = keras_code_of(build)
    except InputError as error:
        why = f"{error.problem}. {error.remedy}."
    return {"summary": _plain(summary), "code": code, "why_no_code": why}


def _weights(config: dict[str, Any], folder: Path, name: str) -> dict[str, Any]:
    """Load the weights, and predict once."""
    import numpy as np

    model = load_checked(config, folder, name)
    finite = all(bool(np.isfinite(np.asarray(weight)).all()) for weight in model.weights if weight.dtype[:5] == "float")
    shapes = [tuple(tensor.shape[1:]) for tensor in model.inputs]
    output = None
    if len(shapes) == 1 and len(model.outputs) == 1 and all(side and side <= 1024 for side in shapes[0]):
        output = list(model(np.zeros((1, *shapes[0]), "float32"), training=False).shape[1:])
    return {"parameters": model.count_params(), "finite": finite, "output_shape": output}


def _plain(summary: Summary) -> dict[str, Any]:
    """The fields of a summary and of its rows, without what is computed from them."""
    values = {field.name: getattr(summary, field.name) for field in fields(Summary)}
    values["rows"] = [{field.name: getattr(row, field.name) for field in fields(LayerRow)} for row in summary.rows]
    return values


if __name__ == "__main__":
    main(Path(sys.argv[1]))
