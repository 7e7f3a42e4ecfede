"""The true boxes of one photo from uploaded annotation files: of its own size, in the classes of a detector."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np

from cnn_core.annotations import NAME_FILES, AnnotationSet, read_annotations
from cnn_core.box_matching import Truth
from cnn_core.boxes import Boxes
from cnn_core.detection.truth import in_classes
from cnn_core.errors import InputError

MOST_FILES = 20


def truth_from_files(
    files: Mapping[str, bytes],
    *,
    name: str,
    file_size: tuple[int, int],
    size: tuple[int, int],
    classes: Sequence[str],
) -> tuple[Truth, tuple[str, ...]]:
    """Read annotation files for one photo.

    The photo is found by its name; a file that holds annotations of one picture only is taken for it whatever its name.
    YOLO text without a file of class names is read in the order of the detector's classes.

    Args:
        files: content by file name: COCO JSON, Pascal VOC XML, or YOLO text with its file of class names.
        name: the photo's file name.
        file_size: (height, width) of the photo in its file, whose pixels the annotations count in.
        size: (height, width) of the photo as it is used, smaller where it was reduced.
        classes: of the detector.

    Returns:
        the true boxes in pixels of the photo as it is used, and what was left out or changed, one sentence each.

    Raises:
        InputError: too many files, none that can be read, or none about this photo.

    Example:
        >>> truth, problems = truth_from_files(
        ...     {"a.txt": b"1 0.5 0.5 0.5 1.0"},
        ...     name="a.jpg", file_size=(100, 200), size=(50, 100), classes=("cat", "dog"))
        >>> truth.boxes.corners.tolist(), truth.boxes.labels.tolist()
        ([[25.0, 0.0, 75.0, 50.0]], [1])
        >>> problems
        ('There is no file of class names: the classes are counted in the order of the detector.',)
    """
    if len(files) > MOST_FILES:
        raise InputError("There are too many files for one photo", f"Give at most {MOST_FILES}", files=len(files))
    problems: list[str] = []
    given = dict(files)
    if _is_bare_yolo(given):
        given["classes.txt"] = "\n".join(classes).encode()
        problems.append("There is no file of class names: the classes are counted in the order of the detector.")
    found = read_annotations(given, {name: file_size})
    if not found.pictures:
        found = _of_another_name(given, name, file_size, found)
        problems.append(f"No file names {name}: the one picture that they describe is taken for it.")
    truth, unknown = in_classes(_scaled(found.pictures[0].truth, file_size, size), classes)
    return truth, (*problems, *found.all_problems, *unknown)


def _is_bare_yolo(files: Mapping[str, bytes]) -> bool:
    endings = {PurePosixPath(name).suffix.lower() for name in files}
    return endings == {".txt"} and not any(PurePosixPath(name).name.lower() in NAME_FILES for name in files)


def _of_another_name(
    files: Mapping[str, bytes], name: str, size: tuple[int, int], found: AnnotationSet
) -> AnnotationSet:
    """The annotations of the one picture that the files describe, under whichever name."""
    stems = [name for name in files if PurePosixPath(name).name.lower() not in NAME_FILES]
    if len(stems) == 1:
        stem = PurePosixPath(stems[0]).stem
        again = read_annotations(files, {stem: size})
        if len(again.pictures) == 1:
            return again
    raise InputError(
        f"No annotation is of {name}",
        "Give the file that names this photo, or one file about one photo",
        found=[*found.problems][:3],
    )


def _scaled(truth: Truth, file_size: tuple[int, int], size: tuple[int, int]) -> Truth:
    """The same boxes in a photo that was reduced."""
    down, across = size[0] / file_size[0], size[1] / file_size[1]
    boxes = truth.boxes
    corners = boxes.corners * np.array([across, down, across, down], np.float32)
    scaled = Boxes(corners, boxes.labels, boxes.scores, boxes.names)
    return Truth(scaled, truth.crowd, truth.difficult, truth.areas * down * across)
