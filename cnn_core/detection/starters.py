"""The starters that find boxes, behind the interface of detectors: through LiteRT, ready without Keras."""

import time
from dataclasses import replace
from typing import Any

import numpy.typing as npt

from cnn_core.arrays import as_rgb
from cnn_core.detection.candidates import Candidates, GridHead
from cnn_core.detection.detector import Detector
from cnn_core.detection.heads import read_grids
from cnn_core.errors import InputError
from cnn_core.letterbox import letterbox
from cnn_core.starter_card import StarterCard
from cnn_core.starter_models import STARTERS, lite_starter, starter_card

# The figures that are told; those of single classes stay on the card.
_FIGURES = {"map50": "mAP at IoU 0.5", "map": "COCO mAP"}
_CODE = """\
from cnn_core.detection.candidates import GridHead
from cnn_core.detection.heads import read_grids
from cnn_core.letterbox import letterbox
from cnn_core.starter_models import lite_starter, starter_card

card = starter_card("{name}")
framed = letterbox(image, card.input.photo_size)
raw = lite_starter(card.name)(framed.image[None])[0]
head = GridHead(raw, stride={stride})
candidates = read_grids([head], framed, names=card.classes)
"""


def starter_detectors() -> tuple[str, ...]:
    """The names of the starters that find boxes.

    Example:
        >>> "starter_classifier" in starter_detectors()
        False
    """
    return tuple(name for name in STARTERS if starter_card(name).task == "detection")


def load_starter(name: str) -> Detector:
    """One of `starter_detectors` as a detector; its network is read when it is first asked.

    Raises:
        InputError: no starter of this name, or one that does not find boxes.

    Example:
        >>> load_starter("starter_detector_shapes").classes[:2]  # doctest: +SKIP
        ('circle', 'square')
    """
    card = starter_card(name)
    if card.task != "detection":
        raise InputError(
            f"{name} answers another question than where objects are",
            f"Choose one of {', '.join(starter_detectors())}",
            task=card.task,
        )
    stride = int(card.network.arguments["grid_stride"])
    network = lite_starter(name)

    def look(image: npt.NDArray) -> Candidates:
        begin = time.perf_counter()
        framed = letterbox(as_rgb(image), card.input.photo_size)
        resized = time.perf_counter()
        raw: Any = network(framed.image[None])
        answered = time.perf_counter()
        seen = read_grids([GridHead(raw[0], stride)], framed, names=card.classes)
        seconds = {
            "resize": resized - begin,
            "inference": answered - resized,
            "decoding": time.perf_counter() - answered,
        }
        return replace(seen, seconds=seconds)

    return Detector(
        name=name,
        title=f"{name.rpartition('_')[2].capitalize()} (starter)",
        classes=card.classes,
        about=about_starter(card),
        code=_CODE.format(name=name, stride=stride),
        look=look,
    )


def about_starter(card: StarterCard) -> str:
    """What a starter finds, what it was trained on and how good it is: one paragraph of Markdown."""
    names = card.classes
    finds = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    data = ", ".join(f"{entry.name} ({entry.pictures:,} pictures; {entry.licence})" for entry in card.data)
    figures = [f"{title} {card.metrics.figures[key]}" for key, title in _FIGURES.items() if key in card.metrics.figures]
    rows, columns = card.input.photo_size
    found = [(name, card.metrics.figures.get(f"found_{name}")) for name in names]
    shares = ", ".join(f"{name} {100 * figure.value:.0f} %" for name, figure in found if figure)
    in_photos = f" In held-out photos of one of them its best box is right: {shares}." if shares else ""
    return (
        f"Finds {finds}. Trained by this project on {data}. On {card.metrics.pictures:,} pictures "
        f"({card.metrics.held_out}): {', '.join(figures)}; in brackets the 95 % interval.{in_photos} The network has "
        f"{card.network.parameters / 1e6:.1f} million parameters and sees each photo letterboxed to {columns} × {rows} "
        "pixels."
    )
