"""`training.zip`: the training script with what belongs beside it, to be run by anyone who has the pictures."""

import csv
import io
import os
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_core.backbones.catalog import STARTER
from cnn_core.backbones.loading import load_backbone
from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.exports.scratch_script import PICTURES, START, scratch_script
from cnn_core.exports.training_script import BACKBONE, FILE, SPLIT, training_script
from cnn_core.folders.listing import Listing, load_listing
from cnn_core.results.predictions import read_labels
from cnn_core.training.config import JOB as SCRATCH
from cnn_core.training.config import RECIPE, ScratchConfig
from cnn_core.training.config import config_of as scratch_config_of
from cnn_core.training.data import load_data
from cnn_core.training.network import scratch_network
from cnn_core.training.train import CODE
from cnn_core.transfer.config import TransferConfig, config_of

if TYPE_CHECKING:
    import keras

PACKAGE = "training.zip"


def write_training_package(run: Path, path: Path, *, load: "Callable[..., keras.Model]" = load_backbone) -> Path:
    """Write train.py and what belongs beside it into a zip, in one step.

    Args:
        run: the run's folder, done or not.
        path: of the zip.
        load: loads the backbone; another one in tests.

    Returns:
        `path`.

    Raises:
        InputError: the run's list of pictures is gone, or its backbone's weights; it was broken on purpose.
    """
    values = read_json(run / "config.json") or {}
    part = path.with_name("part." + path.name)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as place:
            if values.get("job") == SCRATCH:
                _lay_out_scratch(run, scratch_config_of(values), Path(place))
            else:
                _lay_out_transfer(config_of(values), Path(place), load)
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in sorted(Path(place).iterdir()):
                    archive.write(file, file.name)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _lay_out_transfer(config: TransferConfig, folder: Path, load: "Callable[..., keras.Model]") -> None:
    listing = load_listing(config.listing)
    (folder / FILE).write_text(training_script(config, classes=listing.classes), encoding="utf-8")
    (folder / SPLIT).write_text(split_table(listing), encoding="utf-8")
    if config.backbone == STARTER:
        load(STARTER, input_size=config.input_size).save(folder / BACKBONE)


def _lay_out_scratch(run: Path, config: ScratchConfig, folder: Path) -> None:
    classes = read_labels(run)
    (folder / FILE).write_text(scratch_script_of(run, config, classes=classes), encoding="utf-8")
    if config.data == "listing":
        (folder / SPLIT).write_text(split_table(load_listing(config.listing_file)), encoding="utf-8")
    if config.data == "shapes":
        data = load_data(config)
        rows = {"validation": slice(None, data.validation), "test": slice(data.validation, None)}
        arrays: dict[str, Any] = {"x_train": data.pixels, "y_train": data.truth}
        arrays |= {f"x_{part}": data.judged[chosen] for part, chosen in rows.items()}
        arrays |= {f"y_{part}": data.judged_truth[chosen] for part, chosen in rows.items()}
        np.savez_compressed(folder / PICTURES, **arrays)
    if config.network == STARTER:
        scratch_network(config, len(classes)).save(folder / START)


def scratch_script_of(run: Path, config: ScratchConfig, *, classes: Sequence[str]) -> str:
    """The script of a run from scratch; its network's code lies in its folder.

    Raises:
        InputError: it was broken on purpose, or stems from a time when runs did not keep their network's code.
    """
    if config.mistake:
        raise InputError("This run was broken on purpose", "Train one without the mistake", mistake=config.mistake)
    code = run / CODE
    if config.network not in (RECIPE, STARTER) and not code.is_file():
        raise InputError("This run has not kept its network's code", "Train it again", missing=CODE)
    return scratch_script(config, classes=classes, network=code.read_text("utf-8") if code.is_file() else "")


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
