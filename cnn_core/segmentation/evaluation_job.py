"""A segmenter looking at a whole folder, as a run: progress, stop, and going on where it was stopped.

config.json names the list of photos and the segmenter:

    {"job": "segmentation_evaluation", "name": "...", "data": {"listing": "masks.json"},
     "segmenter": "starter_segmenter_people", "parts": ["validation", "test"]}

or, in place of a segmenter's name, "trained": the folder of a finished training; or "file": the name of a file in the
run's folder `network/`, with "options" that say how it is read.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.evaluation_run import brought_file, brought_options, new_run_with_file, watched_progress
from cnn_core.folders.disk import check_space, writing
from cnn_core.masks import Labels
from cnn_core.runs.folder import append_event, write_status
from cnn_core.runs.store import RunStore
from cnn_core.segmentation.evaluation import figures_of, judge
from cnn_core.segmentation.judged import FILE, JudgedMasks, load_judged, save_judged, save_labels
from cnn_core.segmentation.loading import load_segmenter
from cnn_core.segmentation.masked_listing import PARTS, load_masked_listing
from cnn_core.segmentation.own_file import FileOptions
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.segmentation.trained import trained_segmenter
from cnn_core.transfer.watch import StoppedError

JOB = "segmentation_evaluation"
_CHECKPOINT = "checkpoint"


def evaluation_run(run: Path) -> None:
    """Look at the photos that config.json names; leaves predictions.npz, labels/ and result.json.

    Args:
        run: its folder.

    Raises:
        InputError: no such segmenter, no class in common, no photo that can be read, a full disk.
    """
    write_status(run, "running")
    config = read_json(run / "config.json") or {}
    listing = load_masked_listing(Path((config.get("data") or {}).get("listing") or ""))
    items = listing.of(config.get("parts") or PARTS)
    segmenter = chosen_segmenter(run, config)
    kept = run / _CHECKPOINT / FILE

    def keep_labels(number: int, labels: Labels, names: tuple[str, ...]) -> None:
        with writing("what the segmenter says"):
            check_space(run, labels.size, "what the segmenter says")
            save_labels(run, number, labels, names=names)

    def keep_done(judged: JudgedMasks) -> None:
        kept.parent.mkdir(exist_ok=True)
        save_judged(judged, kept)

    try:
        judged, notes = judge(
            listing,
            segmenter,
            items=items,
            known=_known(kept),
            progress=watched_progress(run),
            done=keep_done,
            keep=keep_labels,
        )
    except StoppedError:
        done = len(load_judged(kept))
        write_status(run, "stopped", reason=f"It was stopped behind {done:,} of {len(items):,} photos")
        return
    for note in notes:
        append_event(run, {"kind": "note", "text": note})
    save_judged(judged, run / FILE)
    result = {"segmenter": segmenter.title, "classes": list(judged.names), "all": figures_of(judged)}
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
        config: "segmenter" or "trained" where there is no file, "parts" and "name".
        listing: a file that `save_masked_listing` wrote.
        owner: whose run it is.
        data: what the page wants to know of the data again.
        file: a segmenter's file: its name, its content, and how it is read; kept in the run's folder.

    Raises:
        InputError: no photos in these parts, or a full disk.
    """
    if not load_masked_listing(listing).of(config.get("parts") or PARTS):
        raise InputError("There are no photos in this part", "Choose another part")
    whole: dict[str, Any] = {**config, "job": JOB, "data": {**(data or {}), "listing": str(listing)}}
    return new_run_with_file(store, whole, owner=owner, file=file and (file[0], file[1], asdict(file[2])))


def chosen_segmenter(run: Path, config: Mapping[str, Any]) -> Segmenter:
    """The segmenter that a run's config.json names.

    Raises:
        InputError: it is not there, or its file cannot be used.
    """
    file = brought_file(run, config)
    if file is not None:
        return load_segmenter(file, options=options_of(config))
    trained = config.get("trained")
    if trained:
        return trained_segmenter(Path(str(trained)))
    return load_segmenter(str(config.get("segmenter")))


def options_of(config: Mapping[str, Any]) -> FileOptions:
    """How a run's config.json says that the segmenter's file is read.

    Example:
        >>> options_of({"options": {"channels": "bgr", "size": [64, 96]}}).size
        (64, 96)
    """
    return FileOptions(**brought_options(config))


def _known(path: Path) -> JudgedMasks | None:
    try:
        return load_judged(path)
    except InputError:
        return None
