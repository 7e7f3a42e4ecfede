"""Which detector is asked, what it says of the shared picture, and which of its boxes the controls leave.

The network runs once for a picture; every control but the model works on what it said.
"""

import time
from dataclasses import dataclass

import streamlit as st

from cnn_core.boxes import Boxes
from cnn_core.detection.candidates import METHODS, Candidates, found
from cnn_core.detection.detector import Detector
from cnn_core.detection.loading import load_detector
from cnn_core.detection.smear_rule import could_be_smear, shows_cells
from cnn_core.detection.starters import starter_detectors
from pages.detection_tabs.detector_pick import is_trained, run_detector, trained_names, trained_title
from pages.detection_tabs.hub_model import hub_model
from pages.detection_tabs.own_model import own_detector
from pages.ui.lesson import has_room
from pages.ui.picture import Picture, shared_picture

FITTING, HUB, OWN = "fitting", "hub", "own"
SHAPES, EVERYDAY, SMEARS = (f"starter_detector_{name}" for name in ("shapes", "everyday", "cells"))
SMALL = (
    ":material/info: A small network that knows people, cats and dogs: it finds most of them in plain photos, and "
    "takes other things for them. For 80 kinds of things choose **From a hub** or **Your own file**; for blood cells "
    "**Cells**."
)
SMEAR = (
    ":material/info: Taken for a blood smear: bright, even, and full of what the starter of cells is sure of. "
    "Should it be something else, choose the model yourself."
)
_TITLES = {FITTING: "Automatic", HUB: "From a hub", OWN: "Your own file"}


@dataclass(frozen=True)
class Settings:
    """What is kept of the candidates: the arguments of `found`; `classes` None is all of them."""

    threshold: float = 0.35
    iou_threshold: float = 0.5
    classes: tuple[int, ...] | None = None
    method: str = "nms"
    agnostic: bool = False


@dataclass(frozen=True, eq=False)
class Answer:
    """A picture, the detector that was asked, all that it said, and the boxes that are left of it.

    Attributes:
        seconds: of the parts: "decode", those of the detector, and "post-processing".
    """

    picture: Picture
    detector: Detector
    candidates: Candidates
    settings: Settings
    boxes: Boxes
    seconds: dict[str, float]


def answer() -> Answer:
    """Draw the controls, top to bottom, and give what they mean for the shared picture.

    Raises:
        InputError: the detector cannot be read, or cannot read the picture.
    """
    picture = shared_picture()
    detector = detector_choice(picture)
    settings = found_controls(detector)
    return answer_for(picture, detector, settings)


def answer_for(picture: Picture, detector: Detector, settings: Settings) -> Answer:
    """What a detector says of a picture, and what the settings leave of it; no controls are drawn.

    Raises:
        InputError: the detector cannot read the picture.
    """
    candidates = candidates_of(detector, picture)
    begun = time.perf_counter()
    boxes = boxes_left(candidates, settings)
    decode = {"decode": picture.seconds} if picture.seconds else {}
    seconds = {**decode, **candidates.seconds, "post-processing": time.perf_counter() - begun}
    return Answer(picture, detector, candidates, settings, boxes, seconds)


def detector_choice(picture: Picture) -> Detector:
    """Draw the choice of the model; gives the detector. Where its file is still to come the page ends here.

    Raises:
        InputError: the visitor's file cannot be used.
    """
    linked = str(st.session_state.get("detection_model") or st.query_params.get("detection_model") or "")
    options = [FITTING, *detector_names(), *trained_names(linked), HUB, OWN]
    name = st.selectbox(
        "Model",
        options,
        format_func=_title,
        key="detection_model",
        bind="query-params",
        persist_state="session",
        help="Automatic takes the starter of shapes for scenes, that of cells for what looks like a blood smear, and "
        "that of people, cats and dogs for all else.",
    )
    if name == OWN:
        return own_detector()
    if is_trained(name):
        return run_detector(name)
    if name == HUB:
        return detector_of(hub_model())
    automatic = name == FITTING
    name = fitting(picture) if automatic else name
    if name == EVERYDAY:
        st.caption(SMALL)
    elif automatic and name == SMEARS:
        st.caption(SMEAR)
    return detector_of(name)


def detector_names() -> list[str]:
    """The detectors to choose among."""
    return list(starter_detectors())


def fitting(picture: Picture) -> str:
    """The starter for a picture: drawn shapes and blood smears have one of their own."""
    if picture.scene is not None:
        return SHAPES
    if could_be_smear(picture.pixels) and shows_cells(candidates_of(detector_of(SMEARS), picture)):
        return SMEARS
    return EVERYDAY


@st.cache_resource(max_entries=8, show_spinner="Loading the detector …")
def detector_of(name: str) -> Detector:
    """A detector, loaded once for all visitors."""
    return load_detector(name)


def candidates_of(detector: Detector, picture: Picture) -> Candidates:
    """All that a detector says of a picture; the network is run once for both."""
    return _candidates(detector.name, picture.key, detector, picture)


def found_controls(detector: Detector) -> Settings:
    """Draw threshold, classes, and what is done with boxes that overlap."""
    threshold = threshold_control()
    with st.expander("Classes and overlap", expanded=has_room()):
        names = st.multiselect(
            "Classes",
            detector.classes,
            key="detection_classes",
            placeholder="All classes",
            bind="query-params",
            persist_state="session",
        )
        method = st.selectbox(
            "Boxes that overlap",
            list(METHODS),
            format_func=METHODS.__getitem__,
            key="detection_method",
            bind="query-params",
            persist_state="session",
            help="NMS, non-maximum suppression, keeps the best box and drops those that overlap it. Soft-NMS lowers "
            "their scores instead, by a Gaussian of the IoU. Weighted fusion makes one box of all that overlap.",
        )
        iou_threshold = iou_control(disabled=method in {"soft", "none"})
        agnostic = agnostic_control(disabled=method in {"fusion", "none"})
    places = tuple(detector.classes.index(name) for name in names)
    return Settings(threshold, iou_threshold, places or None, method, agnostic)


def threshold_control() -> float:
    """Draw the least score; the tabs share it."""
    return st.slider(
        "Least score", 0.01, 0.99, 0.35, 0.01, key="detection_threshold", bind="query-params", persist_state="session"
    )


def iou_control(*, disabled: bool = False) -> float:
    """Draw the IoU above which a box is suppressed; the tabs share it."""
    return st.slider(
        "IoU threshold",
        0.05,
        0.95,
        0.5,
        0.05,
        key="detection_iou",
        bind="query-params",
        persist_state="session",
        disabled=disabled,
    )


def agnostic_control(*, disabled: bool = False) -> bool:
    """Draw whether boxes of different classes suppress one another; the tabs share it."""
    return st.toggle(
        "Across classes", key="detection_agnostic", bind="query-params", persist_state="session", disabled=disabled
    )


def boxes_left(candidates: Candidates, settings: Settings) -> Boxes:
    """The boxes that settings leave of the candidates, best first."""
    return found(candidates, **vars(settings))


def _title(name: str) -> str:
    return trained_title(name) if is_trained(name) else _TITLES.get(name) or detector_of(name).title


@st.cache_resource(max_entries=32, show_spinner="Asking the network …")
def _candidates(name: str, key: str, _detector: Detector, _picture: Picture) -> Candidates:
    # A resource and not data: what is kept is never written to, and a copy of all raw grids would cost each rerun.
    return _detector.look(_picture.image)
