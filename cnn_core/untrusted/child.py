"""The child process of `cnn_core.untrusted.model`: `python -m cnn_core.untrusted.child FOLDER`.

Reads task.json and the checked configuration, limits itself once Keras is imported, and writes answer.json.
"""

import copy
import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from cnn_core.child_process import limit_this_process, read_json, write_json
from cnn_core.errors import InputError
from cnn_core.summary import LayerRow, Summary, summarize
from cnn_core.untrusted.model import MAX_PARAMETERS, MAX_WEIGHT_BYTES, check_weight_bytes
from cnn_core.weightless import read_model

# What it may write: its answer; Keras unpacks large weights beside the archive.
_FILE_BYTES = 64_000_000 + MAX_WEIGHT_BYTES


def main(folder: Path) -> None:
    """Answer the task in the folder."""
    task = read_json(folder / "task.json")
    config = json.loads((folder / "config.json").read_text())
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
        "problem": f"Keras cannot build {name}: {_reason(error)}",
        "remedy": 'Check that keras.models.load_model opens it, and save it again with model.save("model.keras")',
    }


def _structure(config: dict[str, Any]) -> dict[str, Any]:
    """Summary and code of the model, built without weights."""
    from cnn_core.keras_code import keras_code_of

    def build() -> Any:
        return _build(config)

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


def _build(config: dict[str, Any]) -> Any:
    import keras

    # Keras empties the configuration it reads.
    model = keras.saving.deserialize_keras_object(copy.deepcopy(config), safe_mode=True)
    if not isinstance(model, keras.Model) or not model.built:
        raise InputError("The model has no input shape", "Build it before saving: begin it with keras.Input(…)")
    return model


def _weights(config: dict[str, Any], folder: Path, name: str) -> dict[str, Any]:
    """Load the weights, and predict once."""
    import keras
    import numpy as np

    declared = read_model(lambda: _build(config), lambda model: sum(4 * _count(w) for w in model.weights))
    check_weight_bytes(declared, name)
    _check_links(folder / "model.keras", name)
    model = keras.saving.load_model(folder / "model.keras", compile=False, safe_mode=True)
    finite = all(bool(np.isfinite(np.asarray(weight)).all()) for weight in model.weights if weight.dtype[:5] == "float")
    shapes = [tuple(tensor.shape[1:]) for tensor in model.inputs]
    output = None
    if len(shapes) == 1 and len(model.outputs) == 1 and all(side and side <= 1024 for side in shapes[0]):
        output = list(model(np.zeros((1, *shapes[0]), "float32"), training=False).shape[1:])
    return {"parameters": model.count_params(), "finite": finite, "output_shape": output}


def _count(weight: Any) -> int:
    """Numbers in one weight."""
    count = 1
    for side in weight.shape:
        count *= int(side)
    return count


def _check_links(path: Path, name: str) -> None:
    """Refuse weights that point to other files."""
    import shutil
    import zipfile

    import h5py

    unpacked = path.with_name("weights.h5")
    with zipfile.ZipFile(path) as archive, archive.open("model.weights.h5") as stream, unpacked.open("wb") as target:
        shutil.copyfileobj(stream, target)
    with h5py.File(unpacked, "r") as weights:
        groups = [weights]
        while groups:
            group = groups.pop()
            for key in group:
                link = group.get(key, getlink=True)
                part = group.get(key) if isinstance(link, h5py.HardLink) else None
                outside = isinstance(part, h5py.Dataset) and (part.external or part.is_virtual)
                if part is None or outside:
                    raise InputError(
                        f"The weights in {name} point to other files", 'Save it again with model.save("model.keras")'
                    )
                if isinstance(part, h5py.Group):
                    groups.append(part)


def _plain(summary: Summary) -> dict[str, Any]:
    """The fields of a summary and of its rows, without what is computed from them."""
    values = {field.name: getattr(summary, field.name) for field in fields(Summary)}
    values["rows"] = [{field.name: getattr(row, field.name) for field in fields(LayerRow)} for row in summary.rows]
    return values


def _reason(error: Exception) -> str:
    # Keras puts the whole configuration first, and what is wrong with it last.
    text = str(error)
    for heading in ("Exception encountered:", "Error encountered during deserialization:"):
        text = text.rpartition(heading)[2]
    text = " ".join(text.split())
    text = "".join(letter if letter.isprintable() else "�" for letter in text)
    return text[:200] + ("…" if len(text) > 200 else "") if text else type(error).__name__


if __name__ == "__main__":
    main(Path(sys.argv[1]))
