"""`training.zip`: the training script with what belongs beside it, to be run by anyone who has the pictures."""

import csv
import io
import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cnn_core.backbones.catalog import STARTER
from cnn_core.backbones.loading import load_backbone
from cnn_core.child_process import read_json
from cnn_core.exports.training_script import BACKBONE, FILE, SPLIT, training_script
from cnn_core.folders.listing import Listing, load_listing
from cnn_core.transfer.config import config_of

if TYPE_CHECKING:
    import keras

PACKAGE = "training.zip"


def write_training_package(run: Path, path: Path, *, load: "Callable[..., keras.Model]" = load_backbone) -> Path:
    """Write train.py, split.csv and, for the starter, backbone.keras into a zip, in one step.

    Args:
        run: the run's folder, done or not.
        path: of the zip.
        load: loads the backbone; another one in tests.

    Returns:
        `path`.

    Raises:
        InputError: the run's list of pictures is gone, or its backbone's weights.
    """
    config = config_of(read_json(run / "config.json") or {})
    listing = load_listing(config.listing)
    part = path.with_name("part." + path.name)
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(FILE, training_script(config, classes=listing.classes))
            archive.writestr(SPLIT, split_table(listing))
            if config.backbone == STARTER:
                with tempfile.TemporaryDirectory(dir=path.parent) as place:
                    file = Path(place) / BACKBONE
                    load(STARTER, input_size=config.input_size).save(file)
                    archive.write(file, BACKBONE)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path


def split_table(listing: Listing) -> str:
    """Which file is of which class and in which part, as CSV.

    Example:
        >>> from cnn_core.folders.listing import Item
        >>> split_table(Listing(Path("/photos"), ("a",), (Item("a/1.jpg", "a", "train"),))).splitlines()
        ['file,class,part', 'a/1.jpg,a,train']
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["file", "class", "part"])
    table.writerows([item.file, item.label, item.part] for item in listing.items)
    return text.getvalue()
