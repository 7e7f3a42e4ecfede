"""The check-up of the data set in use: what was found, with the remedy one click away."""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

import plotly.graph_objects as go
import streamlit as st

from cnn_core.folders.changes import Changes
from cnn_core.folders.check_up import CheckUp, NotUsed, check_up
from cnn_core.folders.data_set import read_about
from cnn_core.folders.listing import Listing
from pages.fine_tune_tabs import duplicates, seen, sort_out
from pages.fine_tune_tabs.chosen import change_by_click, changes_of, data_folder, listing_of, look_again, split_anew
from pages.fine_tune_tabs.names import plain
from pages.fine_tune_tabs.sheets import draw_sheets
from pages.ui.charts import COLOURS, CONFIG
from pages.ui.link import set_controls
from pages.ui.mendable import mendable
from pages.ui.tables import text_table

KEY = "fine_tune_check"
PART_WORDS = {"train": "to train on", "validation": "kept for validation", "test": "kept for the test"}
MOST_BARS = 40
_MOST_KEPT = 24
_MOST_ROWS = 100
_BETWEEN_DRAWINGS = 0.1


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
            key=f"{KEY}_train",
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
        place = st.empty()
        drawn = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal drawn
            if time.monotonic() - drawn > _BETWEEN_DRAWINGS:
                drawn = time.monotonic()
                place.progress(done / max(total, 1), text=f"Looking at each picture: {done:,} of {total:,}")

        found = check_up(listing, input_size=(side, side), progress=progress, cache=data_folder(data_id) / "facts.npz")
        place.empty()
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
    _draw_findings(data_id, found)
    _draw_counts(data_id, found)


def _draw_findings(data_id: str, found: CheckUp) -> None:
    """One line for each kind of finding, with what can be done about it."""
    lines = 0
    if found.unreadable or found.unused_count:
        lines += 1
        parts = [f"{_number(len(found.unreadable), 'picture')} cannot be opened"] if found.unreadable else []
        parts += [f"{_number(found.unused_count, 'other file')}"] if found.unused_count else []
        with st.expander(f"Not used: {', '.join(parts)}", icon=":material/broken_image:"):
            _draw_unused(found.unreadable + found.unused)
            if found.unused_count > len(found.unused):
                st.caption(f"… and {found.unused_count - len(found.unused):,} more.")
    if found.duplicates:
        lines += 1
        _draw_duplicates_line(data_id, found)
    if found.too_small:
        lines += 1
        side = seen.input_side()
        text = (
            f":material/photo_size_select_small: {_number(len(found.too_small), 'picture')} far smaller than the "
            f"network's input of {side} × {side}: enlarged more than twice, and blurred."
        )
        with _line(text):
            small = [one.file for one in found.too_small]
            _exclude_button("Leave them out", data_id, small, key="small")
    if found.imbalanced:
        lines += 1
        least, most = (pick(found.counts, key=lambda label: found.counts[label]["train"]) for pick in (min, max))
        st.markdown(
            f":material/balance: {plain(most)} has {found.imbalance:.1f} times as many pictures to train on as "
            f"{plain(least)}. Class weights make up for it: they are an option of the tab Train, on unless you turn "
            "them off."
        )
    if not lines and not found.problems:
        st.success("Nothing is wrong with these pictures.", icon=":material/check_circle:")


def _draw_duplicates_line(data_id: str, found: CheckUp) -> None:
    across = sum(group.across_parts for group in found.duplicates)
    disagree = sum(group.labels_disagree for group in found.duplicates)
    text = f":material/content_copy: {_number(len(found.duplicates), 'picture')} there more than once"
    parts = []
    if across:
        parts.append(f"**{across:,} both to train on and kept back**, so that the accuracy would look too good")
    if disagree:
        parts.append(f"**{disagree:,} in two classes**, of which one is wrong")
    with _line(text + (": " + "; ".join(parts) if parts else "") + "."):
        _exclude_button("Leave the copies out", data_id, list(found.repeats), key="copies")
    if not found.all_compared:
        st.caption("So much looks alike that not all pairs were compared: there may be more.")


def _line(text: str) -> "st.delta_generator.DeltaGenerator":
    """A finding, and beside it room for its remedy."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.markdown(text, width="content")
    return row


def _exclude_button(title: str, data_id: str, files: list[str], *, key: str) -> None:
    if files:
        st.button(
            f"{title} ({len(files):,})",
            key=f"{KEY}_{key}",
            icon=":material/hide_image:",
            on_click=change_by_click,
            args=(data_id, lambda changes: changes.excluding(*files)),
        )


def _draw_unused(files: tuple[NotUsed, ...]) -> None:
    rows = [
        {"File": plain(one.file), "Why": f"{plain(one.problem)}.", "What to do": f"{plain(one.remedy)}."}
        for one in files[:_MOST_ROWS]
    ]
    text_table(rows)
    if len(files) > _MOST_ROWS:
        st.caption(f"… and {len(files) - _MOST_ROWS:,} more.")


def _draw_counts(data_id: str, found: CheckUp) -> None:
    if found.usable.split_by_seed:
        _draw_split(data_id)
    counts = found.counts
    if len(counts) <= MOST_BARS:
        figure = go.Figure()
        labels = list(counts)
        for number, (part, words) in enumerate(PART_WORDS.items()):
            values = [counts[label][part] for label in labels]  # type: ignore[index]
            if any(values):
                figure.add_bar(
                    y=labels,
                    x=values,
                    name=words,
                    orientation="h",
                    marker={"color": COLOURS[(1, 5, 2)[number]]},
                    hovertemplate=f"%{{y}}: %{{x:,}} {words}<extra></extra>",
                )
        figure.update_layout(
            barmode="stack",
            height=110 + 30 * len(labels),
            margin={"l": 8, "r": 8, "t": 8, "b": 8},
            legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "traceorder": "normal"},
            xaxis={"title": "pictures", "fixedrange": True, "tickformat": ",d"},
            yaxis={"autorange": "reversed", "fixedrange": True, "type": "category"},
        )
        st.plotly_chart(
            figure, key=f"{KEY}_counts", config=CONFIG, alt="Pictures of each class, to train on and kept back, as bars"
        )
    text_table(
        [
            {
                "Class": plain(label),
                "To train on": f"{parts['train']:,}",
                "For validation": f"{parts['validation']:,}",
                "For the test": f"{parts['test']:,}",
                "Class weight": f"{found.class_weights[label]:.2f}",
            }
            for label, parts in counts.items()
        ]
    )


def _draw_split(data_id: str) -> None:
    about = read_about(data_folder(data_id))
    keys = f"{KEY}_part_{data_id}", f"{KEY}_seed_{data_id}"

    def split() -> None:
        with mendable():
            split_anew(data_id, validation=st.session_state[keys[0]] / 100, seed=int(st.session_state[keys[1]]))

    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.slider(
            "Kept for validation",
            5,
            50,
            round(about.validation * 100),
            step=5,
            format="%d %%",
            key=keys[0],
            on_change=split,
            width=300,
            help="Of each class. The same pictures are kept back each time; copies of one picture stay together.",
        )
        st.number_input("Seed", 0, 9_999, about.seed, key=keys[1], on_change=split, width=130,
                        help="Another number keeps other pictures back.")  # fmt: skip
        if about.root:
            st.button("Look again", icon=":material/refresh:", key=f"{KEY}_again", on_click=look_again)


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
