"""How good a starter detector is: COCO-style average precision on pictures it was not trained on.

Photos are letterboxed into the network's input, its raw grid is decoded, suppressed class by class and brought back to
the photo's own pixels, and compared with the true boxes there. Intervals are bootstrapped over pictures.
"""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from cnn_core.average_precision import MOST_DETECTIONS, THRESHOLDS, precision_at_recalls
from cnn_core.box_matching import PooledMatches, Truth, pool_matches
from cnn_core.boxes import Boxes, iou
from cnn_core.confidence import bootstrap_interval, wilson_interval
from cnn_core.detection.training.boxed_picture import BoxedPicture
from cnn_core.grid_decoding import find_boxes
from cnn_core.letterbox import letterbox
from cnn_core.starters.detector_data import (
    HELD_OUT_SEED,
    decoded,
    drawn,
    read_bccd,
    read_coco,
    read_pixels,
    split,
)
from cnn_core.starters.detector_kinds import KINDS, DetectorKind, kind_of
from cnn_core.starters.measured import Figure, Measured
from cnn_core.starters.sheets import sheet

# All boxes that could count; a page shows those above a threshold.
LEAST_SCORE = 0.01
IOU_THRESHOLD = 0.5
SHOWN_SCORE = 0.35
SCENES = 500
_DRAWS = 400
_HELD_OUT = {
    "cells": "BCCD's own test split",
    "everyday": "COCO mini's validation photos; people, cats and dogs held out (splits/people.json, cats_dogs.json)",
    "shapes": f"procedural scenes of seed {HELD_OUT_SEED}, not trained on",
}
# Okabe and Ito's colours, which colour-blind people tell apart.
_COLOURS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167))

# A batch (N, H, W, 3) float32 in [0, 1] -> raw grids (N, R, C, 5 + classes).
Predict = Callable[[np.ndarray], np.ndarray]


def measure(name: str, predict: Predict, data: Path, *, limit: int | None = None, part: str = "held_out") -> Measured:
    """Average precision of a starter detector.

    Args:
        name: of the starter, e.g. "starter_detector_cells".
        predict: the network.
        data: the folder of the data sets.
        limit: the first so many pictures; None takes all.
        part: "held_out", or "validation" to compare recipes with.

    Returns:
        "map50" (mean over the classes at IoU 0.5), "map" (IoU 0.5 to 0.95) and "ap50_<class>" for each class that the
        pictures hold. For everyday things also "found_<class>": share of the held-out photos that show one in which it
        is found.
    """
    kind = KINDS[kind_of(name)]
    pictures = held_out(kind_of(name), data, limit=limit, part=part)
    found = [find(picture.pixels, predict, kind) for picture in pictures]
    truths = [Truth(Boxes(one.corners, one.labels, None, kind.classes), one.crowd) for one in pictures]
    at_half, at_all = (
        pool_matches(truths, found, num_classes=len(kind.classes), thresholds=levels, limit=MOST_DETECTIONS)
        for levels in (THRESHOLDS[:1], THRESHOLDS)
    )

    def figure(matches: Sequence[PooledMatches]) -> Figure:
        def mean(weights: np.ndarray) -> float:
            values = np.array([precision_at_recalls(one, weights)[0].mean() for one in matches])
            known = values[~np.isnan(values)]
            return float(known.mean()) if known.size else float("nan")

        interval = bootstrap_interval(mean, len(pictures), seed=0, draws=_DRAWS)
        return Figure(interval.value, interval.low, interval.high)

    there = sorted({int(label) for one in pictures for label in one.labels})
    figures = {"map50": figure(at_half), "map": figure(at_all)}
    figures |= {f"ap50_{kind.classes[label]}": figure([at_half[label]]) for label in there}
    if kind_of(name) == "everyday" and limit is None:
        figures |= {f"found_{one}": found_in(one, predict, data, kind) for one in kind.classes}
    return Measured(figures, len(pictures), _HELD_OUT[kind_of(name)] if part == "held_out" else part)


