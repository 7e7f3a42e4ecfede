"""What accuracy to expect, before any training: a head in closed form on the features of the pictures."""

from typing import Any

import streamlit as st

from cnn_core.backbones import BACKBONES, weights_present
from cnn_core.errors import InputError
from cnn_core.folders.listing import Listing
from cnn_core.transfer.closed_form import Estimate, computed_estimate, known_estimate
from cnn_core.transfer.extraction import ready_without_keras
from cnn_core.transfer.feature_cache import FeatureCache
from cnn_core.transfer.train import CACHE
from pages.fine_tune_tabs.words import percent, plain
from pages.ui.workplace import run_store

# So many pictures are computed without being asked: a second or two.
_AT_ONCE = 400


def draw_instant(listing: Listing, config: dict[str, Any]) -> None:
    """The estimate, or how to get one; it follows every change of the pictures and classes."""
    name, size = config["backbone"], (config["input_size"][0], config["input_size"][1])
    title = BACKBONES[name].title
    if not weights_present(name):
        return
    asked = f"fine_tune_estimate_{listing.root}_{name}_{size[0]}"
    many = len(listing.items) > _AT_ONCE and not st.session_state.get(asked)
    options: dict[str, Any] = {
        "backbone": name,
        "input_size": size,
        "cache": FeatureCache(run_store().folder / CACHE),
        "pooling": config["head"]["pooling"],
        "balanced": config["class_weights"],
    }
    try:
        if many:
            # To look for features every file must be read once: a gigabyte takes its time.
            st.button(
                f"Estimate the accuracy now ({len(listing.items):,} pictures)",
                key="fine_tune_estimate",
                icon=":material/bolt:",
                on_click=st.session_state.__setitem__,
                args=(asked, True),
            )
            return
        found = known_estimate(listing, **options)
        if found is None and ready_without_keras(name, input_size=size, folder=options["cache"].folder):
            found = _computed(listing, options)
    except InputError as error:
        st.caption(f":material/info: No estimate: {plain(str(error), 300)}")
        return
    if found is None:
        st.caption(
            f":material/info: An estimate comes here at once when {title} has seen these pictures at this size, in a "
            "first training."
        )
        return
    _show(found, title)


def _computed(listing: Listing, options: dict[str, Any]) -> Estimate:
    bar = st.empty()

    def progress(done: int, of: int) -> None:
        if of:
            bar.progress(done / of, text=f"Features of {done:,} of {of:,} pictures, once")

    try:
        return computed_estimate(listing, progress=progress, **options)
    finally:
        bar.empty()


def _show(found: Estimate, title: str) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="medium"):
        st.metric("Expected accuracy", percent(found.accuracy.value), width="content")
        st.markdown(
            f"A head in closed form on features of {title}, {percent(found.accuracy.low, 0)} to "
            f"{percent(found.accuracy.high, 0)} with {found.held_out:,} held-out pictures. It follows every change of "
            "pictures and classes at once; training often adds a little."
        )
