"""A starter of nine thousand random weights, made in the way real ones are: a run folder, shipped."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from cnn_core.starter_card import StarterCard
from cnn_core.starters.measured import Figure, Measured
from cnn_core.starters.ship import ship

NAME = "starter_tiny"
NETWORK = {
    "builder": "airbench",
    "arguments": {"input_shape": [None, None, 3], "num_classes": 3, "widths": [8, 16, 16]},
}


def write_run(folder: Path, **changes: Any) -> Path:
    """A run folder as a training command leaves it: random weights, batch norm with statistics of its own."""
    from cnn_core.starter_models import build_network

    model = build_network(NETWORK["builder"], NETWORK["arguments"])
    draw_weights(model, seed=0)
    folder.mkdir(parents=True)
    model.save_weights(folder / "trained.weights.h5")
    run = {
        "name": NAME,
        "task": "classification",
        "network": NETWORK,
        "classes": ["cat", "dog", "fish"],
        "input": {"size": [32, 32], "resize": "stretch", "range": "0..1 RGB", "photos": [64, 48]},
        "data": [{"name": "noise", "licence": "none needed", "pictures": 5}],
        "split": "none",
        "command": f"python -m tiny {folder} --data {folder.parent}/some.zip --masks=/tmp/runs/masks",
        "commit": "a" * 40,
        "seed": 0,
        "recipe": {"epochs": 1},
        "backend": "tensorflow",
        "device": "2 cores",
        "precision": "float32",
        "images_per_second": 10.0,
        "seconds": 1,
        "epochs": [{"epoch": 1}],
    }
    (folder / "run.json").write_text(json.dumps({**run, **changes}))
    return folder


def draw_weights(model: Any, *, seed: int) -> None:
    """Weights as training leaves them: some scales of batch norm negative, the first channel dead, the last unused."""
    random = np.random.default_rng(seed)
    for variable in model.variables:
        shape = variable.shape
        if len(shape) > 1:
            values = random.normal(0, 1 / np.sqrt(np.prod(shape[:-1])), shape)
            values[..., 0] *= 1e-4
        elif "gamma" in variable.path:
            values = random.uniform(0.3, 2.0, shape) * random.choice([-1.0, 1.0], shape)
            values[-1] = 0.0
        elif "variance" in variable.path:
            values = np.exp(random.uniform(-3, 3, shape))
            values[0] = 1e-9
        elif "mean" in variable.path:
            values = random.normal(0, 1, shape)
            values[0] = 0.0
        else:
            values = random.normal(0, 1, shape)
        variable.assign(values)


def measure_nothing(name: str, predict: Any, data: Path, *, limit: int | None = None) -> Measured:
    """Stands for a measurement: how often the first class wins on noise; no data needed."""
    assert name == NAME
    assert data
    count = limit or 400
    pictures = np.random.default_rng(0).random((count, 8, 8, 3), dtype=np.float32)
    share = float((np.argmax(predict(pictures)[0], axis=1) == 0).mean())
    return Measured({"first": Figure(share, max(0.0, share - 0.1), min(1.0, share + 0.1))}, count, "noise")


def ship_tiny(folder: Path, **changes: Any) -> StarterCard:
    """Write `folder/run` and ship it to `folder/models`."""
    run = write_run(folder / "run", **changes)
    return ship(run, models=folder / "models", data=folder, measure=measure_nothing)
