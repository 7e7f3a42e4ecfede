"""Which colour of a mask is which class: typed, known, or guessed from a few colours.

A table is `{(red, green, blue): class number}`; as text it has a line for each colour, `#C08080 = person`.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cnn_core.drawing import rgb
from cnn_core.errors import InputError
from cnn_core.masks import UNSURE, Labels, has_background
from cnn_core.voc_names import VOC, plain_name, voc_palette

Table = Mapping[tuple[int, int, int], int]

MOST_COLOURS = 4096  # a picture with more is a photo
MOST_LETTERS = 20_000
_IGNORED_WORDS = ("ignore", "ignored", "void", "unsure", "255")
_SAID = 6
_HEX = re.compile(r"^#?([0-9a-fA-F]{6})\b\s*[=:,;\t ]\s*(.+)$")
_NUMBERS = re.compile(r"^\(?\s*(\d{1,3})[\s,;]+(\d{1,3})[\s,;]+(\d{1,3})\s*\)?\s*[=:,;\t ]\s*(.+)$")


def table_from_text(text: str, *, classes: Sequence[str]) -> dict[tuple[int, int, int], int]:
    """Read a table that a visitor typed.

    Args:
        text: a line for each colour: `#RRGGBB = class` or `red green blue class`, the class by name or number, or
            `ignore`; lines may be parted by semicolons.
        classes: the class names.

    Raises:
        InputError: a line that cannot be read, by its number.

    Example:
        >>> table_from_text("#000000 = background; 192 128 128 person", classes=("background", "person"))
        {(0, 0, 0): 0, (192, 128, 128): 1}
    """
    if len(text) > MOST_LETTERS:
        raise InputError("The colour table is too long", f"Give at most {MOST_LETTERS:,} letters", letters=len(text))
    table = {}
    lines = [line.strip() for line in re.split(r"[\n;]", text)]
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        if found := _HEX.match(line):
            colour, word = rgb("#" + found[1]), found[2]
        elif found := _NUMBERS.match(line):
            red, green, blue = (int(value) for value in found.groups()[:3])
            colour, word = (red, green, blue), found[4]
        else:
            raise InputError(
                f"Line {number} of the colour table cannot be read", "Write it as `#C08080 = person`", line=line[:60]
            )
        if max(colour) > 255:
            raise InputError(f"Line {number} of the colour table has no such colour", "Use 0 to 255", line=line[:60])
        table[colour] = _label(word, classes, number)
    return table


def table_text(table: Table, *, classes: Sequence[str]) -> str:
    """A table as text, as `table_from_text` reads it.

    Example:
        >>> table_text({(230, 159, 0): 1}, classes=("background", "cat"))
        '#E69F00 = cat'
    """
    names = {**dict(enumerate(classes)), UNSURE: "ignore"}
    return "\n".join("#{:02X}{:02X}{:02X} = ".format(*colour) + names[label] for colour, label in table.items())


def labels_of_colours(
    pixels: npt.NDArray[np.uint8],
    *,
    name: str,
    classes: Sequence[str],
    table: Table | None = None,
    colours: Sequence[str] = (),
    object_label: int = 1,
) -> tuple[Labels, dict[tuple[int, int, int], int], tuple[str, ...]]:
    """The class of each pixel by its colour.

    A typed table is taken at its word. Without one a mask's colours are looked for among the segmenter's own, then
    in Pascal VOC's palette; where neither has all of them and there are no more than classes, they are guessed.

    Args:
        pixels: (H, W, 3) uint8.
        name: the file's name, for messages.
        classes: the class names.
        table: typed.
        colours: "#RRGGBB" of each class, as the segmenter shows them.
        object_label: what the second of two colours stands for.

    Returns:
        (H, W) uint8 labels, the table of the colours that occur, and what was assumed, a sentence each.

    Raises:
        InputError: colours that are no class, by value and count.

    Example:
        >>> pixels = np.array([[[0, 0, 0], [255, 0, 0], [0, 0, 0]]], np.uint8)
        >>> labels, table, notes = labels_of_colours(pixels, name="a.png", classes=("background", "cat"))
        >>> labels.tolist(), notes
        ([[0, 1, 0]], ('The colours of a.png are guessed: #000000 is background, #FF0000 is cat.',))
    """
    codes = pixels.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    present, places, counts = np.unique(codes, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    found = {_colour(int(present[at])): int(counts[at]) for at in order[:MOST_COLOURS]}
    if len(present) > MOST_COLOURS:
        raise InputError(
            f"{name} has {len(present):,} colours: that is a photo, or a mask that was saved with losses",
            "Save the mask as PNG, with one colour for each class",
        )
    known = [dict(table)] if table else [_own(colours, classes), _voc(classes)]
    for one in known:
        if found.keys() <= one.keys():
            used = {colour: one[colour] for colour in found}
            break
    else:
        if table or len(found) > len(classes):
            raise _unknown(found, known, name, len(classes))
        used = _guessed(found, object_label if len(found) == 2 else None)
    lookup = np.array([used[_colour(int(code))] for code in present], np.uint8)
    notes = () if any(used.items() <= one.items() for one in known) else (_said(used, name, classes),)
    return lookup[places].reshape(codes.shape), used, notes


def colour_name(colour: tuple[int, int, int]) -> str:
    """A colour as "#RRGGBB".

    Example:
        >>> colour_name((230, 159, 0))
        '#E69F00'
    """
    return "#{:02X}{:02X}{:02X}".format(*colour)


def _label(word: str, classes: Sequence[str], number: int) -> int:
    plain = plain_name(word.strip().strip("\"'"))
    if plain in _IGNORED_WORDS:
        return UNSURE
    named = {plain_name(name): label for label, name in reversed(list(enumerate(classes)))}
    if plain in named:
        return named[plain]
    if plain.isdecimal() and len(plain) < 4 and int(plain) < len(classes):
        return int(plain)
    raise InputError(
        f"Line {number} of the colour table names a class that is not there",
        f"Choose one of {', '.join(classes[:_SAID])}{', …' if len(classes) > _SAID else ''}, or ignore",
        name=word[:60],
    )


def _colour(code: int) -> tuple[int, int, int]:
    return code >> 16, code >> 8 & 255, code & 255


def _own(colours: Sequence[str], classes: Sequence[str]) -> dict[tuple[int, int, int], int]:
    """The segmenter's colours; black is the background too, for its grey is this app's own."""
    table: dict[tuple[int, int, int], int] = {}
    for label, colour in enumerate(colours):
        # Where there are more classes than colours a colour is no class.
        if list(colours).count(colour) == 1:
            table[rgb(colour)] = label
    if table and has_background(classes):
        table.setdefault((0, 0, 0), 0)
    return table | {_colour_of(UNSURE): UNSURE} if table else {}


def _voc(classes: Sequence[str]) -> dict[tuple[int, int, int], int]:
    place = {plain_name(name): label for label, name in reversed(list(enumerate(classes)))}
    table = {_colour_of(label): place[plain_name(name)] for label, name in enumerate(VOC) if plain_name(name) in place}
    return table | {_colour_of(UNSURE): UNSURE} if len(table) > 1 else {}


def _colour_of(label: int) -> tuple[int, int, int]:
    red, green, blue = voc_palette()[label].tolist()
    return red, green, blue


def _guessed(found: Mapping[tuple[int, int, int], int], object_label: int | None) -> dict[tuple[int, int, int], int]:
    """Black, else the most frequent colour, is class 0; the others follow in the order of their areas."""
    ground = (0, 0, 0) if (0, 0, 0) in found else next(iter(found))
    others = [colour for colour in found if colour != ground]
    labels = range(1, len(others) + 1) if object_label is None else [object_label]
    return {ground: 0, **dict(zip(others, labels, strict=True))}


def _unknown(found: Mapping[tuple[int, int, int], int], known: Sequence[Table], name: str, classes: int) -> InputError:
    fewest = min(known, key=lambda table: len(found.keys() - table.keys()))
    missing = [(colour, count) for colour, count in found.items() if colour not in fewest]
    said = ", ".join(f"{colour_name(colour)} ({count:,} pixels)" for colour, count in missing[:_SAID])
    more = f" and {len(missing) - _SAID:,} more" if len(missing) > _SAID else ""
    return InputError(
        f"{name} has colours that stand for none of the {classes} classes: {said}{more}",
        "Give a colour table, a line such as `#C08080 = person` for each colour; `ignore` leaves a colour out",
    )


def _said(used: Mapping[tuple[int, int, int], int], name: str, classes: Sequence[str]) -> str:
    parts = [f"{colour_name(colour)} is {classes[label]}" for colour, label in list(used.items())[:_SAID]]
    more = ", …" if len(used) > _SAID else ""
    return f"The colours of {name} are guessed: {', '.join(parts)}{more}."
