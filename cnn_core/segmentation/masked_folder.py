"""A folder of photos and masks, in whichever layout: masks of the photos' names, or COCO JSON.

Which mask belongs to which photo: `masked_pairs`. Which classes there are: `masked_classes`. Which part a photo is in:
`cnn_core.folders.parts`.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.annotations import MOST_OF_A_KIND, PictureFinder
from cnn_core.decoding import Stored
from cnn_core.errors import InputError
from cnn_core.folders.layout import Tree, scan
from cnn_core.folders.names import shown
from cnn_core.folders.parts import parts_of
from cnn_core.folders.sizes import picture_size
from cnn_core.mask_files.coco_masks import MOST_BYTES, CocoMasks
from cnn_core.mask_files.reading import fitted, same_size
from cnn_core.masks import UNSURE
from cnn_core.segmentation.masked_classes import CLASS_FILES, Values, class_file, decide, values_of
from cnn_core.segmentation.masked_labels import coco_labels, kept_coco, ruled, stored_mask
from cnn_core.segmentation.masked_listing import MaskedItem, MaskedListing, MaskRule
from cnn_core.segmentation.masked_pairs import pair_up

_LAYOUT = (
    "Put the photos in a folder `images` and their masks, under the same names, in a folder `masks`, or add COCO JSON "
    "with outlines"
)
_MOST_NAMES_BYTES = 1_000_000

Progress = Callable[[int, int], None]


def read_masked_folder(
    root: Path, *, validation: float = 0.2, seed: int = 0, progress: Progress | None = None
) -> MaskedListing:
    """List a folder's photos with their masks; what cannot be used is left out and named.

    Args:
        root: the folder.
        validation: the part kept back where the folder names no validation photos, 0 to 0.9.
        seed: of that choice.
        progress: called with the number of photos looked at and of all.

    Raises:
        InputError: no pictures, no masks, masks of no photo that is there, or masks that are none.
    """
    tree = scan(root)
    if not tree.pictures:
        raise InputError("There are no pictures in this folder", "Give photos and their masks")
    pairs = pair_up([*tree.pictures, *(file for file in tree.others if file.lower().endswith(".npy"))])
    if pairs.masks:
        remarks = _remarks(pairs.bare, pairs.alone, pairs.extra)
        return _of_pictures(root, tree, pairs.masks, remarks, validation=validation, seed=seed, progress=progress)
    coco = [file for file in tree.others if file.lower().endswith(".json")]
    if coco:
        return _of_coco(root, tree, coco, validation=validation, seed=seed, progress=progress)
    if pairs.alone:
        raise InputError(
            f"No mask in this folder has the name of a photo: there is {shown(pairs.alone[0])}, for instance",
            _LAYOUT,
        )
    raise InputError("There are no masks in this folder", _LAYOUT)


def _of_pictures(
    root: Path,
    tree: Tree,
    masks: Mapping[str, str],
    remarks: Sequence[str],
    *,
    validation: float,
    seed: int,
    progress: Progress | None,
) -> MaskedListing:
    refused: list[str] = []
    sizes: dict[str, tuple[int, int]] = {}
    values: dict[str, Values] = {}
    resized = 0
    for number, (file, mask) in enumerate(masks.items(), start=1):
        try:
            size = picture_size(root / file)
            found = values_of(stored_mask(root / mask), name=mask)
            resized += not same_size(found.size, size, name=mask)
            sizes[file], values[file] = size, found
        except InputError as error:
            refused.append(f"{error} It is left out.")
        if progress:
            progress(number, len(masks))
    if not values:
        raise InputError(f"No mask can be used. {refused[0].rstrip('.')}", _LAYOUT)
    names, table = _class_file(root, tree)
    rule, classes, notes = decide(list(values.values()), names=names, table=table)
    counts = {}
    for file, found in values.items():
        try:
            counts[file] = _pixels(found, rule, len(classes), root / masks[file], masks[file])
        except InputError as error:
            refused.append(f"{error} It is left out.")
    if not counts:
        raise InputError(f"No mask can be used. {refused[0].rstrip('.')}", _LAYOUT)
    parts = parts_of(root, tree, list(counts), validation=validation, seed=seed, sets="Segmentation")
    items = tuple(MaskedItem(file, masks[file], parts[file], sizes[file], counts[file]) for file in sorted(counts))
    if resized:
        were = "mask has" if resized == 1 else "masks have"
        notes = (*notes, f"{resized:,} {were} another size than the photo: resized when read, nearest neighbour.")
    empty = [item.file for item in items if not any(item.pixels[1:])]
    said = _few([f"The mask of {file} marks nothing." for file in empty], "masks that mark nothing")
    return MaskedListing(
        root, classes, rule, items, (*notes, *_few(refused, "masks that cannot be used"), *remarks, *said)
    )


def _of_coco(
    root: Path, tree: Tree, files: Sequence[str], *, validation: float, seed: int, progress: Progress | None
) -> MaskedListing:
    """Photos that COCO files describe, one for each part or one for all; their classes must be the same."""
    read: dict[str, CocoMasks] = {}
    refused: list[str] = []
    for file in files:
        try:
            if (root / file).stat().st_size > MOST_BYTES:
                raise InputError(f"{file} is too large", f"Give at most {MOST_BYTES // 1_000_000} MB")
            read[file] = kept_coco(root / file)
        except InputError as error:
            refused.append(f"{error} It is left out.")
    if not read:
        raise InputError(refused[0].rstrip("."), _LAYOUT)
    first = next(iter(read))
    for file in [file for file, masks in read.items() if masks.names != read[first].names]:
        refused.append(f"{file} has other classes than {first}. It is left out.")
        del read[file]
    finders = {file: PictureFinder(masks.pictures) for file, masks in read.items()}
    found: dict[str, MaskedItem] = {}
    names = ("background", *read[first].names)
    for number, photo in enumerate(tree.pictures, start=1):
        describes = next((file for file, finder in finders.items() if finder.find(photo)), None)
        try:
            if describes is not None:
                size = picture_size(root / photo)
                labels, _ = fitted(coco_labels(read[describes], photo), size, name=photo)
                counts = np.bincount(labels.ravel(), minlength=256)[: len(names)]
                found[photo] = MaskedItem(photo, describes, "", size, tuple(counts.tolist()))
        except InputError as error:
            refused.append(f"{error} It is left out.")
        if progress:
            progress(number, len(tree.pictures))
    if not found or not any(any(item.pixels[1:]) for item in found.values()):
        raise InputError(f"No outline in {shown(first)} belongs to a photo that is there", _LAYOUT)
    parts = parts_of(root, tree, list(found), validation=validation, seed=seed)
    items = tuple(
        MaskedItem(file, item.mask, parts[file], item.size, item.pixels) for file, item in sorted(found.items())
    )
    bare = _few([f"{file} has no mask." for file in tree.pictures if file not in found], "without a mask")
    said = (problem for masks in read.values() for problem in masks.problems)
    return MaskedListing(root, names, MaskRule("coco"), items, (*_few(refused, "refused"), *bare, *said))


def _pixels(found: Values, rule: MaskRule, classes: int, path: Path, mask: str) -> tuple[int, ...]:
    """Pixels of each class in a mask, from what occurs in it."""
    counts = [0] * 256
    if rule.kind == "colours":
        present = found.colours
        codes = np.array(list(present), np.int64)
        each: npt.NDArray[Any] = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=-1).astype(np.uint8)[None]
    else:
        present = found.greys or {}
        each = np.array(list(present), np.uint16)[None]
    try:
        labels = ruled(Stored(each), rule, classes=classes, name=mask)[0]
    except InputError:
        # Said with the numbers of pixels.
        labels = ruled(stored_mask(path), rule, classes=classes, name=mask)[0]
    for label, count in zip(labels.tolist(), present.values(), strict=True):
        counts[label] += count
    counts[UNSURE] = 0
    return tuple(counts[:classes])


def _class_file(root: Path, tree: Tree) -> tuple[tuple[str, ...], dict[int, int]]:
    """Class names and colours of the first file that has some."""
    for wanted in CLASS_FILES:
        for file in tree.others:
            path = root / file
            if (
                PurePosixPath(file).name.lower() == wanted
                and path.is_file()
                and path.stat().st_size < _MOST_NAMES_BYTES
            ):
                names, table = class_file(path.read_text("utf-8", "replace"))
                if names:
                    return names, table
    return (), {}


def _remarks(bare: Sequence[str], alone: Sequence[str], extra: Sequence[str]) -> list[str]:
    return [
        *_few([f"{file} has no mask." for file in bare], "without a mask"),
        *_few([f"{file} has no photo beside it." for file in alone], "without a photo"),
        *_few([f"{file} is a second mask of its photo. It is left out." for file in extra], "second masks"),
    ]


def _few(problems: list[str], kind: str) -> list[str]:
    more = len(problems) - MOST_OF_A_KIND
    return problems if more <= 0 else [*problems[:MOST_OF_A_KIND], f"And {more} more {kind}."]
