"""Tab Train: one's own masks become a segmenter, watched live, which then answers in the tab Masks."""

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from cnn_core.child_process import read_json
from cnn_core.runs.folder import read_status
from cnn_core.runs.script import dict_code
from cnn_core.runs.store import RunEntry
from cnn_core.segmentation.masked_listing import MaskedListing
from cnn_core.segmentation.training.new_run import check_trainable, new_segmentation_training
from pages.segmentation_tabs.epoch_pictures import draw_epoch_pictures
from pages.segmentation_tabs.judged_view import draw_judged
from pages.segmentation_tabs.masked_data import DATA, chosen_listing, listing_of_run
from pages.segmentation_tabs.masked_sources import draw_data
from pages.segmentation_tabs.segmenter_pick import PREFIX, TRAINING
from pages.segmentation_tabs.training_settings import FITTING, MIRRORS, RANDOM, draw_settings
from pages.segmentation_tabs.training_widgets import KEY
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.link import set_controls
from pages.ui.mendable import mendable
from pages.ui.run_files import draw_run_files
from pages.ui.run_live import Watched, draw_live
from pages.ui.runs_here import draw_head, draw_list, draw_opened, draw_start, get_service_ready
from pages.ui.training_curves import LOSS, draw_training_curves
from pages.ui.workplace import owner, run_store

RUN = "segmentation_run"
PARTS = {"validation": "Validation photos", "test": "Test photos"}
PHASES = {
    "reading": "Reading the photos",
    "segmentation": "Training",
    "evaluating": "Looking at the held-out photos",
    "saving": "Saving the network",
}
CHARTS = {
    "loss": LOSS,
    "on the validation photos": {"mean IoU": "val_mean_iou", "pixel accuracy": "val_accuracy"},
}
PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "Shapes, drawn here": (
        "Press *Draw them*, then *Train*. The starter knows these shapes already, with a mean IoU of 0.944, and an "
        "epoch more does not raise that: that the finished network averages over mirror images does, to 0.95.",
        {
            "segmentation_source": "Drawn here",
            "segmentation_source_scenes": 1000,
            f"{KEY}_start_from": FITTING,
            f"{KEY}_epochs": 1,
            f"{KEY}_rate": 0.0003,
            f"{KEY}_views": 1,
            f"{KEY}_mirrors": list(MIRRORS)[-1],
            f"{KEY}_crop": 1.0,
            f"{KEY}_zoom": 1.0,
            f"{KEY}_bend": 0.0,
            f"{KEY}_turns": False,
            f"{KEY}_turn": 0,
            f"{KEY}_colour": 0.0,
        },
    ),
    "Without skips": (
        "A U-Net from random weights that has no skips: train it once more with them and compare the answers near the "
        "borders.",
        {f"{KEY}_start_from": RANDOM, f"{KEY}_builder": "U-Net", f"{KEY}_skips": False},
    ),
    "Small things without an upright": (
        "Views of half the rows and columns, turned and bent: how a few pictures of cells become many. The network "
        "sees whole photos in the end.",
        {f"{KEY}_crop": 0.5, f"{KEY}_turns": True, f"{KEY}_turn": 45, f"{KEY}_bend": 6.0, f"{KEY}_epochs": 30},
    ),
}
CODE = """import json
from pathlib import Path

from cnn_core.segmentation.masked_folder import read_masked_folder
from cnn_core.segmentation.masked_listing import save_masked_listing
from cnn_core.segmentation.training.config import config_of, default_config

folder, run = Path({folder!r}), Path("run")
run.mkdir(exist_ok=True)
save_masked_listing(read_masked_folder(folder), run / "masks.json")
config = default_config(run / "masks.json", start={start!r})
config |= {changes}
config_of(config)  # says what is out of its range
(run / "config.json").write_text(json.dumps(config))

# Trains, and goes on where it was stopped:
#     python -m cnn_core.segmentation.training run
"""


def draw() -> None:
    """The run that is open; the photos, the options, the button; the list of one's own runs."""
    what_happens(
        "Every pixel of a view learns its class; photo and mask are mirrored, turned and cut alike. Some photos are "
        "kept back: mean IoU is measured on them after every epoch, and the best weights are kept.",
        r"\begin{aligned} L = & -\tfrac{1}{n} \textstyle\sum_i \log p_{i, y_i} \\ & + 1 - \tfrac{1}{K} "
        r"\textstyle\sum_k \frac{2 \sum_i p_{ik} t_{ik} + 1}{\sum_i p_{ik} + \sum_i t_{ik} + 1} \end{aligned}",
    )
    try_this(PRESETS, page=KEY)
    entry = draw_opened(RUN, TRAINING, _draw_run)
    with mendable():
        listing = draw_data()
        if listing is not None:
            check_trainable(listing)
            get_service_ready()
            _draw_new(listing)
    draw_list(RUN, TRAINING, title="Your trainings", opened=entry)


def _draw_new(listing: MaskedListing) -> None:
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
    return new_segmentation_training(run_store(), config, path, owner=owner(), data={"name": title})


def _draw_run(entry: RunEntry) -> None:
    def below(events: list[dict[str, Any]]) -> None:
        draw_training_curves(events, CHARTS, key=RUN)
        draw_epoch_pictures(entry.folder, key=RUN)

    with st.container(border=True):
        draw_head(entry, RUN)
        draw_live(entry, Watched(RUN, PHASES, below))
        if read_status(entry.folder).state == "done":
            with st.container(horizontal=True, gap="small"):
                st.button(
                    "Use it in the tab Masks",
                    key=f"{RUN}_use",
                    type="primary",
                    icon=":material/imagesearch_roller:",
                    on_click=set_controls,
                    args=({"segmentation_model": PREFIX + entry.run_id, "segmentation_view": "Masks"},),
                )
                draw_run_files(entry.folder, key=RUN)
            _draw_result(entry)


def _draw_result(entry: RunEntry) -> None:
    result = read_json(entry.folder / "result.json") or {}
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
        st.caption("Training chose its best epoch by these photos, so the figures are a little too good.")
    draw_judged(entry.folder, listing_of_run(entry), key=RUN, part=part)
