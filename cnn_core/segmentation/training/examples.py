"""Photos with their label maps as training needs them: read once where they fit, and batches set by a seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.arrays import as_rgb
from cnn_core.images import load_image
from cnn_core.masks import Labels, resized_labels
from cnn_core.segmentation.masked_labels import read_labels
from cnn_core.segmentation.masked_listing import MaskedItem, MaskedListing
from cnn_core.segmentation.training.config import SegmentationConfig, augmentation_of
from cnn_core.segmentation.training.views import augment
from cnn_core.transfer.pictures import KeptSource, epoch_batches, epoch_random

Floats = npt.NDArray[np.float32]

PHASE = "segmentation"


@dataclass(frozen=True, eq=False)
class MaskedPicture:
    """A photo and its truth.

    Attributes:
        name: of its file.
        pixels: (H, W, 3) uint8 RGB.
        labels: (H, W) uint8, 255 where nothing is known.
    """

    name: str
    pixels: npt.NDArray[np.uint8]
    labels: Labels


MaskedSource = KeptSource[MaskedItem, MaskedPicture]


def masked_source(listing: MaskedListing, items: Sequence[MaskedItem], *, side: int) -> MaskedSource:
    """The photos of some items with their labels, shrunk to a longest side in pixels."""
    return KeptSource(items, lambda item: read_masked(listing, item, side=side), bytes_each=side * side * 4)


def read_masked(listing: MaskedListing, item: MaskedItem, *, side: int | None) -> MaskedPicture:
    """One photo with its labels, its longer side no longer than `side`; labels are never mixed.

    Raises:
        InputError: one of them can no longer be read; names it.
    """
    image = load_image(listing.path(item.file), name=item.file, working_side=side)
    pixels = np.rint(as_rgb(image) * 255).astype(np.uint8)
    labels = read_labels(listing, item)
    if labels.shape != pixels.shape[:2]:
        labels = resized_labels(labels, (pixels.shape[0], pixels.shape[1]))
    return MaskedPicture(item.file, pixels, labels)


class Batches:
    """The batches of every epoch: views in an order, and with random numbers, that follow from the seed alone.

    Args:
        source: the training photos.
        config: of the run.
    """

    def __init__(self, source: MaskedSource, config: SegmentationConfig) -> None:
        self._source, self._config, self._how = source, config, augmentation_of(config)
        self._count = len(source) * config.views
        self.size = min(config.batch_size, self._count)
        self.steps = -(-self._count // self.size)

    def order(self, epoch: int) -> list[tuple[int, npt.NDArray[np.int64]]]:
        """Numbered batches of an epoch; the last one is filled up from the beginning of the order."""
        config = self._config
        return epoch_batches(
            len(self._source), views=config.views, size=self.size, seed=config.seed, phase=PHASE, epoch=epoch
        )

    def make(self, epoch: int, number: int, chosen: npt.NDArray[np.int64]) -> tuple[Floats, Labels]:
        """Network input (N, rows, columns, 3) in [0, 1] and labels (N, rows, columns) of a batch."""
        random = epoch_random(seed=self._config.seed, phase=PHASE, epoch=epoch, batch=number)
        pictures = [self._source[place] for place in chosen.tolist()]
        views = [augment(one.pixels, one.labels, self._how, random) for one in pictures]
        inputs = np.stack([pixels for pixels, _ in views]).astype(np.float32) / np.float32(255)
        return inputs, np.stack([labels for _, labels in views])
