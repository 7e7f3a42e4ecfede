"""How long one prediction takes: the path that the page takes, beside Keras' `predict` and ONNX Runtime.

    python -m benchmarks.prediction [NAME ...]

Wanted: at most a third of `model.predict`'s time, and at most 1.3 times ONNX Runtime's on the same network, one photo
at a time, ready numbers in and probabilities out. All are timed alternately in one run. The starter, and the networks
of ImageNet whose weights are here (KERAS_HOME) or those that are named; ONNX Runtime where tf2onnx and onnxruntime are
installed (requirements-onnx.txt). LiteRT files are made in a temporary folder first, some ten seconds each.

ONNX Runtime's threads do not wait in a loop here, as in the app: behind each call they would take the cores from the
network that is timed next, which then took 1.7 times as long. It costs ONNX Runtime some 5 %.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.detection import through_onnx
from benchmarks.paired import paired_ratio
from cnn_core.classifiers import lite_files
from cnn_core.classifiers.imagenet import IMAGENET, imagenet_model, imagenet_present
from cnn_core.classifiers.loading import STARTER, load_looked_at, starter_model
from cnn_core.exports.formats import FORMATS, onnx_missing
from cnn_core.lite_conversion import convert
from cnn_core.runtime import usable_cores
from cnn_core.starter_models import STARTERS

_ROUNDS = 41
_PREDICT_ROUNDS = 15
AT_MOST_PREDICT, AT_MOST_ONNX = 1 / 3, 1.3


@dataclass(frozen=True)
class Measured:
    """Ratios of our time to the peer's, with the peer's milliseconds; None where there is no such peer."""

    name: str
    predict: tuple[float, float]
    onnx: tuple[float, float] | None

    @property
    def good(self) -> bool:
        """Whether both bars are met."""
        return self.predict[0] <= AT_MOST_PREDICT and (self.onnx is None or self.onnx[0] <= AT_MOST_ONNX)


def measure(name: str) -> Measured:
    """One network beside its peers; all answer alike, or AssertionError."""
    network = load_looked_at(name)
    model = starter_model("starter_classifier") if name == STARTER else imagenet_model(name)
    path = None if name == STARTER else lite_files.lite_path(name)
    if path is not None and not path.is_file():
        convert(model, path)
    batch = np.random.default_rng(0).random((1, *network.size, network.channels), dtype=np.float32)
    expected = model.predict(batch, verbose=0)

    def ours() -> Any:
        return network.predict(batch)

    np.testing.assert_allclose(ours(), expected, atol=1e-4)
    by_predict = paired_ratio(ours, lambda: model.predict(batch, verbose=0), rounds=_PREDICT_ROUNDS)
    peer = _onnx_peer(model)
    if peer is None:
        return Measured(name, by_predict, None)
    np.testing.assert_allclose(peer(batch)[0], expected, atol=1e-4)
    return Measured(name, by_predict, paired_ratio(ours, lambda: peer(batch), rounds=_ROUNDS))


def _onnx_peer(model: Any) -> Callable[[np.ndarray], Any] | None:
    """The same network in ONNX Runtime with all cores; None where it cannot be had."""
    if onnx_missing():
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.onnx"
        FORMATS["onnx"].write(model, file)
        return through_onnx(file, spinning=False)


def main() -> None:
    known = [STARTER] if "starter_classifier" in STARTERS else []
    names = sys.argv[1:] or known + [name for name in IMAGENET if imagenet_present(name)]
    print(
        f"{usable_cores()} cores, one photo at a time; wanted: {AT_MOST_PREDICT:.2f} x predict, {AT_MOST_ONNX} x ONNX"
    )
    with tempfile.TemporaryDirectory() as home:
        os.environ["CNN_PLAYGROUND_HOME"] = home
        for name in names:
            found = measure(name)
            ratio, milliseconds = found.predict
            told = f"{ratio:.3f} x predict's {milliseconds:.1f} ms"
            if found.onnx:
                told += f", {found.onnx[0]:.2f} x ONNX Runtime's {found.onnx[1]:.1f} ms"
            print(f"{name:20} {told}{'' if found.good else '  <- above the bar'}", flush=True)


if __name__ == "__main__":
    main()
