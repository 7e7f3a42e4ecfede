"""The network of a finished training, as a segmenter: through LiteRT where the run has such a file."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.arrays import as_rgb
from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.letterbox import framed
from cnn_core.lite_network import LiteNetwork
from cnn_core.masks import Masks, masks_of
from cnn_core.results.trained import load_model
from cnn_core.segmentation.photo_map import over_photo
from cnn_core.segmentation.segmenter import Segmenter

_CODE = """\
import json
from pathlib import Path

from cnn_core.letterbox import framed
from cnn_core.lite_network import LiteNetwork
from cnn_core.masks import masks_of
from cnn_core.segmentation.photo_map import over_photo

run = Path({run!r})
result = json.loads((run / "result.json").read_text())
frame = framed(image, tuple(result["input_size"]), placement="stretch")
probabilities = LiteNetwork((run / "model.tflite").read_bytes())(frame.image[None])[0]
masks = masks_of(over_photo(probabilities, frame), size=image.shape[:2], names=result["classes"])
"""


def trained_segmenter(run: Path, *, title: str = "") -> Segmenter:
    """The segmenter that a run of `cnn_core.segmentation.training` has made.

    Args:
        run: its folder.
        title: for people; the folder's name where there is none.

    Raises:
        InputError: the run has no trained network yet, or its files are damaged.
    """
    result = read_json(run / "result.json")
    if not isinstance(result, dict) or "input_size" not in result or not (run / "model.keras").is_file():
        raise InputError("This run has no trained segmenter yet", "Wait until it is done, or resume it")
    names, size = tuple(result["classes"]), tuple(result["input_size"])
    network = _network(run)

    def look(image: npt.NDArray) -> Masks:
        begin = time.perf_counter()
        frame = framed(as_rgb(image), size, placement="stretch")
        resized = time.perf_counter()
        raw = network(frame.image[None])
        answered = time.perf_counter()
        probabilities = over_photo(raw[0], frame)
        seconds = {
            "resize": resized - begin,
            "inference": answered - resized,
            "decoding": time.perf_counter() - answered,
        }
        return masks_of(probabilities, size=frame.size, names=names, seconds=seconds)

    return Segmenter(
        name=str(run),
        title=title or run.name,
        classes=names,
        about=_about(result),
        code=_CODE.format(run=str(run)),
        input_size=size,
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
        f" Mean IoU is {figures['mean_iou']:.3f} on {figures['pictures']:,} photos that it was not trained on."
        if figures.get("mean_iou") is not None
        else ""
    )
    return (
        f"Tells {', '.join(result['classes'])} apart. Trained here on {result['train']['pictures']:,} photos."
        f"{measured} It sees each photo stretched to {columns} x {rows} pixels and has "
        f"{result['parameters']:,} parameters."
    )
