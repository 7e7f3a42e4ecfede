"""An ONNX file that nobody vouches for: looked through before ONNX Runtime sees it.

ONNX is a protocol buffer, so that it can be walked field by field without reading the weights: nodes and the operations
they name, the sizes that tensors declare, and whether a tensor lies in another file. Field numbers:
https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, wire format:
https://protobuf.dev/programming-guides/encoding/.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod

from cnn_core.errors import InputError

MAX_BYTES = 300_000_000
MAX_NODES = 20_000
MAX_FIELDS = 3_000_000
MAX_DEPTH = 8
MAX_TENSOR_BYTES = 1_000_000_000
# Operations of ONNX itself, and those that ONNX Runtime brings along.
DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})

_AGAIN = "Copy or export the file again"
_MOST_AXES = 16
_LONGEST_TEXT = 100_000
# Bytes per value by TensorProto.DataType; 8, the largest, for those not listed.
_BYTES = {1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 16: 2}
_GRAPH, _FUNCTION = "graph", "function"


@dataclass
class CheckedOnnx:
    """What was seen in the file.

    Attributes:
        name: what messages call it.
        nodes: how many there are, those of inner graphs counted.
        metadata: the texts that whoever exported it left there.
    """

    name: str
    nodes: int = 0
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, where the exporter has written them down as Ultralytics does; else empty.

        Example:
            >>> CheckedOnnx("m", metadata={"names": "{0: 'cat', 1: 'dog'}"}).class_names
            ('cat', 'dog')
        """
        pairs = re.findall(r"(\d{1,4}): (?:'([^']{1,80})'|\"([^\"]{1,80})\")", self.metadata.get("names", ""))
        named = {int(number): single or double for number, single, double in pairs}
        return tuple(named[number] for number in range(len(named))) if set(named) == set(range(len(named))) else ()


def check_onnx_file(data: bytes, *, name: str) -> CheckedOnnx:
    """Look through an uploaded file.

    Args:
        data: the whole file.
        name: what messages call it.

    Raises:
        InputError: not ONNX, damaged, too large, with operations that are not its own, or with weights in another file.
    """
    if len(data) > MAX_BYTES:
        raise InputError(
            f"{name} is larger than {MAX_BYTES // 1_000_000} MB", "Upload a smaller model", bytes=len(data)
        )
    walk = _Walk(memoryview(data), name)
    # Whatever is not a protocol buffer runs past its end or has a field that cannot be.
    try:
        walk.model()
    except (IndexError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name} is not an ONNX file, or is damaged or cut short", _AGAIN) from error
    if not walk.found.nodes:
        raise InputError(f"{name} holds no network", _AGAIN)
    return walk.found


