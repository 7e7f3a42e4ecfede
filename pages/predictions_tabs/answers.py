"""Tab Answers: the most probable classes of the photo, or of several, by one network or several side by side."""

import streamlit as st

from pages.predictions_tabs import gallery, one_photo
from pages.predictions_tabs.asked import asked_networks, top_control
from pages.predictions_tabs.presets import ANSWERS, PICTURE
from pages.ui.lesson import try_this, what_happens
from pages.ui.mendable import mendable

MATERIALS = {PICTURE: one_photo, "Several photos": gallery}
FORMULA = r"p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}, \qquad \sum_k p_k = 1"


def draw() -> None:
    """Networks on the left, their answers on the right."""
    try_this(ANSWERS, page="predictions_answers")
    left, right = st.columns([1, 2.8], gap="medium")
    with left:
        networks = asked_networks()
        top = top_control()
    with right, mendable():
        material = st.segmented_control(
            "Ask about",
            list(MATERIALS),
            default=PICTURE,
            required=True,
            key="predictions_material",
            bind="query-params",
            persist_state="session",
            label_visibility="collapsed",
        )
        MATERIALS[material].draw(networks, top)
    what_happens(
        "The photo is brought to the network's size and goes through it. The last layer gives one score for each "
        "class; softmax makes probabilities of them, which add up to 1 whatever is in the photo.",
        FORMULA,
    )
