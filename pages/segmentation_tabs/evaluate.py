"""Tab Evaluate: a segmenter looks at a whole folder whose masks are known; what it gets right and wrong."""

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from cnn_core.evaluation_run import PHASE
from cnn_core.runs.folder import read_status
from cnn_core.runs.store import RunEntry
from cnn_core.segmentation.evaluation_job import JOB, new_evaluation, options_of
from cnn_core.segmentation.hub import PRESETS as HUB_PRESETS
from cnn_core.segmentation.masked_listing import PARTS as EVERY_PART
from cnn_core.segmentation.masked_listing import MaskedListing
from cnn_core.segmentation.starters import segmenter_starters
from cnn_core.voc_names import plain_name
from pages.segmentation_tabs.answer import OWN, segmenter_of
from pages.segmentation_tabs.hub_model import models_here
from pages.segmentation_tabs.judged_view import draw_judged
from pages.segmentation_tabs.masked_data import DATA, chosen_listing, listing_of_run
from pages.segmentation_tabs.masked_sources import draw_data
from pages.segmentation_tabs.own_model import opened_file
from pages.segmentation_tabs.segmenter_pick import is_trained, trained_names, trained_title
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.mendable import mendable
from pages.ui.run_live import Watched, draw_live
from pages.ui.runs_here import config_of_run, draw_head, draw_list, draw_opened, draw_start, get_service_ready
from pages.ui.workplace import owner, run_store

KEY = "segmentation_evaluation"
PARTS = {"all": "All", "train": "Training", "validation": "Validation", "test": "Test"}
PHASES = {PHASE: "Looking at the photos"}
PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "Shapes, drawn here": (
        "Press *Draw them*, then *Evaluate* with the starter of shapes: nearly all is right, and what is left lies "
        "along the outlines.",
        {"segmentation_source": "Drawn here", "segmentation_source_scenes": 60},
    ),
    "FCN-32s": (
        "The same scenes and a network that decides in steps of 32 pixels: compare IoU and boundary F1.",
        {f"{KEY}_segmenter": "starter_fcn32s"},
    ),
}
CODE = """from pathlib import Path

from cnn_core.segmentation.evaluation import evaluate, judge
from cnn_core.segmentation.masked_folder import read_masked_folder
{imported}

listing = read_masked_folder(Path({folder!r}))
segmenter = {made}
judged, notes = judge(listing, segmenter, items=listing.of({parts}))
figures = evaluate(judged)
print(figures.mean_iou, figures.mean_dice, figures.pixel_accuracy, figures.boundary)
for row in figures.by_class:
    print(row.name, row.iou.value, row.dice.value, row.boundary)
"""


def draw() -> None:
    """The photos, the segmenter, the button; then what came of it."""
    what_happens(
        "Every photo of a folder is looked at, and the class of each pixel is compared with its mask. The pixels of "
        "all photos are counted together, then IoU and Dice are computed for each class; intervals come from drawing "
        "the photos again and again.",
        r"\text{IoU}_k = \frac{\sum_i TP_{ik}}{\sum_i TP_{ik} + FP_{ik} + FN_{ik}}",
    )
    try_this(PRESETS, page="segmentation_evaluate")
    with mendable():
        listing = draw_data()
        if listing is not None:
            get_service_ready()
            _start_controls(listing)
    entry = draw_opened(KEY, JOB, _draw_run)
    draw_list(KEY, JOB, title="Your evaluations", opened=entry)


def _start_controls(listing: MaskedListing) -> None:
    names = [*segmenter_starters(), *trained_names(), *models_here(), *([OWN] if opened_file() else [])]
    titles = {name: segmenter_title(name) for name in names}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.selectbox(
            "Segmenter",
            names,
            format_func=lambda one: titles.get(one, one),
            key=f"{KEY}_segmenter",
            index=_best_fitting(names, listing),
            bind="query-params",
            persist_state="session",
            width=320,
            help="A file of your own that is open in the tab Masks can be chosen here too, and so can a model of a hub "
            "that was downloaded there, and what you trained in the tab Train.",
        )
        there = ["all", *(part for part in EVERY_PART if listing.of({part}))]
        part = st.segmented_control(
            "Photos",
            there,
            default="all",
            required=True,
            format_func=PARTS.__getitem__,
            key=f"{KEY}_part",
            bind="query-params",
        )
        make, icon = partial(_new, str(name), str(part)), ":material/fact_check:"
        draw_start(KEY, "Evaluate", make, widget=f"{KEY}_start", icon=icon, width="content")


def segmenter_title(name: str) -> str:
    """What people call a segmenter."""
    own = opened_file() if name == OWN else None
    if own is not None:
        # Not escaped: a choice shows its options as they are, and a run escapes its name when it is drawn.
        return own[0].name
    if is_trained(name):
        return trained_title(name)
    return HUB_PRESETS[name].title if name in HUB_PRESETS else segmenter_of(name).title


def _best_fitting(names: list[str], listing: MaskedListing) -> int:
    """The place of the starter that knows most of the classes; else one of as many, and U-Net before FCN."""
    wanted = {plain_name(name) for name in listing.names}
    fits = []
    for name in names:
        if name not in segmenter_starters():
            continue
        classes = segmenter_of(name).classes
        shared = len({plain_name(one) for one in classes} & wanted)
        fits.append((shared, len(classes) == len(listing.names), "fcn" not in name))
    return fits.index(max(fits)) if fits else 0


def _new(name: str, part: str) -> Path:
    """The run's folder, made at the click."""
    data_id = DATA.get()
    path, _ = chosen_listing()
    title = DATA.title(data_id) if data_id else "photos"
    config: dict[str, Any] = {"name": f"{segmenter_title(name)} on {title}"}
    config |= {"parts": None if part == "all" else [part]}
    own, file = opened_file(), None
    if name == OWN and own is not None:
        file = (own[0].name, own[0].data, own[1])
    elif is_trained(name):
        config["trained"] = str(run_store().find(name.partition(":")[2]).folder)
    else:
        config["segmenter"] = name
    return new_evaluation(run_store(), config, path, owner=owner(), data={"name": title}, file=file)


def _draw_run(entry: RunEntry) -> None:
    with st.container(border=True):
        draw_head(entry, KEY)
        draw_live(entry, Watched(KEY, PHASES, lambda _: None, after="the photos that it has looked at"))
        if read_status(entry.folder).state != "done":
            return
        listing = listing_of_run(entry)
        draw_judged(entry.folder, listing, key=KEY)
        if listing is not None:
            same_in_code({"Python": evaluation_code(config_of_run(entry), listing)}, key=KEY)


def evaluation_code(config: dict[str, Any], listing: MaskedListing) -> str:
    """Python that gives the figures on screen; run by a test."""
    trained, file = config.get("trained"), config.get("file")
    module, function = ("trained", "trained_segmenter") if trained else ("loading", "load_segmenter")
    extra, argument = "", repr(config.get("segmenter"))
    if trained:
        argument = f"Path({trained!r})"
    elif file:
        extra = "\nfrom cnn_core.segmentation.own_file import FileOptions"
        argument = f"Path({file!r}), options={options_of(config)!r}"
    return CODE.format(
        imported=f"from cnn_core.segmentation.{module} import {function}{extra}",
        made=f"{function}({argument})",
        folder=str(listing.root),
        parts=config.get("parts") or list(EVERY_PART),
    )
