"""What accuracy to expect, before any training: a head in closed form on the features of the pictures."""

from typing import Any

import streamlit as st

from cnn_core.backbones import BACKBONES, weights_present
from cnn_core.errors import InputError
from cnn_core.folders.listing import Listing
from cnn_core.transfer.extraction import ready_without_keras
from cnn_core.transfer.feature_cache import FeatureCache
from cnn_core.transfer.features import features_of
from cnn_core.transfer.materials import CACHE
from cnn_core.transfer.quick import QuickAnswer, quick_answer
from pages.fine_tune_tabs.ahead import draw_work
from pages.ui.words import percent, plain
from pages.ui.workplace import run_store

# So many pictures are looked at without being asked: a second or two.
_AT_ONCE = 400


def draw_instant(listing: Listing, config: dict[str, Any]) -> None:
    """The estimate, or how to get one; it follows every change of the pictures and classes."""
    name, size = config["backbone"], (config["input_size"][0], config["input_size"][1])
    items = [item for item in listing.items if item.part != "test"]
    if not weights_present(name):
        return
    asked = f"fine_tune_estimate_{listing.root}_{name}_{size[0]}"
    if len(items) > _AT_ONCE and not st.session_state.get(asked):
        # To look for features every file must be read once: a gigabyte takes its time.
        st.button(
            f"Estimate the accuracy now ({len(items):,} pictures)",
            key="fine_tune_estimate",
            icon=":material/bolt:",
            on_click=st.session_state.__setitem__,
            args=(asked, True),
        )
        return
    place: dict[str, Any] = {
        "backbone": name,
        "input_size": size,
        "cache": FeatureCache(run_store().folder / CACHE),
    }
    head: dict[str, Any] = {"pooling": config["head"]["pooling"], "balanced": config["class_weights"]}
    try:
        found = quick_answer(listing, **place, **head)
        if 0 < found.missing <= _AT_ONCE and ready_without_keras(name, input_size=size, folder=place["cache"].folder):
            _compute(listing, items, place)
            found = quick_answer(listing, **place, **head)
    except InputError as error:
        st.caption(f":material/info: No estimate: {plain(str(error), 300)}")
        return
    if found.missing:
        plainest = {**config, "augmentation": {**config["augmentation"], "views": 1}}
        draw_work(
            "features",
            f"Estimate the accuracy now: {found.missing:,} pictures",
            plainest,
            icon=":material/bolt:",
            take=lambda _: None,
        )
    if found.accuracy is None:
        if not found.missing:
            st.caption(":material/info: No estimate: nothing is held out. Keep a part back in the tab Data.")
        return
    _show(found, BACKBONES[name].title)


def _compute(listing: Listing, items: list[Any], place: dict[str, Any]) -> None:
    bar = st.empty()

    def progress(done: int, of: int) -> None:
        if of:
            bar.progress(done / of, text=f"Features of {done:,} of {of:,} pictures, once")

    try:
        features_of(listing, items, progress=progress, **place)
    finally:
        bar.empty()


def _show(found: QuickAnswer, title: str) -> None:
    if found.accuracy is None:
        return
    some = f" So far with {found.trained + found.judged:,} pictures." if found.missing else ""
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="medium"):
        st.metric("Expected accuracy", percent(found.accuracy.value), width="content")
        st.markdown(
            f"A head in closed form on features of {title}: {percent(found.accuracy.low, 0)} to "
            f"{percent(found.accuracy.high, 0)} with {found.judged:,} held-out pictures. It follows every change of "
            f"pictures and classes at once; training often adds a little.{some}",
            width="stretch",
        )
