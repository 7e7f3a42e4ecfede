"""A mask file of whichever kind, read for one photo: in a segmenter's classes and of the photo's size."""

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from cnn_core.annotations import PictureFinder
from cnn_core.decoding import MAX_BYTES, MAX_PIXELS, Stored, decode_stored
from cnn_core.errors import InputError
from cnn_core.file_kinds import EXTENSIONS
from cnn_core.mask_files.coco_masks import CocoMasks, CocoPicture, coco_label_map, read_coco_masks
from cnn_core.mask_files.colour_table import Table
from cnn_core.mask_files.picture_labels import ReadMask, labels_of_picture
from cnn_core.masks import UNSURE, Labels, has_background, resized_labels
from cnn_core.voc_names import plain_name

MASK_ENDINGS = (*EXTENSIONS, "json", "npy")
ASPECT = 0.02  # by which the sides of mask and photo may differ in proportion
_SAID = 4
_HEADER = 10_000


def read_mask(
    content: bytes,
    *,
    name: str,
    size: tuple[int, int],
    classes: Sequence[str],
    photo: str = "",
    way: str = "auto",
    table: Table | None = None,
    colours: Sequence[str] = (),
    object_label: int = 1,
) -> ReadMask:
    """Read a mask file for a photo.

    Args:
        content: of the file: a picture (PNG, BMP, …), COCO JSON, or NPY.
        name: its name; the ending says which kind it is.
        size: (height, width) of the photo.
        classes: the class names.
        photo: the photo's file name, by which it is found in COCO JSON.
        way, table, colours, object_label: as in `labels_of_picture`.

    Returns:
        labels of the photo's size, and all that was assumed or changed.

    Raises:
        InputError: it cannot be read, holds what is no class, is about another picture, or has another aspect.

    Example:
        >>> from cnn_core.mask_files.palette_picture import write_palette_png
        >>> content = write_palette_png([[0, 1]], colours=("#000000", "#FFFFFF"))
        >>> read = read_mask(content, name="a.png", size=(2, 4), classes=("background", "cat"))
        >>> read.labels.tolist(), read.notes
        ([[0, 0, 1, 1], [0, 0, 1, 1]], ('a.png has 2 x 1 pixels, the photo 4 x 2: it was resized, nearest neighbour.',))
    """
    ending = PurePosixPath(name).suffix.lower()
    if ending == ".json":
        read = _from_coco(content, name, photo, classes)
    else:
        stored = Stored(read_npy(content, name=name)) if ending == ".npy" else decode_stored(content, name)
        read = labels_of_picture(
            stored, name=name, classes=classes, way=way, table=table, colours=colours, object_label=object_label
        )
    labels, said = fitted(read.labels, size, name=name)
    empty = empty_remark(labels, name, classes)
    return replace(read, labels=labels, notes=(*read.notes, *said, *empty))


def fitted(labels: Labels, size: tuple[int, int], *, name: str) -> tuple[Labels, tuple[str, ...]]:
    """A label map at the photo's size, nearest neighbour, and a sentence where that changed it.

    Raises:
        InputError: its sides have another proportion than the photo's.

    Example:
        >>> fitted(np.zeros((30, 40), np.uint8), (60, 60), name="a.png")
        Traceback (most recent call last):
            ...
        cnn_core.errors.InputError: a.png has another shape than the photo. Give the mask of this photo, uncut and not
        turned. Received: mask='40 x 30', photo='60 x 60'
    """
    (height, width), (rows, columns) = labels.shape, size
    if same_size((height, width), size, name=name):
        return labels, ()
    note = f"{name} has {width} x {height} pixels, the photo {columns} x {rows}: it was resized, nearest neighbour."
    return resized_labels(labels, size), (note,)


def same_size(mask: tuple[int, int], photo: tuple[int, int], *, name: str) -> bool:
    """Whether a mask has the (height, width) of its photo.

    Raises:
        InputError: its sides have another proportion.

    Example:
        >>> same_size((30, 40), (60, 80), name="a.png")
        False
    """
    (height, width), (rows, columns) = mask, photo
    # A pixel more or less is rounding.
    if abs(columns * height - width * rows) > max(ASPECT * columns * height, height, width):
        raise InputError(
            f"{name} has another shape than the photo",
            "Give the mask of this photo, uncut and not turned",
            mask=f"{width} x {height}",
            photo=f"{columns} x {rows}",
        )
    return mask == photo


