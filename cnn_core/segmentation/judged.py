"""What a segmenter said of photos whose masks are known, kept in a run's folder for pages to read.

predictions.npz holds the pixels of each true and given class of each photo, from which all figures follow; labels/
holds what was said, a palette PNG a photo.
"""

import os
import zipfile
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.decoding import decode_stored
from cnn_core.errors import InputError
from cnn_core.mask_files.palette_picture import write_palette_png
from cnn_core.masks import Labels, class_colours, has_background
from cnn_core.segmentation_metrics import Matrix, Numbers

FILE = "predictions.npz"
LABELS = "labels"


@dataclass(frozen=True, eq=False)
class JudgedMasks:
    """A segmenter's answers about N photos, in K classes.

    Attributes:
        names: the K classes.
        files: path of each photo below the listing's root.
        parts: of the listing.
        places: of each photo in the folder of labels.
        matrices: (N, K, K + 1) pixels: true class by given class, undecided last.
        boundary: (N, K) boundary F1, NaN where there is none.
    """

    names: tuple[str, ...]
    files: tuple[str, ...]
    parts: tuple[str, ...]
    places: tuple[int, ...]
    matrices: Matrix
    boundary: Numbers

    def __len__(self) -> int:
        return len(self.files)

    def of(self, parts: Collection[str]) -> "JudgedMasks":
        """The photos of some parts."""
        kept = [number for number, part in enumerate(self.parts) if part in parts]
        return replace(
            self,
            files=tuple(self.files[number] for number in kept),
            parts=tuple(self.parts[number] for number in kept),
            places=tuple(self.places[number] for number in kept),
            matrices=self.matrices[kept],
            boundary=self.boundary[kept],
        )


def no_masks(names: tuple[str, ...]) -> JudgedMasks:
    """No answers yet.

    Example:
        >>> len(no_masks(("background", "cat")))
        0
    """
    count = len(names)
    return JudgedMasks(names, (), (), (), np.zeros((0, count, count + 1), np.int64), np.zeros((0, count)))


def save_judged(judged: JudgedMasks, path: Path) -> None:
    """Write it in one step."""
    columns: dict[str, Any] = {
        "names": np.array(judged.names, dtype=str),
        "files": np.array(judged.files, dtype=str),
        "parts": np.array(judged.parts, dtype=str),
        "places": np.array(judged.places, np.int64),
        "matrices": judged.matrices,
        "boundary": judged.boundary,
    }
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.savez_compressed(file, **columns)
    os.replace(part, path)


def load_judged(path: Path) -> JudgedMasks:
    """What `save_judged` wrote.

    Raises:
        InputError: it is gone or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            kept: dict[str, npt.NDArray[Any]] = {name: file[name] for name in file.files}
        names, count = tuple(kept["names"].tolist()), len(kept["names"])
        return JudgedMasks(
            names,
            tuple(kept["files"].tolist()),
            tuple(kept["parts"].tolist()),
            tuple(kept["places"].tolist()),
            kept["matrices"].reshape(-1, count, count + 1),
            kept["boundary"].reshape(-1, count),
        )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError("What the segmenter said is no longer here", "Start it again") from error


def save_labels(run: Path, place: int, labels: Labels, *, names: tuple[str, ...]) -> None:
    """Keep what was said of one photo."""
    folder = run / LABELS
    folder.mkdir(exist_ok=True)
    colours = class_colours(len(names), background=has_background(names))
    (folder / f"{place:06d}.png").write_bytes(write_palette_png(labels, colours=colours))


def load_labels(run: Path, place: int) -> Labels:
    """What was said of one photo, (H, W) uint8, 255 where undecided.

    Raises:
        InputError: it is gone or damaged.
    """
    return decode_stored(run / LABELS / f"{place:06d}.png").values.astype(np.uint8)
