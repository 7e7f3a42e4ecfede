"""A `.keras` file that nobody vouches for: the archive and its configuration, checked before Keras sees them.

A `.keras` file is a zip of config.json (layers and connections), metadata.json and model.weights.h5. Only Keras'
built-in layers and operations are let through, by name; what training needs (optimiser, losses) is left out. Nothing
here imports Keras.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cnn_core.errors import InputError
from cnn_core.untrusted.keras_file_classes import LAYERS, OPERATIONS, OURS, REFUSED, VALUES

MAX_BYTES = 600_000_000
MAX_EXPANDED = 1_200_000_000
MAX_RATIO = 50
MAX_ENTRIES = 64
MAX_CONFIG = 16_000_000
MAX_DEPTH = 60
MAX_LAYERS = 2_000
MAX_VALUES = 2_000_000

_SAVE_AGAIN = 'Save it again with model.save("model.keras") in Keras 3 and upload that file'
_HDF5 = b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True)
class CheckedFile:
    """A file whose archive and configuration are harmless as far as can be seen without Keras.

    Attributes:
        name: what messages call it.
        config: config.json without what training needs.
        weights: name of the entry with the weights, or "" where there is none.
        weight_bytes: its expanded size.
    """

    name: str
    config: dict[str, Any]
    weights: str
    weight_bytes: int


def check_keras_file(data: bytes, *, name: str) -> CheckedFile:
    """Check an uploaded file's size, archive and configuration.

    Args:
        data: the whole file.
        name: what messages call it.

    Raises:
        InputError: not a .keras file, damaged, too large, or with parts that are not Keras' own.
    """
    name = _printable(name)
    if not data:
        raise InputError(f"{name} is empty (0 bytes)", "Copy or save the file again")
    if len(data) > MAX_BYTES:
        raise InputError(
            f"{name} is larger than {MAX_BYTES // 1_000_000} MB", "Upload a smaller model", bytes=len(data)
        )
    if data.startswith(_HDF5):
        raise InputError(
            f"{name} is an HDF5 file, Keras' older format",
            'Open it with keras.models.load_model and save it with model.save("model.keras")',
        )
    if not data.startswith(b"PK"):
        raise InputError(f"{name} is not a .keras file", _SAVE_AGAIN)
    # zipfile and the decompressors behind it raise nearly anything on a damaged archive: all of it means the same.
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_entries(entries, size=len(data), name=name)
            names = {entry.filename: entry for entry in entries}
            text = _read(archive, names["config.json"]) if "config.json" in names else None
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{name} is damaged or cut short", "Copy or download the file again") from error
    if text is None:
        kind = "a SavedModel or another archive" if names else "an empty archive"
        raise InputError(f"{name} is {kind}: it has no config.json", _SAVE_AGAIN)
    config = _parse(text, name)
    _check_config(config, name)
    weights = names.get("model.weights.h5")
    return CheckedFile(name, config, weights.filename if weights else "", weights.file_size if weights else 0)


def _check_entries(entries: list[zipfile.ZipInfo], *, size: int, name: str) -> None:
    if len(entries) > MAX_ENTRIES:
        raise InputError(f"{name} holds too many files", _SAVE_AGAIN, files=len(entries))
    seen = set()
    for entry in entries:
        parts = re.split(r"[/\\]", entry.filename)
        link = (entry.external_attr >> 16) & 0o170000 == 0o120000
        if ".." in parts or entry.filename.startswith(("/", "\\")) or ":" in entry.filename or link:
            raise InputError(f"{name} has an entry that points outside the archive", _SAVE_AGAIN)
        if entry.filename in seen:
            raise InputError(f"{name} has two entries of one name", _SAVE_AGAIN)
        if entry.flag_bits & 1:
            raise InputError(f"{name} is encrypted", _SAVE_AGAIN)
        seen.add(entry.filename)
    expanded = sum(entry.file_size for entry in entries)
    if expanded > min(MAX_EXPANDED, size * MAX_RATIO + 1_000_000):
        raise InputError(
            f"{name} would unpack to {expanded / 1e6:,.0f} MB from {size / 1e6:,.1f} MB",
            f"Upload a model of at most {MAX_EXPANDED // 1_000_000} MB",
        )
    for entry in entries:
        if entry.filename == "config.json" and entry.file_size > MAX_CONFIG:
            raise InputError(
                f"The configuration in {name} is larger than {MAX_CONFIG // 1_000_000} MB",
                "Upload a smaller model",
                bytes=entry.file_size,
            )


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as stream:
        return stream.read(MAX_CONFIG + 1)[:MAX_CONFIG]


def _parse(text: bytes, name: str) -> dict[str, Any]:
    if _depth(text) > MAX_DEPTH:
        raise InputError(f"The configuration in {name} is nested too deep", _SAVE_AGAIN)
    try:
        config = json.loads(text)
    # ValueError: not JSON, or a number of thousands of digits; UnicodeDecodeError is one too.
    except (ValueError, RecursionError) as error:
        raise InputError(f"The configuration in {name} is not readable", _SAVE_AGAIN) from error
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        raise InputError(f"The configuration in {name} describes no model", _SAVE_AGAIN)
    bare = _without_training(config)
    assert isinstance(bare, dict)
    return bare


def _depth(text: bytes) -> int:
    """How deep brackets are nested in JSON, without reading it."""
    depth = deepest = 0
    for token in re.finditer(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text, re.DOTALL):
        if token[0] in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif token[0] in b"]}":
            depth -= 1
    return deepest


def _without_training(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_training(item) for key, item in value.items() if key != "compile_config"}
    return [_without_training(item) for item in value] if isinstance(value, list) else value


def _check_config(config: dict[str, Any], name: str) -> None:
    if (config.get("module"), config.get("class_name")) not in {
        ("keras", "Sequential"),
        ("keras.src.models.functional", "Functional"),
        ("keras.src.models.sequential", "Sequential"),
    }:
        raise InputError(
            f"{name} holds {_printable(config.get('class_name'))}, which is no Sequential or functional Keras model",
            "Upload a model that is built from layers; a model with code of its own cannot be shown",
        )
    layers = values = 0
    for value in _all_values(config):
        values += 1
        if isinstance(value, dict) and "class_name" in value:
            layers += _check_class(value, name)
    if layers > MAX_LAYERS or values > MAX_VALUES:
        raise InputError(f"{name} has too many layers", f"Upload a model of at most {MAX_LAYERS:,}", layers=layers)


def _all_values(config: Any) -> Iterator[Any]:
    stack = [config]
    while stack:
        value = stack.pop()
        yield value
        if isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)


def _check_class(value: dict[str, Any], name: str) -> bool:
    """Refuse everything that is not Keras' own; whether it is a layer or operation."""
    kind, module, registered = value["class_name"], value.get("module"), value.get("registered_name")
    shown = _printable(kind)
    if not isinstance(kind, str) or kind in REFUSED:
        raise InputError(
            f"{name} contains {shown}, which carries code of its own: that is not run here",
            "Replace it by layers of Keras, and save the model again",
        )
    if OURS.get(registered if isinstance(registered, str) else "") == (module, kind):
        return True
    builtin = registered is None or registered == kind
    if builtin and module == "keras.layers" and kind in LAYERS:
        return True
    if builtin and isinstance(module, str) and kind in OPERATIONS.get(module, ()):
        return True
    if builtin and kind in VALUES.get(module if isinstance(module, str) else "", ()):
        return False
    raise InputError(
        f"{name} contains {shown} of {_printable(module)}, which is not one of Keras' own layers",
        "Replace it by layers of Keras, and save the model again; custom layers are not loaded here",
    )


def _printable(text: Any) -> str:
    """A name from outside, short and on one line."""
    text = "".join(letter if letter.isprintable() else "�" for letter in str(text)[:80])
    return text or "The file"
