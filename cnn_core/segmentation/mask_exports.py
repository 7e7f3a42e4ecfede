"""Masks to take home: as label map, as polygons, drawn over the photo, and cut out of it."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from cnn_core.drawing import npy, png
from cnn_core.mask_files.coco_masks import write_coco_masks
from cnn_core.mask_files.palette_picture import write_palette_png
from cnn_core.masks import Labels, Masks, decided
from cnn_core.segmentation.overlay import Look, Pixels, cut_out, overlay


def labels_at(masks: Masks, size: tuple[int, int], *, least: float) -> Labels:
    """(H, W) labels at a size, 255 where the confidence is below the least.

    Args:
        masks: of the photo.
        size: rows and columns, e.g. those of the photo's file.
        least: least confidence.

    Example:
        >>> from cnn_core.masks import masks_of
        >>> masks = masks_of(np.array([[[0.9, 0.1]]], np.float32), size=(2, 2), names=("ground", "cat"))
        >>> labels_at(masks, (1, 3), least=0.5).tolist()
        [[0, 0, 0]]
    """
    return decided(masks if masks.size == size else replace(masks, size=size), least)


def mask_png(masks: Masks, size: tuple[int, int], *, least: float) -> bytes:
    """The label map as palette PNG: values are class numbers, 255 where nothing is sure."""
    return write_palette_png(labels_at(masks, size, least=least), colours=masks.colours)


def labels_npy(masks: Masks, size: tuple[int, int], *, least: float) -> bytes:
    """The label map as NPY, (H, W) uint8."""
    return npy(labels_at(masks, size, least=least))


def polygons_json(found: Iterable[tuple[str, Masks, tuple[int, int]]], *, least: float) -> bytes:
    """COCO JSON with the polygons of each class.

    Args:
        found: file name, masks and (height, width) of each photo; with the same classes.
        least: least confidence.
    """
    photos = list(found)
    names = max((masks.names for _, masks, _ in photos), key=len, default=())
    pictures = [(name, labels_at(masks, size, least=least)) for name, masks, size in photos]
    return write_coco_masks(pictures, names=names).encode()


def drawn_png(pixels: Pixels, masks: Masks, look: Look, *, least: float) -> bytes:
    """The photo as it is shown; a cut-out is transparent where it is cut away."""
    labels = labels_at(masks, (pixels.shape[0], pixels.shape[1]), least=least)
    if look.view == "cutout":
        return png(cut_out(pixels, labels, hidden=look.hidden))
    return png(np.asarray(overlay(pixels, labels, colours=masks.colours, look=look)))
