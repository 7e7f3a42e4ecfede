"""How good a network is on pictures that it is not trained on, a batch at a time: loss and average precision."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cnn_core.average_precision import MOST_DETECTIONS, THRESHOLDS, precision_at_recalls
from cnn_core.box_matching import Truth, pool_matches
from cnn_core.boxes import Boxes
from cnn_core.detection.boxed_listing import BoxedItem, BoxedListing
from cnn_core.detection.candidates import LEAST_SCORE, GridHead, found
from cnn_core.detection.evaluation import MOST_FOUND
from cnn_core.detection.heads import read_grids
from cnn_core.detection.judged import Judged, JudgedPicture
from cnn_core.detection.training.boxed_picture import BoxedPicture
from cnn_core.detection.training.examples import BoxedSource
from cnn_core.detection.training.loss import detector_loss
from cnn_core.letterbox import Letterboxed, letterbox

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]
Check = Callable[[int, int], None]

# Boxes below this score change the average precision of an epoch by next to nothing, and are most of the work.
_EPOCH_SCORE = 0.05
_IOU_THRESHOLD = 0.5


@dataclass(frozen=True)
class Figures:
    """An epoch's figures: the loss, and mean average precision at IoU 0.5 and over 0.5 to 0.95; NaN without boxes."""

    loss: float
    map50: float
    map: float

    @property
    def event(self) -> dict[str, float]:
        """As an epoch's event has them."""
        return {"val_loss": self.loss, "val_map50": self.map50, "val_map": self.map}

    @property
    def cost(self) -> float:
        """What is to become small; without true boxes to find, the loss."""
        return self.loss if math.isnan(self.map) else -self.map

    @property
    def accuracy(self) -> float:
        """What is remembered of the best epoch."""
        return self.map50


class Judge:
    """Judges a network by some pictures, always in batches of one size.

    Args:
        listing, items: the pictures.
        source: the same pictures, read.
        size: rows and columns of the network's input.
        stride: pixels per cell of its grid.
        batch_size: pictures at a time.
        target: what the cells shall learn of a picture in the input's pixels.
    """

    def __init__(
        self,
        listing: BoxedListing,
        items: Sequence[BoxedItem],
        source: BoxedSource,
        *,
        size: tuple[int, int],
        stride: int,
        batch_size: int,
        target: Callable[[BoxedPicture], Floats],
    ) -> None:
        self.items = tuple(items)
        self._names, self._source, self._size, self._stride = listing.names, source, size, stride
        self._batch, self._target = batch_size, target

    def look_at(self, count: int) -> None:
        """Look at no more than so many pictures at a time from now on."""
        self._batch = min(self._batch, count)

    def figures(self, model: "keras.Model", check: Check) -> Figures:
        """Loss and average precision; `check` is told batches done and of all, and may raise."""
        losses, truths, answers = [], list[Truth](), list[Boxes]()
        loss = detector_loss()
        for number, (pictures, framed, raw) in enumerate(self._answered(model)):
            targets = [self._target(_in_input(one, frame)) for one, frame in zip(pictures, framed, strict=True)]
            losses.append((len(pictures), float(loss(np.stack(targets), raw))))
            for one, frame, grid in zip(pictures, framed, raw, strict=True):
                answers.append(self._boxes(grid, frame, threshold=_EPOCH_SCORE))
                truths.append(Truth(Boxes(one.corners, one.labels, None, self._names)))
            check(number + 1, -(-len(self.items) // self._batch))
        pooled = pool_matches(
            truths, answers, num_classes=len(self._names), thresholds=THRESHOLDS, limit=MOST_DETECTIONS
        )
        # Levels by classes: precision at each IoU threshold.
        precision = np.array([precision_at_recalls(one)[0][0].mean(axis=1) for one in pooled]).T
        known = precision[:, ~np.isnan(precision[0])]
        count = sum(pictures for pictures, _ in losses)
        mean_loss = sum(pictures * value for pictures, value in losses) / count
        if not known.size:
            return Figures(mean_loss, float("nan"), float("nan"))
        return Figures(mean_loss, float(known[0].mean()), float(known.mean()))

    def judged(self, model: "keras.Model", check: Check) -> Judged:
        """All that the network finds, in pixels of the pictures as they lie in their files."""
        pictures: list[JudgedPicture] = []
        for number, (_, framed, raw) in enumerate(self._answered(model)):
            for frame, grid in zip(framed, raw, strict=True):
                item = self.items[len(pictures)]
                boxes = self._boxes(grid, frame, threshold=LEAST_SCORE)
                scale = np.array([item.size[1] / frame.size[1], item.size[0] / frame.size[0]] * 2, np.float32)
                found_boxes = Boxes(boxes.corners * scale, boxes.labels, boxes.scores, self._names)
                pictures.append(JudgedPicture(item.file, item.part, item.size, item.truth, found_boxes))
            check(number + 1, -(-len(self.items) // self._batch))
        return Judged(self._names, tuple(pictures))

    def inputs(self, count: int) -> Floats:
        """The first so many pictures as the network gets them."""
        return np.stack([_framed(self._source[number], self._size).image for number in range(count)])

    def _answered(self, model: "keras.Model") -> Iterator[tuple[list[BoxedPicture], list[Letterboxed], Floats]]:
        for first in range(0, len(self.items), self._batch):
            numbers = range(first, min(first + self._batch, len(self.items)))
            pictures = [self._source[number] for number in numbers]
            framed = [_framed(picture, self._size) for picture in pictures]
            # Filled up, so that Keras compiles for one shape.
            batch = np.resize(np.stack([frame.image for frame in framed]), (self._batch, *self._size, 3))
            raw = np.asarray(model.predict_on_batch(batch), np.float32)[: len(pictures)]
            yield pictures, framed, raw

    def _boxes(self, grid: Floats, frame: Letterboxed, *, threshold: float) -> Boxes:
        seen = read_grids([GridHead(grid, self._stride)], frame, names=self._names)
        return found(seen, threshold=threshold, iou_threshold=_IOU_THRESHOLD, limit=MOST_FOUND)


def _framed(picture: BoxedPicture, size: tuple[int, int]) -> Letterboxed:
    return letterbox(picture.pixels.astype(np.float32) / 255, size)


def _in_input(picture: BoxedPicture, frame: Letterboxed) -> BoxedPicture:
    """The picture's boxes in pixels of the network's input."""
    return BoxedPicture(picture.name, picture.pixels, frame.to_input(picture.corners), picture.labels)