class _Walk:
    def __init__(self, data: memoryview, name: str) -> None:
        self.data = data
        self.found = CheckedOnnx(name)
        self.fields = 0
        self.bytes = 0
        self.functions: set[str] = set()
        self.domains: set[tuple[str, str]] = set()

    def model(self) -> None:
        for number, value in self._fields(0, len(self.data)):
            if number == 7 and isinstance(value, range):
                self._graph(value, 0, _GRAPH)
            elif number == 25 and isinstance(value, range):
                self._graph(value, 0, _FUNCTION)
            elif number == 14 and isinstance(value, range):
                self._metadata(value)
        for domain, operation in self.domains:
            if domain not in DOMAINS | self.functions:
                shown = f"{_printable(operation)} of {_printable(domain)}"
                raise InputError(
                    f"{self.found.name} uses {shown}, which is not one of ONNX' own operations",
                    "Export it without operations of its own; they are not loaded here",
                )

    def _graph(self, place: range, depth: int, kind: str) -> None:
        if depth > MAX_DEPTH:
            raise InputError(f"The graphs in {self.found.name} are nested too deep", _AGAIN)
        node, domain = (1, None) if kind == _GRAPH else (7, 10)
        for number, value in self._inside(place):
            if number == node and isinstance(value, range):
                self._node(value, depth)
            elif number == domain and isinstance(value, range):
                self.functions.add(self._text(value))
            elif number == 5 and kind == _GRAPH and isinstance(value, range):
                self._tensor(value)
            elif number == 15 and kind == _GRAPH and isinstance(value, range):
                self._sparse(value)

    def _node(self, place: range, depth: int) -> None:
        self.found.nodes += 1
        if self.found.nodes > MAX_NODES:
            raise InputError(f"{self.found.name} has more than {MAX_NODES:,} nodes", "Upload a smaller model")
        operation = domain = ""
        for number, value in self._inside(place):
            if not isinstance(value, range):
                continue
            if number == 4:
                operation = self._text(value)
            elif number == 7:
                domain = self._text(value)
            elif number == 5:
                self._attribute(value, depth)
        self.domains.add((domain, operation))

    def _attribute(self, place: range, depth: int) -> None:
        for number, value in self._inside(place):
            if not isinstance(value, range):
                continue
            if number in {5, 10}:
                self._tensor(value)
            elif number in {6, 11}:
                self._graph(value, depth + 1, _GRAPH)
            elif number in {22, 23}:
                self._sparse(value)

    def _sparse(self, place: range) -> None:
        for number, value in self._inside(place):
            if number in {1, 2} and isinstance(value, range):
                self._tensor(value)

    def _tensor(self, place: range) -> None:
        sides: list[int] = []
        kind = 0
        for number, value in self._inside(place):
            if number == 1:
                sides += self._numbers(value) if isinstance(value, range) else [value]
                if len(sides) > _MOST_AXES:
                    raise ValueError("a tensor of more axes than any has")
            elif number == 2 and isinstance(value, int):
                kind = value
            elif number == 13 or (number == 14 and value == 1):
                raise InputError(
                    f"{self.found.name} keeps weights in another file", "Export it as one file, with its weights inside"
                )
        self.bytes += prod(sides) * _BYTES.get(kind, 8)
        if self.bytes > MAX_TENSOR_BYTES or any(side >= 1 << 40 for side in sides):
            raise InputError(
                f"The weights in {self.found.name} take more than {MAX_TENSOR_BYTES // 1_000_000:,} MB",
                "Upload a smaller model",
            )

    def _metadata(self, place: range) -> None:
        texts = {number: self._text(value) for number, value in self._inside(place) if isinstance(value, range)}
        if len(self.found.metadata) < 64:
            self.found.metadata[texts.get(1, "")] = texts.get(2, "")

    def _numbers(self, place: range) -> list[int]:
        """Packed whole numbers."""
        numbers: list[int] = []
        at = place.start
        while at < place.stop and len(numbers) <= _MOST_AXES:
            value, at = self._varint(at)
            numbers.append(value)
        return numbers

    def _text(self, place: range) -> str:
        return bytes(self.data[place.start : min(place.stop, place.start + _LONGEST_TEXT)]).decode("utf-8", "replace")

    def _inside(self, place: range) -> Iterator[tuple[int, int | range]]:
        return self._fields(place.start, place.stop)

    def _fields(self, at: int, end: int) -> Iterator[tuple[int, int | range]]:
        """Number and value of each field: a whole number, or the range of bytes that it takes."""
        while at < end:
            self.fields += 1
            if self.fields > MAX_FIELDS:
                raise InputError(f"{self.found.name} has too many parts", "Upload a smaller model")
            key, at = self._varint(at)
            wire = key & 7
            if wire == 0:
                value, at = self._varint(at)
                yield key >> 3, value
                continue
            if wire == 2:
                length, at = self._varint(at)
            elif wire in {1, 5}:
                length = 8 if wire == 1 else 4
            else:
                raise ValueError("a kind of field that ONNX does not use")
            if at + length > end or key >> 3 == 0:
                raise ValueError("a field that ends behind its message")
            yield key >> 3, range(at, at + length)
            at += length
        if at > end:
            raise ValueError("a field that ends behind its message")

    def _varint(self, at: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            byte = self.data[at]
            value |= (byte & 0x7F) << shift
            at += 1
            if byte < 0x80:
                return value, at
            shift += 7
            if shift > 63:
                raise ValueError("a number of more than ten bytes")


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in text[:60]) or "a nameless package"
