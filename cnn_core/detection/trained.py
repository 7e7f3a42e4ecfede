"""The network of a finished training, as a detector: through LiteRT where the run has such a file."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.arrays import as_rgb
from cnn_core.child_process import read_json
from cnn_core.detection.candidates import Candidates, GridHead
from cnn_core.detection.detector import Detector
from cnn_core.detection.heads import read_grids
from cnn_core.errors import InputError
from cnn_core.letterbox import letterbox
from cnn_core.lite_network import LiteNetwork
from cnn_core.results.trained import load_model

_CODE = """\
import json
from pathlib import Path

from cnn_core.detection.candidates import GridHead
from cnn_core.detection.heads import read_grids
from cnn_core.letterbox import letterbox
from cnn_core.lite_network import LiteNetwork

run = Path({run!r})
result = json.loads((run / "result.json").read_text())
framed = letterbox(image, tuple(result["input_size"]))
raw = LiteNetwork((run / "model.tflite").read_bytes())(framed.image[None])[0]
candidates = read_grids([GridHead(raw, stride=result["grid_stride"])], framed, names=result["classes"])
"""


def trained_detector(run: Path, *, title: str = "") -> Detector:
    """The detector that a run of `cnn_core.detection.training` has made.

    Args:
        run: its folder.
        title: for people; the folder's name where there is none.

    Raises:
        InputError: the run has no trained network yet, or its files are damaged.
    """
    result = read_json(run / "result.json")
    if not isinstance(result, dict) or "grid_stride" not in result:
        raise InputError("This run has no trained detector yet", "Wait until it is done, or resume it")
    names, size, stride = tuple(result["classes"]), tuple(result["input_size"]), int(result["grid_stride"])
    network = _network(run)

    def look(image: npt.NDArray) -> Candidates:
        begin = time.perf_counter()
        framed = letterbox(as_rgb(image), size)
        resized = time.perf_counter()
        raw = network(framed.image[None])
        answered = time.perf_counter()
        seen = read_grids([GridHead(raw[0], stride)], framed, names=names)
        seconds = {
            "resize": resized - begin,
            "inference": answered - resized,
            "decoding": time.perf_counter() - answered,
        }
        return replace(seen, seconds=seconds)

    return Detector(
        name=str(run),
        title=title or run.name,
        classes=names,
        about=_about(result),
        code=_CODE.format(run=str(run)),
        look=look,
    )


def _network(run: Path) -> Callable[[npt.NDArray], Any]:
    lite = run / "model.tflite"
    if lite.is_file():
        return LiteNetwork(lite.read_bytes())
    model, turn = load_model(run / "model.keras"), threading.Lock()

    def answer(batch: npt.NDArray) -> Any:
        with turn:
            return np.asarray(model.predict_on_batch(batch), np.float32)

    return answer


def _about(result: dict[str, Any]) -> str:
    rows, columns = result["input_size"]
    figures = result.get("test") or result.get("validation") or {}
    measured = (
        f" mAP at IoU 0.5 is {figures['map50']:.3f} on {figures['pictures']:,} pictures that it was not trained on."
        if "map50" in figures
        else ""
    )
    return (
        f"Finds {', '.join(result['classes'])}. Trained here on {result['train']['pictures']:,} pictures.{measured} It "
        f"sees each photo letterboxed to {columns} × {rows} pixels and has {result['parameters'] / 1e6:.1f} million "
        "parameters."
    )
