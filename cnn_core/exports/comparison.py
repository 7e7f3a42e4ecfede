"""Whether a file that was written answers as the network that it was written from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.folders.listing import load_listing
from cnn_core.folders.pictures import read_picture
from cnn_core.transfer.new_run import data_of

Floats = npt.NDArray[np.float32]
Answer = Callable[[Floats], Floats]

# Probabilities may lie so far apart: other runtimes add in another order. A wrong preprocessing moves them by tenths.
TOLERANCE = 1e-3
_PHOTOS = 4


@dataclass(frozen=True)
class Difference:
    """How far an export's answers are from the original's.

    Attributes:
        largest: the largest difference of a probability.
        pictures: how many pictures were compared.
        photos: how many of them are the run's own.
    """

    largest: float
    pictures: int
    photos: int


def compare(original: Floats, exported: Answer, pictures: Floats, *, photos: int = 0) -> Difference:
    """Ask the export about the pictures, all at once and one by itself.

    Args:
        original: (N, C) probabilities that the network itself gave.
        exported: what was read again.
        pictures: (N, rows, columns, 3) raw pixels, at least one.
        photos: how many of them are the run's own, for the record.

    Raises:
        InputError: the answers have another shape, or differ by more than `TOLERANCE`.

    Example:
        >>> half = lambda batch: np.full((len(batch), 2), 0.5, np.float32)
        >>> pictures = np.zeros((3, 4, 4, 3), np.float32)
        >>> compare(half(pictures), half, pictures)
        Difference(largest=0.0, pictures=3, photos=0)
    """
    largest = 0.0
    for count in {len(pictures), 1}:
        answers = exported(pictures[:count])
        if answers.shape != original[:count].shape:
            raise InputError(
                "The file gives answers of another shape than the network", "Use another format", shape=answers.shape
            )
        # As NumPy compares: Python's max would drop a NaN.
        largest = float(np.maximum(largest, np.abs(answers - original[:count]).max()))
    if not largest <= TOLERANCE:
        raise InputError(
            f"The file's probabilities differ from the network's by {largest:.2g}, more than {TOLERANCE}",
            "Use another format",
        )
    return Difference(largest, len(pictures), photos)


def comparison_pictures(run: Path, size: tuple[int, int]) -> tuple[Floats, int]:
    """Pictures to compare with: four drawn ones, and up to four of the run's own where they are still there.

    Args:
        run: its folder.
        size: rows and columns.

    Returns:
        (N, rows, columns, 3) float32 raw pixels, and how many of them are the run's own.
    """
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, (2, *size, 3)).astype(np.float32)
    ramps = np.linspace(0, 255, size[1], dtype=np.float32)[None, None, :, None] * random.random((2, size[0], 1, 3))
    photos = _photos(run, size)
    return np.concatenate([noise, ramps.astype(np.float32), *photos]), len(photos)


def _photos(run: Path, size: tuple[int, int]) -> Sequence[Floats]:
    path = data_of(read_json(run / "config.json") or {}).get("listing")
    if not path:
        return []
    # The pictures may have been deleted since; drawn ones do.
    try:
        listing = load_listing(Path(path))
        items = listing.of(part="validation")[:_PHOTOS]
        return [read_picture(listing, item.file, size=size).astype(np.float32)[None] for item in items]
    except InputError:
        return []
