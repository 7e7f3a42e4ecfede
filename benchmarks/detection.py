"""How long detection takes: the starters through LiteRT, and the parts of a photo of 12 megapixels.

    python -m benchmarks.detection [YOLOX.onnx YOLOX.keras]

Wanted: a photo of 12 megapixels takes less than 250 ms from its pixels to boxes on two cores, and 20,000 candidates are
suppressed in less than 150 ms. The same network through LiteRT and through ONNX Runtime is timed alternately in one run
where both can be had: a starter where tf2onnx and onnxruntime are installed (requirements-onnx.txt), and a pair of
files given on the command line, whose Keras file is converted. A ratio above 1 means that LiteRT takes longer.
"""

import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.paired import paired_ratio
from cnn_core.boxes import Boxes
from cnn_core.detection.candidates import Candidates, found
from cnn_core.detection.loading import load_detector
from cnn_core.detection.starters import starter_detectors
from cnn_core.lite_network import LiteNetwork
from cnn_core.runtime import usable_cores
from cnn_core.starter_models import keras_starter, lite_starter, starter_card

_ROUNDS = 7
_PHOTO = (3000, 4000)
_BOXES = 20_000


def parts(name: str) -> dict[str, float]:
    """Median milliseconds of each part for a photo of 12 megapixels."""
    photo = np.random.default_rng(0).random((*_PHOTO, 3), dtype=np.float32)
    detector = load_detector(name)
    detector.look(photo)
    rounds = []
    for _ in range(_ROUNDS):
        seen = detector.look(photo)
        begin = time.perf_counter()
        found(seen)
        rounds.append({**seen.seconds, "suppression": time.perf_counter() - begin})
    return {part: median(one[part] for one in rounds) * 1000 for part in rounds[0]}


def suppression() -> float:
    """Median milliseconds for 20,000 random candidates of 80 classes in a photo."""
    random = np.random.default_rng(0)
    places = random.random((_BOXES, 2)) * [1000, 700]
    corners = np.concatenate([places, places + random.random((_BOXES, 2)) * 120], axis=1)
    scores = np.sort(random.random(_BOXES))[::-1]
    boxes = Boxes(corners, random.integers(0, 80, _BOXES), scores, [str(number) for number in range(80)])
    seen = Candidates(boxes, (820, 1120))
    times = []
    for _ in range(_ROUNDS):
        begin = time.perf_counter()
        found(seen, threshold=0.01)
        times.append(time.perf_counter() - begin)
    return median(times) * 1000


def through_onnx(file: Path, *, spinning: bool = True) -> Callable[[np.ndarray], Any]:
    """The network of an ONNX file, as ONNX Runtime runs it with all cores.

    Args:
        file: the network.
        spinning: whether its threads wait in a loop behind each call, which takes the cores from whoever runs next.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = usable_cores()
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    (taken,) = session.get_inputs()
    return lambda batch: session.run(None, {taken.name: batch})


def starter_ratio(name: str) -> tuple[float, float]:
    """Time of LiteRT over that of ONNX Runtime for a starter, and the milliseconds of the latter."""
    rows, columns = starter_card(name).input.photo_size
    batch = np.random.default_rng(0).random((1, rows, columns, 3), dtype=np.float32)
    model = keras_starter(name)
    # Keras exports to ONNX what has been called once.
    model(batch)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "starter.onnx"
        model.export(file, format="onnx", verbose=False)
        onnx = through_onnx(file)
    lite = lite_starter(name)
    return paired_ratio(lambda: lite(batch), lambda: onnx(batch))


def file_ratio(onnx_file: Path, keras_file: Path) -> tuple[float, float]:
    """The same for a pair of files of one network; the ONNX file has its channels first."""
    import keras

    model = keras.saving.load_model(keras_file, compile=False)
    batch = np.random.default_rng(0).random((1, *model.input_shape[1:]), dtype=np.float32) * 255
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.tflite"
        model.export(file, format="litert", verbose=False)
        lite = LiteNetwork(file.read_bytes())
    onnx, first = through_onnx(onnx_file), np.ascontiguousarray(np.moveaxis(batch, -1, 1))
    return paired_ratio(lambda: lite(batch), lambda: onnx(first))


def main() -> None:
    print(f"{usable_cores()} cores; a photo of {_PHOTO[1]} x {_PHOTO[0]}, milliseconds of each part")
    for name in starter_detectors():
        taken = parts(name)
        told = ", ".join(f"{part} {value:.1f}" for part, value in taken.items())
        print(f"{name:28} {told}, in all {sum(taken.values()):.1f}", flush=True)
    print(f"suppression of {_BOXES:,} candidates: {suppression():.1f} ms")
    if importlib.util.find_spec("onnxruntime") is None:
        print("No onnxruntime: install requirements-onnx.txt to compare LiteRT with it")
        return
    for name in starter_detectors() if importlib.util.find_spec("tf2onnx") else ():
        ratio, milliseconds = starter_ratio(name)
        print(f"{name:28} LiteRT takes {ratio:.2f} x ONNX Runtime's {milliseconds:.1f} ms", flush=True)
    if len(sys.argv) > 2:
        onnx_file, keras_file = map(Path, sys.argv[1:3])
        ratio, milliseconds = file_ratio(onnx_file, keras_file)
        print(f"{onnx_file.name:28} LiteRT takes {ratio:.2f} x ONNX Runtime's {milliseconds:.1f} ms")


if __name__ == "__main__":
    main()
