"""A visitor's `.keras` file: its summary and its code, and whether its weights load, without trusting it.

The archive and the configuration are checked first (`cnn_core.untrusted.keras_file`). What passes is handed to Keras
in a child process whose memory, processor time and files are limited; the server's own process never builds it. One
file at a time.
"""

import json
import subprocess
import tempfile
import threading
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnn_core.child_process import kill_child, read_json, start_child, write_json
from cnn_core.errors import InputError
from cnn_core.summary import LayerRow, Summary
from cnn_core.untrusted.keras_file import CheckedFile, check_keras_file

MAX_PARAMETERS = 1_000_000_000
MAX_WEIGHT_BYTES = 1_000_000_000
SECONDS = 90
# Memory beyond what the libraries take: for layers and connections, and for the weights read and held.
_STRUCTURE_MEMORY = 2_000_000_000

_ONE_AT_A_TIME = threading.Lock()
_WAIT_SECONDS = 300


@dataclass(frozen=True)
class KerasFile:
    """What an uploaded file holds.

    Attributes:
        summary: its layers and what they cost.
        code: Keras code that builds the same network; "" where it cannot be written.
        why_no_code: the reason, or "".
    """

    summary: Summary
    code: str
    why_no_code: str


@dataclass(frozen=True)
class LoadedWeights:
    """The weights were loaded.

    Attributes:
        parameters: numbers loaded.
        finite: False where some are NaN or infinite.
        output_shape: of a prediction for one picture of zeros, without the batch axis; None where several go in or come
            out, or the size is not fixed.
    """

    parameters: int
    finite: bool
    output_shape: tuple[int, ...] | None


def inspect_keras_file(data: bytes, *, name: str, seconds: float = SECONDS) -> Summary:
    """The summary of an uploaded file, from its configuration alone.

    Raises:
        InputError: as `read_keras_file`.
    """
    return read_keras_file(data, name=name, seconds=seconds).summary


def read_keras_file(data: bytes, *, name: str, seconds: float = SECONDS) -> KerasFile:
    """The summary and the code of an uploaded file, from its configuration alone; takes as long as importing Keras.

    Args:
        data: the whole file.
        name: what messages call it.
        seconds: time that the child process may take.

    Raises:
        InputError: damaged, hostile, too large, or with parts that are not Keras' own.
    """
    checked = check_keras_file(data, name=name)
    answer = _in_child({"task": "structure", "memory": _STRUCTURE_MEMORY}, checked, seconds)
    described = answer["summary"]
    rows = tuple(_row(row) for row in described.pop("rows"))
    summary = Summary(rows=rows, **{key: _tuples(value) for key, value in described.items()})
    return KerasFile(summary, answer["code"], answer["why_no_code"])


def load_in_child(data: bytes, *, name: str, seconds: float = SECONDS) -> LoadedWeights:
    """Load the file with its weights, in safe mode, in a child process, and predict once.

    Raises:
        InputError: as `read_keras_file`; weights that do not fit the layers; more than `MAX_WEIGHT_BYTES` of them.
    """
    checked = check_keras_file(data, name=name)
    if not checked.weights:
        raise InputError(f"{checked.name} has no weights", 'Save the whole model with model.save("model.keras")')
    check_weight_bytes(checked.weight_bytes, checked.name)
    # Weights are initialised, which takes several copies of the largest, then read from the file and held by the model.
    memory = _STRUCTURE_MEMORY + 6 * checked.weight_bytes
    answer = _in_child({"task": "weights", "memory": memory}, checked, seconds, data)
    return LoadedWeights(answer["parameters"], answer["finite"], _tuples(answer["output_shape"]))


def check_weight_bytes(count: int, name: str) -> None:
    """Refuse more weights than a child may hold."""
    if count > MAX_WEIGHT_BYTES:
        raise InputError(
            f"The weights in {name} take {count / 1e6:,.0f} MB",
            f"Upload a model whose weights take at most {MAX_WEIGHT_BYTES // 1_000_000:,} MB",
        )


def _in_child(task: dict[str, Any], checked: CheckedFile, seconds: float, data: bytes = b"") -> dict[str, Any]:
    """What the child answers; its InputErrors are raised here."""
    if not _ONE_AT_A_TIME.acquire(timeout=_WAIT_SECONDS):
        raise InputError("Other uploaded models are being read", "Try again in a few minutes")
    try:
        with tempfile.TemporaryDirectory(prefix="cnn-playground-") as place:
            folder = Path(place)
            write_json(folder / "task.json", {**task, "name": checked.name, "seconds": int(seconds)})
            write_json(folder / "config.json", checked.config)
            if data:
                write_checked(folder / "model.keras", checked, data)
            process = start_child("cnn_core.untrusted.child", folder, on_gpu=False)
            try:
                process.wait(timeout=seconds)
            except subprocess.TimeoutExpired as error:
                raise InputError(
                    f"{checked.name} was not read within {seconds:.0f} s", "Upload a smaller model"
                ) from error
            finally:
                kill_child(process)
            answer = read_json(folder / "answer.json")
    finally:
        _ONE_AT_A_TIME.release()
    if answer is None:
        raise InputError(f"{checked.name} needs more memory or time than it may take here", "Upload a smaller model")
    if "problem" in answer:
        raise InputError(answer["problem"], answer["remedy"])
    return dict(answer)


def write_checked(path: Path, checked: CheckedFile, data: bytes) -> None:
    """A new archive with the checked configuration and the file's weights; nothing else is taken over."""
    source = path.with_name("uploaded")
    source.write_bytes(data)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        new.writestr("metadata.json", json.dumps({"keras_version": "3"}))
        new.writestr("config.json", json.dumps(checked.config))
        try:
            with old.open(checked.weights) as stream, new.open(checked.weights, "w") as target:
                left = checked.weight_bytes
                while part := stream.read(min(1 << 20, left)):
                    target.write(part)
                    left -= len(part)
        # As in `keras_file`: a damaged archive raises nearly anything.
        except Exception as error:
            raise InputError(f"{checked.name} is damaged or cut short", "Copy or download the file again") from error
    source.unlink()


def _row(row: dict[str, Any]) -> LayerRow:
    return LayerRow(**{key: _tuples(value) for key, value in row.items()})


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
