"""The child process of `cnn_core.untrusted.network_worker`: `python -m cnn_core.untrusted.network_child FOLDER`.

Opens the network that task.json names, tries it on zeros, and says what it takes and gives. Then it answers one batch
after the other, until its standard input is closed. The files are not needed any more once the network is open.
"""

import importlib.util
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.child_process import ROOT, read_json
from cnn_core.errors import InputError
from cnn_core.keras_alone import import_keras_alone
from cnn_core.runtime import usable_cores
from cnn_core.untrusted.fence import fence_in, library_folders
from cnn_core.untrusted.frames import Broken, read_frame, write_frame
from cnn_core.untrusted.network import Network, limit, only_input, picture_shape
from cnn_core.untrusted.open_preset import open_preset
from cnn_core.untrusted.open_saved_model import open_saved_model
from cnn_core.untrusted.open_segmenter_preset import open_segmenter_preset

_MOST_THREADS = 4


def main(folder: Path) -> None:
    """Open the network in the folder, and answer."""
    # Libraries print: what they print must not get between the frames.
    answers = os.dup(1)
    os.dup2(2, 1)
    task = read_json(folder / "task.json")
    # Libraries look for their settings at home, and some write them there: their home is the folder.
    os.environ.update({name: str(folder) for name in ("HOME", "KERAS_HOME", "TMPDIR")})
    fenced = fence_in([*library_folders(ROOT), *map(Path, task.get("readable", ()))], [folder])
    try:
        if task.get("fence") and not fenced:
            raise InputError(
                f"{task['name']} is code, and this server cannot keep code away from other visitors' files",
                "Run the app on Linux 5.13 or newer, or convert the model to LiteRT or ONNX",
            )
        network = OPENERS[task["kind"]](folder, task)
        tried = network.run(np.zeros(network.input_shape, network.input_dtype))
        outputs = [[name, array.shape] for name, array in tried.items()]
        said = {"input_shape": network.input_shape, "input_dtype": network.input_dtype, "facts": network.facts}
        write_frame(answers, {**said, "outputs": outputs}, {})
        while True:
            values, arrays = read_frame(0)
            if "question" in values:
                write_frame(answers, *_told(network, values, arrays["batch"]))
            else:
                write_frame(answers, {}, network.run(arrays["batch"]))
    except Broken:
        return
    except InputError as error:
        problem = {"problem": error.problem, "remedy": error.remedy}
    except MemoryError:
        problem = _too_large(task["name"])
    # The libraries raise nearly anything on a file that contradicts itself. It runs apart from the server, and the
    # reason is for the visitor who made the file.
    except Exception as error:
        problem = _refused(error, task["name"])
    write_frame(answers, problem, {})


def _told(network: Network, asked: dict[str, Any], batch: npt.NDArray) -> tuple[dict[str, Any], dict[str, npt.NDArray]]:
    """A question's answer, or why there is none; what is merely refused leaves the network open."""
    assert network.told is not None
    try:
        values, arrays = network.told(asked["question"], batch, asked["options"])
    except InputError as error:
        return {"refused": error.problem, "remedy": error.remedy}, {}
    return {"values": dict(values)}, dict(arrays)


def _open_lite(folder: Path, task: dict[str, Any]) -> Network:
    from ai_edge_litert.interpreter import Interpreter

    limit(task)
    interpreter = Interpreter(
        model_content=(folder / "network").read_bytes(), num_threads=min(_MOST_THREADS, usable_cores())
    )
    taken = only_input(interpreter.get_input_details(), task["name"])
    shape = picture_shape(taken["shape_signature"], task)
    interpreter.resize_tensor_input(taken["index"], shape)
    interpreter.allocate_tensors()
    given = interpreter.get_output_details()

    def run(batch: npt.NDArray) -> dict[str, npt.NDArray]:
        interpreter.set_tensor(taken["index"], _as_taken(batch, taken["dtype"]))
        interpreter.invoke()
        return {output["name"]: _plain(interpreter.get_tensor(output["index"]), output) for output in given}

    whole = [np.dtype(output["dtype"]).kind in "iu" and not output["quantization"][0] for output in given]
    return Network(shape, "uint8" if np.dtype(taken["dtype"]).kind in "iu" else "float32", run, {"whole": whole})


