"""The check-up of the data set in use: what was found, with the remedy one click away."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

import streamlit as st

from cnn_core.folders.changes import Changes
from cnn_core.folders.check_up import CheckUp, check_up
from cnn_core.folders.listing import Listing
from pages.fine_tune_tabs import duplicates, seen, sort_out
from pages.fine_tune_tabs.counts import draw_counts
from pages.fine_tune_tabs.findings import draw_findings
from pages.fine_tune_tabs.sheets import draw_sheets
from pages.ui.class_folders import DATA, changes_of, listing_of
from pages.ui.link import set_controls
from pages.ui.mendable import mendable
from pages.ui.progress import ProgressBar

_MOST_KEPT = 24


def draw(data_id: str) -> None:
    """Problems, findings and the views of the pictures."""
    listing = listing_of(data_id)
    found = checked(data_id, listing, seen.input_side())
    _draw_figures(found, changes_of(data_id))
    for problem in found.problems:
        st.error(str(problem), icon=":material/error:")
    if not found.problems:
        st.button(
            "Go on to training",
            key="fine_tune_check_train",
            icon=":material/arrow_forward:",
            icon_position="right",
            type="primary",
            on_click=set_controls,
            args=({"fine_tune_view": "Train"},),
        )
    views: dict[str, Callable[[], None]] = {
        "Check-up": lambda: _draw_check_up(data_id, found),
        "At a glance": lambda: draw_sheets(found.usable),
        "Sort out": lambda: sort_out.draw(data_id, found),
        "As the network sees them": lambda: seen.draw(found.usable),
    }
    if found.duplicates:
        views["Duplicates"] = lambda: duplicates.draw(data_id, found)
    tabs = st.tabs(list(views), key="fine_tune_look", bind="query-params")
    for tab, view in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab, mendable():
                view()


def checked(data_id: str, listing: Listing, side: int) -> CheckUp:
    """The check-up, done once for a list and a size; its progress is shown."""
    key = (listing.root, listing.classes, listing.items, listing.others, side)
    kept = _kept()
    found = kept.get(key)
    if found is None:
        bar = ProgressBar("Looking at each picture")
        cache = DATA.store.folder(data_id) / "facts.npz"
        found = check_up(listing, input_size=(side, side), progress=bar.draw, cache=cache)
        bar.clear()
        kept.put(key, found)
    return found


class _Kept:
    """The latest check-ups of this server."""

    def __init__(self) -> None:
        self._found: OrderedDict[object, CheckUp] = OrderedDict()
        self._lock = Lock()

    def get(self, key: object) -> CheckUp | None:
        with self._lock:
            return self._found.get(key)

    def put(self, key: object, found: CheckUp) -> None:
        with self._lock:
            self._found[key] = found
            while len(self._found) > _MOST_KEPT:
                self._found.popitem(last=False)


@st.cache_resource(show_spinner=False)
def _kept() -> _Kept:
    return _Kept()


def _draw_figures(found: CheckUp, changes: Changes) -> None:
    totals = {part: sum(parts[part] for parts in found.counts.values()) for part in ("train", "validation", "test")}
    with st.container(horizontal=True, gap="large"):
        st.metric("Pictures", f"{len(found.usable.items):,}", width="content")
        st.metric("Classes", f"{len(found.counts):,}", width="content")
        st.metric("To train on", f"{totals['train']:,}", width="content")
        st.metric("For validation", f"{totals['validation']:,}", width="content")
        if totals["test"]:
            st.metric("For the test", f"{totals['test']:,}", width="content")
        if changes.excluded:
            st.metric("Left out by you", f"{len(changes.excluded):,}", width="content")
        if changes.relabelled:
            st.metric("Given another class", f"{len(changes.relabelled):,}", width="content")


def _draw_check_up(data_id: str, found: CheckUp) -> None:
    draw_findings(data_id, found)
    draw_counts(data_id, found)
