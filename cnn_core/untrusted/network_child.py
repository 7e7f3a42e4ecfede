"""The child process of `cnn_core.untrusted.network_worker`: `python -m cnn_core.untrusted.network_child FOLDER`.

Opens the network that task.json names, tries it on zeros, and says what it takes and gives. Then it answers one batch
after the other, until its standard input is closed. The files are not needed any more once the network is open.
"""

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.child_process import limit_this_process, read_json
from cnn_core.errors import InputError
from cnn_core.runtime import usable_cores
from cnn_core.untrusted.frames import Broken, read_frame, write_frame

# Processor time in the whole life of a child, and what it may write: Keras unpacks weights.
LIFE_SECONDS = 3_600
_FILE_BYTES = 1_100_000_000
_MOST_THREADS = 4


@dataclass(frozen=True)
class Network:
    """An open network.

    Attributes:
        input_shape: what it takes, with the batch of one; sizes that it leaves open are those of the task.
        input_dtype: "float32" or "uint8".
        run: its outputs by name for a batch.
    """

    input_shape: tuple[int, ...]
    input_dtype: str
    run: Callable[[npt.NDArray], dict[str, npt.NDArray]]


def main(folder: Path) -> None:
    """Open the network in the folder, and answer."""
    # Libraries print: what they print must not get between the frames.
    answers = os.dup(1)
    os.dup2(2, 1)
    task = read_json(folder / "task.json")
    try:
        network = OPENERS[task["kind"]](folder, task)
        tried = network.run(np.zeros(network.input_shape, network.input_dtype))
        outputs = [[name, array.shape] for name, array in tried.items()]
        shape, dtype = network.input_shape, network.input_dtype
        write_frame(answers, {"input_shape": shape, "input_dtype": dtype, "outputs": outputs}, {})
        while True:
            _, arrays = read_frame(0)
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


def _limit(task: dict[str, Any]) -> None:
    limit_this_process(more_memory=task["memory"], more_seconds=LIFE_SECONDS, file_bytes=_FILE_BYTES)


def _open_lite(folder: Path, task: dict[str, Any]) -> Network:
    from ai_edge_litert.interpreter import Interpreter

    _limit(task)
    interpreter = Interpreter(
        model_content=(folder / "network").read_bytes(), num_threads=min(_MOST_THREADS, usable_cores())
    )
    taken = _only(interpreter.get_input_details(), task["name"])
    shape = _shape(taken["shape_signature"], task)
    interpreter.resize_tensor_input(taken["index"], shape)
    interpreter.allocate_tensors()
    given = interpreter.get_output_details()

    def run(batch: npt.NDArray) -> dict[str, npt.NDArray]:
        interpreter.set_tensor(taken["index"], _as_taken(batch, taken["dtype"]))
        interpreter.invoke()
        return {output["name"]: _plain(interpreter.get_tensor(output["index"]), output) for output in given}

    return Network(shape, "uint8" if np.dtype(taken["dtype"]).kind in "iu" else "float32", run)


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

    _limit(task)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = min(_MOST_THREADS, usable_cores())
    # Threads that wait in a loop would keep a core busy between two pictures.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # From memory, so that no path in the file means anything.
    content = (folder / "network").read_bytes()
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    taken = _only(session.get_inputs(), task["name"])
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

    return Network(_shape(taken.shape, task), "uint8" if kind == "uint8" else "float32", run)


def _open_keras(folder: Path, task: dict[str, Any]) -> Network:
    import keras

    import cnn_core.architectures.local_response  # noqa: F401  # registers this project's own layer
    from cnn_core.untrusted.keras_weights import load_checked

    keras.config.disable_traceback_filtering()
    _limit(task)
    model = load_checked(json.loads((folder / "config.json").read_text()), folder, task["name"])
    taken = _only(model.inputs, task["name"])
    names = list(model.output_names)

    def run(batch: npt.NDArray) -> dict[str, npt.NDArray]:
        given = model.predict_on_batch(batch)
        if isinstance(given, dict):
            return {name: np.asarray(array, np.float32) for name, array in given.items()}
        parts = given if isinstance(given, list | tuple) else [given]
        return {f"{number} {names[number]}": np.asarray(part, np.float32) for number, part in enumerate(parts)}

    return Network(_shape(taken.shape, task), "float32", run)


def _only(inputs: Any, name: str) -> Any:
    """The one input of a network."""
    if len(inputs) != 1:
        raise InputError(f"{name} has {len(inputs)} inputs", "Use a network that takes one picture and nothing else")
    return inputs[0]


def _shape(declared: Any, task: dict[str, Any]) -> tuple[int, ...]:
    """A picture's shape with the batch of one; open sizes are those of the task."""
    sides = [side if isinstance(side, int | np.integer) and side > 0 else None for side in declared]
    if len(sides) != 4 or sides[0] not in {None, 1}:
        raise InputError(
            f"{task['name']} takes an array of {_shown(sides)}, not one picture at a time",
            "Export it with an input of (1, rows, columns, 3) or (1, 3, rows, columns)",
        )
    places = (2, 3) if sides[1] in {1, 3} and sides[3] not in {1, 3} else (1, 2)
    for place, side in zip(places, task["size"], strict=True):
        sides[place] = sides[place] or side
    channels = ({1, 2, 3} - set(places)).pop()
    if sides[channels] != 3:
        raise InputError(
            f"{task['name']} takes an array of {_shown(sides)}, not red, green and blue",
            "Export it with an input of (1, rows, columns, 3) or (1, 3, rows, columns)",
        )
    return (1, *(int(side or 0) for side in sides[1:]))


def _shown(sides: list[Any]) -> str:
    return " x ".join("any" if side is None else str(side) for side in sides)


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
}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
