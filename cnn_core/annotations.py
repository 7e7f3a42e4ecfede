"""True boxes of a folder of pictures, in whichever format their files are: read together, checked against the pictures.

Readers and writers of one format: `cnn_core.annotation_files`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TypeVar

from cnn_core.annotation_files.coco_json import read_coco, write_coco
from cnn_core.annotation_files.picture import (
    AnnotatedBox,
    AnnotatedPicture,
    AnnotationSet,
    Size,
    annotated_picture,
    clean_path,
    share_names,
)
from cnn_core.annotation_files.voc_xml import read_voc_xml, write_voc_xml
from cnn_core.annotation_files.yolo_text import read_class_names, read_yolo, write_yolo
from cnn_core.errors import InputError

__all__ = [
    "AnnotatedBox",
    "AnnotatedPicture",
    "AnnotationSet",
    "annotated_picture",
    "read_annotations",
    "read_class_names",
    "read_coco",
    "read_voc_xml",
    "read_yolo",
    "share_names",
    "with_pictures",
    "write_coco",
    "write_voc_xml",
    "write_yolo",
]

Result = TypeVar("Result")

FORMATS = {".json": "COCO JSON", ".xml": "Pascal VOC XML", ".txt": "YOLO text"}
MOST_OF_A_KIND = 10
NAME_FILES = ("classes.txt", "obj.names", "data.yaml", "data.yml", "dataset.yaml")
NOT_LABELS = ("readme", "license", "train", "val", "test", "trainval", "labels", "notes")  # text files beside YOLO's


def read_annotations(
    files: Mapping[str, str | bytes], sizes: Mapping[str, Size], *, inclusive: bool = False
) -> AnnotationSet:
    """Read all annotation files of a folder of pictures, all of one format.

    Args:
        files: content by file name: COCO JSON, Pascal VOC XML, or YOLO text with its file of class names.
        sizes: (height, width) of each picture by file name.
        inclusive: of Pascal VOC files, as in `read_voc_xml`.

    Returns:
        the annotations that belong to a picture; those that name a missing picture are reported, and so are pictures
        without annotations and files that cannot be read.

    Raises:
        InputError: no annotation file, files of several formats, or no file that can be read.

    Example:
        >>> files = {"labels/a.txt": "0 0.5 0.5 0.5 1.0", "classes.txt": "cat"}
        >>> found = read_annotations(files, {"images/a.jpg": (10, 20), "images/b.jpg": (10, 20)})
        >>> found.names, [picture.file_name for picture in found.pictures]
        (('cat',), ['images/a.jpg'])
        >>> found.problems
        ('images/b.jpg has no annotation.',)
    """
    named = {name: text for name, text in files.items() if PurePosixPath(name).name.lower() in NAME_FILES}
    kinds: dict[str, list[str]] = {}
    finder = PictureFinder(sizes)
    for name in sorted(set(files) - set(named)):
        path = PurePosixPath(name)
        kind = path.suffix.lower()
        other_text = kind == ".txt" and path.stem.lower() in NOT_LABELS and finder.find(name) is None
        if kind in FORMATS and not other_text:
            kinds.setdefault(kind, []).append(name)
    # Notes and lists often lie beside other formats, so text counts only where there is nothing else.
    if len(kinds) > 1:
        kinds.pop(".txt", None)
    if len(kinds) != 1:
        raise InputError(
            "There are annotations of several formats" if kinds else "There is no annotation file",
            f"Give files of one format: {', '.join(FORMATS.values())}",
            found=sorted(FORMATS[kind] for kind in kinds),
        )
    ((kind, names),) = kinds.items()
    chosen = {name: files[name] for name in names}
    if kind == ".json":
        return with_pictures(_coco_files(chosen), sizes)
    if kind == ".xml":
        read, problems = _readable(chosen, lambda text, name: read_voc_xml(text, name=name, inclusive=inclusive))
        return with_pictures(replace(share_names(read), problems=problems), sizes)
    return with_pictures(_yolo_files(chosen, named, sizes), sizes)


def with_pictures(annotations: AnnotationSet, sizes: Mapping[str, Size]) -> AnnotationSet:
    """Keep the annotations whose picture is there, under the picture's own name, checked against its true size.

    A picture is found by its whole name, else by its last part, else by the last part without its ending, where that is
    unambiguous; last, by the annotation file's own name.

    Args:
        annotations: read from files.
        sizes: (height, width) of each picture by file name.

    Example:
        >>> cat = annotated_picture("a.jpg", None, [AnnotatedBox((0, 0, 8, 4), "cat")], source="a.xml")
        >>> with_pictures(share_names([cat]), {"b.png": (5, 5)}).problems
        ('a.xml names a.jpg, which is missing.', 'b.png has no annotation.')
    """
    finder = PictureFinder(sizes)
    kept: list[AnnotatedPicture] = []
    missing: list[str] = []
    twice: list[str] = []
    seen: set[str] = set()
    for picture in annotations.pictures:
        name = finder.find(picture.file_name, picture.source)
        if name is None:
            missing.append(f"{picture.source} names {picture.file_name}, which is missing.")
        elif name in seen:
            twice.append(f"{picture.source} is a second annotation of {name}. It is left out.")
        else:
            seen.add(name)
            kept.append(_of_size(picture, name, sizes[name]))
    bare = [f"{name} has no annotation." for name in sorted(set(sizes) - seen)]
    problems = (
        *annotations.problems,
        *_first(missing, "missing pictures"),
        *twice,
        *_first(bare, "without annotation"),
    )
    return AnnotationSet(tuple(kept), annotations.names, problems)


def _first(problems: list[str], kind: str) -> list[str]:
    """The first few of many problems of one kind, and how many more there are."""
    more = len(problems) - MOST_OF_A_KIND
    return problems if more <= 0 else [*problems[:MOST_OF_A_KIND], f"And {more} more {kind}."]


class PictureFinder:
    """Pictures by whole name, last part, and last part without its ending; what is ambiguous is not found.

    Example:
        >>> PictureFinder(["images/a.jpg", "images/b.jpg"]).find("masks/a.png")
        'images/a.jpg'
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.levels: list[dict[str, str | None]] = [{}, {}, {}]
        for name in names:
            for level, key in zip(self.levels, self._keys(name), strict=True):
                level[key] = None if key in level else name

    def find(self, *candidates: str) -> str | None:
        """The picture that the first of some names belongs to, or None."""
        for candidate in candidates:
            for level, key in zip(self.levels, self._keys(candidate), strict=True):
                if level.get(key) is not None:
                    return level[key]
        return None

    @staticmethod
    def _keys(name: str) -> tuple[str, str, str]:
        path = PurePosixPath(clean_path(name).lower())
        return str(path), path.name, path.stem


