"""How a server and a child that answers talk through pipes: a frame is JSON and arrays, never objects of Python.

A frame is four bytes with the length of its JSON, the JSON, and the bytes of the arrays that the JSON lists under
"arrays" as [name, dtype, shape]. The child is not trusted: what it sends is bounded, checked, and read to a deadline.
"""

import json
import os
import select
import struct
import time
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

MOST_JSON = 1_000_000
MOST_BYTES = 256_000_000
MOST_ARRAYS = 100
DTYPES = ("float32", "uint8", "int64")
_PIECE = 1 << 20


class Broken(Exception):
    """The other side has gone, or sent what is no frame."""


class TooLate(Exception):
    """The other side did not answer in time."""


def write_frame(
    pipe: int, values: Mapping[str, Any], arrays: Mapping[str, npt.NDArray], *, deadline: float | None = None
) -> None:
    """Send a frame.

    Args:
        pipe: the file descriptor; where a deadline is given, one that does not block.
        values: what JSON can hold.
        arrays: float32, uint8 or int64.
        deadline: in the time of `time.monotonic`.

    Raises:
        Broken, TooLate: as their names say.
    """
    ready = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    listed = [[name, str(array.dtype), array.shape] for name, array in ready.items()]
    text = json.dumps({**values, "arrays": listed}).encode()
    _write(pipe, struct.pack("<I", len(text)) + text, deadline)
    for array in ready.values():
        _write(pipe, array.reshape(-1).view(np.uint8).data, deadline)


def read_frame(pipe: int, *, deadline: float | None = None) -> tuple[dict[str, Any], dict[str, npt.NDArray]]:
    """The next frame: its values without "arrays", and its arrays by name.

    Raises:
        Broken, TooLate: as their names say.
    """
    (length,) = struct.unpack("<I", _read(pipe, 4, deadline))
    if length > MOST_JSON:
        raise Broken("a frame with too much JSON")
    try:
        values = json.loads(bytes(_read(pipe, length, deadline)))
        listed = [_listed(entry) for entry in values.pop("arrays")]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Broken("a frame that is not as agreed") from error
    if len(listed) > MOST_ARRAYS or sum(count for _, _, _, count in listed) > MOST_BYTES:
        raise Broken("a frame with too many numbers")
    return values, {
        name: np.frombuffer(_read(pipe, count, deadline), dtype).reshape(shape) for name, dtype, shape, count in listed
    }


def _listed(entry: Any) -> tuple[str, str, tuple[int, ...], int]:
    name, dtype, sides = entry
    shape = tuple(sides)
    if (
        dtype not in DTYPES
        or len(shape) > 8
        or not all(isinstance(side, int) and 0 <= side < 1 << 40 for side in shape)
    ):
        raise ValueError("an array that is not as agreed")
    return str(name)[:200], dtype, shape, prod(shape) * np.dtype(dtype).itemsize


def _write(pipe: int, data: bytes | memoryview, deadline: float | None) -> None:
    left = memoryview(data)
    while left:
        _wait(pipe, select.POLLOUT, deadline)
        try:
            left = left[os.write(pipe, left[:_PIECE]) :]
        except BlockingIOError:
            continue
        except OSError as error:
            raise Broken("the other side has gone") from error


def _read(pipe: int, count: int, deadline: float | None) -> bytearray:
    # Grows as bytes come: what a frame only promises takes no memory.
    data = bytearray()
    while len(data) < count:
        _wait(pipe, select.POLLIN, deadline)
        try:
            piece = os.read(pipe, min(_PIECE, count - len(data)))
        except BlockingIOError:
            continue
        except OSError as error:
            raise Broken("the other side has gone") from error
        if not piece:
            raise Broken("the other side has gone")
        data += piece
    return data


def _wait(pipe: int, event: int, deadline: float | None) -> None:
    if deadline is None:
        return
    poll = select.poll()
    poll.register(pipe, event)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise TooLate
