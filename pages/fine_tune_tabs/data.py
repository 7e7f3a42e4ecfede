"""Tab Data: bring pictures, and have them checked before anything is trained."""

from typing import Any

import streamlit as st

from cnn_core.folders.names import shown
from pages.fine_tune_tabs import check_up
from pages.fine_tune_tabs.chosen import choose_data, chosen_data, data_title, own_data
from pages.fine_tune_tabs.code import SNIPPETS
from pages.fine_tune_tabs.sources import draw_sources
from pages.fine_tune_tabs.taking_in import KEY, TOLD
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.mendable import mendable
from pages.ui.workplace import data_store

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
    data_id = chosen_data()
    if data_id is None:
        try_this(PRESETS, page="fine_tune_data")
        with st.container(border=True), mendable():
            draw_sources()
    else:
        _draw_choice(data_id)
        # Photo after photo is taken: the camera stays in sight.
        opened = st.session_state.get(KEY) == "Camera"
        with (
            st.expander("Other pictures, or more of them", icon=":material/add_photo_alternate:", expanded=opened),
            mendable(),
        ):
            try_this(PRESETS, page="fine_tune_data")
            draw_sources()
        _draw_told()
        with mendable():
            check_up.draw(data_id)
    same_in_code(SNIPPETS, key="fine_tune_data", file="data_set")


def _draw_choice(data_id: str) -> None:
    """Which of this browser's data sets is in use."""
    own = list(reversed(own_data()))
    key = f"fine_tune_set_{data_id}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "Your data sets",
            own,
            index=own.index(data_id),
            format_func=lambda one: data_title(one) if one in own else one,
            key=key,
            on_change=lambda: choose_data(st.session_state[key]),
            width=320,
        )
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown(f"Delete {shown(data_title(data_id))} from this server? Runs that it trained stay.")
            st.button("Delete it", key="fine_tune_delete", type="primary", on_click=_delete, args=(data_id,))


def _delete(data_id: str) -> None:
    if data_id in own_data():
        data_store().remove(data_id)
    choose_data(None)


def _draw_told() -> None:
    """What was taken in, and what was refused: until something else is."""
    said, refused, count = st.session_state.get(TOLD, ("", [], 0))
    if said:
        st.caption(f":material/check: {said}")
    if refused:
        more = f"\n- … and {count - len(refused):,} more" if count > len(refused) else ""
        st.warning(
            f"{count:,} were not taken:\n" + "\n".join(f"- {text}" for text in refused) + more,
            icon=":material/block:",
        )
