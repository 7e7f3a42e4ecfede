"""A detector looking at a whole folder, as a run: progress, stop, and going on where it was stopped.

config.json names the list of pictures and the detector:

    {"job": "detection_evaluation", "name": "...", "data": {"listing": "boxes.json"},
     "detector": "starter_detector_cells", "parts": ["validation", "test"]}

or, in place of a detector's name, "trained": the folder of a finished training; or "file": the name of a file in the
run's folder `network/`, with "options" that say how it is read.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cnn_core.child_process import read_json, write_json
from cnn_core.detection.boxed_listing import PARTS, load_boxed_listing
from cnn_core.detection.detector import Detector
from cnn_core.detection.evaluation import judge
from cnn_core.detection.figures import figures_of
from cnn_core.detection.judged import FILE, Judged, JudgedPicture, load_judged, save_judged
from cnn_core.detection.loading import load_detector
from cnn_core.detection.own_file import FileOptions
from cnn_core.detection.trained import trained_detector
from cnn_core.errors import InputError
from cnn_core.evaluation_run import brought_file, brought_options, new_run_with_file, watched_progress
from cnn_core.runs.folder import append_event, write_status
from cnn_core.runs.store import RunStore
from cnn_core.transfer.watch import StoppedError

JOB = "detection_evaluation"
_CHECKPOINT = "checkpoint"


def evaluation_run(run: Path) -> None:
    """Look at the pictures that config.json names; leaves predictions.npz and result.json.

    Args:
        run: its folder.

    Raises:
        InputError: no such detector, no class in common, no picture that can be read.
    """
    write_status(run, "running")
    config = read_json(run / "config.json") or {}
    listing = load_boxed_listing(Path((config.get("data") or {}).get("listing") or ""))
    items = listing.of(config.get("parts") or PARTS)
    detector = chosen_detector(run, config)
    kept = run / _CHECKPOINT / FILE
    known = _known(kept)
    done: list[JudgedPicture] = []

    try:
        judged, notes = judge(listing, detector, items=items, known=known, progress=watched_progress(run), done=done)
    except StoppedError:
        kept.parent.mkdir(exist_ok=True)
        save_judged(Judged(done[0].truth.boxes.names if done else (), tuple(done)), kept)
        write_status(run, "stopped", reason=f"It was stopped behind {len(done):,} of {len(items):,} pictures")
        return
    for note in notes:
        append_event(run, {"kind": "note", "text": note})
    save_judged(judged, run / FILE)
    result = {"detector": detector.title, "classes": list(judged.names), "all": figures_of(judged)}
    write_json(run / "result.json", result | {"finished": time.time()})
    kept.unlink(missing_ok=True)
    write_status(run, "done")


def new_evaluation(
    store: RunStore,
    config: Mapping[str, Any],
    listing: Path,
    *,
    owner: str,
    data: Mapping[str, Any] | None = None,
    file: tuple[str, bytes, FileOptions] | None = None,
) -> Path:
    """Make a run that waits to be submitted; its folder.

    Args:
        store: of all runs.
        config: "detector" or "trained" where there is no file, "parts" and "name".
        listing: a file that `save_boxed_listing` wrote.
        owner: whose run it is.
        data: what the page wants to know of the data again.
        file: a detector's file: its name, its content, and how it is read; kept in the run's folder.

    Raises:
        InputError: no pictures in these parts, or a full disk.
    """
    if not load_boxed_listing(listing).of(config.get("parts") or PARTS):
        raise InputError("There are no pictures in this part", "Choose another part")
    whole: dict[str, Any] = {**config, "job": JOB, "data": {**(data or {}), "listing": str(listing)}}
    return new_run_with_file(store, whole, owner=owner, file=file and (file[0], file[1], asdict(file[2])))


def chosen_detector(run: Path, config: Mapping[str, Any]) -> Detector:
    """The detector that a run's config.json names.

    Raises:
        InputError: it is not there, or its file cannot be used.
    """
    file = brought_file(run, config)
    if file is not None:
        return load_detector(file, options=options_of(config))
    trained = config.get("trained")
    if trained:
        return trained_detector(Path(str(trained)))
    return load_detector(str(config.get("detector")))


def options_of(config: Mapping[str, Any]) -> FileOptions:
    """How a run's config.json says that the detector's file is read.

    Example:
        >>> options_of({"options": {"channels": "bgr", "size": [64, 96]}}).size
        (64, 96)
    """
    return FileOptions(**brought_options(config))


def _known(path: Path) -> dict[str, JudgedPicture]:
    try:
        return {picture.file: picture for picture in load_judged(path).pictures}
    except InputError:
        return {}
