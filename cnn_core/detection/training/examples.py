"""Pictures and boxes as training needs them: read once where they fit, and made into batches set by a seed."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cnn_core.arrays import as_image
from cnn_core.detection.boxed_listing import BoxedItem, BoxedListing
from cnn_core.detection.training.boxed_picture import BoxedPicture, shrunk
from cnn_core.detection.training.config import DetectionConfig
from cnn_core.detection.training.targets import assign
from cnn_core.detection.training.views import augmented
from cnn_core.images import load_image
from cnn_core.transfer.pictures import KeptSource, epoch_batches, epoch_random

Floats = npt.NDArray[np.float32]

PHASE = "detection"


BoxedSource = KeptSource[BoxedItem, BoxedPicture]


def boxed_source(listing: BoxedListing, items: Sequence[BoxedItem], *, side: int) -> BoxedSource:
    """The pictures of some items with their boxes, shrunk to a longest side in pixels."""
    return KeptSource(items, lambda item: read_boxed(listing, item, side=side), bytes_each=side * side * 3)


def read_boxed(listing: BoxedListing, item: BoxedItem, *, side: int) -> BoxedPicture:
    """One picture with its boxes, its longer side no longer than `side`; crowds are left out.

    Raises:
        InputError: it can no longer be read; names it.
    """
    image = load_image(listing.path(item.file), name=item.file, working_side=side)
    pixels = np.rint(as_image(image) * 255).astype(np.uint8)
    scale = np.array([pixels.shape[1] / item.size[1], pixels.shape[0] / item.size[0]] * 2, np.float32)
    one = ~item.truth.crowd
    boxes = item.truth.boxes[one]
    # What tools draw a pixel beyond the picture ends at its edge.
    edges = np.array([pixels.shape[1], pixels.shape[0]] * 2, np.float32)
    corners = np.clip(boxes.corners * scale, 0, edges)
    seen = ((corners[:, 2:] - corners[:, :2]) > 0).all(axis=1)
    return shrunk(BoxedPicture(item.file, pixels, corners[seen], boxes.labels[seen]), side)


class Batches:
    """The batches of every epoch: views in an order, and with random numbers, that follow from the seed alone.

    Args:
        source: the training pictures.
        config: of the run.
        num_classes: of the network.
        stride: pixels per cell of its grid.
    """

    def __init__(self, source: BoxedSource, config: DetectionConfig, *, num_classes: int, stride: int) -> None:
        self._source, self._config = source, config
        self._classes, self._stride = num_classes, stride
        self._count = len(source) * config.views
        self.size = min(config.batch_size, self._count)
        self.steps = -(-self._count // self.size)

    def order(self, epoch: int) -> list[tuple[int, npt.NDArray[np.int64]]]:
        """Numbered batches of an epoch; the last one is filled up from the beginning of the order."""
        config = self._config
        return epoch_batches(
            len(self._source), views=config.views, size=self.size, seed=config.seed, phase=PHASE, epoch=epoch
        )

    def make(self, epoch: int, number: int, chosen: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Network input (N, rows, columns, 3) in [0, 1] and targets of a batch."""
        config = self._config
        random = epoch_random(seed=config.seed, phase=PHASE, epoch=epoch, batch=number)
        views = [self._view(first, random) for first in chosen.tolist()]
        inputs = np.stack([view.pixels for view in views]).astype(np.float32) / np.float32(255)
        return inputs, np.stack([self.target(view) for view in views])

    def target(self, view: BoxedPicture) -> Floats:
        """What the cells shall learn of a view."""
        rows, columns = self._config.input_size
        grid = (rows // self._stride, columns // self._stride)
        return assign(view.corners, view.labels, grid=grid, stride=self._stride, num_classes=self._classes)

    def _view(self, first: int, random: np.random.Generator) -> BoxedPicture:
        # The first picture is the one whose turn it is; the others of a mosaic are drawn.
        turn = iter([first])

        def pick() -> BoxedPicture:
            return self._source[next(turn, int(random.integers(len(self._source))))]

        return augmented(pick, self._config.input_size, self._config.augmentation, random)
