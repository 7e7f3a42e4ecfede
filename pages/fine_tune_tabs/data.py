"""Tab Data: bring pictures, and have them checked before anything is trained."""

from typing import Any

import streamlit as st

from pages.fine_tune_tabs import check_up
from pages.fine_tune_tabs.code import SNIPPETS
from pages.fine_tune_tabs.sources import draw_sources
from pages.fine_tune_tabs.taking_in import KEY, SHELF
from pages.ui.class_folders import DATA
from pages.ui.data_sources import draw_own_sets, draw_told
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.mendable import mendable

PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "Shapes, drawn here": (
        "Six classes that a small network learns within a minute. Press *Draw them*, then go on to the tab Train.",
        {"fine_tune_source": "Ready-made", "fine_tune_source_shapes": 60},
    ),
    "Too few pictures": (
        "With four pictures of each class a single one is for validation: look how little one can tell from it.",
        {"fine_tune_source": "Ready-made", "fine_tune_source_shapes": 4},
    ),
    "A class from the camera": (
        "Name a class and take ten photos of a thing, then ten of another: two mugs are enough to begin with.",
        {"fine_tune_source": "Camera"},
    ),
}


def draw() -> None:
    """Sources, then the check-up."""
    what_happens(
        "Each folder is a class. A part of every class is for validation: the network never learns from it, and its "
        "answers there tell how good it is. A picture that stands on both sides would spoil that, hence the check-up.",
        r"\text{accuracy} = \text{right} \,/\, \text{validation pictures}",
    )
    data_id = DATA.get()
    if data_id is None:
        try_this(PRESETS, page="fine_tune_data")
        with st.container(border=True), mendable():
            draw_sources()
    else:
        draw_own_sets(DATA, data_id, label="Your data sets", key="fine_tune")
        # Photo after photo is taken: the camera stays in sight.
        opened = st.session_state.get(KEY) == "Camera"
        with (
            st.expander("Other pictures, or more of them", icon=":material/add_photo_alternate:", expanded=opened),
            mendable(),
        ):
            try_this(PRESETS, page="fine_tune_data")
            draw_sources()
        draw_told(SHELF)
        with mendable():
            check_up.draw(data_id)
    same_in_code(SNIPPETS, key="fine_tune_data", file="data_set")
