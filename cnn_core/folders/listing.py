"""The list of a data set: which file shows which class, and whether it trains, validates or tests."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.folders.changes import Changes
from cnn_core.folders.disk import writing
from cnn_core.folders.layout import find_layout, scan
from cnn_core.folders.names import shown
from cnn_core.folders.split import exact_copies, validation_files

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class Item:
    """One picture.

    Attributes:
        file: path relative to the listing's root, with `/`.
        label: its class.
        part: train, validation or test.
    """

    file: str
    label: str
    part: Part


@dataclass(frozen=True)
class Choice:
    """How the validation part was chosen, to choose again without files that cannot be opened.

    Attributes:
        fraction: the part kept back.
        seed: of the choice.
        around: the path of the folders around the layout, which does not count.
        labels: file to the class that its folder names, of the files among which was chosen.
    """

    fraction: float
    seed: int
    around: str
    labels: Mapping[str, str]

    def held(self, root: Path) -> frozenset[str]:
        """The files kept back.

        Raises:
            InputError: a fraction outside its range.
        """
        # Names count from the layout on: folders around it, as a zip may have them, do not change the choice.
        start = len(self.around)
        labels = {file[start:]: label for file, label in self.labels.items()}
        copies = exact_copies(root / self.around, labels) if self.fraction else {}
        chosen = validation_files(labels, fraction=self.fraction, seed=self.seed, copies=copies)
        return frozenset(self.around + name for name in chosen)


@dataclass(frozen=True)
class Listing:
    """A data set.

    Attributes:
        root: the folder.
        classes: names in the order of the network's outputs; a class may have no pictures.
        items: the pictures, sorted by file.
        others: files in the folder that are not used: no pictures, or in no class.
        split_by_seed: whether the validation part was chosen here, and not by the folders.
        choice: how; None where the folders said, or the list comes from a file.
    """

    root: Path
    classes: tuple[str, ...]
    items: tuple[Item, ...]
    others: tuple[str, ...] = ()
    split_by_seed: bool = True
    choice: Choice | None = field(default=None, compare=False, repr=False)

    def path(self, file: str) -> Path:
        """Where a file lies on disk.

        Example:
            >>> Listing(Path("/photos"), ("cat",), ()).path("cat/1.jpg").as_posix()
            '/photos/cat/1.jpg'
        """
        return self.root / file

    def of(self, *, part: Part | None = None, label: str | None = None) -> tuple[Item, ...]:
        """The pictures of a part, of a class, or of both.

        Example:
            >>> items = (Item("a/1.jpg", "a", "train"), Item("b/2.jpg", "b", "test"))
            >>> Listing(Path("/photos"), ("a", "b"), items).of(part="test")
            (Item(file='b/2.jpg', label='b', part='test'),)
        """
        return tuple(item for item in self.items if part in {None, item.part} and label in {None, item.label})

    def counts(self) -> dict[str, dict[Part, int]]:
        """Number of pictures by class and part.

        Example:
            >>> Listing(Path("/photos"), ("a",), (Item("a/1.jpg", "a", "train"),)).counts()
            {'a': {'train': 1, 'validation': 0, 'test': 0}}
        """
        table: dict[str, dict[Part, int]] = {label: dict.fromkeys(PARTS, 0) for label in self.classes}
        for item in self.items:
            table[item.label][item.part] += 1
        return table

    def without(self, files: Iterable[str]) -> "Listing":
        """The listing without some files; every other picture stays in its part.

        Example:
            >>> Listing(Path("/photos"), ("a",), (Item("a/1.jpg", "a", "train"),)).without(["a/1.jpg"]).items
            ()
        """
        dropped = set(files)
        return replace(self, items=tuple(item for item in self.items if item.file not in dropped))

    def without_broken(self, files: Iterable[str]) -> "Listing":
        """The listing without files that cannot be opened: where one was kept back, a picture takes its place.

        Example:
            >>> Listing(Path("/photos"), ("a",), (Item("a/1.jpg", "a", "train"),)).without_broken(["a/1.jpg"]).items
            ()
        """
        broken = set(files)
        left = self.without(broken)
        if self.choice is None or broken.isdisjoint(self.choice.labels):
            return left
        labels = {file: label for file, label in self.choice.labels.items() if file not in broken}
        choice = replace(self.choice, labels=labels)
        held = choice.held(self.root)
        items = tuple(
            replace(item, part="validation" if item.file in held else "train") if item.file in labels else item
            for item in left.items
        )
        return replace(left, items=items, choice=choice)


def read_listing(
    root: str | Path, *, validation: float = 0.2, seed: int = 0, changes: Changes | None = None, title: str = ""
) -> Listing:
    """List a folder of class folders, or of `train`, `val` and `test` with class folders inside.

    Where the folders name no validation part, a part of the training pictures of each class is kept back for it; which
    ones depends on their names and the seed. A picture that was given another class stays in the part it was in.

    Args:
        root: the folder.
        validation: the part kept back, 0 to 0.9.
        seed: for the choice of that part.
        changes: what a person changed; files in it that are no longer there do not matter.
        title: what messages call the folder; its name where none is given.

    Raises:
        InputError: no folder, no permission, no pictures, none in class folders; a change to a class that is not there.
    """
    root = Path(root).absolute()
    changes = changes or Changes()
    layout = find_layout(scan(root), root=root, title=title)
    classes = tuple(label for label in layout.classes if label not in changes.without)
    kept = [
        (file, changes.relabelled.get(file, label), part)
        for file, label, part in layout.labels
        if file not in changes.excluded
    ]
    for file, label, _ in kept:
        if label not in layout.classes:
            raise InputError(
                f"{shown(file)} was given the class {shown(label)}, which is not there",
                f"Choose one of {', '.join(layout.classes[:20])}",
            )
    kept = [entry for entry in kept if entry[1] not in changes.without]
    choice = None
    if not any(part == "validation" for _, _, part in layout.labels):
        used = {file for file, _, part in kept if part != "test"}
        choice = Choice(
            validation, seed, layout.around, {file: label for file, label, _ in layout.labels if file in used}
        )
    held = choice.held(root) if choice else frozenset()
    items = tuple(Item(file, label, "validation" if file in held else _part(part)) for file, label, part in kept)
    return Listing(root, classes, items, layout.others, split_by_seed=choice is not None, choice=choice)


def save_listing(listing: Listing, path: Path) -> None:
    """Write a listing in one step.

    Raises:
        InputError: the disk is full.
    """
    with writing("the list of pictures"):
        write_json(
            path,
            {
                "root": str(listing.root),
                "classes": listing.classes,
                "items": [[item.file, listing.classes.index(item.label), item.part] for item in listing.items],
                "others": listing.others,
                "split_by_seed": listing.split_by_seed,
            },
        )


def load_listing(path: Path) -> Listing:
    """Read what `save_listing` wrote.

    Raises:
        InputError: no such file, or damaged.
    """
    try:
        return _listing(read_json(Path(path)))
    except (TypeError, KeyError, ValueError, IndexError) as error:
        raise InputError(
            "The list of pictures is missing or damaged", "Choose the data again", file=str(path)
        ) from error


def _listing(found: Any) -> Listing:
    classes = tuple(str(label) for label in found["classes"])
    items = []
    for file, number, part in found["items"]:
        if part not in PARTS or number < 0 or ".." in re.split(r"[/\\]", file) or file.startswith("/"):
            raise ValueError(file)
        items.append(Item(file, classes[number], part))
    others = tuple(str(file) for file in found["others"])
    return Listing(Path(found["root"]), classes, tuple(items), others, bool(found["split_by_seed"]))


def _part(part: str | None) -> Part:
    return "validation" if part == "validation" else "test" if part == "test" else "train"
