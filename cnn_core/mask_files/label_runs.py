"""A label map as a short text, for the way between server and browser: runs along the rows.

Each run is a byte, the label, and its length in groups of seven bits, lowest first, a bit more in all but the last
(LEB128); all of it in base64.
"""

import base64
import binascii

import numpy as np

from cnn_core.errors import InputError
from cnn_core.masks import Labels

MOST_LETTERS = 4_000_000


def runs_from_labels(labels: Labels) -> str:
    """The text of a label map.

    Example:
        >>> runs_from_labels(np.array([[0, 0, 7], [7, 7, 0]], np.uint8))
        'AAIHAwAB'
    """
    flat = labels.ravel()
    starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1]) if flat.size else np.zeros(0, np.int64)
    lengths = np.diff(np.append(starts, flat.size))
    sent = bytearray()
    for label, length in zip(flat[starts].tolist(), lengths.tolist(), strict=True):
        sent.append(label)
        rest = length
        while rest >= 0x80:
            sent.append(rest & 0x7F | 0x80)
            rest >>= 7
        sent.append(rest)
    return base64.b64encode(bytes(sent)).decode("ascii")


def labels_from_runs(text: str, size: tuple[int, int]) -> Labels:
    """The (H, W) label map of a text.

    Args:
        text: that `runs_from_labels` or the browser wrote.
        size: (H, W).

    Raises:
        InputError: no such text, or runs that do not fill the map.

    Example:
        >>> labels_from_runs("AAIHAwAB", (2, 3)).tolist()
        [[0, 0, 7], [7, 7, 0]]
    """
    most = size[0] * size[1]
    labels, lengths = [], []
    try:
        sent = base64.b64decode(text[:MOST_LETTERS].encode("ascii"), validate=True)
        place = total = 0
        while place < len(sent):
            labels.append(sent[place])
            length = shift = 0
            more = True
            while more:
                place += 1
                length |= (sent[place] & 0x7F) << shift
                more = sent[place] >= 0x80
                shift += 7
                # What is longer than the map fills no memory on the way.
                if length > most:
                    raise ValueError
            place += 1
            total += length
            lengths.append(length)
            if total > most:
                raise ValueError
        if total != most:
            raise ValueError
    except (ValueError, IndexError, UnicodeEncodeError, binascii.Error) as error:
        raise InputError("The painted mask did not arrive whole", "Paint once more", size=size) from error
    return np.repeat(np.array(labels, np.uint8), lengths).reshape(size)
