"""A LiteRT file that nobody vouches for: looked through before the interpreter sees it.

It is a FlatBuffer (https://flatbuffers.dev/internals/) whose tables and field numbers are those of
https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs. Every offset is
checked here against the end of the file.
"""

import struct
from dataclasses import dataclass
from math import prod

from cnn_core.errors import InputError

MAX_BYTES = 300_000_000
MAX_PARTS = 50_000
MAX_TENSOR_BYTES = 1_000_000_000
# The one operation of the interpreter itself that files name as if it were their own.
KNOWN_CUSTOM = frozenset({"TFLite_Detection_PostProcess"})

_MOST_AXES = 16
_MARK = b"TFL3"
_CUSTOM = 32
_AGAIN = "Copy or convert the file again"
# Bytes per value by TensorType; 16, the largest, for those not listed.
_BYTES = {0: 4, 1: 2, 2: 4, 3: 1, 4: 8, 6: 1, 7: 2, 8: 8, 9: 1, 10: 8, 12: 8, 15: 4, 16: 2, 17: 1}


@dataclass(frozen=True)
class CheckedLite:
    """What was seen in the file.

    Attributes:
        name: what messages call it.
        inputs: how many its network has.
    """

    name: str
    inputs: int


def check_lite_file(data: bytes, *, name: str) -> CheckedLite:
    """Look through an uploaded file.

    Args:
        data: the whole file.
        name: what messages call it.

    Raises:
        InputError: not LiteRT, damaged, too large, or with operations that are not LiteRT's own.
    """
    if len(data) > MAX_BYTES:
        raise InputError(
            f"{name} is larger than {MAX_BYTES // 1_000_000} MB", "Upload a smaller model", bytes=len(data)
        )
    if data[4:8] != _MARK:
        raise InputError(f"{name} is not a LiteRT (TensorFlow Lite) file", _AGAIN)
    # Offsets that lead out of the file.
    try:
        return _checked(data, name)
    except (struct.error, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name} is damaged or cut short", _AGAIN) from error


def _checked(data: bytes, name: str) -> CheckedLite:
    model = _Table(data, _number(data, 0, "<I"))
    for code in model.tables(1):
        builtin = max(code.scalar(0, "<b"), code.scalar(3, "<i"))
        custom = code.text(1)
        if builtin == _CUSTOM and custom not in KNOWN_CUSTOM:
            shown = "".join(letter if letter.isprintable() else "�" for letter in custom[:60]) or "a nameless operation"
            raise InputError(
                f"{name} uses {shown}, which is not one of LiteRT's own operations",
                "Convert it with LiteRT's built-in operations alone (no Flex and no custom operations)",
            )
    parts = total = inputs = 0
    for number, graph in enumerate(model.tables(2)):
        tensors = graph.tables(0)
        parts += len(tensors) + graph.count(3)
        if parts > MAX_PARTS:
            raise InputError(f"{name} has more than {MAX_PARTS:,} tensors and operations", "Upload a smaller model")
        if number == 0:
            inputs = graph.count(1)
        for tensor in tensors:
            sides = tensor.numbers(0)
            total += prod(max(side, 1) for side in sides) * _BYTES.get(tensor.scalar(1, "<b"), 16)
    if total > MAX_TENSOR_BYTES:
        raise InputError(
            f"The tensors in {name} take more than {MAX_TENSOR_BYTES // 1_000_000:,} MB", "Upload a smaller model"
        )
    for buffer in model.tables(4):
        buffer.count(0)
        if buffer.scalar(1, "<Q") > 1:
            raise InputError(f"{name} keeps weights outside its tables", "Convert it to a file of less than 2 GB")
    if not inputs:
        raise InputError(f"{name} holds no network", _AGAIN)
    return CheckedLite(name, inputs)


class _Table:
    """One table of a FlatBuffer; fields that are left out read as 0 or as empty."""

    def __init__(self, data: bytes, place: int) -> None:
        self.data = data
        self.place = place
        self._fields = place - _number(data, place, "<i")
        self._size = _number(data, self._fields, "<H")

    def scalar(self, field: int, kind: str) -> int:
        place = self._field(field)
        return _number(self.data, place, kind) if place else 0

    def count(self, field: int) -> int:
        return self._vector(field, 1)[1]

    def numbers(self, field: int) -> list[int]:
        place, count = self._vector(field, 4)
        if count > _MOST_AXES:
            raise ValueError("a tensor of more axes than any has")
        return list(struct.unpack_from(f"<{count}i", self.data, place)) if count else []

    def text(self, field: int) -> str:
        place, count = self._vector(field, 1)
        return self.data[place : place + min(count, 200)].decode("utf-8", "replace")

    def tables(self, field: int) -> list["_Table"]:
        place, count = self._vector(field, 4)
        if count > MAX_PARTS:
            raise InputError("The file has too many parts", "Upload a smaller model", parts=count)
        starts = [place + 4 * number for number in range(count)]
        return [_Table(self.data, start + _number(self.data, start, "<I")) for start in starts]

    def _field(self, field: int) -> int:
        entry = 4 + 2 * field
        offset = _number(self.data, self._fields + entry, "<H") if entry + 2 <= self._size else 0
        return self.place + offset if offset else 0

    def _vector(self, field: int, width: int) -> tuple[int, int]:
        """Where a vector's values begin, and how many there are; all of them lie in the file."""
        place = self._field(field)
        if not place:
            return 0, 0
        start = place + _number(self.data, place, "<I")
        count = _number(self.data, start, "<I")
        if start + 4 + count * width > len(self.data):
            raise ValueError("a vector that ends behind the file")
        return start + 4, count


def _number(data: bytes, place: int, kind: str) -> int:
    if place < 0:
        raise ValueError("an offset before the file")
    value: int = struct.unpack_from(kind, data, place)[0]
    return value