def contact_sheet(name: str, predict: Predict, data: Path, *, part: str = "held_out") -> np.ndarray:
    """Twelve held-out pictures, true boxes in white and those found in colour: one (H, W, 3) uint8 picture."""
    kind = KINDS[kind_of(name)]
    pictures = held_out(kind_of(name), data, limit=None, part=part)
    chosen = pictures[:: max(1, len(pictures) // 12)][:12]
    tiles, captions = [], []
    for one in chosen:
        found = find(one.pixels, predict, kind)
        found = found[found.scores >= SHOWN_SCORE]
        tiles.append(_with_boxes(one, found))
        captions.append(f"{one.name}: {len(one.corners)} true, {len(found)} found")
    return sheet(tiles, captions, columns=4, side=480)


def held_out(key: str, data: Path, *, limit: int | None, part: str) -> list[BoxedPicture]:
    """The pictures to measure on, at their own size."""
    if key == "shapes":
        seed = HELD_OUT_SEED if part == "held_out" else HELD_OUT_SEED + 1
        return [drawn(number, KINDS[key].size, seed=seed) for number in range(min(limit or SCENES, SCENES))]
    if key == "everyday":
        return read_coco(data / "coco_mini", "val2017", KINDS[key].classes, crowds=True)[:limit]
    return read_bccd(data / "bccd", part)[0][:limit]


def found_in(wanted: str, predict: Predict, data: Path, kind: DetectorKind) -> Figure:
    """Share of the held-out photos of people, cats or dogs in which the best box that a page shows is what they show.

    A person must also be where the photo's mask has it: the IoU with the mask's largest part is 0.5 or more.
    """
    hits = []
    for pixels, frame in known_photos(wanted, data):
        found = find(pixels, predict, kind, threshold=SHOWN_SCORE)
        if frame is None:
            hits.append(len(found) > 0 and found.names[found.labels[0]] == wanted)
        else:
            found = found[found.labels == kind.classes.index(wanted)]
            hits.append(bool((iou(found.corners, [frame]) >= 0.5).any()))
    interval = wilson_interval(sum(hits), len(hits))
    return Figure(interval.value, interval.low, interval.high)


def known_photos(wanted: str, data: Path) -> Iterator[tuple[np.ndarray, list[float] | None]]:
    """Held-out photos of which it is known what they show: (H, W, 3) uint8, and for people where."""
    if wanted != "person":
        with zipfile.ZipFile(data / "cats_dogs.zip") as archive:
            for name in split("cats_dogs", "held_out"):
                if name.startswith(f"{wanted}/"):
                    yield decoded(archive.read(name), name), None
        return
    for name in split("people", "held_out"):
        pixels = read_pixels(data / "people" / "Training_Images" / f"{name}.jpg")
        mask = read_pixels(data / "people" / "Ground_Truth" / f"{name}.png")[..., 0]
        rows, columns = pixels.shape[:2]
        resized = cv2.resize(mask, (columns, rows), interpolation=cv2.INTER_NEAREST)
        _, _, parts, _ = cv2.connectedComponentsWithStats((resized > 127).astype(np.uint8))
        left, top, width, height, _ = (float(side) for side in parts[1:][parts[1:, 4].argmax()])
        yield pixels, [left, top, left + width, top + height]


def find(pixels: np.ndarray, predict: Predict, kind: DetectorKind, *, threshold: float = LEAST_SCORE) -> Boxes:
    """The boxes that the network finds in a photo (H, W, 3) uint8: in the photo's pixels, best first."""
    framed = letterbox(pixels.astype(np.float32) / 255, kind.size)
    raw = np.asarray(predict(framed.image[None]))
    found = find_boxes(
        raw, stride=kind.grid_stride, names=kind.classes, threshold=threshold, iou_threshold=IOU_THRESHOLD
    )
    return Boxes(framed.to_picture(found.corners), found.labels, found.scores, kind.classes)


def _with_boxes(picture: BoxedPicture, found: Boxes) -> np.ndarray:
    scale = 480 / max(picture.pixels.shape[:2])
    canvas = cv2.resize(picture.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    for corners in picture.corners * scale:
        cv2.rectangle(canvas, corners[:2].round().astype(int), corners[2:].round().astype(int), (255, 255, 255), 1)
    for corners, label, score in zip(found.corners * scale, found.labels, found.scores, strict=True):
        colour = _COLOURS[label % len(_COLOURS)]
        low = corners[:2].round().astype(int)
        cv2.rectangle(canvas, low, corners[2:].round().astype(int), colour, 2)
        said = f"{found.names[label]} {score:.2f}"
        cv2.putText(canvas, said, (low[0] + 2, max(low[1] + 11, 11)), cv2.FONT_HERSHEY_SIMPLEX, 0.36, colour, 1)
    return canvas
