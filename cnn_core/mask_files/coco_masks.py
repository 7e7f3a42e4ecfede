"""Label maps in COCO JSON: polygons and run lengths of each picture, read by its file name, and written.

The file is not trusted: objects that cannot be used are left out and reported. Where objects overlap, the smaller lies
on top; a crowd, in which single objects are not told apart, is left open (255). The format:
https://cocodataset.org/#format-data.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.annotation_files.coco_json import category_names, coco_lists, has_id, is_id, stated_size
from cnn_core.annotation_files.picture import Size, check_bytes, clean_name, clean_path
from cnn_core.decoding import MAX_PIXELS
from cnn_core.errors import InputError
from cnn_core.mask_files.polygons import filled, outlines
from cnn_core.mask_files.run_lengths import compressed, mask_of, runs_of, uncompressed
from cnn_core.masks import UNSURE, Labels, has_background

MOST_BYTES = 32_000_000
MOST_OBJECTS = 5_000  # in one picture
MOST_DRAWN = 4_000_000_000  # pixels of a picture times its objects
MOST_PROBLEMS = 20
WAYS = ("polygons", "runs")


@dataclass(frozen=True, eq=False)
class CocoObject:
    """One object: its class as a place in the file's names, its outline as the file has it, its area, if a crowd."""

    label: int
    outline: Any
    area: float
    crowd: bool
    number: str


@dataclass(frozen=True, eq=False)
class CocoPicture:
    """The objects of one picture; `size` is (height, width)."""

    file_name: str
    size: Size
    objects: tuple[CocoObject, ...]


@dataclass(frozen=True, eq=False)
class CocoMasks:
    """What a COCO file says, not drawn yet.

    Attributes:
        name: of the file.
        names: the class names.
        pictures: by file name, also those without objects.
        problems: what is left out.
    """

    name: str
    names: tuple[str, ...]
    pictures: Mapping[str, CocoPicture]
    problems: tuple[str, ...] = ()


def read_coco_masks(text: str | bytes, *, name: str) -> CocoMasks:
    """Read a COCO file.

    Args:
        text: its content.
        name: its name, for messages.

    Raises:
        InputError: no JSON, too large, without the lists of a COCO file, or without a picture of a known size.

    Example:
        >>> picture = {"id": 1, "file_name": "a.jpg", "height": 3, "width": 2}
        >>> cat = {"image_id": 1, "category_id": 7, "segmentation": {"counts": [3, 2, 1], "size": [3, 2]}}
        >>> content = {"images": [picture], "annotations": [cat], "categories": [{"id": 7, "name": "cat"}]}
        >>> found = read_coco_masks(json.dumps(content), name="a.json")
        >>> labels, problems = coco_label_map(found.pictures["a.jpg"], places=[1])
        >>> labels.tolist()
        [[0, 1], [0, 1], [0, 0]]
    """
    check_bytes(text, MOST_BYTES, name)
    images, annotations, categories = coco_lists(text, name)
    classes = category_names(categories, name)
    place = {key: number for number, key in enumerate(classes)}
    problems: list[str] = []
    files: dict[Any, tuple[str, Size]] = {}
    for entry in images:
        file_name = clean_path(entry.get("file_name", "")) if has_id(entry) else ""
        size = stated_size(entry) if file_name else None
        if size is None or size[0] * size[1] > MAX_PIXELS:
            problems.append(f"{name}: an entry of `images` has no id, file_name, or height and width.")
        else:
            files.setdefault(entry["id"], (file_name, size))
    if not files:
        raise InputError(f"{name} describes no picture", "Give `images` with id, file_name, height and width")
    objects: dict[Any, list[CocoObject]] = {key: [] for key in files}
    for number, entry in enumerate(annotations, start=1):
        said = clean_name(entry.get("id", number)) if isinstance(entry, dict) else str(number)
        image, category = (entry.get("image_id"), entry.get("category_id")) if isinstance(entry, dict) else (None, None)
        if not is_id(image) or image not in files:
            problems.append(f"{name}: annotation {said} belongs to no picture of the file. It is left out.")
        elif not is_id(category) or category not in place:
            problems.append(f"{name}: annotation {said} has a class that is not in `categories`. It is left out.")
        elif not entry.get("segmentation"):
            problems.append(f"{name}: annotation {said} has no outline, a box alone. It is left out.")
        elif len(objects[image]) >= MOST_OBJECTS:
            problems.append(f"{name}: annotation {said} is one too many for its picture. It is left out.")
        else:
            area = entry.get("area")
            known = isinstance(area, int | float) and not isinstance(area, bool) and 0 <= area < 1e12
            crowd = entry.get("iscrowd") in (1, True)
            objects[image].append(
                CocoObject(place[category], entry["segmentation"], float(area) if known else 0.0, crowd, said)
            )
    if len(problems) > MOST_PROBLEMS:
        problems = [*problems[:MOST_PROBLEMS], f"{name}: {len(problems) - MOST_PROBLEMS} more."]
    pictures = {file: CocoPicture(file, size, tuple(objects[key])) for key, (file, size) in files.items()}
    return CocoMasks(name, tuple(classes.values()), pictures, tuple(problems))


