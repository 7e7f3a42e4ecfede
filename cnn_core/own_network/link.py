"""A network of one's own as a short text for a link, and back.

The text is compact JSON, compressed with zlib, in URL-safe base64. A link may come from anyone: its length and its
expanded size are bounded, and every kind, option and value is checked.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from typing import Any

from cnn_core.errors import InputError
from cnn_core.own_network.layers import KINDS, LayerSpec, layer
from cnn_core.own_network.options import MAX_LAYERS, check_input_shape

MAX_TEXT = 16_384
MAX_JSON = 65_536
_VERSION = 1
_COPY_AGAIN = "Copy the whole link again, or start from one of the networks offered"


def encode_network(specs: Sequence[LayerSpec], input_shape: Sequence[int]) -> str:
    """The network as text of letters, digits, - and _; options at their default are left out.

    Raises:
        InputError: an unknown kind or option, a value out of bounds, or too many layers.

    Example:
        >>> text = encode_network([layer("convolution", filters=8), layer("flatten")], (28, 28, 1))
        >>> decode_network(text)[0][0].options["filters"]
        8
    """
    _check_count(len(specs))
    rows = []
    for given in specs:
        spec = layer(given.kind, **given.options)
        changed = {o.name: spec.options[o.name] for o in KINDS[spec.kind].options if spec.options[o.name] != o.default}
        rows.append([spec.kind, changed] if changed else [spec.kind])
    document = [_VERSION, check_input_shape(tuple(input_shape)), rows]
    packed = zlib.compress(json.dumps(document, separators=(",", ":")).encode(), level=9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_network(text: str) -> tuple[tuple[LayerSpec, ...], tuple[int, int, int]]:
    """Layers and input shape from `encode_network`'s text.

    Raises:
        InputError: cut short, altered, too long, or with a kind, option or value that does not exist.

    Example:
        >>> decode_network("nonsense")
        Traceback (most recent call last):
            ...
        cnn_core.errors.InputError: The network in the link cannot be read. Copy the whole link again, ...
    """
    document = _document(text)
    if not (isinstance(document, list) and len(document) == 3 and document[0] == _VERSION):
        raise _unreadable()
    _, input_shape, rows = document
    if not isinstance(rows, list):
        raise _unreadable()
    _check_count(len(rows))
    return tuple(_spec(row) for row in rows), check_input_shape(input_shape)


def _spec(row: Any) -> LayerSpec:
    if not (isinstance(row, list) and len(row) in {1, 2} and isinstance(row[0], str)):
        raise _unreadable()
    options = row[1] if len(row) == 2 else {}
    if not isinstance(options, dict):
        raise _unreadable()
    return layer(row[0], **options)


def _document(text: str) -> Any:
    """The JSON in the text; its size is known before it is expanded."""
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise _unreadable()
    try:
        packed = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        unpacking = zlib.decompressobj()
        expanded = unpacking.decompress(packed, MAX_JSON)
        if not unpacking.eof or unpacking.unused_data:
            raise _unreadable()
        return json.loads(expanded)
    except (binascii.Error, UnicodeError, zlib.error, RecursionError) as error:
        raise _unreadable() from error
    except ValueError as error:  # not JSON, or a number of thousands of digits
        raise _unreadable() from error


def _check_count(layers: int) -> None:
    if layers > MAX_LAYERS:
        raise InputError("The network has too many layers", f"Use at most {MAX_LAYERS}", layers=layers)


def _unreadable() -> InputError:
    return InputError("The network in the link cannot be read", _COPY_AGAIN)
