"""Two virtual devices in a process of their own, since dividing the processor comes before any computation.

`python spread_child.py FOLDER` trains there and prints, as JSON, what the test compares. Runs on TensorFlow and on JAX.
"""

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from cnn_core.child_process import write_json
from cnn_core.own_network.layers import layer
from cnn_core.own_network.link import encode_network
from cnn_core.runs.folder import read_events, read_status
from cnn_core.training.distributed import Spread, spread_over, training_on
from cnn_core.training.several_devices_code import data_parallel_code
from cnn_core.training.train import train_run
from cnn_core.transfer.updates import Recipe, compile_for, update
from tests.training.tiny_runs import few_held_out

BATCH = 16


def network() -> Any:
    import keras

    keras.utils.set_random_seed(1)
    pixels = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(4, 3)(pixels)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Flatten()(keras.layers.ReLU()(x))
    return keras.Model(pixels, keras.layers.Dense(3, activation="softmax")(x))


def updated(spread: Spread, rows: slice, *, together: bool = True, updates: int = 1) -> tuple[float, np.ndarray, Any]:
    """The loss of the last update, all weights behind it, and the network."""
    chance = np.random.default_rng(0)
    # Darker ones first: the halves have means and variances of their own.
    brightness = np.linspace(0.3, 1.5, BATCH)[:, None, None, None]
    pictures = (brightness * chance.random((BATCH, 16, 16, 3))).astype(np.float32)
    labels = np.eye(3, dtype=np.float32)[chance.integers(0, 3, BATCH)]
    with spread.building():
        model = network()
    count = len(pictures[rows])
    recipe = Recipe("sgd", count, devices=len(spread.devices))
    compile_for(model, recipe)
    weights = np.linspace(0.5, 1.5, BATCH, dtype=np.float32)
    loss = 0.0
    with training_on(spread, model) if together else nullcontext():
        for _ in range(updates):
            given = (pictures[rows], labels[rows], weights[rows])
            loss, _right = update(model, *given, recipe=recipe, rate=0.05, step=spread.step)
    return loss, np.concatenate([one.ravel() for one in model.get_weights()]), model


def run_of(folder: Path, devices: int) -> dict[str, Any]:
    """A whole run: its events' losses, its answers about the held-out pictures, its notes."""
    run = folder / f"devices_{devices}"
    run.mkdir()
    layers = [
        layer("convolution", filters=4, activation="linear", stride=2),
        layer("batch_norm"),
        layer("activation"),
        layer("flatten"),
        layer("dense", units=3),
    ]
    settings = {
        **{"job": "scratch", "data": "shapes", "pictures": 40, "network": "own", "epochs": 2, "batch_size": 16},
        **{"optimizer": "sgd", "learning_rate": 0.01, "early_stopping": 0, "precision": "float32"},
        "own": encode_network(layers, (16, 16, 3)),
        "devices": devices,
    }
    write_json(run / "config.json", settings)
    with few_held_out():
        train_run(run)
    events = read_events(run)
    with np.load(run / "predictions.npz") as saved:
        answers = saved["probabilities"].tolist()
    return {
        "state": read_status(run).state,
        "losses": [[event["loss"], event["val_loss"]] for event in events if event["kind"] == "epoch"],
        "notes": [event["text"] for event in events if event["kind"] == "note"],
        "answers": answers,
    }


def main(folder: Path) -> None:
    """Everything that the test compares."""
    two, one, everything = spread_over(2), Spread(), slice(None)
    import keras

    backend = keras.backend.backend()
    apart_loss, apart, model = updated(two, everything, together=False)
    places = model.weights[0].value
    held = len(places.sharding.device_set) if backend == "jax" else len(places.values)
    two_loss, two_weights, _ = updated(two, everything, updates=3)
    two.end()
    one_loss, one_weights, _ = updated(one, everything, updates=3)
    first_loss, first_weights, _ = updated(one, everything)
    halves = [updated(one, half)[0] for half in (slice(0, BATCH // 2), slice(BATCH // 2, None))]
    runs = {count: run_of(folder, count) for count in (2, 1)}
    code = data_parallel_code(kernel="zeros", crops=8, devices=2, norm="none", seed=0)
    scope: dict[str, Any] = {}
    exec(code["JAX" if backend == "jax" else "TensorFlow"], scope)
    alone = scope["network"]().fit(
        scope["pictures"], scope["labels"], batch_size=16, epochs=3, shuffle=False, verbose=0
    )
    found = {
        "backend": backend,
        "devices": two.devices,
        "virtual": two.virtual,
        "held": held,
        "losses": [two_loss, one_loss],
        "off": float(np.abs(two_weights - one_weights).max()),
        "moved": float(np.abs(one_weights - first_weights).max()),
        "apart_off": float(np.abs(apart - first_weights).max()),
        "apart_loss": apart_loss,
        "first_loss": first_loss,
        "halves": halves,
        "runs": runs,
        "code": [scope["losses"], alone.history["loss"]],
    }
    print("\n" + json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
