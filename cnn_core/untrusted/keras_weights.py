"""A checked `.keras` file as a Keras model: for the child processes alone, whose memory and time are limited."""

import copy
from pathlib import Path
from typing import Any

from cnn_core.errors import InputError
from cnn_core.untrusted.model import check_weight_bytes
from cnn_core.weightless import read_model


def build_checked(config: dict[str, Any]) -> Any:
    """The model of a checked configuration, in safe mode."""
    import keras

    # Keras empties the configuration it reads.
    model = keras.saving.deserialize_keras_object(copy.deepcopy(config), safe_mode=True)
    if not isinstance(model, keras.Model) or not model.built:
        raise InputError("The model has no input shape", "Build it before saving: begin it with keras.Input(…)")
    return model


def load_checked(config: dict[str, Any], folder: Path, name: str) -> Any:
    """The model in `folder / "model.keras"` with its weights.

    Raises:
        InputError: more weights than a child may hold, or weights in other files.
    """
    import keras

    declared = read_model(lambda: build_checked(config), lambda model: sum(4 * _count(w) for w in model.weights))
    check_weight_bytes(declared, name)
    _check_links(folder / "model.keras", name)
    return keras.saving.load_model(folder / "model.keras", compile=False, safe_mode=True)


def reason_of(error: Exception) -> str:
    """What Keras says is wrong, short and on one line."""
    # Keras puts the whole configuration first, and what is wrong with it last.
    text = str(error)
    for heading in ("Exception encountered:", "Error encountered during deserialization:"):
        text = text.rpartition(heading)[2]
    text = " ".join(text.split())
    text = "".join(letter if letter.isprintable() else "�" for letter in text)
    return text[:200] + ("…" if len(text) > 200 else "") if text else type(error).__name__


def _count(weight: Any) -> int:
    """Numbers in one weight."""
    count = 1
    for side in weight.shape:
        count *= int(side)
    return count


def _check_links(path: Path, name: str) -> None:
    """Refuse weights that point to other files."""
    import shutil
    import zipfile

    import h5py

    unpacked = path.with_name("weights.h5")
    with zipfile.ZipFile(path) as archive, archive.open("model.weights.h5") as stream, unpacked.open("wb") as target:
        shutil.copyfileobj(stream, target)
    with h5py.File(unpacked, "r") as weights:
        groups = [weights]
        while groups:
            group = groups.pop()
            for key in group:
                link = group.get(key, getlink=True)
                part = group.get(key) if isinstance(link, h5py.HardLink) else None
                outside = isinstance(part, h5py.Dataset) and (part.external or part.is_virtual)
                if part is None or outside:
                    raise InputError(
                        f"The weights in {name} point to other files", 'Save it again with model.save("model.keras")'
                    )
                if isinstance(part, h5py.Group):
                    groups.append(part)
