"""The label map that a picture file holds: class numbers, black and white, or colours."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.decoding import Stored
from cnn_core.errors import InputError
from cnn_core.mask_files.colour_table import Table, labels_of_colours
from cnn_core.masks import UNSURE, Labels

WAYS = {"auto": "By what it holds", "numbers": "Class numbers", "colours": "Colours"}

_SAID = 8
# Black and white that was smoothed or saved with losses has many greys, and is still nearly black or white mostly.
_MANY = 16
_NEARLY = 24
_CLEAR_SHARE = 0.9
# Fewer pixels than this may be one tiny object; a larger share of the mask is no remnant.
_FEW = 10
_STRAY_SHARE = 0.01


@dataclass(frozen=True, eq=False)
class ReadMask:
    """A mask that was read.

    Attributes:
        labels: (H, W) uint8, 255 where nothing is known.
        notes: what was assumed, a sentence each.
        table: the class of each colour, where colours were read.
        two: whether the file holds two values alone, so that the class of the second could be another.
    """

    labels: Labels
    notes: tuple[str, ...] = ()
    table: Table | None = None
    two: bool = False


def labels_of_picture(
    stored: Stored,
    *,
    name: str,
    classes: Sequence[str],
    way: str = "auto",
    table: Table | None = None,
    colours: Sequence[str] = (),
    object_label: int = 1,
) -> ReadMask:
    """Tell the classes from the values.

    Args:
        stored: what the file holds.
        name: its name, for messages.
        classes: the class names.
        way: one of `WAYS`; "auto" takes palette and grey values for class numbers, 0 and 255 alone for two classes,
            and a picture of several colours by its colours.
        table: class of each colour, as in `labels_of_colours`.
        colours: of the segmenter, as in `labels_of_colours`.
        object_label: what 255, or the second of two colours, stands for where there are but two.

    Raises:
        InputError: values or colours that are no class, by value and count; an unknown way.

    Example:
        >>> read = labels_of_picture(Stored(np.array([[0, 255]], np.uint8)), name="a.png", classes=("ground", "cat"))
        >>> read.labels.tolist(), read.notes
        ([[0, 1]], ('a.png holds 0 and 255 alone: they are read as ground and cat.',))
    """
    if way not in WAYS:
        raise InputError("There is no such way to read a mask", f"Choose one of {', '.join(WAYS)}", way=way)
    if not 0 <= object_label < len(classes):
        raise InputError("There is no class of this number", f"Choose 0 to {len(classes) - 1}", label=object_label)
    values, palette = stored.values, stored.palette
    if values.ndim == 3 and way != "colours" and not table and _is_grey(values):
        values = values[..., 0]
    by_colour = way == "colours" or bool(table) or values.ndim == 3
    if by_colour and way != "numbers":
        pixels = _as_colours(values, palette)
        labels, used, notes = labels_of_colours(
            pixels, name=name, classes=classes, table=table, colours=colours, object_label=object_label
        )
        return ReadMask(labels, notes, used, two=len(used) == 2)
    if values.ndim == 3:
        raise InputError(f"{name} holds colours, not class numbers", "Read it by its colours")
    if palette is None and (two := _black_and_white(values, name, classes, object_label)):
        return two
    return _numbered(values, palette, name, classes)


def _is_grey(pixels: npt.NDArray[np.uint8]) -> bool:
    return bool((pixels[..., :1] == pixels[..., 1:]).all())


def _as_colours(values: npt.NDArray, palette: npt.NDArray[np.uint8] | None) -> npt.NDArray[np.uint8]:
    if values.ndim == 3:
        return values
    if palette is None:
        grey = values if values.dtype == np.uint8 else (values // 257).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    whole = np.zeros((256, 3), np.uint8)
    whole[: len(palette)] = palette
    return whole[values]


def _black_and_white(values: npt.NDArray, name: str, classes: Sequence[str], object_label: int) -> ReadMask | None:
    """0 and 255 alone, or nearly so, are no class numbers; None where it is otherwise."""
    white = 255 if values.max(initial=0) <= 255 else 65535
    if values.size == 0 or values.max() < white - white // 10 or len(classes) < 2:
        return None
    other = values[(values != 0) & (values != white)]
    pair = f"{classes[0]} and {classes[object_label]}"
    if other.size == 0:
        note = f"{name} holds 0 and {white} alone: they are read as {pair}."
    else:
        # A few class numbers beside a void of 255 are no grey.
        if len(np.unique(other)) < _MANY or other.max() < len(classes):
            return None
        edge = white * _NEARLY // 255
        if ((values <= edge) | (values >= white - edge)).mean() < _CLEAR_SHARE:
            return None
        note = f"{name} is smoothed black and white: it is cut at half and read as {pair}."
    return ReadMask(np.where(values > white // 2, object_label, 0).astype(np.uint8), (note,), two=True)


def _numbered(
    values: npt.NDArray, palette: npt.NDArray[np.uint8] | None, name: str, classes: Sequence[str]
) -> ReadMask:
    present, counts = np.unique(values, return_counts=True)
    wrong = [(int(one), int(count)) for one, count in zip(present, counts, strict=True) if not _fits(one, len(classes))]
    if wrong:
        said = ", ".join(f"{value} ({count:,} pixels)" for value, count in wrong[:_SAID])
        more = f" and {len(wrong) - _SAID:,} more" if len(wrong) > _SAID else ""
        hint = "read it by its colours, " if palette is not None else ""
        raise InputError(
            f"{name} holds values outside the classes 0 to {len(classes) - 1}: {said}{more}",
            f"Save it with class numbers, {hint}or give a colour table that says what each value stands for "
            "(a grey of 7 is #070707)",
        )
    # With 65535 as the void of 16 bits.
    labels = np.where(values >= UNSURE, UNSURE, values).astype(np.uint8)
    unsure = int((labels == UNSURE).sum())
    notes = (f"{unsure:,} pixels of {name} have the value 255: they are left out.",) if unsure else ()
    return ReadMask(labels, (*notes, *stray_remark(labels, name, classes)))


def stray_remark(labels: Labels, name: str, classes: Sequence[str]) -> tuple[str, ...]:
    """A sentence about values that are hardly objects: few pixels, of which no 3 x 3 lie together.

    Resizing or smoothing a mask leaves such values along the rim of objects, and they pass for classes.

    Example:
        >>> labels = np.zeros((48, 48), np.uint8)
        >>> labels[10:30, 10:30], labels[9, 10:30] = 2, 1
        >>> stray_remark(labels, "a.png", ("ground", "cat", "dog"))
        ('a.png holds few pixels of 1 (20 pixels, read as cat), nowhere 3 x 3 together: thin lines, or left by smoothing
        a mask.',)
    """
    present, counts = np.unique(labels, return_counts=True)
    few = [
        (int(one), int(count))
        for one, count in zip(present, counts, strict=True)
        if 0 < one < UNSURE and _FEW <= count <= _STRAY_SHARE * labels.size
    ]
    block = np.ones((3, 3), np.uint8)
    stray = [(one, count) for one, count in few if not cv2.erode((labels == one).astype(np.uint8), block).any()]
    if not stray:
        return ()
    said = ", ".join(f"{one} ({count:,} pixels, read as {classes[one]})" for one, count in stray[:_SAID])
    more = f" and {len(stray) - _SAID:,} more" if len(stray) > _SAID else ""
    return (
        f"{name} holds few pixels of {said}{more}, nowhere 3 x 3 together: thin lines, or left by smoothing a mask.",
    )


def _fits(value: int, classes: int) -> bool:
    return value < classes or value in (UNSURE, 65535)
