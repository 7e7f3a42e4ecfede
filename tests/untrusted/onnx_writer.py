"""ONNX files written field by field, so that tests need no package for it."""

import struct
from collections.abc import Sequence

import numpy as np


def varint(value: int) -> bytes:
    parts = bytearray()
    while True:
        parts.append((value & 0x7F) | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(parts)


def field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor(name: str, values: np.ndarray) -> bytes:
    kinds = {"float32": 1, "int64": 7, "float16": 10}
    dims = b"".join(field(1, side) for side in values.shape)
    return dims + field(2, kinds[str(values.dtype)]) + field(8, name) + field(9, values.tobytes())


def value_info(name: str, shape: Sequence[int | str], kind: int = 1) -> bytes:
    dims = b"".join(field(1, field(1, side) if isinstance(side, int) else field(2, side)) for side in shape)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, dims)))


def attribute(name: str, value: int | Sequence[int] | bytes) -> bytes:
    """A whole number, a list of them, or an inner graph."""
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    if isinstance(value, bytes):
        return field(1, name) + field(6, value) + field(20, 5)
    return field(1, name) + b"".join(field(8, number) for number in value) + field(20, 7)


def node(kind: str, inputs: Sequence[str], outputs: Sequence[str], *attributes: bytes, domain: str = "") -> bytes:
    parts = [*(field(1, name) for name in inputs), *(field(2, name) for name in outputs), field(4, kind)]
    parts += [field(5, one) for one in attributes]
    return b"".join(parts) + (field(7, domain) if domain else b"")


def graph(nodes: Sequence[bytes], tensors: Sequence[bytes], inputs: Sequence[bytes], outputs: Sequence[bytes]) -> bytes:
    return (
        b"".join(field(1, one) for one in nodes)
        + field(2, "graph")
        + b"".join(field(5, one) for one in tensors)
        + b"".join(field(11, one) for one in inputs)
        + b"".join(field(12, one) for one in outputs)
    )


def model(content: bytes, *, metadata: dict[str, str] | None = None) -> bytes:
    texts = [field(14, field(1, key) + field(2, value)) for key, value in (metadata or {}).items()]
    return field(1, 8) + field(7, content) + field(8, field(2, 13)) + b"".join(texts)


def constant_answer(
    answers: dict[str, np.ndarray], shape: Sequence[int | str] = (1, 3, 32, 32), **more: object
) -> bytes:
    """A network that gives these arrays, plus 0 times the sum of its input."""
    nodes = [
        node("ReduceSum", ["images"], ["sum"], attribute("keepdims", 0)),
        node("Mul", ["sum", "zero"], ["nothing"]),
    ]
    nodes += [node("Add", [f"{name}_values", "nothing"], [name]) for name in answers]
    tensors = [tensor("zero", np.zeros((), np.float32))]
    tensors += [tensor(f"{name}_values", values.astype(np.float32)) for name, values in answers.items()]
    outputs = [value_info(name, values.shape) for name, values in answers.items()]
    return model(graph(nodes, tensors, [value_info("images", shape)], outputs), **more)  # type: ignore[arg-type]


def packed(values: Sequence[int]) -> bytes:
    return b"".join(varint(value) for value in values)


def fixed(number: int, value: float) -> bytes:
    return varint(number << 3 | 5) + struct.pack("<f", value)
