"""A data set of pictures with boxes: taken in like any other (`cnn_core.folders.data_set`), listed once for each split.

files/       the pictures and their annotations, where they were uploaded
about.json   title, folder of the pictures where they lie elsewhere, validation part and seed
listings/    what is in it; each list stays as it was when a run was started on it
"""

import hashlib
import json
from pathlib import Path

from cnn_core.detection.boxed_folder import Progress, read_boxed_folder
from cnn_core.detection.boxed_listing import save_boxed_listing
from cnn_core.folders.data_set import pictures_of, read_about


def kept_boxed_listing(folder: Path, content: object, *, progress: Progress | None = None) -> Path:
    """The file with the list of the data set in this folder, made where there is none yet.

    Args:
        folder: of the data set.
        content: what changes when the files do, JSON, such as their number and bytes.
        progress: as `read_boxed_folder` takes it.

    Raises:
        InputError: as `read_boxed_folder`; the disk is full.
    """
    about = read_about(folder)
    key = json.dumps([about.root, about.validation, about.seed, content])
    path = folder / "listings" / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"
    if not path.is_file():
        listing = read_boxed_folder(
            pictures_of(folder), validation=about.validation, seed=about.seed, progress=progress
        )
        save_boxed_listing(listing, path)
    return path
