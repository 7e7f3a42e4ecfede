"""What a detector found in pictures whose true boxes are known, kept together in one file that pages read."""

import os
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.annotation_files.picture import Size
from cnn_core.box_matching import Truth
from cnn_core.boxes import Boxes
from cnn_core.errors import InputError

FILE = "predictions.npz"


@dataclass(frozen=True, eq=False)
class JudgedPicture:
    """One picture, what is in it and what was found.

    Attributes:
        file: path below the listing's root.
        part: of the listing.
        size: (height, width).
        truth: the true boxes.
        found: the boxes found, best first, down to very low scores.
    """

    file: str
    part: str
    size: Size
    truth: Truth
    found: Boxes


@dataclass(frozen=True, eq=False)
class Judged:
    """A detector's answers about pictures with true boxes; labels of both are places in `names`."""

    names: tuple[str, ...]
    pictures: tuple[JudgedPicture, ...]

    def of(self, parts: Collection[str]) -> "Judged":
        """The pictures of some parts."""
        return Judged(self.names, tuple(picture for picture in self.pictures if picture.part in parts))

    @property
    def truths(self) -> list[Truth]:
        """The true boxes of each picture."""
        return [picture.truth for picture in self.pictures]

    @property
    def found(self) -> list[Boxes]:
        """The boxes found in each picture."""
        return [picture.found for picture in self.pictures]


def save_judged(judged: Judged, path: Path) -> None:
    """Write it in one step."""
    pictures = judged.pictures
    truths, found = judged.truths, judged.found
    columns: dict[str, Any] = {
        "names": np.array(judged.names, dtype=str),
        "files": np.array([picture.file for picture in pictures], dtype=str),
        "parts": np.array([picture.part for picture in pictures], dtype=str),
        "sizes": np.array([picture.size for picture in pictures], np.int32).reshape(-1, 2),
        "crowd": _joined([truth.crowd for truth in truths], bool),
        "difficult": _joined([truth.difficult for truth in truths], bool),
        "areas": _joined([truth.areas for truth in truths], np.float64),
        **_packed("truth", [truth.boxes for truth in truths]),
        **_packed("found", found),
    }
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.savez_compressed(file, **columns)
    os.replace(part, path)


def load_judged(path: Path) -> Judged:
    """What `save_judged` wrote.

    Raises:
        InputError: it is gone or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            kept: dict[str, npt.NDArray[Any]] = {name: file[name] for name in file.files}
        names = tuple(kept["names"].tolist())
        truths, found = _unpacked(kept, "truth", names), _unpacked(kept, "found", names)
        ends = np.cumsum(kept["truth_counts"])[:-1]
        flags = [np.split(kept[name], ends) for name in ("crowd", "difficult", "areas")]
        pictures = (
            JudgedPicture(file, part, (int(height), int(width)), Truth(boxes, *extra), answers)
            for file, part, (height, width), boxes, answers, *extra in zip(
                kept["files"].tolist(), kept["parts"].tolist(), kept["sizes"], truths, found, *flags, strict=True
            )
        )
        return Judged(names, tuple(pictures))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError("What the detector found is no longer here", "Start it again") from error


def _packed(name: str, boxes: Sequence[Boxes]) -> dict[str, npt.NDArray[Any]]:
    return {
        f"{name}_counts": np.array([len(one) for one in boxes], np.int64),
        f"{name}_corners": _joined([one.corners for one in boxes], np.float32).reshape(-1, 4),
        f"{name}_labels": _joined([one.labels for one in boxes], np.int64),
        f"{name}_scores": _joined([one.scores for one in boxes], np.float32),
    }


def _unpacked(kept: dict[str, npt.NDArray[Any]], name: str, names: tuple[str, ...]) -> list[Boxes]:
    ends = np.cumsum(kept[f"{name}_counts"])[:-1]
    columns = [np.split(kept[f"{name}_{column}"], ends) for column in ("corners", "labels", "scores")]
    return [Boxes(corners, labels, scores, names) for corners, labels, scores in zip(*columns, strict=True)]


def _joined(arrays: Sequence[npt.NDArray[Any]], kind: Any) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, kind), *(array.reshape(-1) for array in arrays)])
