"""A SavedModel from a folder or a zip, as the files of a child process. It is code: it runs limited and fenced in."""

import shutil
import uuid
from pathlib import Path
from typing import Any, BinaryIO

from cnn_core.errors import InputError
from cnn_core.folders.zip_files import open_zip
from cnn_core.untrusted.network_worker import NetworkFiles
from cnn_core.untrusted.picture_network import shown_name

MOST_FILES = 500
MOST_BYTES = 600_000_000
_GRAPH = "saved_model.pb"
_MEMORY = 4_000_000_000


def saved_model_files(source: Path, *, name: str, key: str = "", task: dict[str, Any]) -> NetworkFiles:
    """What a child needs to open a SavedModel.

    Args:
        source: the model's folder, or a zip that holds it; it has to stay where it is while the network is used.
        name: what messages call it.
        key: the same for the same model; empty takes a new one.
        task: what `open_saved_model` is told.

    Raises:
        InputError: no SavedModel.
    """
    shown = shown_name(name)
    if source.is_dir() and not (source / _GRAPH).is_file():
        raise InputError(f"{shown} is no SavedModel: it has no {_GRAPH}", "Choose the folder that holds it")
    if not source.exists():
        raise InputError(f"There is no file {source}", "Check the path")

    def write(folder: Path) -> None:
        if source.is_dir():
            _copy(source, folder / "saved_model", shown)
        else:
            unpack_saved_model(source, folder / "saved_model", name=shown)

    return NetworkFiles(key or uuid.uuid4().hex, "saved_model", shown, write, _MEMORY, {**task, "fence": True})


def unpack_saved_model(source: Path | BinaryIO, target: Path, *, name: str) -> None:
    """Unpack a zip that holds one SavedModel, at its top or in a folder.

    Args:
        source: a path or a seekable binary file.
        target: the folder to make.
        name: what messages call the zip.

    Raises:
        InputError: not a zip, damaged, too large, with an entry that is refused, or without a SavedModel.
    """
    with open_zip(source, name=name, most_files=MOST_FILES, most_bytes=MOST_BYTES) as archive:
        tops = [entry.path[: -len(_GRAPH)] for entry in archive.entries if Path(entry.path).name == _GRAPH]
        if len(tops) != 1:
            raise InputError(
                f"{name} holds {len(tops) or 'no'} SavedModel{'s' if len(tops) > 1 else ''}",
                "Zip the folder with saved_model.pb and variables",
            )
        for entry in archive.entries:
            if entry.info is None or not entry.path.startswith(tops[0]):
                continue
            place = target / entry.path.removeprefix(tops[0])
            place.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as stream, place.open("wb") as file:
                while piece := stream.read(1 << 20):
                    file.write(piece)


def _copy(source: Path, target: Path, name: str) -> None:
    """Copy a SavedModel's own files, which are few; a folder may hold anything."""
    places = (source / _GRAPH, *(source / "variables").glob("*"), *(source / "assets").glob("*"))
    files = [path for path in places if path.is_file() and not path.is_symlink()]
    if len(files) > MOST_FILES or sum(path.stat().st_size for path in files) > MOST_BYTES:
        raise InputError(f"{name} is larger than {MOST_BYTES // 1_000_000} MB", "Use a smaller model")
    for path in files:
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
