"""Which mask belongs to which photo, by the names of files and folders alone.

Folders whose names say mask, label, annotation, ground truth or segmentation hold masks; so do files such as
`a_mask.png` beside `a.jpg`. A mask has its photo's name, whatever the endings; where several photos have it, the one
in the folder of the same part (`train/image/1.png` with `train/label/1.png`).
"""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

_MASKS = {
    *("mask", "masks", "label", "labels", "annotation", "annotations", "annot", "gt", "truth", "groundtruth"),
    *("segmentation", "segmentations", "segmentationclass", "seg", "trimap", "trimaps", "manual"),
}
_PHOTOS = {"image", "images", "img", "imgs", "photo", "photos", "picture", "pictures", "jpegimages", "input", "inputs"}
_GROUND = {"ground"}
# Of Pascal VOC: its values count objects and are no classes.
_NOT_CLASSES = {"segmentationobject"}
_ENDING = re.compile(
    r"[ _.-]*(mask|masks|label|labels|labelids|gt|seg|segmentation|groundtruth|truth|l)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Pairs:
    """What belongs together.

    Attributes:
        masks: photo to mask, in the photos' order.
        bare: photos without a mask.
        alone: masks without a photo.
        extra: second masks of a photo.
    """

    masks: dict[str, str]
    bare: tuple[str, ...]
    alone: tuple[str, ...]
    extra: tuple[str, ...]


def pair_up(files: Sequence[str]) -> Pairs:
    """Pair photos and masks.

    Args:
        files: paths with `/`, of pictures and NPY files.

    Example:
        >>> pairs = pair_up(["images/a.jpg", "images/b.jpg", "masks/a.png", "masks/c.png"])
        >>> pairs.masks, pairs.bare, pairs.alone
        ({'images/a.jpg': 'masks/a.png'}, ('images/b.jpg',), ('masks/c.png',))
        >>> pair_up(["a.jpg", "a_mask.png"]).masks
        {'a.jpg': 'a_mask.png'}
    """
    usable = [file for file in files if not _words(PurePosixPath(file).parts[:-1]) & _NOT_CLASSES]
    masks = {file for file in usable if _in_mask_folder(file) or file.lower().endswith(".npy")}
    if not masks:
        masks = _by_ending(usable)
    photos = [file for file in usable if file not in masks]
    finder = _Finder(photos)
    found: dict[str, str] = {}
    alone, extra = [], []
    for mask in sorted(masks):
        photo = finder.find(mask)
        if photo is None:
            alone.append(mask)
        elif photo in found:
            extra.append(mask)
        else:
            found[photo] = mask
    bare = tuple(photo for photo in photos if photo not in found)
    return Pairs({photo: found[photo] for photo in photos if photo in found}, bare, tuple(alone), tuple(extra))


class _Finder:
    """Photos by part and name, and by name alone where that is unambiguous."""

    def __init__(self, photos: Collection[str]) -> None:
        self.exact: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self.stems: dict[str, list[str]] = defaultdict(list)
        for photo in photos:
            stem = _stem(photo)
            self.exact[*_context(photo), stem].append(photo)
            self.stems[stem].append(photo)

    def find(self, mask: str) -> str | None:
        whole = _stem(mask)
        for stem in dict.fromkeys([whole, _ENDING.sub("", whole)]):
            for found in (self.exact.get((*_context(mask), stem), []), self.stems.get(stem, [])):
                if len(found) == 1:
                    return found[0]
        return None


def _by_ending(files: Sequence[str]) -> set[str]:
    stems = {_stem(file) for file in files}
    return {file for file in files if (base := _ENDING.sub("", _stem(file))) != _stem(file) and base in stems}


def _in_mask_folder(file: str) -> bool:
    return bool(_words(PurePosixPath(file).parts[:-1]) & _MASKS)


def _context(file: str) -> tuple[str, ...]:
    """The folders around a file without what says photo or mask."""
    kept = (" ".join(sorted(_words([part]) - _MASKS - _PHOTOS - _GROUND)) for part in PurePosixPath(file).parts[:-1])
    return tuple(part for part in kept if part)


def _words(parts: Sequence[str]) -> set[str]:
    return {word for part in parts for word in re.split(r"[\W_]+", part.lower()) if word}


def _stem(file: str) -> str:
    return PurePosixPath(file).stem.lower()
