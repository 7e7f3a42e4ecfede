"""COCO JSON: one file for many pictures.

Boxes are `[x, y, width, height]`; an annotation has the area of its outline and says whether it stands for a crowd. The
file is not trusted: its size is limited, and whatever it holds instead of the expected kinds of values is reported. The
format: https://cocodataset.org/#format-data.
"""

import json
from collections.abc import Sequence
from typing import Any, TypeGuard

from cnn_core.annotation_files.picture import (
    AnnotatedBox,
    AnnotatedPicture,
    AnnotationSet,
    Size,
    annotated_picture,
    check_bytes,
    clean_name,
    clean_path,
)
from cnn_core.boxes import from_corners
from cnn_core.errors import InputError

MOST_BYTES = 32_000_000
MOST_PROBLEMS = 1000


def read_coco(text: str | bytes, *, name: str) -> AnnotationSet:
    """Read a COCO file.

    Args:
        text: the file's content.
        name: the file's name, for messages.

    Returns:
        the pictures in the order of their ids, also those without boxes; classes in the order of their ids.

    Raises:
        InputError: no JSON, too large, or not the lists `images`, `annotations` and `categories`.

    Example:
        >>> picture = {"id": 1, "file_name": "a.jpg", "height": 10, "width": 20}
        >>> box = {"image_id": 1, "category_id": 7, "bbox": [5, 0, 10, 10]}
        >>> content = {"images": [picture], "annotations": [box], "categories": [{"id": 7, "name": "cat"}]}
        >>> found = read_coco(json.dumps(content), name="a.json")
        >>> found.names, found.pictures[0].boxes.corners.tolist()
        (('cat',), [[5.0, 0.0, 15.0, 10.0]])
    """
    check_bytes(text, MOST_BYTES, name)
    images, annotations, categories = coco_lists(text, name)
    problems: list[str] = []
    classes = category_names(categories, name)
    usable = [entry for entry in images if has_id(entry) and clean_path(entry.get("file_name", ""))]
    by_id = {entry["id"]: entry for entry in reversed(usable)}
    known = sorted(by_id.values(), key=_by_id)
    if len(known) < len(images):
        count = len(images) - len(known)
        problems.append(f"{name}: {count} entries of `images` have no id of their own or no file_name.")
    stated: dict[Any, list[AnnotatedBox]] = {entry["id"]: [] for entry in known}
    for number, entry in enumerate(annotations, start=1):
        place = f"{name}: annotation {clean_name(entry.get('id', number)) if isinstance(entry, dict) else number}"
        box, remark = _box(entry, classes, stated)
        if box is None:
            problems.append(f"{place} {remark}. It is left out.")
        else:
            stated[entry["image_id"]].append(box)
    names = tuple(classes.values())
    pictures = [
        annotated_picture(
            clean_path(entry["file_name"]),
            stated_size(entry),
            stated[entry["id"]],
            source=f"{name}, {clean_path(entry['file_name'])}",
            names=names,
        )
        for entry in known
    ]
    if len(problems) > MOST_PROBLEMS:
        problems = [*problems[:MOST_PROBLEMS], f"{name}: {len(problems) - MOST_PROBLEMS} more."]
    return AnnotationSet(tuple(pictures), names, tuple(problems))


def write_coco(pictures: Sequence[AnnotatedPicture], *, names: Sequence[str], scores: bool = False) -> str:
    """Write a COCO file; ids count from 1, coordinates have two decimals.

    Args:
        pictures: with labels that are places in `names`.
        names: the class names.
        scores: add each box's score, as for detections.

    Raises:
        InputError: a picture has other class names.

    Example:
        >>> picture = annotated_picture("a.jpg", (10, 20), [AnnotatedBox((5, 0, 15, 10), "cat")], source="")
        >>> json.loads(write_coco([picture], names=("cat",)))["annotations"][0]["bbox"]
        [5.0, 0.0, 10.0, 10.0]
    """
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for number, picture in enumerate(pictures, start=1):
        boxes, truth = picture.boxes, picture.truth
        if len(boxes) and boxes.names != tuple(names):
            raise InputError(
                f"The boxes of {picture.file_name} have other class names", "Share one list of names", names=boxes.names
            )
        image: dict[str, object] = {"id": number, "file_name": picture.file_name}
        if picture.size is not None:
            image |= {"height": picture.size[0], "width": picture.size[1]}
        images.append(image)
        for place, bbox in enumerate(from_corners(boxes.corners, "xywh").tolist()):
            entry: dict[str, object] = {
                "id": len(annotations) + 1,
                "image_id": number,
                "category_id": int(boxes.labels[place]) + 1,
                "bbox": [round(value, 2) for value in bbox],
                "area": round(float(truth.areas[place]), 2),
                "iscrowd": int(truth.crowd[place]),
            }
            if scores:
                entry["score"] = round(float(boxes.scores[place]), 5)
            annotations.append(entry)
    categories = [{"id": label, "name": name} for label, name in enumerate(names, start=1)]
    return json.dumps({"images": images, "annotations": annotations, "categories": categories})


