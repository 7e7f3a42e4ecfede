"""The pictures of a comparison: drawn scenes with label maps, and what the two networks make of held-out ones."""

import io
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.losses.training.config import RARE, ComparisonConfig
from cnn_core.masks import class_colours
from cnn_core.scenes import CLASSES, scenes
from cnn_core.segmentation.overlay import Look, overlay

Pixels = npt.NDArray[np.uint8]

SIDE = 64
HELD_OUT = 48
SHOWN = 6
FILE = "predictions.npz"
# Scenes to learn from have the seed of the run added, far from those that are held out.
_TRAINING_SEED, _HELD_OUT_SEED = 3_000_000, 2_999_999


@dataclass(frozen=True, eq=False)
class Answers:
    """Held-out pictures with what both networks say of them.

    Attributes:
        epoch: after which.
        pixels: (M, 64, 64, 3).
        truth, first, second: (M, 64, 64) label maps.
    """

    epoch: int
    pixels: Pixels
    truth: Pixels
    first: Pixels
    second: Pixels


def drawn(config: ComparisonConfig, *, held_out: bool) -> tuple[Pixels, Pixels]:
    """Pictures (N, 64, 64, 3) and their label maps (N, 64, 64).

    Example:
        >>> pixels, labels = drawn(ComparisonConfig(pictures=16), held_out=False)
        >>> pixels.shape, sorted(set(labels.ravel().tolist()))
        ((16, 64, 64, 3), [0, 1])
    """
    count = HELD_OUT if held_out else config.pictures
    seed = _HELD_OUT_SEED if held_out else _TRAINING_SEED + config.seed
    options: dict[str, Any] = {"size": SIDE, "shapes": (1, 3), "clutter": 0.3, "noise": 0.3}
    found = list(scenes(count, seed=seed, **options))
    labels = np.stack([one.label_map for one in found]).astype(np.uint8)
    if config.task == "rare":
        labels = (labels == 1 + CLASSES.index(RARE)).astype(np.uint8)
    elif config.task == "object":
        labels = (labels > 0).astype(np.uint8)
    return np.stack([one.pixels for one in found]), labels


def save_answers(path: Path, answers: Answers) -> None:
    """Replace the file in one step."""
    file = io.BytesIO()
    arrays: dict[str, Any] = {name: np.asarray(value) for name, value in vars(answers).items()}
    np.savez_compressed(file, **arrays)
    part = path.with_name(path.name + ".part")
    part.write_bytes(file.getvalue())
    os.replace(part, path)


def load_answers(path: Path) -> Answers | None:
    """What was saved last; None where nothing was, or it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as found:
            values = {name: found[name] for name in Answers.__dataclass_fields__}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    return Answers(int(values.pop("epoch")), **values)


def strips(answers: Answers, classes: tuple[str, ...]) -> dict[str, Pixels]:
    """The pictures beside one another, as they are and under each label map: four (64, M * 64, 3), by name.

    Example:
        >>> pixels, labels = drawn(ComparisonConfig(), held_out=True)
        >>> some = Answers(1, pixels[:2], labels[:2], labels[:2], labels[:2])
        >>> {name: strip.shape for name, strip in strips(some, ("background", "shape")).items()}["truth"]
        (64, 128, 3)
    """
    look = Look(opacity=0.65, outline=1, dim=True, hidden=frozenset({0}))
    pixels = _beside(answers.pixels)
    maps = {name: _beside(getattr(answers, name)) for name in ("truth", "first", "second")}
    colours = class_colours(len(classes))
    return {"pixels": pixels} | {
        name: overlay(pixels, labels, colours=colours, look=look) for name, labels in maps.items()
    }


def _beside(pictures: Pixels) -> Pixels:
    return np.concatenate(list(pictures), axis=1)