def _as_taken(batch: npt.NDArray, kind: Any) -> npt.NDArray:
    """Eight-bit networks take pixels as they are, from 0 or from -128 on, whatever range they were trained on."""
    return (batch.astype(np.int16) - 128).astype(np.int8) if np.dtype(kind) == np.int8 else batch.astype(kind)


def _plain(values: npt.NDArray, details: dict[str, Any]) -> npt.NDArray[np.float32]:
    scale, zero = details["quantization"]
    if np.dtype(details["dtype"]).kind in "iu" and scale:
        return (values.astype(np.float32) - np.float32(zero)) * np.float32(scale)
    return values.astype(np.float32)


def _open_onnx(folder: Path, task: dict[str, Any]) -> Network:
    if importlib.util.find_spec("onnxruntime") is None:
        raise InputError(
            "ONNX files need onnxruntime, which this installation does not have",
            "Install what requirements-onnx.txt lists (python -m pip install -r requirements-onnx.txt), or convert the "
            "file to LiteRT",
        )
    import onnxruntime

    limit(task)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = min(_MOST_THREADS, usable_cores())
    # Threads that wait in a loop would keep a core busy between two pictures.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # From memory, so that no path in the file means anything.
    content = (folder / "network").read_bytes()
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    taken = only_input(session.get_inputs(), task["name"])
    kinds = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(uint8)": "uint8"}
    if taken.type not in kinds:
        raise InputError(
            f"{task['name']} takes {taken.type}", "Export it with an input of float32, float16 or uint8 pixels"
        )
    kind = kinds[taken.type]
    names = [output.name for output in session.get_outputs()]

    def run(batch: npt.NDArray) -> dict[str, npt.NDArray]:
        given = session.run(names, {taken.name: batch.astype(kind)})
        return {name: np.asarray(array).astype(np.float32) for name, array in zip(names, given, strict=True)}

    whole = ["int" in output.type for output in session.get_outputs()]
    return Network(picture_shape(taken.shape, task), "uint8" if kind == "uint8" else "float32", run, {"whole": whole})


def _open_keras(folder: Path, task: dict[str, Any]) -> Network:
    import_keras_alone()
    import keras

    import cnn_core.architectures.local_response  # noqa: F401  # registers this project's own layer
    from cnn_core.untrusted.keras_weights import load_checked

    keras.config.disable_traceback_filtering()
    limit(task)
    model = load_checked(json.loads((folder / "config.json").read_text()), folder, task["name"])
    taken = only_input(model.inputs, task["name"])
    # A Sequential model has no names of outputs.
    names = list(getattr(model, "output_names", None) or ["output"])

    def run(batch: npt.NDArray) -> dict[str, npt.NDArray]:
        given = model.predict_on_batch(batch)
        if isinstance(given, dict):
            return {name: np.asarray(array, np.float32) for name, array in given.items()}
        parts = given if isinstance(given, list | tuple) else [given]
        return {f"{number} {names[number]}": np.asarray(part, np.float32) for number, part in enumerate(parts)}

    def told(question: str, batch: npt.NDArray, options: Mapping[str, Any]) -> Any:
        from cnn_core.classifiers.questions import answer_question

        answer = answer_question(model, question, batch, options)
        return answer.values, answer.arrays

    whole = ["int" in str(output.dtype) for output in model.outputs]
    return Network(picture_shape(taken.shape, task), "float32", run, {"whole": whole}, told)


def _too_large(name: str) -> dict[str, str]:
    return {"problem": f"{name} needs more memory than it may take here", "remedy": "Use a smaller model"}


def _refused(error: Exception, name: str) -> dict[str, str]:
    from cnn_core.untrusted.keras_weights import reason_of

    if "nable to allocate" in str(error) or "bad_alloc" in str(error):
        return _too_large(name)
    return {"problem": f"{name} cannot be run: {reason_of(error)}", "remedy": "Check that it runs where it was made"}


OPENERS: dict[str, Callable[[Path, dict[str, Any]], Network]] = {
    "lite": _open_lite,
    "onnx": _open_onnx,
    "keras": _open_keras,
    "saved_model": open_saved_model,
    "preset": open_preset,
    "segmenter_preset": open_segmenter_preset,
}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
