"""The true boxes of one picture as an annotation file states them, checked, with every problem said by name.

A file is not refused for one bad box: what cannot be used is left out and reported. Sizes are (height, width) in
pixels, as the shape of the picture's array.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnn_core.box_matching import Truth
from cnn_core.boxes import Boxes
from cnn_core.errors import InputError

MOST_BOXES = 10_000  # in one picture
BEYOND = 1.0  # pixels that a box may reach beyond its picture unsaid: tools round differently
LONGEST_NAME = 100

Size = tuple[int, int]


@dataclass(frozen=True)
class AnnotatedBox:
    """One box as a file states it: `x_min, y_min, x_max, y_max` in pixels, a class name, and flags."""

    corners: Sequence[float]
    name: str
    score: float = 1.0
    crowd: bool = False
    difficult: bool = False
    area: float | None = None


@dataclass(frozen=True, eq=False)
class AnnotatedPicture:
    """The true boxes of one picture.

    Attributes:
        file_name: the picture's file; folders are kept, with "/" between.
        size: (height, width) as the file states it; None where it does not.
        truth: the boxes that can be used, with crowd and difficult flags and areas.
        problems: what was left out or changed, one sentence each, with the names of file and class.
        source: the annotation file's own name.
    """

    file_name: str
    size: Size | None
    truth: Truth
    problems: tuple[str, ...] = ()
    source: str = ""

    @property
    def boxes(self) -> Boxes:
        """The boxes alone."""
        return self.truth.boxes


@dataclass(frozen=True, eq=False)
class AnnotationSet:
    """The annotations of many pictures, with one list of class names.

    Attributes:
        pictures: one entry a picture; labels are places in `names`.
        names: the class names.
        problems: what concerns no single picture.
    """

    pictures: tuple[AnnotatedPicture, ...]
    names: tuple[str, ...]
    problems: tuple[str, ...] = ()

    @property
    def all_problems(self) -> tuple[str, ...]:
        """The problems of the set and of every picture in it."""
        return self.problems + tuple(problem for picture in self.pictures for problem in picture.problems)


def annotated_picture(
    file_name: str,
    size: Size | None,
    boxes: Iterable[AnnotatedBox],
    *,
    source: str,
    names: Sequence[str] | None = None,
    problems: Sequence[str] = (),
) -> AnnotatedPicture:
    """Check the boxes of one picture; leave out and report those that are none.

    Left out: boxes without width or height, that end before they begin, lie outside the picture, are not numbers, or
    whose class is not among `names`. Boxes that reach more than a pixel beyond the picture are cut off at its edge.

    Args:
        file_name: the picture's file.
        size: (height, width), or None if unknown.
        boxes: as the file states them, in order; problems count them from 1.
        source: the annotation file's name, with which each problem begins.
        names: the class names; None takes those that occur, sorted.
        problems: what the reader has found already.

    Raises:
        InputError: more than MOST_BOXES boxes.

    Example:
        >>> boxes = [AnnotatedBox((0, 0, 8, 4), "cat"), AnnotatedBox((3, 5, 3, 9), "dog")]
        >>> picture = annotated_picture("a.jpg", (10, 10), boxes, source="a.xml", names=("cat", "dog"))
        >>> len(picture.boxes), picture.problems
        (1, ('a.xml: box 2 (dog) has no width: 3, 5, 3, 9. It is left out.',))
    """
    stated = list(boxes)
    if len(stated) > MOST_BOXES:
        raise InputError(f"{source} holds {len(stated)} boxes", f"Give at most {MOST_BOXES} for a picture")
    said = list(problems)
    usable: list[AnnotatedBox] = []
    for number, box in enumerate(stated, start=1):
        corners, remark = _checked(box.corners, size)
        if corners is not None and names is not None and box.name not in names:
            corners, remark = None, "is of a class that is not in the list of names"
        if remark:
            sides = ", ".join(f"{side:g}" for side in box.corners)
            outcome = "left out" if corners is None else "cut off at the edge"
            said.append(f"{source}: box {number} ({box.name}) {remark}: {sides}. It is {outcome}.")
        if corners is not None:
            # An area stated for the whole object no longer holds where the box was cut.
            usable.append(replace(box, corners=corners, area=None if remark else box.area))
    classes = tuple(sorted({box.name for box in usable})) if names is None else tuple(names)
    found = Boxes(
        np.array([box.corners for box in usable], np.float32).reshape(-1, 4),
        np.array([classes.index(box.name) for box in usable], np.int64),
        [box.score for box in usable],
        classes,
    )
    truth = Truth(
        found,
        crowd=[box.crowd for box in usable],
        difficult=[box.difficult for box in usable],
        areas=[size if box.area is None else box.area for box, size in zip(usable, found.areas, strict=True)],
    )
    return AnnotatedPicture(file_name, size, truth, tuple(said), source)


def share_names(pictures: Iterable[AnnotatedPicture], *, names: Sequence[str] | None = None) -> AnnotationSet:
    """Give pictures that were read one by one a common list of class names.

    Args:
        pictures: each with its own names.
        names: the common list; None takes all names that occur, sorted.

    Raises:
        InputError: a picture has boxes of a class that is not in `names`.

    Example:
        >>> cat = annotated_picture("a.jpg", None, [AnnotatedBox((0, 0, 8, 4), "cat")], source="a.xml")
        >>> ant = annotated_picture("b.jpg", None, [AnnotatedBox((0, 0, 8, 4), "ant")], source="b.xml")
        >>> [picture.boxes.labels.tolist() for picture in share_names([cat, ant]).pictures]
        [[1], [0]]
    """
    given = tuple(pictures)
    used = {picture.boxes.names[label] for picture in given for label in np.unique(picture.boxes.labels)}
    common = tuple(sorted(used)) if names is None else tuple(names)
    if used - set(common):
        raise InputError(
            "There are boxes of classes that are not in the list of names",
            "Add them to the list",
            missing=sorted(used - set(common)),
        )
    place = {name: label for label, name in enumerate(common)}
    renamed = []
    for picture in given:
        boxes, truth = picture.boxes, picture.truth
        labels = np.array([place[boxes.names[label]] for label in boxes.labels], np.int64)
        same = Boxes(boxes.corners, labels, boxes.scores, common)
        renamed.append(replace(picture, truth=Truth(same, truth.crowd, truth.difficult, truth.areas)))
    return AnnotationSet(tuple(renamed), common)


def clean_name(text: object) -> str:
    """A class name from a file: one line, no control characters, not endless.

    Example:
        >>> clean_name("  red\\n cell ")
        'red cell'
    """
    printable = "".join(letter if letter.isprintable() else " " for letter in str(text))
    return " ".join(printable.split())[:LONGEST_NAME]


def clean_path(text: object) -> str:
    """A picture's file name from a file: "/" between folders, no drive, no way up.

    Example:
        >>> clean_path("C:\\\\photos\\\\..\\\\a.jpg")
        'photos/a.jpg'
    """
    parts = re.split(r"[/\\\\]+", re.sub(r"^[A-Za-z]:", "", "".join(c for c in str(text) if c.isprintable())))
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def check_bytes(text: str | bytes, most: int, name: str) -> None:
    """Refuse a file that is larger than an annotation of its kind can be.

    Raises:
        InputError: more than `most` bytes or letters.

    Example:
        >>> check_bytes("{}", 1000, "a.json")
    """
    if len(text) > most:
        raise InputError(
            f"{name} is too large for a file of annotations", f"Give a file of at most {most:,} bytes", bytes=len(text)
        )


def _checked(corners: Sequence[float], size: Size | None) -> tuple[tuple[float, ...] | None, str]:
    """The corners to use, or None; and what is wrong with those given, or nothing."""
    # What float32 cannot tell apart has no extent there either.
    left, top, right, bottom = sides = np.array(corners, np.float32).astype(float).tolist()
    height, width = (math.inf, math.inf) if size is None else size
    fault = ""
    if not all(map(math.isfinite, sides)):
        fault = "has a side that is not a number"
    elif right < left or bottom < top:
        fault = "ends before it begins"
    elif right == left or bottom == top:
        fault = "has no width" if right == left else "has no height"
    elif size is not None and (left >= width or top >= height or right <= 0 or bottom <= 0):
        fault = f"lies outside its picture of {width} x {height} pixels"
    if fault:
        return None, fault
    if size is None or max(-left, -top, right - width, bottom - height) <= BEYOND:
        return tuple(sides), ""
    return (max(left, 0.0), max(top, 0.0), min(right, width), min(bottom, height)), (
        f"reaches beyond its picture of {width} x {height} pixels"
    )
