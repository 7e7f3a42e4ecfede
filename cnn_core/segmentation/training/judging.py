"""How good a network is on photos that it is not trained on: loss and mean IoU, and its answers to look at."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.images import to_float
from cnn_core.letterbox import stretched
from cnn_core.masks import UNSURE, Labels, resized_labels
from cnn_core.segmentation.training.examples import MaskedPicture, MaskedSource
from cnn_core.segmentation_metrics import confusion_matrix, mean_iou, pixel_accuracy

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]
Check = Callable[[int, int], None]


@dataclass(frozen=True)
class Figures:
    """An epoch's figures: the loss, mean IoU over the classes and pixel accuracy; NaN where no pixel is known."""

    loss: float
    mean_iou: float
    pixel_accuracy: float

    @property
    def event(self) -> dict[str, float]:
        """As an epoch's event has them."""
        return {"val_loss": self.loss, "val_mean_iou": self.mean_iou, "val_accuracy": self.pixel_accuracy}

    @property
    def cost(self) -> float:
        """What is to become small; where no pixel is known, the loss."""
        return self.loss if math.isnan(self.mean_iou) else -self.mean_iou

    @property
    def accuracy(self) -> float:
        """What is remembered of the best epoch."""
        return self.pixel_accuracy


class Judge:
    """Judges a network by some photos, always in batches of one size; each stretched to the network's input.

    Args:
        source: the photos.
        answering: gives the network for whole photos, ending in softmax, with the weights of the one that is trained.
        classes: how many.
        size: rows and columns of its input.
        batch_size: photos at a time.
        loss: of labels and logits.
        shown: how many photos' answers are kept to be looked at.
    """

    def __init__(
        self,
        source: MaskedSource,
        *,
        answering: "Callable[[keras.Model], keras.Model]",
        classes: int,
        size: tuple[int, int],
        batch_size: int,
        loss: Callable[[Any, Any], Any],
        shown: int,
    ) -> None:
        self.source = source
        self._answering, self._classes, self._size = answering, classes, size
        self._batch, self._loss = batch_size, loss
        self._shown = min(shown, len(source))
        self.answers: list[Labels] = []

    def look_at(self, count: int) -> None:
        """Look at no more than so many photos at a time from now on."""
        self._batch = min(self._batch, count)

    def figures(self, model: "keras.Model", check: Check) -> Figures:
        """Loss, IoU and accuracy; `check` is told batches done and of all, and may raise."""
        losses, matrix = [], np.zeros((self._classes, self._classes), np.int64)
        answers: list[Labels] = []
        for number, (pictures, probabilities) in enumerate(self._answered(model)):
            labels = np.stack([resized_labels(one.labels, self._size) for one in pictures])
            logits = np.log(np.maximum(probabilities, 1e-7))
            losses.append((len(pictures), float(self._loss(labels, logits))))
            for picture, one in zip(pictures, probabilities, strict=True):
                found = labels_of(one, picture.labels.shape)
                matrix += confusion_matrix(picture.labels, found, num_classes=self._classes, ignore=UNSURE)
                if len(answers) < self._shown:
                    answers.append(found)
            check(number + 1, -(-len(self.source) // self._batch))
        self.answers = answers
        count = sum(pictures for pictures, _ in losses)
        loss = sum(pictures * value for pictures, value in losses) / count
        return Figures(loss, mean_iou(matrix), pixel_accuracy(matrix))

    def inputs(self, count: int) -> Floats:
        """The first so many photos as the network gets them."""
        return np.stack([framed(self.source[number], self._size) for number in range(count)])

    def _answered(self, model: "keras.Model") -> Iterator[tuple[list[MaskedPicture], Floats]]:
        network = self._answering(model)
        for first in range(0, len(self.source), self._batch):
            numbers = range(first, min(first + self._batch, len(self.source)))
            pictures = [self.source[number] for number in numbers]
            inputs = np.stack([framed(picture, self._size) for picture in pictures])
            # Filled up, so that Keras compiles for one shape.
            batch = np.resize(inputs, (self._batch, *self._size, 3))
            yield pictures, np.asarray(network.predict_on_batch(batch), np.float32)[: len(pictures)]


def framed(picture: MaskedPicture, size: tuple[int, int]) -> Floats:
    """The photo as the network gets it: (rows, columns, 3) float32 in [0, 1], stretched."""
    return stretched(to_float(picture.pixels), size).image


def labels_of(probabilities: Floats, size: tuple[int, ...]) -> Labels:
    """(H, W) uint8 of probabilities (h, w, K): enlarged linearly, then the most probable class is taken.

    Example:
        >>> labels_of(np.eye(2, dtype=np.float32)[[[0, 1]]], (1, 4)).tolist()
        [[0, 0, 1, 1]]
    """
    enlarged = np.asarray(cv2.resize(probabilities, (size[1], size[0]), interpolation=cv2.INTER_LINEAR))
    return np.asarray(enlarged.argmax(axis=2), np.uint8)
