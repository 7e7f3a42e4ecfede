"""Choose or drop a folder, of some pictures or of thousands; its progress is drawn in the browser."""

from pathlib import Path

import streamlit as st

from cnn_core.errors import InputError
from pages.ui.folder_landing import LANDINGS, Landing, Place
from pages.ui.folder_route import PATH
from pages.ui.taking_in import Shelf, next_widget, taken_in, widget_key
from pages.ui.workplace import owner

_ASSETS = Path(__file__).parents[2] / "assets" / "folder"

_component = st.components.v2.component(
    "cnn_playground_folder",
    html=(_ASSETS / "folder.html").read_text("utf-8"),
    css=(_ASSETS / "folder.css").read_text("utf-8"),
    js=(_ASSETS / "folder.js").read_text("utf-8"),
)


def folder_upload(shelf: Shelf, label: str, *, more: str | None = None, place: Place = list) -> None:
    """A place to drop a folder on; the data set is used when all of it has come, or was stopped.

    Args:
        shelf: where it goes.
        label: what folder is wanted.
        more: the data set that it is added to; None makes a new one.
        place: the names under which the files are kept.

    Raises:
        InputError: nothing in it could be taken.
    """
    key = widget_key(shelf, "folder")
    token = st.session_state.get(f"{key}_token")
    landing = LANDINGS.get(token) if token else None
    if token is None or landing is None:
        landing = Landing(shelf.store, owner())
        token = st.session_state[f"{key}_token"] = LANDINGS.open(landing)
    if landing.data_id is None:
        landing.more, landing.place = more, place
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    result = _component(
        key=key,
        data={"address": f"{'/' if base else ''}{base}{PATH}/{token}", "label": label},
        on_ended_change=lambda: None,
    )
    failed = st.session_state.pop(f"{shelf.key}_folder_failed", None)
    if failed is not None:
        raise failed
    if result.ended:
        try:
            finish(shelf, token)
        except InputError as error:
            # Said beside an empty place for a folder, not beside the progress of the one that came to nothing.
            st.session_state[f"{shelf.key}_folder_failed"] = error
            st.rerun()


def finish(shelf: Shelf, token: str) -> None:
    """Use what a landing has brought.

    Raises:
        InputError: that is nothing.
    """
    landing = LANDINGS.close(token)
    next_widget(shelf, "folder")
    if landing is None or landing.data_id is None:
        st.rerun()
    stopped = landing.end()
    taken_in(
        shelf,
        landing.data_id,
        before=landing.before,
        fresh=landing.fresh,
        refused=landing.refused,
        remark=stopped,
    )
