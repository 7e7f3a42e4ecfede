"""TensorBoard's event files, written without TensorFlow: `tensorboard --logdir RUN/logs` shows the curves.

A file is a chain of TFRecords (length, masked CRC-32C of it, data, masked CRC-32C of that), each an `Event` protocol
buffer: https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto.
"""

import struct
import time
from collections.abc import Mapping
from pathlib import Path

_POLYNOMIAL = 0x82F63B78
_VERSION = b"brain.Event:2"


def write_scalars(folder: Path, scalars: Mapping[str, float], *, step: int) -> None:
    """Add a point to each of these curves.

    Args:
        folder: of one group of curves, as "train"; the file in it is made where it is missing.
        scalars: values by the curve's name.
        step: where on the horizontal axis.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = next(iter(sorted(folder.glob("events.out.tfevents.*"))), None)
    if path is None:
        path = folder / f"events.out.tfevents.{int(time.time())}.run"
        path.write_bytes(_record(_double(1, time.time()) + _bytes(3, _VERSION)))
    values = b"".join(_bytes(1, _bytes(1, name.encode()) + _float(2, value)) for name, value in scalars.items())
    with path.open("ab") as file:
        file.write(_record(_double(1, time.time()) + _varint_field(2, step) + _bytes(5, values)))


def masked_crc(data: bytes) -> int:
    """CRC-32C (Castagnoli), rotated and shifted as TFRecord does.

    Example:
        >>> hex(_crc(b"123456789"))
        '0xe3069283'
    """
    crc = _crc(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def _table() -> tuple[int, ...]:
    entries = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
        entries.append(value)
    return tuple(entries)


_TABLE = _table()


def _crc(data: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in data:
        value = _TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value ^ 0xFFFFFFFF


def _record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked_crc(length)) + data + struct.pack("<I", masked_crc(data))


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def _varint_field(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _bytes(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _double(number: int, value: float) -> bytes:
    return _varint(number << 3 | 1) + struct.pack("<d", value)


def _float(number: int, value: float) -> bytes:
    return _varint(number << 3 | 5) + struct.pack("<f", value)