def coco_label_map(picture: CocoPicture, *, places: Sequence[int], rest: int = 0) -> tuple[Labels, tuple[str, ...]]:
    """Draw one picture.

    Args:
        picture: of `read_coco_masks`.
        places: for each class of the file its class number, 0 to 254; -1 leaves it out.
        rest: what the pixels outside all objects are: a class number, or 255 for nothing known.

    Returns:
        (H, W) uint8, and the objects that could not be drawn, a sentence each.
    """
    labels = np.full(picture.size, rest, np.uint8)
    problems = []
    wanted = [entry for entry in picture.objects if places[entry.label] >= 0]
    drawn = 0
    for entry in sorted(wanted, key=lambda entry: (not entry.crowd, -entry.area)):
        if drawn > MOST_DRAWN:
            problems.append(f"{picture.file_name}: there is too much to draw. What is smallest is left out.")
            break
        try:
            inside = object_mask(entry.outline, picture.size)
        except InputError as error:
            problems.append(f"{picture.file_name}: annotation {entry.number}: {error.problem}. It is left out.")
            continue
        drawn += inside.size
        labels[inside] = UNSURE if entry.crowd else places[entry.label]
    return labels, tuple(problems)


def object_mask(outline: Any, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """(H, W) mask of a `segmentation`: polygons [[x, y, x, y, …], …], or run lengths, compressed or not.

    Raises:
        InputError: it is neither, or it does not fit the picture.

    Example:
        >>> object_mask({"counts": "321", "size": [3, 2]}, (3, 2)).astype(int).tolist()
        [[0, 1], [0, 1], [0, 0]]
    """
    if isinstance(outline, list) and outline and all(isinstance(polygon, list) for polygon in outline):
        return filled(outline, size)
    if not isinstance(outline, dict) or not isinstance(outline.get("counts"), list | str):
        raise InputError("It has neither polygons nor run lengths", "Export the annotation again")
    if outline.get("size", list(size)) != list(size):
        raise InputError("Its run lengths are of a picture of another size", "Export the annotation again")
    counts = outline["counts"]
    return mask_of(uncompressed(counts) if isinstance(counts, str) else counts, size)


def write_coco_masks(
    pictures: Iterable[tuple[str, npt.ArrayLike]],
    *,
    names: Sequence[str],
    way: str = "polygons",
    tolerance: float = 0.0,
) -> str:
    """Write label maps as a COCO file: an annotation for each connected piece of a class; as runs, for each class.

    Args:
        pictures: file name and (H, W) label map of each; 255 and a class 0 that is called background are left out.
        names: the K classes.
        way: "polygons", or "runs" for compressed run lengths.
        tolerance: of polygons, as in `outlines`; 0 is exact.

    Raises:
        InputError: an unknown way, a label without a name, or a negative tolerance.

    Example:
        >>> content = json.loads(write_coco_masks([("a.png", [[0, 1], [0, 1]])], names=("background", "cat")))
        >>> content["annotations"][0]["segmentation"], content["categories"]
        ([[1, 0, 1, 2, 2, 2, 2, 0]], [{'id': 1, 'name': 'cat'}])
    """
    if way not in WAYS:
        raise InputError("A mask is written as polygons or runs", f"Choose one of {', '.join(WAYS)}", way=way)
    first = 1 if has_background(names) else 0
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for number, (file_name, values) in enumerate(pictures, start=1):
        labels = checked_labels(values, classes=len(names))
        images.append({"id": number, "file_name": file_name, "height": labels.shape[0], "width": labels.shape[1]})
        for label in (int(one) for one in np.unique(labels) if first <= one < UNSURE):
            for segmentation, box, area in _outlined(labels == label, way, tolerance):
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": number,
                        "category_id": label - first + 1,
                        "segmentation": segmentation,
                        "bbox": list(box),
                        "area": area,
                        "iscrowd": 0,
                    }
                )
    categories = [{"id": place, "name": name} for place, name in enumerate(names[first:], start=1)]
    return json.dumps({"images": images, "annotations": annotations, "categories": categories})


def checked_labels(values: npt.ArrayLike, *, classes: int) -> Labels:
    """A label map as (H, W) uint8.

    Raises:
        InputError: no (H, W) whole numbers, or a label that is neither one of the K classes nor 255.

    Example:
        >>> checked_labels([[0, 255]], classes=2).dtype
        dtype('uint8')
    """
    labels = np.asarray(values)
    if labels.ndim != 2 or labels.dtype.kind not in "biu":
        raise InputError(
            "This is no label map", "Give (H, W) whole numbers", shape=labels.shape, dtype=str(labels.dtype)
        )
    known = labels[labels != UNSURE]
    if known.size and not 0 <= known.min() <= known.max() < classes:
        raise InputError(
            "A label has no class", f"Give labels from 0 to {classes - 1}, or 255", highest=int(known.max())
        )
    return labels.astype(np.uint8)


def _outlined(inside: npt.NDArray[np.bool_], way: str, tolerance: float) -> Iterator[tuple[Any, Sequence[int], int]]:
    """`segmentation`, `bbox` and `area` of each annotation that a class gets."""
    if way == "polygons":
        for piece in outlines(inside, tolerance=tolerance):
            yield [piece.polygon], piece.box, piece.area
        return
    rows, columns = (np.flatnonzero(inside.any(axis=axis)).tolist() for axis in (1, 0))
    box = (columns[0], rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1)
    counts = compressed(runs_of(inside))
    yield {"size": list(inside.shape), "counts": counts}, box, int(inside.sum())
