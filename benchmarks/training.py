"""A training from scratch against plain Keras: a step's time, and the time spent waiting for pictures.

    python -m benchmarks.training [--steps 20] [--batch 128] [--rounds 7] [--network recipe]

Wanted: a step of the recipe, with augmentation, progress and all that a run does between two epochs left out, at most
1.1 x a step of `fit` on arrays that are ready; waiting for data under 5 % of the time. Then what comes on top of an
epoch: the monitor's look, as a share of an epoch of 45,000 pictures.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.paired import paired_ratio
from cnn_core.runs.store import RunStore
from cnn_core.training.config import config_of, new_training
from cnn_core.training.monitor import Monitor
from cnn_core.training.network import scratch_network
from cnn_core.training.train import MEASURES, Training, native, phase_of
from cnn_core.transfer.loop import Examples, _Trainer
from cnn_core.transfer.updates import compile_for
from cnn_core.transfer.watch import Watch

EPOCH = 45_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--network", default="recipe")
    options = parser.parse_args()
    pictures = options.steps * options.batch
    values = {
        **{"data": "shapes", "pictures": pictures, "batch_size": options.batch, "network": options.network},
        **{"early_stopping": 0, "epochs": 500, "schedule": "constant"},
    }
    run = new_training(RunStore(Path(tempfile.mkdtemp())), values, owner="benchmark")
    config = config_of(values)
    with native():
        training = Training(config, Watch(run, measures=MEASURES))
        whole = training.examples()
        phase = phase_of(config, pictures=pictures)
        trainer = _Trainer(
            training.model, phase, Examples(whole.make, whole.weights, None), training.watch, run / "kept"
        )
        trainer.begin(None)
        plain = scratch_network(config, len(training.data.classes))
        compile_for(plain, phase.recipe)
        inputs = training.data.pixels.astype(np.float32)
        targets = np.eye(len(training.data.classes), dtype=np.float32)[training.data.truth]
        shares = []

        def ours() -> None:
            trainer.waited, started = 0.0, time.perf_counter()
            trainer.one_pass(1)
            shares.append(trainer.waited / (time.perf_counter() - started))

        def peer() -> None:
            plain.fit(inputs, targets, batch_size=options.batch, epochs=1, verbose=0, shuffle=True)

        ratio, milliseconds = paired_ratio(ours, peer, rounds=options.rounds)
        seconds = milliseconds / 1000
        print(f"A step: {ratio:.3f} x plain fit (wanted: at most 1.1), which does {pictures / seconds:,.0f} pictures/s")
        print(f"Waiting for data: {100 * float(np.median(shares[1:])):.2f} % of the time (wanted: under 5)")
        monitor = Monitor(
            run, training.model, training.data, watch=training.watch, judged=lambda p: p.astype(np.float32)
        )
        monitor.begin()
        started = time.perf_counter()
        monitor.epoch(1)
        share = (time.perf_counter() - started) / (EPOCH / pictures * seconds * ratio)
        print(f"The monitor's look behind an epoch: {100 * share:.2f} % of an epoch of {EPOCH:,} pictures")


if __name__ == "__main__":
    main()
