"""Tab Claims: what is said of convolutional networks, tried on the photo."""

from typing import Any

import streamlit as st

from pages.predictions_tabs import claims_curves, claims_hierarchy, claims_sharing, claims_shift
from pages.ui.lesson import try_this
from pages.ui.mendable import mendable

KEY = "predictions_claims"
VIEW = f"{KEY}_view"
CURVES, SHIFT, SHARING, HIERARCHY = "Disturbed", "Moved", "Shared weights", "Hierarchy"
VIEWS = {CURVES: claims_curves, SHIFT: claims_shift, SHARING: claims_sharing, HIERARCHY: claims_hierarchy}


def _cat(view: str, **controls: Any) -> dict[str, Any]:
    shown = {"picture_source": "sample", "picture_sample": "cat", "network_name": "starter", "network_beside": []}
    return {VIEW: view, **shown, **{f"{KEY}_{name}": value for name, value in controls.items()}}


PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "Upside down": (
        "Nothing in a convolution turns with the photo: the probability of the cat is about halved at -40° and 50°, "
        "nearly back at quarter turns, and past -140° the starter sees a bird.",
        _cat(CURVES, kind="Rotation", points=37, at_rotation=180.0),
    ),
    "Grain": (
        "At the end of the curve next to nothing of the cat is left, and the starter is surer of it than at the "
        "beginning: a probability is no sign that there is something to see.",
        _cat(CURVES, kind="Noise", points=21, at_noise=50.0, seed=0),
    ),
    "One pixel to the right": (
        "Convolutions move with the photo, but pooling keeps every second value only: from pixel to pixel the line is "
        "not flat. Near the border the padding is seen too.",
        _cat(SHIFT, scale=0.6, fill="the photo's mean colour", right=50, down=50),
    ),
    "A dense layer instead": (
        "The same output from a dense layer takes more than a million times the weights, nearly all of them 0.",
        _cat(SHARING),
    ),
}


def draw() -> None:
    """The presets, and one of the claims."""
    try_this(PRESETS, page=KEY)
    view = st.segmented_control(
        "Claim", list(VIEWS), default=CURVES, required=True, key=VIEW, bind="query-params", wrap=True
    )
    with mendable():
        VIEWS[str(view)].draw()
