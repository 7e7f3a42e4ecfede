"""YOLO text: one file a picture, one line a box: class, centre x, centre y, width, height, all parts of the picture.

A sixth number is a score. Lines with three or more points after the class are outlines, of which the box around them is
taken. Class names stand in a file of their own, `classes.txt` or the `names` of a `data.yaml`. The format:
https://docs.ultralytics.com/datasets/detect/.
"""

import re
from pathlib import PurePosixPath

import numpy as np

from cnn_core.annotation_files.picture import (
    AnnotatedBox,
    AnnotatedPicture,
    Size,
    annotated_picture,
    check_bytes,
    clean_name,
    clean_path,
)
from cnn_core.boxes import from_corners, to_corners
from cnn_core.errors import InputError

MOST_BYTES = 8_000_000
MOST_CLASSES = 10_000


def read_yolo(
    text: str | bytes,
    *,
    name: str,
    size: Size,
    names: tuple[str, ...] | None = None,
    file_name: str | None = None,
) -> AnnotatedPicture:
    """Read one YOLO file.

    Args:
        text: the file's content; an empty file is a picture without boxes.
        name: the file's name, for messages.
        size: (height, width) of the picture, which the file does not hold.
        names: the class names; None calls them "class 0", "class 1" and so on.
        file_name: the picture's file; None takes the annotation's name without its ending.

    Raises:
        InputError: no text, too large, or a size without pixels.

    Example:
        >>> read_yolo("1 0.5 0.5 0.5 1.0", name="a.txt", size=(10, 20), names=("cat", "dog")).boxes.corners.tolist()
        [[5.0, 0.0, 15.0, 10.0]]
    """
    check_bytes(text, MOST_BYTES, name)
    if min(size) < 1:
        raise InputError("The picture has no pixels", "Give its height and width", size=size)
    problems: list[str] = []
    boxes: list[AnnotatedBox] = []
    highest = -1
    for number, line in enumerate(_decoded(text, name).splitlines(), start=1):
        if not line.strip():
            continue
        values = _numbers(line)
        if values is None or not _is_row(values):
            problems.append(
                f"{name}: line {number} is not a class and four numbers: {clean_name(line)}. It is left out."
            )
            continue
        label = int(values[0])
        if not 0 <= label < (MOST_CLASSES if names is None else len(names)):
            known = "" if names is None else f"; there are {len(names)} names"
            problems.append(f"{name}: line {number} has class {label}{known}. It is left out.")
            continue
        score = values[5] if len(values) == 6 else 1.0
        highest = max(highest, label)
        called = f"class {label}" if names is None else names[label]
        boxes.append(AnnotatedBox(_corners(values, size), called, score=score))
    classes = tuple(f"class {label}" for label in range(highest + 1)) if names is None else names
    picture = PurePosixPath(clean_path(name)).stem if file_name is None else clean_path(file_name)
    return annotated_picture(picture, size, boxes, source=name, names=classes, problems=problems)


def write_yolo(picture: AnnotatedPicture, *, scores: bool = False) -> str:
    """Write one YOLO file, six decimals.

    Args:
        picture: the boxes and the size; flags and areas have no place in the format.
        scores: add each score as a sixth number.

    Raises:
        InputError: the size of the picture is not known.

    Example:
        >>> picture = annotated_picture("a.jpg", (10, 20), [AnnotatedBox((5, 0, 15, 10), "cat")], source="")
        >>> write_yolo(picture)
        '0 0.500000 0.500000 0.500000 1.000000\\n'
    """
    if picture.size is None:
        raise InputError(f"The size of {picture.file_name} is not known", "Give its height and width")
    boxes = picture.boxes
    places = from_corners(boxes.corners, "cxcywh", size=picture.size)
    rows = np.concatenate([places, boxes.scores[:, None]], axis=1) if scores else places
    lines = (
        " ".join([str(label), *(f"{value:.6f}" for value in row)])
        for label, row in zip(boxes.labels, rows.tolist(), strict=True)
    )
    return "".join(f"{line}\n" for line in lines)


def read_class_names(text: str | bytes, *, name: str) -> tuple[str, ...]:
    """Read the class names: one a line, or the `names` of a `data.yaml`, as a list or with numbers.

    Raises:
        InputError: no text, no names, or a YAML file whose `names` are written in another way.

    Example:
        >>> read_class_names("cat\\ndog\\n", name="classes.txt")
        ('cat', 'dog')
        >>> read_class_names("nc: 2\\nnames: ['cat', \\"dog\\"]", name="data.yaml")
        ('cat', 'dog')
        >>> read_class_names("names:\\n  0: cat\\n  1: dog  # barks", name="data.yaml")
        ('cat', 'dog')
    """
    check_bytes(text, MOST_BYTES, name)
    content = _decoded(text, name)
    yaml = name.lower().endswith((".yaml", ".yml"))
    found = _yaml_names(content) if yaml else [line.strip() for line in content.splitlines()]
    while found and not found[-1]:
        found.pop()
    names = tuple(clean_name(entry) for entry in found)
    if not names or not all(names) or len(names) > MOST_CLASSES:
        raise InputError(f"{name} holds no list of class names", "Give one name a line, or a YAML file with `names:`")
    return names


def _yaml_names(content: str) -> list[str]:
    """The entries under `names:`: [a, b], lines "- a", or lines "0: a" in the order of their numbers."""
    lines = [re.sub(r"(^|\s)#.*", "", line).rstrip() for line in content.splitlines()]
    start = next((place for place, line in enumerate(lines) if line.startswith("names:")), None)
    if start is None:
        return []
    inline = lines[start].removeprefix("names:").strip()
    if inline:
        rest = " ".join([inline, *lines[start + 1 :]])
        body = re.match(r"[\[{](.*?)[\]}]", rest)
        entries = [entry.strip() for entry in body.group(1).split(",")] if body else []
        entries = [entry for entry in entries if entry]
    else:
        entries = []
        for line in lines[start + 1 :]:
            if line and not line.startswith((" ", "-")):
                break
            if line:
                entries.append(line.strip().removeprefix("- ").strip())
    numbered = [re.match(r"(\d{1,6})\s*:\s*(.*)", entry) for entry in entries]
    if entries and all(numbered):
        entries = [match.group(2) for match in sorted((m for m in numbered if m), key=lambda m: int(m.group(1)))]
    return [entry.strip("'\"") for entry in entries]


def _is_row(values: list[float]) -> bool:
    """Class and box, class, box and score, or class and at least three points."""
    if not values[0].is_integer():
        return False
    return len(values) == 5 or (len(values) == 6 and 0 <= values[5] <= 1) or (len(values) >= 7 and len(values) % 2 == 1)


def _corners(values: list[float], size: Size) -> list[float]:
    if len(values) <= 6:
        return to_corners([values[1:5]], "cxcywh", size=size)[0].tolist()
    points = np.array(values[1:]).reshape(-1, 2)
    around = np.concatenate([points.min(axis=0), points.max(axis=0)])
    return to_corners([around], "xyxy", size=size)[0].tolist()


def _numbers(line: str) -> list[float] | None:
    try:
        values = [float(part) for part in line.split()]
    except ValueError:
        return None
    return values if all(abs(value) < 1e9 for value in values) else None


def _decoded(text: str | bytes, name: str) -> str:
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is no text", "Give a text file in UTF-8") from error
