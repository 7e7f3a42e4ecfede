"""`exports/exports.json` of a run: which files there are to take away, and how exact each is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from cnn_core.child_process import read_json, write_json

FOLDER = "exports"
FILE = "exports.json"

State = Literal["waiting", "working", "done", "failed"]


@dataclass(frozen=True)
class Export:
    """One file, or why there is none.

    Attributes:
        state: "done" is the only one with a file to offer.
        file: its name in the folder `exports`.
        size: bytes.
        seconds: that writing, reading again and comparing took.
        difference: the largest difference of a probability from the original's.
        pictures: on so many pictures.
        reason: why it failed, for a person.
        model: size and time of the network it was written from.
    """

    state: State
    file: str = ""
    size: int = 0
    seconds: float = 0.0
    difference: float | None = None
    pictures: int = 0
    reason: str = ""
    model: tuple[int, int] = (0, 0)


def read_exports(run: Path) -> dict[str, Export]:
    """The run's exports by format; those of an earlier network, and files that are gone, are left out.

    Args:
        run: its folder.

    Example:
        >>> read_exports(Path("/nowhere"))
        {}
    """
    found = read_json(run / FOLDER / FILE)
    if not isinstance(found, dict):
        return {}
    mark = model_mark(run)
    exports = {name: Export(**{**entry, "model": tuple(entry["model"])}) for name, entry in found.items()}
    return {
        name: export
        for name, export in exports.items()
        if export.model == mark and (export.state != "done" or (run / FOLDER / export.file).exists())
    }


def write_exports(run: Path, exports: Mapping[str, Export]) -> None:
    """Write the record in one step."""
    entries: dict[str, Any] = {name: asdict(export) for name, export in exports.items()}
    write_json(run / FOLDER / FILE, entries)


def model_mark(run: Path) -> tuple[int, int]:
    """Size and time of a run's network: another one after it was trained again; zeros where there is none.

    Example:
        >>> model_mark(Path("/nowhere"))
        (0, 0)
    """
    path = run / "model.keras"
    if not path.exists():
        return 0, 0
    about = path.stat()
    return about.st_size, about.st_mtime_ns
