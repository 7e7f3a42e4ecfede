"""One zip with all that is needed to use a run's network elsewhere: network, labels, card, figures, `predict.py`."""

import json
import os
import zipfile
from pathlib import Path

from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.exports.card import FILE as CARD
from cnn_core.exports.card import model_card
from cnn_core.exports.predict_script import FILE as SCRIPT
from cnn_core.exports.predict_script import predict_script
from cnn_core.results.figures_json import figures_as_json
from cnn_core.results.predictions import LABELS, read_labels, read_predictions
from cnn_core.results.trained import FILE as MODEL

PACKAGE = "take_home.zip"


def write_take_home(run: Path, path: Path) -> Path:
    """Write the zip, in one step; takes no longer than copying, and does not import Keras.

    Args:
        run: the folder of a run that is done.
        path: of the zip.

    Returns:
        `path`.

    Raises:
        InputError: the run is not done.
    """
    if not (run / MODEL).exists():
        raise InputError("This run has no trained network yet", "Wait until it is done, or resume it")
    config = read_json(run / "config.json") or {}
    rows, columns = config["input_size"]
    labels = "".join(f"{name}\n" for name in read_labels(run))
    texts = {
        LABELS: labels,
        SCRIPT: predict_script(name=str(config.get("name") or ""), size=(rows, columns)),
        CARD: model_card(run),
        "figures.json": json.dumps(figures_as_json(read_predictions(run)), indent=1),
    }
    part = path.with_name("part." + path.name)
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            # Weights do not shrink.
            archive.write(run / MODEL, MODEL, zipfile.ZIP_STORED)
            for name, text in texts.items():
                archive.writestr(name, text)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path
