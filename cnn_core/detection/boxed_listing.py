"""Pictures with true boxes, listed: what a detector is trained on and measured by, as a file that stays as it is."""

import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.annotation_files.picture import Size
from cnn_core.box_matching import Truth
from cnn_core.boxes import Boxes
from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.folders.disk import writing

PARTS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class BoxedItem:
    """One picture and what is in it.

    Attributes:
        file: path below the listing's root, with `/`.
        part: one of `PARTS`.
        size: (height, width) of the picture, upright.
        truth: its true boxes in pixels; labels are places in the listing's names.
    """

    file: str
    part: str
    size: Size
    truth: Truth


@dataclass(frozen=True, eq=False)
class BoxedListing:
    """The pictures of a folder that have annotations.

    Attributes:
        root: the folder.
        names: the class names.
        items: by file name.
        problems: what was left out or changed, a sentence each, with the names of the files.
    """

    root: Path
    names: tuple[str, ...]
    items: tuple[BoxedItem, ...]
    problems: tuple[str, ...] = ()

    def of(self, parts: Collection[str]) -> tuple[BoxedItem, ...]:
        """The pictures of some parts."""
        return tuple(item for item in self.items if item.part in parts)

    def path(self, file: str) -> Path:
        """Where a picture lies."""
        return self.root / file

    def counts(self) -> dict[str, dict[str, int]]:
        """Boxes by class and part; every class and every part is there."""
        counted = {name: dict.fromkeys(PARTS, 0) for name in self.names}
        for item in self.items:
            for label, count in zip(*np.unique(item.truth.boxes.labels, return_counts=True), strict=True):
                counted[self.names[label]][item.part] += int(count)
        return counted


def save_boxed_listing(listing: BoxedListing, path: Path) -> None:
    """Write it in one step.

    Raises:
        InputError: the disk is full.
    """
    content = {
        "root": str(listing.root),
        "names": list(listing.names),
        "problems": list(listing.problems),
        "items": [_row(item) for item in listing.items],
    }
    with writing("the list of pictures"):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_text(json.dumps(content), encoding="utf-8")
        os.replace(part, path)


def load_boxed_listing(path: Path) -> BoxedListing:
    """What `save_boxed_listing` wrote.

    Raises:
        InputError: it is gone, or it is no such file.
    """
    content = read_json(path)
    try:
        names = tuple(content["names"])
        items = tuple(_item(row, names) for row in content["items"])
        return BoxedListing(Path(content["root"]), names, items, tuple(content["problems"]))
    except (TypeError, KeyError, ValueError) as error:
        raise InputError("The list of pictures is no longer here", "Choose the pictures again") from error


def _row(item: BoxedItem) -> dict[str, Any]:
    truth = item.truth
    row: dict[str, Any] = {"file": item.file, "part": item.part, "size": list(item.size)}
    row |= {"boxes": np.round(truth.boxes.corners.astype(float), 3).tolist(), "labels": truth.boxes.labels.tolist()}
    row["areas"] = truth.areas.tolist()
    return row | {
        name: np.flatnonzero(flags).tolist()
        for name, flags in (("crowd", truth.crowd), ("difficult", truth.difficult))
        if flags.any()
    }


def _item(row: dict[str, Any], names: tuple[str, ...]) -> BoxedItem:
    boxes = Boxes(row["boxes"], row["labels"], None, names)
    crowd, difficult = (_flags(row.get(name, ()), len(boxes)) for name in ("crowd", "difficult"))
    size = (int(row["size"][0]), int(row["size"][1]))
    return BoxedItem(row["file"], row["part"], size, Truth(boxes, crowd, difficult, row["areas"]))


def _flags(places: Collection[int], count: int) -> npt.NDArray[np.bool_]:
    flags = np.zeros(count, bool)
    flags[list(places)] = True
    return flags
