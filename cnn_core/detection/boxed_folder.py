"""A folder of pictures with annotation files, in whichever layout: Pascal VOC, COCO, YOLO.

Which part a picture is in: `cnn_core.folders.parts`.
"""

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from cnn_core.annotations import FORMATS as ANNOTATION_FORMATS
from cnn_core.annotations import MOST_OF_A_KIND, NAME_FILES, read_annotations
from cnn_core.detection.boxed_listing import BoxedItem, BoxedListing
from cnn_core.errors import InputError
from cnn_core.folders.layout import Tree, scan
from cnn_core.folders.parts import parts_of
from cnn_core.folders.sizes import picture_size

MOST_ANNOTATION_BYTES = 32_000_000
MOST_ANNOTATIONS_BYTES = 64_000_000
_LAYOUT = (
    "Put Pascal VOC XML, COCO JSON or YOLO text files beside the pictures or in a folder of their own, with the "
    "pictures' names"
)

Progress = Callable[[int, int], None]


def read_boxed_folder(
    root: Path, *, validation: float = 0.2, seed: int = 0, progress: Progress | None = None
) -> BoxedListing:
    """List a folder's pictures with their boxes; what cannot be used is left out and named.

    Args:
        root: the folder.
        validation: the part kept back where the folder names no validation pictures, 0 to 0.9.
        seed: of that choice.
        progress: called with the number of pictures looked at and of all.

    Raises:
        InputError: no pictures, no annotations that can be read, or annotations of no picture that is there.
    """
    tree = scan(root)
    if not tree.pictures:
        raise InputError("There are no pictures in this folder", "Give pictures and their annotations")
    texts, problems = _texts(root, tree)
    sizes = {}
    refused = []
    for number, file in enumerate(tree.pictures, start=1):
        try:
            sizes[file] = picture_size(root / file)
        except InputError as error:
            refused.append(str(error))
        if progress:
            progress(number, len(tree.pictures))
    try:
        read = read_annotations(texts, sizes)
    except InputError as error:
        raise InputError(f"{error.problem} in this folder", _LAYOUT) from error
    if not read.pictures:
        first = read.problems[0] if read.problems else "There are no annotations"
        raise InputError(f"No annotation belongs to a picture. {first.rstrip('.')}", _LAYOUT)
    if not any(len(picture.boxes) for picture in read.pictures):
        raise InputError("The annotations hold no box that can be used", "Draw boxes around what is to be found")
    parts = parts_of(root, tree, [picture.file_name for picture in read.pictures], validation=validation, seed=seed)
    items = sorted(
        (
            BoxedItem(picture.file_name, parts[picture.file_name], sizes[picture.file_name], picture.truth)
            for picture in read.pictures
        ),
        key=lambda item: item.file,
    )
    said = (*problems, *_few(refused, "files that are no pictures"), *read.all_problems)
    return BoxedListing(root, read.names, tuple(items), said)


def _texts(root: Path, tree: Tree) -> tuple[dict[str, bytes], list[str]]:
    """The content of all files that may be annotations, and which were too large."""
    texts: dict[str, bytes] = {}
    problems = []
    total = 0
    for file in tree.others:
        path = PurePosixPath(file)
        if path.suffix.lower() not in ANNOTATION_FORMATS and path.name.lower() not in NAME_FILES:
            continue
        if "ImageSets" in path.parts:
            continue
        size = (root / file).stat().st_size if (root / file).is_file() else 0
        if size > MOST_ANNOTATION_BYTES or total + size > MOST_ANNOTATIONS_BYTES:
            problems.append(f"{file} is too large: it has {size / 1e6:,.0f} MB. It is left out.")
            continue
        total += size
        texts[file] = (root / file).read_bytes()
    return texts, problems


def _few(problems: list[str], kind: str) -> list[str]:
    more = len(problems) - MOST_OF_A_KIND
    return problems if more <= 0 else [*problems[:MOST_OF_A_KIND], f"And {more} more {kind}."]
