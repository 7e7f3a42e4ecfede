"""Photos with masks, listed: what a segmenter is trained on and measured by, as a file that stays as it is."""

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.folders.disk import writing

PARTS = ("train", "validation", "test")
KINDS = ("numbers", "halves", "values", "colours", "coco")


@dataclass(frozen=True)
class MaskRule:
    """How all masks of a folder are read.

    Attributes:
        kind: "numbers", values are classes; "halves", dark and light; "values" and "colours", by `lookup`; "coco".
        lookup: grey value, or colour as one number (65536 red + 256 green + blue), to class; 255 is left out.
    """

    kind: str
    lookup: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class MaskedItem:
    """One photo and where its mask lies.

    Attributes:
        file: path below the listing's root, with `/`.
        mask: of its mask; of COCO JSON the file that describes it.
        part: one of `PARTS`.
        size: (height, width) of the photo, upright.
        pixels: of each class, in the mask's own pixels.
    """

    file: str
    mask: str
    part: str
    size: tuple[int, int]
    pixels: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class MaskedListing:
    """The photos of a folder that have masks. Their label maps: `cnn_core.segmentation.masked_labels`.

    Attributes:
        root: the folder.
        names: the class names; class 0 is usually the background.
        rule: how the masks are read.
        items: by file name.
        problems: what was left out, changed or assumed, a sentence each, with the names of the files.
    """

    root: Path
    names: tuple[str, ...]
    rule: MaskRule
    items: tuple[MaskedItem, ...]
    problems: tuple[str, ...] = ()

    def of(self, parts: Collection[str]) -> tuple[MaskedItem, ...]:
        """The photos of some parts."""
        return tuple(item for item in self.items if item.part in parts)

    def path(self, file: str) -> Path:
        """Where a file lies."""
        return self.root / file

    def counts(self) -> dict[str, dict[str, int]]:
        """Photos in which a class occurs, by class and part."""
        return {
            name: {part: sum(item.pixels[label] > 0 for item in self.of({part})) for part in PARTS}
            for label, name in enumerate(self.names)
        }

    def shares(self, parts: Collection[str] = PARTS) -> dict[str, float]:
        """The share of all pixels of some parts that each class has; each photo counts the same.

        What is left out in the masks counts for no class. 0 where there are no photos.
        """
        counts = np.array([item.pixels for item in self.of(parts)], float).reshape(-1, len(self.names))
        totals = counts.sum(axis=1, keepdims=True)
        shares = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
        means = shares.mean(axis=0) if len(shares) else np.zeros(len(self.names))
        return dict(zip(self.names, means.tolist(), strict=True))


def save_masked_listing(listing: MaskedListing, path: Path) -> None:
    """Write it in one step.

    Raises:
        InputError: the disk is full.
    """
    content = {
        "root": str(listing.root),
        "names": list(listing.names),
        "rule": {"kind": listing.rule.kind, "lookup": [list(pair) for pair in listing.rule.lookup.items()]},
        "problems": list(listing.problems),
        "items": [[item.file, item.mask, item.part, list(item.size), list(item.pixels)] for item in listing.items],
    }
    with writing("the list of photos"):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_text(json.dumps(content), encoding="utf-8")
        os.replace(part, path)


def load_masked_listing(path: Path) -> MaskedListing:
    """What `save_masked_listing` wrote.

    Raises:
        InputError: it is gone, or it is no such file.
    """
    content: Any = read_json(path)
    try:
        items = tuple(
            MaskedItem(file, mask, part, (int(size[0]), int(size[1])), tuple(int(count) for count in pixels))
            for file, mask, part, size, pixels in content["items"]
        )
        lookup = {int(value): int(label) for value, label in content["rule"]["lookup"]}
        rule = MaskRule(str(content["rule"]["kind"]), lookup)
        return MaskedListing(Path(content["root"]), tuple(content["names"]), rule, items, tuple(content["problems"]))
    except (TypeError, KeyError, ValueError, IndexError) as error:
        raise InputError("The list of photos is no longer here", "Choose the photos again") from error