def empty_remark(labels: Labels, name: str, classes: Sequence[str]) -> tuple[str, ...]:
    """A sentence where nothing is marked in a mask.

    Example:
        >>> empty_remark(np.zeros((2, 2), np.uint8), "a.png", ("background", "cat"))
        ('a.png marks nothing: it is background alone.',)
    """
    present = np.unique(labels)
    if (present == UNSURE).all():
        return (f"{name} leaves out every pixel: no figure can be computed.",)
    if len(present[present != UNSURE]) == 1 and present[0] == 0 and has_background(classes):
        return (f"{name} marks nothing: it is {classes[0]} alone.",)
    return ()


def coco_picture(masks: CocoMasks, photo: str) -> tuple[CocoPicture, tuple[str, ...]]:
    """The picture of a COCO file that a photo's name means; one alone is taken whatever its name.

    Raises:
        InputError: none of several has this name.
    """
    found = PictureFinder(masks.pictures).find(photo) if photo else None
    if found is not None:
        return masks.pictures[found], ()
    if len(masks.pictures) == 1:
        (only,) = masks.pictures.values()
        return only, (f"{masks.name} is about {only.file_name} alone: it is taken for this photo.",)
    raise InputError(
        f"{masks.name} says nothing about {photo or 'this photo'}",
        "Open the photo under the name that it has in the file",
        pictures=list(masks.pictures)[:_SAID],
    )


def class_places(names: Sequence[str], classes: Sequence[str]) -> list[int]:
    """For each class of a file its number among the segmenter's classes, by name, or -1.

    Example:
        >>> class_places(("sofa", "cow"), ("background", "Couch"))
        [1, -1]
    """
    place = {plain_name(name): label for label, name in reversed(list(enumerate(classes)))}
    return [place.get(plain_name(name), -1) for name in names]


def _from_coco(content: bytes, name: str, photo: str, classes: Sequence[str]) -> ReadMask:
    masks = read_coco_masks(content, name=name)
    picture, notes = coco_picture(masks, photo)
    places = class_places(masks.names, classes)
    # What lies outside all objects is background; where that is no class of its own, nothing is known.
    rest = 0 if has_background(classes) or 0 not in places else UNSURE
    labels, problems = coco_label_map(picture, places=places, rest=rest)
    left = [masks.names[entry.label] for entry in picture.objects if places[entry.label] < 0]
    unknown = [
        f"{left.count(one)} {'object' if left.count(one) == 1 else 'objects'} of class {one}: the segmenter does not "
        "know it. Left out."
        for one in dict.fromkeys(left)
    ]
    return ReadMask(labels, (*notes, *problems, *unknown))


def read_npy(content: bytes, *, name: str) -> np.ndarray:
    """(H, W) uint8 or uint16 of a NPY file; nothing in it is executed.

    Raises:
        InputError: no NPY file, or one without a label map.
    """
    if len(content) > MAX_BYTES:
        raise InputError(f"{name} is too large", f"Give at most {MAX_BYTES // 1_000_000} MB", bytes=len(content))
    try:
        # The header first: it may promise more numbers than there are bytes.
        buffer = io.BytesIO(content)
        version = np.lib.format.read_magic(buffer)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = read_header(buffer, max_header_size=_HEADER)
        fits = len(shape) in {2, 3} and 0 < np.prod(shape, dtype=float) <= MAX_PIXELS and kind.kind in "biu"
        values = np.load(io.BytesIO(content), allow_pickle=False, max_header_size=_HEADER) if fits else None
    # Headers are parsed as Python literals, which fail in many ways.
    except Exception as error:
        raise InputError(f"{name} is no NPY file that can be read", "Save it with numpy.save") from error
    if values is not None and values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    if values is None or values.ndim != 2 or not 0 <= values.min() <= values.max() <= 65535:
        raise InputError(
            f"{name} holds no label map", "Save whole numbers (H, W) from 0", shape=tuple(shape), dtype=str(kind)
        )
    return values.astype(np.uint8 if values.max() <= 255 else np.uint16)