def coco_lists(text: str | bytes, name: str) -> tuple[list, list, list]:
    """`images`, `annotations` and `categories` of a COCO file, whose entries may be anything.

    Raises:
        InputError: no JSON, or without these lists.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is no readable JSON ({error})", "Export the annotations again") from error
    parts = [content.get(key) if isinstance(content, dict) else None for key in ("images", "annotations", "categories")]
    if not all(isinstance(part, list) for part in parts):
        raise InputError(
            f"{name} is JSON, but no COCO annotation",
            "Give a file with the lists `images`, `annotations` and `categories`",
            found=sorted(map(clean_name, content))[:10] if isinstance(content, dict) else type(content).__name__,
        )
    images, annotations, categories = (part for part in parts if part is not None)
    return images, annotations, categories


def category_names(categories: list, name: str) -> dict[Any, str]:
    """The class names by their ids, in the order of these.

    Args:
        categories: of `coco_lists`.
        name: the file's name, for messages.

    Raises:
        InputError: there is none.
    """
    classes: dict[Any, str] = {}
    for entry in sorted(filter(has_id, categories), key=_by_id):
        label = clean_name(entry.get("name", "")) or f"class {entry['id']}"
        # Two categories of one name would share a label without being one class.
        classes[entry["id"]] = label if label not in classes.values() else f"{label} ({clean_name(entry['id'])})"
    if not classes:
        raise InputError(f"{name} names no class", "Give it a list `categories` with ids and names")
    return classes


def _box(entry: Any, classes: dict[Any, str], pictures: dict[Any, list]) -> tuple[AnnotatedBox | None, str]:
    """The box that an annotation states, or what is wrong with it."""
    if not isinstance(entry, dict):
        return None, "is no object"
    image, category, bbox = entry.get("image_id"), entry.get("category_id"), entry.get("bbox")
    if not is_id(image) or image not in pictures:
        return None, f"belongs to picture {clean_name(image)}, which is not in `images`"
    if not is_id(category) or category not in classes:
        return None, f"has class {clean_name(category)}, which is not in `categories`"
    if not isinstance(bbox, list) or len(bbox) != 4 or not all(_is_number(value) for value in bbox):
        return None, "has no bbox of four numbers"
    x, y, width, height = (float(value) for value in bbox)
    area, score = entry.get("area"), entry.get("score")
    return AnnotatedBox(
        (x, y, x + width, y + height),
        classes[category],
        score=float(score) if _is_number(score) and 0 <= score <= 1 else 1.0,
        crowd=entry.get("iscrowd") in (1, True),
        area=float(area) if _is_number(area) and area >= 0 else None,
    ), ""


def stated_size(entry: dict) -> Size | None:
    """(height, width) that an entry of `images` states; None where it states none."""
    height, width = entry.get("height"), entry.get("width")
    if not (_is_number(height) and _is_number(width) and 1 <= min(height, width) <= max(height, width) < 1e6):
        return None
    return int(height), int(width)


def _is_number(value: Any) -> TypeGuard[float]:
    # NaN and infinity, which Python's JSON reads, fail the comparison.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e9


def is_id(value: Any) -> bool:
    """Whether a value may be an id: a whole number or a text."""
    return isinstance(value, (int, str)) and not isinstance(value, bool)


def has_id(entry: Any) -> bool:
    """Whether an entry is an object with an id."""
    return isinstance(entry, dict) and is_id(entry.get("id"))


def _by_id(entry: dict) -> tuple[bool, Any]:
    """Numbers in order, then texts."""
    return isinstance(entry["id"], str), entry["id"]
