"""How fast the starters answer: in a fresh process, and warm beside Keras, measured alternately in one run.

    python -m benchmarks.starters [names ...]

Wanted: import, loading and the first prediction take less than 0.6 s in a fresh process, without TensorFlow and Keras;
less than 25 ms warm on two cores at the size that the starter is shown photos at. The last two columns say how many
times as long Keras takes for the same picture: as a compiled `tf.function`, and as `model.predict`.
"""

import subprocess
import sys
from functools import partial
from statistics import median

import numpy as np

from benchmarks.paired import paired_ratio
from cnn_core.runtime import usable_cores
from cnn_core.starter_models import STARTERS, keras_starter, lite_starter, starter_card, with_outputs

_ROUNDS = 5
_FRESH = """
import time
import numpy as np
begin = time.perf_counter()
from cnn_core.starter_models import lite_starter, prepare, starter_card
photo = np.full((480, 640, 3), 0.5, np.float32)
lite_starter(NAME)(prepare(photo, starter_card(NAME)))
end = time.perf_counter()
import sys
assert not {"tensorflow", "keras", "jax", "torch"} & set(sys.modules)
print(end - begin)
"""


def fresh(name: str) -> list[float]:
    """Seconds to the first prediction in new processes, sorted; importing NumPy, which comes first, is not in them."""
    code = _FRESH.replace("NAME", repr(name))
    command = [sys.executable, "-c", code]
    ran = (subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(_ROUNDS))
    return sorted(float(process.stdout) for process in ran)


def main() -> None:
    names = sys.argv[1:] or STARTERS
    seconds = {name: fresh(name) for name in names}
    import keras
    import tensorflow as tf

    print(f"{usable_cores()} cores, Keras {keras.__version__} on TensorFlow {tf.__version__}")
    print(f"{'starter':28} {'size':>9} {'first s':>8} {'worst s':>8} {'warm ms':>8} {'compiled':>9} {'predict':>8}")
    for name in names:
        card, network = starter_card(name), lite_starter(name)
        rows, columns = card.input.photo_size
        batch = np.random.default_rng(0).random((1, rows, columns, 3), dtype=np.float32)
        model = with_outputs(keras_starter(name), card.network.outputs)
        compiled = partial(tf.function(partial(model, training=False)), tf.constant(batch))
        answer = partial(network, batch)
        compiled_ratio, milliseconds = paired_ratio(compiled, answer)
        predict_ratio, _ = paired_ratio(partial(model.predict, batch, verbose=0), answer, rounds=7)
        print(
            f"{name:28} {rows:>4} x {columns:<3} {median(seconds[name]):>7.2f} {seconds[name][-1]:>8.2f}"
            f" {milliseconds:>8.1f} {compiled_ratio:>9.1f} {predict_ratio:>8.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
