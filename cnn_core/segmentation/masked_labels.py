"""The label map of a listed photo, read from its mask by the listing's rule."""

from functools import lru_cache
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from cnn_core.decoding import Stored, decode_stored
from cnn_core.errors import InputError
from cnn_core.mask_files.coco_masks import CocoMasks, coco_label_map, read_coco_masks
from cnn_core.mask_files.reading import coco_picture, fitted, read_npy
from cnn_core.masks import UNSURE, Labels
from cnn_core.segmentation.masked_listing import MaskedItem, MaskedListing, MaskRule


def read_labels(listing: MaskedListing, item: MaskedItem) -> Labels:
    """(H, W) uint8 of the photo's size: places in the listing's names, 255 where nothing is known.

    Raises:
        InputError: the mask is gone, damaged, or holds what it did not hold when it was listed.
    """
    path = listing.path(item.mask)
    if listing.rule.kind == "coco":
        labels = coco_labels(kept_coco(path), item.file)
    else:
        labels = ruled(stored_mask(path), listing.rule, classes=len(listing.names), name=item.mask)
    return fitted(labels, item.size, name=item.mask)[0]


def stored_mask(path: Path) -> Stored:
    """What a mask's file holds.

    Raises:
        InputError: it is gone or cannot be read.
    """
    if path.suffix.lower() != ".npy":
        return decode_stored(path)
    if not path.is_file():
        raise InputError(f"There is no file {path.name}", "Choose the photos again")
    return Stored(read_npy(path.read_bytes(), name=path.name))


def ruled(stored: Stored, rule: MaskRule, *, classes: int, name: str) -> Labels:
    """The classes of a mask's values by a rule.

    Args:
        stored: the values.
        rule: of all masks of the folder.
        classes: K.
        name: of the file, for messages.

    Raises:
        InputError: values that the rule does not know, by value and count.

    Example:
        >>> ruled(Stored(np.array([[0, 9]], np.uint8)), MaskRule("values", {0: 0, 9: 1}), classes=2, name="a.png")
        array([[0, 1]], dtype=uint8)
    """
    values, palette = stored.values, stored.palette
    if rule.kind == "colours":
        return _looked_up(_codes(values, palette), rule, name)
    if values.ndim == 3:
        values = values[..., 0]
    if rule.kind == "halves":
        return (values > (127 if values.max(initial=0) <= 255 else 32767)).astype(np.uint8)
    if rule.kind == "values":
        return _looked_up(values, rule, name)
    wrong = (values >= classes) & (values != UNSURE) & (values != 65535)
    if wrong.any():
        raise _unknown(values[wrong], name, f"outside the classes 0 to {classes - 1}")
    return np.where(values >= UNSURE, UNSURE, values).astype(np.uint8)


def coco_labels(masks: CocoMasks, photo: str) -> Labels:
    """The label map of a photo in a COCO file: class 0 is background, the file's classes follow.

    Raises:
        InputError: the file says nothing about the photo.
    """
    picture, _ = coco_picture(masks, photo)
    labels, _ = coco_label_map(picture, places=range(1, len(masks.names) + 1))
    return labels


def kept_coco(path: Path) -> CocoMasks:
    """A COCO file, read once while it does not change.

    Raises:
        InputError: it is gone or cannot be read.
    """
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise InputError(f"There is no file {path.name}", "Choose the photos again") from error
    return _coco(path, changed)


@lru_cache(maxsize=2)
def _coco(path: Path, _changed: int) -> CocoMasks:
    return read_coco_masks(path.read_bytes(), name=PurePosixPath(path).name)


def _codes(values: npt.NDArray, palette: npt.NDArray[np.uint8] | None) -> npt.NDArray:
    if values.ndim == 3:
        return values.astype(np.int64) @ np.array([65536, 256, 1])
    if palette is None:
        level = values.astype(np.int64)
        return (level if values.dtype == np.uint8 else level // 257) * 0x010101
    whole = np.zeros((256, 3), np.int64)
    whole[: len(palette)] = palette
    return (whole @ np.array([65536, 256, 1]))[values]


def _looked_up(codes: npt.NDArray, rule: MaskRule, name: str) -> Labels:
    present, places = np.unique(codes, return_inverse=True)
    missing = [int(code) for code in present if int(code) not in rule.lookup]
    if missing:
        raise _unknown(codes[np.isin(codes, missing)], name, "that stand for no class", colours=rule.kind == "colours")
    lookup = np.array([rule.lookup[int(code)] for code in present], np.uint8)
    return lookup[places].reshape(codes.shape)


def _unknown(values: npt.NDArray, name: str, why: str, *, colours: bool = False) -> InputError:
    present, counts = np.unique(values, return_counts=True)
    shown = [f"#{value:06X}" if colours else str(value) for value in present[:4].tolist()]
    said = ", ".join(f"{value} ({count:,} pixels)" for value, count in zip(shown, counts.tolist(), strict=False))
    more = ", …" if len(present) > 4 else ""
    what = "colours" if colours else "values"
    return InputError(f"{name} holds {what} {why}: {said}{more}", "Mend the mask, or leave it out")
