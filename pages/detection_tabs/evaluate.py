"""Tab Evaluate: a detector looks at a whole folder whose true boxes are known; what it gets right and wrong."""

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from cnn_core.detection.boxed_listing import BoxedListing
from cnn_core.detection.evaluation_job import new_evaluation, options_of
from cnn_core.detection.starters import starter_detectors
from cnn_core.evaluation_run import PHASE
from cnn_core.runs.folder import read_status
from cnn_core.runs.store import RunEntry
from pages.detection_tabs.answer import OWN, detector_of
from pages.detection_tabs.boxed_data import DATA, chosen_listing, listing_of_run
from pages.detection_tabs.boxed_sources import draw_data
from pages.detection_tabs.detector_pick import (
    EVALUATION,
    is_trained,
    trained_names,
    trained_title,
)
from pages.detection_tabs.hub_model import model_title, models_here
from pages.detection_tabs.judged_view import draw_judged
from pages.detection_tabs.own_model import opened_file
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.mendable import mendable
from pages.ui.run_live import Watched, draw_live
from pages.ui.runs_here import config_of_run, draw_head, draw_list, draw_opened, draw_start, get_service_ready
from pages.ui.workplace import owner, run_store

KEY = "detection_evaluation"
PARTS = {"all": "All", "train": "Training", "validation": "Validation", "test": "Test"}
PHASES = {PHASE: "Looking at the pictures"}
PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "Shapes, drawn here": (
        "Press *Draw them*, then *Evaluate* with the starter of shapes: nearly all is right, and what is left is small "
        "or covered.",
        {"detection_source": "Drawn here", "detection_source_scenes": 60},
    ),
    "What goes unnoticed": (
        "The pictures with most missed objects first: look for what they have in common.",
        {f"{KEY}_which": "missed"},
    ),
    "Every guess counts": (
        "At a very low score hardly anything is missed, and false alarms are many: precision falls, recall rises.",
        {f"{KEY}_threshold": 0.05},
    ),
}
CODE = """from pathlib import Path

from cnn_core.detection.boxed_folder import read_boxed_folder
from cnn_core.detection.evaluation import at_threshold, evaluate, judge
{imported}

listing = read_boxed_folder(Path({folder!r}))
detector = {made}
judged, notes = judge(listing, detector, items=listing.of({parts}))
figures = evaluate(judged)
print(figures.interval50)
print(figures.coco.ap50, figures.coco.ap, figures.voc12.ap, figures.costs.costs)
rows, kinds, by_class = at_threshold(judged, threshold=0.35)
print(kinds)
"""


def draw() -> None:
    """The pictures, the detector, the button; then what came of it."""
    what_happens(
        "Every picture of a folder is looked at, and what is found is compared with the true boxes: right where the "
        "class agrees and the boxes overlap enough. Average precision sums up how many of the boxes found are right as "
        "more and more of the true ones are found.",
        r"\begin{gathered} \text{precision} = \frac{TP}{TP + FP} \quad \text{recall} = \frac{TP}{TP + FN} \\ "
        r"\text{AP} = \int_0^1 \text{precision}(r)\, dr \end{gathered}",
    )
    try_this(PRESETS, page="detection_evaluate")
    with mendable():
        listing = draw_data()
        if listing is not None:
            get_service_ready()
            _start_controls(listing)
    entry = draw_opened(KEY, EVALUATION, _draw_run)
    draw_list(KEY, EVALUATION, title="Your evaluations", opened=entry)


def _start_controls(listing: BoxedListing) -> None:
    names = [*starter_detectors(), *trained_names(), *models_here(), *([OWN] if opened_file() else [])]
    titles = {name: detector_title(name) for name in names}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.selectbox(
            "Detector",
            names,
            format_func=lambda one: titles.get(one, one),
            key=f"{KEY}_detector",
            index=_best_fitting(names, listing),
            bind="query-params",
            persist_state="session",
            width=320,
            help="A file of your own that is open in the tab Boxes can be chosen here too, and so can a model of a hub "
            "that was downloaded there.",
        )
        there = ["all", *(part for part in PARTS if part != "all" and listing.of({part}))]
        part = st.segmented_control(
            "Pictures",
            there,
            default="all",
            required=True,
            format_func=PARTS.__getitem__,
            key=f"{KEY}_part",
            bind="query-params",
        )
        make, icon = partial(_new, str(name), str(part)), ":material/fact_check:"
        draw_start(KEY, "Evaluate", make, widget=f"{KEY}_start", icon=icon, width="content")


def detector_title(name: str) -> str:
    """What people call a detector."""
    own = opened_file() if name == OWN else None
    if own is not None:
        # Not escaped: a choice shows its options as they are, and a run escapes its name when it is drawn.
        return own[0].name
    if is_trained(name):
        return trained_title(name)
    return detector_of(name).title if name in starter_detectors() else model_title(name)


def _best_fitting(names: list[str], listing: BoxedListing) -> int:
    """The place of the starter that knows most of the classes."""
    shared = [len(set(detector_of(name).classes) & set(listing.names)) for name in names if name in starter_detectors()]
    return shared.index(max(shared, default=0)) if shared else 0


def _new(name: str, part: str) -> Path:
    """The run's folder, made at the click."""
    data_id = DATA.get()
    path, _ = chosen_listing()
    title = DATA.title(data_id) if data_id else "pictures"
    config: dict[str, Any] = {"name": f"{detector_title(name)} on {title}"}
    config |= {"parts": None if part == "all" else [part]}
    own, file = opened_file(), None
    if name == OWN and own is not None:
        file = (own[0].name, own[0].data, own[1])
    elif is_trained(name):
        config["trained"] = str(run_store().find(name.partition(":")[2]).folder)
    else:
        config["detector"] = name
    return new_evaluation(run_store(), config, path, owner=owner(), data={"name": title}, file=file)


def _draw_run(entry: RunEntry) -> None:
    with st.container(border=True):
        draw_head(entry, KEY)
        draw_live(entry, Watched(KEY, PHASES, lambda _: None, after="the pictures that it has looked at"))
        if read_status(entry.folder).state != "done":
            return
        config = config_of_run(entry)
        listing = listing_of_run(entry)
        draw_judged(entry.folder, listing, part=None, key=KEY)
        if listing is not None:
            same_in_code({"Python": evaluation_code(config, listing)}, key=KEY)


def evaluation_code(config: dict[str, Any], listing: BoxedListing) -> str:
    """Python that gives the figures on screen; run by a test."""
    trained, file = config.get("trained"), config.get("file")
    module, function = ("trained", "trained_detector") if trained else ("loading", "load_detector")
    extra, argument = "", repr(config.get("detector"))
    if trained:
        argument = f"Path({trained!r})"
    elif file:
        extra = "\nfrom cnn_core.detection.own_file import FileOptions"
        argument = f"Path({file!r}), options={options_of(config)!r}"
    return CODE.format(
        imported=f"from cnn_core.detection.{module} import {function}{extra}",
        made=f"{function}({argument})",
        folder=str(listing.root),
        parts=config.get("parts") or ["train", "validation", "test"],
    )
