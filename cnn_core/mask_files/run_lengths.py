"""COCO's run lengths: a mask as the lengths of its runs of 0 and 1, down each column in turn, first those of 0.

The compressed form is a text: each length (from the fourth on its difference to the one two before) in groups of five
bits, lowest first, a bit more that says whether another group follows, 48 added to make it a letter.

Source: `rleToString` and `rleFrString` of https://github.com/cocodataset/cocoapi, which they equal.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError

Mask = npt.NDArray[np.bool_]

_FIRST, _LAST = 48, 48 + 63
_SIGN, _MORE = 0x10, 0x20


def runs_of(mask: npt.ArrayLike) -> list[int]:
    """The run lengths of an (H, W) mask.

    Example:
        >>> runs_of([[0, 1], [0, 1], [0, 0]])
        [3, 2, 1]
    """
    column = np.asarray(mask, bool).T.ravel()
    changes = np.flatnonzero(column[1:] != column[:-1]) + 1
    lengths = np.diff(np.concatenate([[0], changes, [column.size]])).tolist()
    return [0, *lengths] if column.size and column[0] else lengths


def mask_of(runs: Sequence[int], size: tuple[int, int]) -> Mask:
    """The (H, W) mask of run lengths.

    Args:
        runs: whole numbers from 0 that add up to H x W.
        size: (H, W).

    Raises:
        InputError: other numbers, or another sum.

    Example:
        >>> mask_of([3, 2, 1], (3, 2)).astype(int).tolist()
        [[0, 1], [0, 1], [0, 0]]
    """
    height, width = size
    # A number that NumPy cannot hold would surface as another error.
    if not all(_is_length(run, height * width) for run in runs) or sum(runs) != height * width:
        raise InputError(
            f"The run lengths do not fill a mask of {width} x {height} pixels",
            "Export the annotation again",
            pixels=height * width,
        )
    values = np.arange(len(runs)) % 2 == 1
    return np.repeat(values, np.array(runs, np.int64)).reshape(width, height).T


def compressed(runs: Sequence[int]) -> str:
    """Run lengths as COCO's text.

    Example:
        >>> compressed([3, 2, 1])
        '321'
    """
    letters = []
    for place, run in enumerate(runs):
        rest = run - runs[place - 2] if place > 2 else run
        more = True
        while more:
            group = rest & 0x1F
            rest >>= 5
            more = rest != (-1 if group & _SIGN else 0)
            letters.append(chr(_FIRST + (group | _MORE if more else group)))
    return "".join(letters)


def uncompressed(text: str | bytes) -> list[int]:
    """What `compressed` wrote.

    Raises:
        InputError: letters that it never writes, or a text cut short.

    Example:
        >>> uncompressed("321")
        [3, 2, 1]
    """
    codes = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    runs: list[int] = []
    value, shift = 0, 0
    for code in codes:
        if not _FIRST <= code <= _LAST or shift > 60:
            raise InputError("The compressed run lengths hold a letter that does not belong there", "Export them again")
        group = code - _FIRST
        value |= (group & 0x1F) << shift
        shift += 5
        if group & _MORE:
            continue
        if group & _SIGN:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value, shift = 0, 0
    if shift:
        raise InputError("The compressed run lengths are cut short", "Export them again")
    return runs


def _is_length(run: Any, most: int) -> bool:
    return isinstance(run, int) and not isinstance(run, bool) and 0 <= run <= most
