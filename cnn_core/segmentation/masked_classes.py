"""Which classes the masks of a folder hold: decided once for all of them, from the values that occur."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.annotation_files.picture import clean_name
from cnn_core.decoding import Stored
from cnn_core.errors import InputError
from cnn_core.mask_files.colour_table import colour_name
from cnn_core.masks import MOST_CLASSES, UNSURE
from cnn_core.segmentation.masked_listing import MaskRule
from cnn_core.voc_names import VOC, voc_palette

CLASS_FILES = (
    *("classes.txt", "class_names.txt", "labels.txt", "label_names.txt", "names.txt", "codes.txt"),
    *("label_colors.txt", "labelmap.txt", "class_dict.csv"),
)
MOST_VALUES = 4096
MOST_GUESSED = 64
TWO = ("background", "object")

_COLOUR_LINE = re.compile(r"(?<!\d)(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?!\d)")
_NUMBER_FIRST = re.compile(r"^\d{1,3}\s*[:=,\s]\s*")
_SPARSE = 32  # class numbers reach this far without gaps only in large lists
_EDGE = 24
_CLEAR_SHARE = 0.9
_MANY = 16


@dataclass(frozen=True)
class Values:
    """What occurs in a mask, with its pixels: grey values or palette places, and colours; `soft` says smoothed."""

    greys: Mapping[int, int] | None
    colours: Mapping[int, int]
    size: tuple[int, int]
    soft: bool = False
    palette: bool = False


def values_of(stored: Stored, *, name: str) -> Values:
    """The values of one mask.

    Raises:
        InputError: more of them than a mask has.
    """
    values = stored.values
    size = (values.shape[0], values.shape[1])
    if values.ndim == 3 and (values[..., :1] == values[..., 1:]).all():
        values = values[..., 0]
    if values.ndim == 3:
        colours = _counted(values.astype(np.int64) @ np.array([65536, 256, 1]), name)
        return Values(None, colours, size)
    greys = _counted(values, name)
    if stored.palette is None:
        soft = _is_soft(greys)
        return Values(greys, {_grey(value): count for value, count in greys.items()}, size, soft)
    whole = np.zeros((256, 3), np.int64)
    whole[: len(stored.palette)] = stored.palette
    codes = (whole @ np.array([65536, 256, 1])).tolist()
    colours = Counter[int]()
    for value, count in greys.items():
        colours[codes[min(value, 255)]] += count
    return Values(greys, colours, size, palette=True)


def class_file(text: str) -> tuple[tuple[str, ...], dict[int, int]]:
    """Class names, and their colours where the file has them: a name a line, `64 128 64 Animal`, `person:192,128,128`.

    Example:
        >>> class_file("# label:color_rgb:parts:actions\\nbackground:0,0,0::\\ncat:64,0,0::")
        (('background', 'cat'), {0: 0, 4194304: 1})
        >>> class_file("background\\ncat\\n")[0]
        ('background', 'cat')
    """
    names: list[str] = []
    colours: dict[int, int] = {}
    for line in text.splitlines()[: MOST_CLASSES + 1]:
        plain = line.strip()
        if not plain or plain.startswith("#"):
            continue
        found = _COLOUR_LINE.search(plain)
        rest = plain if found is None else plain.replace(found[0], " ", 1)
        name = clean_name(re.sub(r"[:;,=]+", " ", rest if found else _NUMBER_FIRST.sub("", rest))).strip("_")
        # The header of a table of names and colours.
        if not name or (found is None and re.search(r"\br\b.*\bg\b.*\bb\b", plain)):
            continue
        if found:
            red, green, blue = (min(int(value), 255) for value in found.groups())
            colours[red << 16 | green << 8 | blue] = len(names)
        names.append(name)
    return tuple(names[:MOST_CLASSES]), colours


def decide(
    masks: Sequence[Values], *, names: Sequence[str] = (), table: Mapping[int, int] | None = None
) -> tuple[MaskRule, tuple[str, ...], tuple[str, ...]]:
    """How the masks of a folder are read.

    Args:
        masks: what occurs in each.
        names: from a file of class names.
        table: from a file of class colours.

    Returns:
        the rule, the class names, and what was assumed, a sentence each.

    Raises:
        InputError: values that make no list of classes.

    Example:
        >>> decide([Values({0: 9, 255: 3}, {}, (3, 4))])
        (MaskRule(kind='halves', lookup={}), ('background', 'object'),
         ('The masks are black and white: two classes.',))
    """
    if table or any(mask.greys is None for mask in masks) or _palettes_differ(masks):
        return _coloured(masks, names, table or {})
    greys = Counter[int]()
    for mask in masks:
        greys.update(mask.greys or {})
    known = sorted(value for value in greys if value not in (UNSURE, 65535))
    palette = all(mask.palette for mask in masks)
    if not palette and any(mask.soft for mask in masks):
        return MaskRule("halves"), _two(names), ("Some masks are smoothed black and white: they are cut at half.",)
    if not palette and set(greys) in ({0, 255}, {255}, {0, 65535}) and len(names) <= 2:
        return MaskRule("halves"), _two(names), ("The masks are black and white: two classes.",)
    return _by_number(masks, names, known)


def _by_number(
    masks: Sequence[Values], names: Sequence[str], known: Sequence[int]
) -> tuple[MaskRule, tuple[str, ...], tuple[str, ...]]:
    palette = all(mask.palette for mask in masks)
    highest = known[-1] if known else 0
    # Where few masks hold more than the names say, it is those that are wrong.
    fitting = sum(
        max((value for value in mask.greys or {} if value != UNSURE), default=0) < len(names) for mask in masks
    )
    if names and 2 * fitting > len(masks):
        return MaskRule("numbers"), tuple(names), ()
    if highest >= _SPARSE and len(known) <= min(highest // 2, MOST_GUESSED):
        lookup = {value: label for label, value in enumerate(known)}
        said = ", ".join(map(str, known[:8])) + (", …" if len(known) > 8 else "")
        return (
            MaskRule("values", lookup | {UNSURE: UNSURE} if 255 not in lookup else lookup),
            _named(names, [f"value {value}" for value in known]),
            (f"The grey values {said} are taken for {len(known)} classes, in this order.",),
        )
    if highest >= MOST_CLASSES:
        raise InputError("The masks hold values that are no class numbers", "Save them with numbers from 0 to 254")
    if palette and not names and _is_voc(masks):
        return MaskRule("numbers"), VOC, ()
    note = () if not names else (f"There are {len(names)} class names, and numbers up to {highest} in the masks.",)
    return MaskRule("numbers"), _named(names, _numbered(highest + 1)), note


def _coloured(
    masks: Sequence[Values], names: Sequence[str], table: Mapping[int, int]
) -> tuple[MaskRule, tuple[str, ...], tuple[str, ...]]:
    counts = Counter[int]()
    for mask in masks:
        counts.update(mask.colours)
    if table:
        return MaskRule("colours", {_VOID: UNSURE, **table}), tuple(names), ()
    voc = {code: label for label, code in enumerate(_CODES[: len(VOC)])} | {_VOID: UNSURE}
    if counts.keys() <= voc.keys() and (not names or len(names) == len(VOC)):
        return MaskRule("colours", voc), tuple(names) or VOC, ()
    if len(counts) > MOST_GUESSED:
        raise InputError(
            f"The masks hold {len(counts):,} colours, too many to be classes",
            "Save them as PNG with one colour for each class, or add a file label_colors.txt with lines "
            "such as `64 128 64 animal`",
        )
    order = [code for code, _ in counts.most_common()]
    ground = 0 if 0 in counts else order[0]
    order = [ground, *(code for code in order if code != ground)]
    said = ", ".join(_hex(code) for code in order[:8]) + (", …" if len(order) > 8 else "")
    fallback = ["background", *(f"colour {_hex(code)}" for code in order[1:])]
    note = f"The colours {said} are taken for {len(order)} classes, in the order of their areas."
    lookup = {code: label for label, code in enumerate(order)}
    return MaskRule("colours", lookup), _named(names, fallback), (note,)


_CODES = (voc_palette().astype(np.int64) @ np.array([65536, 256, 1])).tolist()
_VOID = _CODES[UNSURE]


def _palettes_differ(masks: Sequence[Values]) -> bool:
    """Whether a place of the palette is one colour here and another there: then the colours are the classes."""
    if not all(mask.palette for mask in masks) or len(masks) < 2:
        return False
    # A program that saves few colours numbers them as they come; the counts tell which colour has which place.
    places: dict[int, int] = {}
    for mask in masks:
        if len(mask.colours) != len(mask.greys or {}):
            return False
        for value, code in zip(mask.greys or {}, mask.colours, strict=True):
            if places.setdefault(value, code) != code:
                return True
    return False


def _is_voc(masks: Sequence[Values]) -> bool:
    known = set(_CODES[: len(VOC)]) | {_VOID}
    return all(mask.colours.keys() <= known for mask in masks) and any(len(mask.colours) > 1 for mask in masks)


def _counted(values: npt.NDArray, name: str) -> dict[int, int]:
    present, counts = np.unique(values, return_counts=True)
    if len(present) > MOST_VALUES:
        raise InputError(f"{name} has {len(present):,} colours: it is no mask", "Save the mask as PNG, unsmoothed")
    return dict(zip(present.tolist(), counts.tolist(), strict=True))


def _is_soft(greys: Mapping[int, int]) -> bool:
    other = {value: count for value, count in greys.items() if value not in (0, 255)}
    if len(other) < _MANY or max(greys) > 255 or max(greys) < 255 - _EDGE:
        return False
    clear = sum(count for value, count in greys.items() if value <= _EDGE or value >= 255 - _EDGE)
    return clear >= _CLEAR_SHARE * sum(greys.values())


def _two(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(names) if len(names) == 2 else TWO


def _numbered(count: int) -> list[str]:
    return list(TWO) if count == 2 else ["background", *(f"class {number}" for number in range(1, count))]


def _named(names: Sequence[str], fallback: Sequence[str]) -> tuple[str, ...]:
    return (*names, *fallback[len(names) :]) if names else tuple(fallback)


def _grey(value: int) -> int:
    level = value if value <= 255 else value // 257
    return level * 0x010101


def _hex(code: int) -> str:
    return colour_name((code >> 16, code >> 8 & 255, code & 255))
