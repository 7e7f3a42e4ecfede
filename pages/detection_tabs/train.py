"""Tab Train: one's own boxes become a detector, watched live, which then answers in the other tabs."""

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from cnn_core.child_process import read_json
from cnn_core.detection.boxed_listing import BoxedListing
from cnn_core.detection.training.new_run import new_detection_training
from cnn_core.runs.folder import read_status
from cnn_core.runs.script import dict_code
from cnn_core.runs.store import RunEntry
from pages.detection_tabs.boxed_data import DATA, chosen_listing, listing_of_run
from pages.detection_tabs.boxed_sources import draw_data
from pages.detection_tabs.detector_pick import PREFIX, TRAINING
from pages.detection_tabs.judged_view import draw_judged
from pages.detection_tabs.training_settings import draw_settings
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.link import set_controls
from pages.ui.mendable import mendable
from pages.ui.run_files import draw_run_files
from pages.ui.run_live import Watched, draw_live
from pages.ui.runs_here import draw_head, draw_list, draw_opened, draw_start, get_service_ready
from pages.ui.training_curves import LOSS, draw_training_curves
from pages.ui.workplace import owner, run_store

KEY = "detection_train"
RUN = "detection_run"
PARTS = {"validation": "Validation pictures", "test": "Test pictures"}
PHASES = {
    "reading": "Reading the pictures",
    "detection": "Training",
    "evaluating": "Looking at the held-out pictures",
    "saving": "Saving the network",
}
CHARTS = {
    "loss": LOSS,
    "mAP on the validation pictures": {"IoU 0.5": "val_map50", "IoU 0.5 to 0.95": "val_map"},
}
PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "Shapes, drawn here": (
        "Press *Draw them*, then *Train*: the starter knows these shapes already, so the curve begins high.",
        {"detection_source": "Drawn here", "detection_source_scenes": 200, f"{KEY}_epochs": 3},
    ),
    "From random weights": (
        "The same network without a starter: after as many epochs it finds far less.",
        {f"{KEY}_start_from": "new"},
    ),
    "Things without an upright": (
        "Cells and aerial photos look the same turned round: quarter turns make eight pictures of each.",
        {f"{KEY}_turns": True, f"{KEY}_zoom": 1.4},
    ),
}
CODE = """import json
from pathlib import Path

from cnn_core.detection.boxed_folder import read_boxed_folder
from cnn_core.detection.boxed_listing import save_boxed_listing
from cnn_core.detection.training.config import config_of, default_config

folder, run = Path({folder!r}), Path("run")
run.mkdir(exist_ok=True)
save_boxed_listing(read_boxed_folder(folder), run / "boxes.json")
config = default_config(run / "boxes.json", start={start!r})
config |= {changes}
config_of(config)  # says what is out of its range
(run / "config.json").write_text(json.dumps(config))

# Trains, and goes on where it was stopped:
#     python -m cnn_core.detection.training run
"""


def draw() -> None:
    """The run that is open; the pictures, the options, the button; the list of one's own runs."""
    what_happens(
        "Each cell of a grid over the picture learns whether an object is near, its box and its class; the network it "
        "begins with has learned to see. Some pictures are kept back: mAP is measured on them after every epoch, and "
        "the best weights are kept.",
        r"\begin{aligned} L = \tfrac{1}{P} \big( & 5 \textstyle\sum (1 - \text{CIoU}) \\ "
        r"& + \textstyle\sum \text{BCE}(o, \text{IoU}) \\ & + \textstyle\sum \text{BCE}(p_c, y_c) \big) \end{aligned}",
    )
    try_this(PRESETS, page=KEY)
    entry = draw_opened(RUN, TRAINING, _draw_run)
    with mendable():
        listing = draw_data()
        if listing is not None:
            get_service_ready()
            _draw_new(listing)
    draw_list(RUN, TRAINING, title="Your trainings", opened=entry)


def _draw_new(listing: BoxedListing) -> None:
    data_id = DATA.get()
    title = DATA.title(data_id) if data_id else listing.root.name
    with st.container(border=True):
        config = draw_settings(listing, title=title)
        draw_start(RUN, "Train", partial(_new, config, title), widget=f"{KEY}_start")
    changes = {name: value for name, value in config.items() if name not in {"job", "data", "start", "name"}}
    code = CODE.format(folder=str(listing.root), start=config["start"], changes=dict_code(changes))
    same_in_code({"Headless": code}, key=KEY)


def _new(config: dict[str, Any], title: str) -> Path:
    """The run's folder, made at the click."""
    path, _ = chosen_listing()
    return new_detection_training(run_store(), config, path, owner=owner(), data={"name": title})


def _draw_run(entry: RunEntry) -> None:
    with st.container(border=True):
        draw_head(entry, RUN)
        draw_live(entry, Watched(RUN, PHASES, lambda events: draw_training_curves(events, CHARTS, key=RUN)))
        if read_status(entry.folder).state == "done":
            _draw_result(entry)


def _draw_result(entry: RunEntry) -> None:
    result = read_json(entry.folder / "result.json") or {}
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Use it in the tab Boxes",
            key=f"{RUN}_use",
            type="primary",
            icon=":material/frame_inspect:",
            on_click=set_controls,
            args=({"detection_model": PREFIX + entry.run_id, "detection_view": "Boxes"},),
        )
        draw_run_files(entry.folder, key=RUN)
    there = [part for part in PARTS if part in result]
    if not there:
        st.info("Nothing was held out, so nothing was measured.", icon=":material/info:")
        return
    part = there[-1]
    if len(there) > 1:
        part = st.segmented_control(
            "Measured on",
            there,
            default=part,
            required=True,
            format_func=PARTS.__getitem__,
            key=f"{RUN}_part",
            bind="query-params",
        )
    if part == "validation":
        st.caption("Training chose its best epoch by these pictures, so the figures are a little too good.")
    draw_judged(entry.folder, listing_of_run(entry), part=part, key=RUN)
