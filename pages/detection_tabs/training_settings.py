"""What a detector's training is, as widgets with good defaults; gives the run's config.json."""

import math
from typing import Any

import streamlit as st

from cnn_core.detection.boxed_listing import BoxedListing
from cnn_core.detection.training.config import NEW, default_config, starts
from cnn_core.detection.training.new_run import MOST_VIEWS, fitting_start, input_size_for, smallest_objects, usual_views
from pages.detection_tabs.answer import detector_of

KEY = "detection_train"
KEPT: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}
FITTING = "fitting"
_INPUTS = (128, 160, 192, 224, 256, 320, 416, 512, 640)
# Below a cell's side an object is hardly found.
_SMALL = 8.0


def draw_settings(listing: BoxedListing, *, title: str) -> dict[str, Any]:
    """The options; gives config.json without its data."""
    start = _start(listing)
    name = st.text_input(
        "Name of the run", placeholder=title, max_chars=200, key=f"{KEY}_name", persist_state="session"
    )
    config = default_config("", start=start, name=name or title)
    left, right = st.columns(2)
    with left:
        side = st.selectbox(
            "Longer side of the input",
            _INPUTS,
            index=_INPUTS.index(min(_INPUTS, key=lambda one: abs(one - max(config["input_size"])))),
            key=f"{KEY}_side",
            format_func=lambda one: f"{one} pixels",
            help="Every picture is letterboxed to this size. Larger ones show smaller objects and take longer.",
            **KEPT,
        )
    size = input_size_for(listing, side=side)
    config["input_size"] = list(size)
    with right:
        config["epochs"] = int(st.number_input("Epochs", 1, 500, config["epochs"], 1, key=f"{KEY}_epochs", **KEPT))
    small = smallest_objects(listing, input_size=size)
    if not math.isnan(small):
        warn = small < _SMALL and side < max(_INPUTS)
        advice = " That is less than a cell of the grid: a larger input finds more of them." if warn else ""
        st.caption(
            f":material/{'warning' if warn else 'straighten'}: The input has {size[1]} × {size[0]} pixels. Nine of ten "
            f"objects are wider and higher than {small:.0f} pixels in it.{advice}"
        )
    with st.expander("Learning", icon=":material/tune:"):
        _learning(config, len(listing.of({"train"})))
    with st.expander("Augmentation", icon=":material/auto_awesome_motion:"):
        _augmentation(config["augmentation"])
    return config


def _start(listing: BoxedListing) -> str:
    options = [FITTING, *starts()]
    chosen = st.selectbox(
        "Begin with",
        options,
        format_func=lambda one: {FITTING: "Automatic", NEW: "Random weights"}.get(one) or detector_of(one).title,
        key=f"{KEY}_start_from",
        help="A starter has learned to find things; its head gets your classes. Automatic takes the starter that knows "
        "most of them. Random weights need many more pictures and epochs.",
        **KEPT,
    )
    start = fitting_start(listing.names) if chosen == FITTING else chosen
    if chosen == FITTING and start != NEW:
        known = [name for name in listing.names if name in detector_of(start).classes]
        said = f"knows {len(known)} of your {len(listing.names)} classes" if known else "knows none of your classes"
        st.caption(f"{detector_of(start).title} {said}.")
    return start


def _learning(config: dict[str, Any], pictures: int) -> None:
    left, right = st.columns(2)
    with left:
        config["learning_rate"] = float(
            st.number_input(
                "Learning rate",
                1e-6,
                0.1,
                float(config["learning_rate"]),
                0.0005,
                "%.5f",
                key=f"{KEY}_rate",
                help="At its highest, after a tenth of the steps; then it falls as a cosine to zero.",
                **KEPT,
            )
        )
        config["batch_size"] = int(
            st.number_input("Batch", 1, 256, config["batch_size"], 1, key=f"{KEY}_batch", help="Views a step.", **KEPT)
        )
    with right:
        config["views"] = int(
            st.number_input(
                "Views of each picture",
                1,
                MOST_VIEWS,
                usual_views(pictures),
                1,
                key=f"{KEY}_views",
                help="In an epoch. Each is augmented anew.",
                **KEPT,
            )
        )
        config["early_stopping"] = int(
            st.number_input(
                "Early stopping",
                0,
                500,
                config["early_stopping"],
                1,
                key=f"{KEY}_patience",
                help="Ends after so many epochs without a better validation mAP; 0: never. The best weights are kept "
                "either way.",
                **KEPT,
            )
        )
    config["seed"] = int(
        st.number_input("Seed", 0, 2**31 - 1, 0, 1, key=f"{KEY}_seed", help="The same seed, the same run.", **KEPT)
    )


def _augmentation(how: dict[str, Any]) -> None:
    left, right = st.columns(2)
    with left:
        zoom = st.slider(
            "Size, up to",
            1.0,
            3.0,
            1.4,
            0.1,
            "× %.1f",
            key=f"{KEY}_zoom",
            help="Larger or smaller by up to this factor.",
            **KEPT,
        )
        how["zoom"] = [round(1 / zoom, 4), float(zoom)]
        how["colour"] = st.slider(
            "Colour and light",
            0.0,
            2.0,
            float(how["colour"]),
            0.1,
            key=f"{KEY}_colour",
            help="Strength of other brightness, contrast, saturation and tint.",
            **KEPT,
        )
    with right:
        how["mosaic"] = st.slider(
            "Mosaics",
            0.0,
            1.0,
            float(how["mosaic"]),
            0.1,
            key=f"{KEY}_mosaic",
            help="Share of views that are put together from four pictures.",
            **KEPT,
        )
        how["mirror"] = st.toggle("Mirror left and right", True, key=f"{KEY}_mirror", help="Not for letters.", **KEPT)
        how["turns"] = st.toggle(
            "Quarter turns", False, key=f"{KEY}_turns", help="For what has no upright: cells, aerial photos.", **KEPT
        )
