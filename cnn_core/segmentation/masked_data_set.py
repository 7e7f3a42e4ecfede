"""A data set of photos with masks: taken in like any other (`cnn_core.folders.data_set`), listed once for each split.

files/       the photos and their masks, where they were uploaded
about.json   title, folder of the photos where they lie elsewhere, validation part and seed
listings/    what is in it; each list stays as it was when a run was started on it
"""

import hashlib
import json
from pathlib import Path

from cnn_core.folders.data_set import pictures_of, read_about
from cnn_core.segmentation.masked_folder import Progress, read_masked_folder
from cnn_core.segmentation.masked_listing import save_masked_listing


def kept_masked_listing(folder: Path, content: object, *, progress: Progress | None = None) -> Path:
    """The file with the list of the data set in this folder, made where there is none yet.

    Args:
        folder: of the data set.
        content: what changes when the files do, JSON, such as their number and bytes.
        progress: as `read_masked_folder` takes it.

    Raises:
        InputError: as `read_masked_folder`; the disk is full.
    """
    about = read_about(folder)
    key = json.dumps([about.root, about.validation, about.seed, content])
    path = folder / "listings" / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"
    if not path.is_file():
        listing = read_masked_folder(
            pictures_of(folder), validation=about.validation, seed=about.seed, progress=progress
        )
        save_masked_listing(listing, path)
    return path