def _of_size(picture: AnnotatedPicture, name: str, size: Size) -> AnnotatedPicture:
    """The picture under its own name; its boxes checked again where the file states another size or none."""
    if picture.size == size:
        return replace(picture, file_name=name)
    problems = [problem for problem in picture.problems if "size of the picture is missing" not in problem]
    if picture.size is not None:
        stated = f"{picture.size[1]} x {picture.size[0]}"
        problems.append(f"{picture.source} states {stated} pixels; {name} has {size[1]} x {size[0]}.")
    boxes, truth = picture.boxes, picture.truth
    again = [
        AnnotatedBox(corners, boxes.names[label], float(score), bool(crowd), bool(difficult), float(area))
        for corners, label, score, crowd, difficult, area in zip(
            boxes.corners.tolist(), boxes.labels, boxes.scores, truth.crowd, truth.difficult, truth.areas, strict=True
        )
    ]
    return annotated_picture(name, size, again, source=picture.source, names=boxes.names, problems=problems)


def _readable(
    files: Mapping[str, str | bytes], read: Callable[[str | bytes, str], Result]
) -> tuple[list[Result], tuple[str, ...]]:
    """What was read, and what is wrong with the files that cannot be; one bad file among many is no reason to stop."""
    results: list[Result] = []
    errors: list[InputError] = []
    for name, text in files.items():
        try:
            results.append(read(text, name))
        except InputError as error:
            errors.append(error)
    if errors and not results:
        raise errors[0]
    return results, tuple(f"{error} It is left out." for error in errors)


def _coco_files(files: Mapping[str, str | bytes]) -> AnnotationSet:
    """COCO files together, as a training and a validation part; their classes joined by name."""
    sets, problems = _readable(files, lambda text, name: read_coco(text, name=name))
    names = tuple(dict.fromkeys(name for part in sets for name in part.names))
    joined = share_names([picture for part in sets for picture in part.pictures], names=names)
    return replace(joined, problems=problems + tuple(problem for part in sets for problem in part.problems))


def _yolo_files(
    files: Mapping[str, str | bytes], named: Mapping[str, str | bytes], sizes: Mapping[str, Size]
) -> AnnotationSet:
    names = next((read_class_names(text, name=name) for name, text in sorted(named.items())), None)
    finder = PictureFinder(sizes)
    places = {name: picture for name in files if (picture := finder.find(name)) is not None}
    read, problems = _readable(
        {name: files[name] for name in places},
        lambda text, name: read_yolo(text, name=name, size=sizes[places[name]], names=names, file_name=places[name]),
    )
    alone = [f"{name} has no picture beside it." for name in files if name not in places]
    unnamed = () if names else ("There is no file of class names (classes.txt or data.yaml).",)
    longest = max((picture.boxes.names for picture in read), key=len, default=())
    together = share_names(read, names=names or longest)
    return replace(together, problems=(*unnamed, *problems, *_first(alone, "without a picture")))
