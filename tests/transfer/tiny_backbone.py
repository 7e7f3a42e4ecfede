"""A starter of a few hundred weights for tests, drawn from a seed, and a data set of 3 x 12 pictures."""

from pathlib import Path

import keras
import numpy as np

from cnn_core.architectures.airbench import airbench
from cnn_core.backbones.loading import load_backbone
from cnn_core.child_process import write_json
from cnn_core.drawing import png
from cnn_core.folders.listing import read_listing, save_listing
from cnn_core.runs.folder import create_run
from cnn_core.transfer.config import default_config

COLOURS = {"blue": (40, 60, 200), "green": (40, 180, 60), "red": (200, 50, 40)}


def tiny_starter(name: str) -> keras.Model:
    """Weights from a seed; batch norm's statistics are those of no data, so that a move would show."""
    assert name == "starter_classifier"
    model = airbench(input_shape=(None, None, 3), widths=(8, 8, 16), convolutions=2)
    random = np.random.default_rng(3)
    for variable in model.variables:
        if "seed" in variable.path:
            continue
        values = random.normal(0, 0.3, variable.shape)
        variable.assign(np.exp(values) if "variance" in variable.path or "gamma" in variable.path else values)
    return model


def tiny_load(name: str, *, input_size: tuple[int, int]) -> keras.Model:
    return load_backbone(name, input_size=input_size, starter=tiny_starter)


def write_pictures(folder: Path, *, per_class: int = 12, seed: int = 0) -> Path:
    """Noisy colours, in class folders: easy to tell apart, but not at once."""
    random = np.random.default_rng(seed)
    for label, colour in COLOURS.items():
        (folder / label).mkdir(parents=True)
        for number in range(per_class):
            pixels = np.array(colour) + random.normal(0, 90, (20, 24, 3))
            (folder / label / f"{number}.png").write_bytes(png(np.clip(pixels, 0, 255).astype(np.uint8)))
    return folder


def write_listing(folder: Path) -> Path:
    path = folder / "listing.json"
    save_listing(read_listing(write_pictures(folder / "pictures"), validation=0.25), path)
    return path


def make_run(store: Path, listing: Path, **changes: object) -> Path:
    """A run of four epochs on 16 x 16 pixels; `changes` to its configuration, dictionaries merged."""
    config = default_config(listing, backbone="starter") | {
        "input_size": [16, 16],
        "epochs": 4,
        "batch_size": 8,
        "learning_rate": 0.01,
    }
    config["head"] |= {"dense": 8, "dropout": 0.2}
    config["fine_tuning"] |= {"layers": "block3", "epochs": 3, "learning_rate": 1e-3}
    config["augmentation"] |= {"flip": False}
    config["early_stopping"] = 0
    for name, value in changes.items():
        config[name] = config[name] | value if isinstance(value, dict) else value
    run = create_run(store, config, owner="me", name="test")
    write_json(run / "config.json", config)
    return run
