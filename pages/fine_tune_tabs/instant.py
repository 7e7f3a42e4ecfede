"""What accuracy to expect, before any training: a head in closed form on the features of the pictures."""

from pathlib import Path
from typing import Any

import streamlit as st

from cnn_core.backbones import BACKBONES, weights_present
from cnn_core.errors import InputError
from cnn_core.folders.listing import Listing
from cnn_core.transfer.extraction import ready_without_keras
from cnn_core.transfer.feature_cache import FeatureCache
from cnn_core.transfer.features import OWN, features_of
from cnn_core.transfer.materials import CACHE
from cnn_core.transfer.quick import QuickAnswer, quick_answer
from pages.fine_tune_tabs.ahead import draw_work
from pages.ui.words import percent, plain
from pages.ui.workplace import run_store

# So many pictures are looked at without being asked: a second or two.
_AT_ONCE = 400


def draw_instant(listing: Listing, config: dict[str, Any]) -> None:
    """The estimate, or how to get one; it follows every change of the pictures and classes."""
    if not weights_present(config["backbone"]):
        return
    try:
        found = estimate(listing, config)
    except InputError as error:
        st.caption(f":material/info: No estimate: {plain(str(error), 300)}")
        return
    if found.missing:
        draw_work(
            "features",
            f"Estimate the accuracy now: {found.missing:,} pictures",
            without_views(config),
            icon=":material/bolt:",
            take=lambda _: None,
        )
    elif found.accuracy is None:
        st.caption(":material/info: No estimate: there are no validation pictures. Choose some in the tab Data.")
    if found.accuracy is not None:
        _show(found, BACKBONES[config["backbone"]].title)


def estimate(listing: Listing, config: dict[str, Any], *, preprocessing: str = OWN) -> QuickAnswer:
    """What the closed-form head says; features of a few pictures are computed here and now, those of many are missing.

    Args:
        listing: the pictures.
        config: of the training.
        preprocessing: `OWN` or `UNIT` of `cnn_core.transfer.features`.

    Raises:
        InputError: a picture can no longer be read; the backbone's weights are not here.
    """
    size = (config["input_size"][0], config["input_size"][1])
    head: dict[str, Any] = {"pooling": config["head"]["pooling"], "balanced": config["class_weights"]}
    asked = (config["backbone"], size, preprocessing, *head.values())
    # Most clicks on the tab change nothing of this; the list of pictures is another object as soon as they change.
    answers: dict[object, tuple[Listing, QuickAnswer]] = st.session_state.setdefault("fine_tune_estimates", {})
    before, known = answers.get(asked, (None, None))
    if before is listing and known is not None:
        return known
    found = _estimate(listing, config["backbone"], size, preprocessing, head)
    if not found.missing:
        answers[asked] = (listing, found)
    return found


def _estimate(
    listing: Listing, backbone: str, size: tuple[int, int], preprocessing: str, head: dict[str, Any]
) -> QuickAnswer:
    items = [item for item in listing.items if item.part != "test"]
    cache = FeatureCache(run_store().folder / CACHE)
    # To look for features every file must have been read once: a gigabyte takes its time.
    unread = cache.unread(Path(listing.root) / item.file for item in items)
    if unread > _AT_ONCE:
        return QuickAnswer(None, 0, 0, missing=len(items))
    place: dict[str, Any] = {
        "backbone": backbone,
        "input_size": size,
        "cache": cache,
        "preprocessing": preprocessing,
    }
    found = quick_answer(listing, **place, **head)
    if 0 < found.missing <= _AT_ONCE and ready_without_keras(backbone, input_size=size, folder=cache.folder):
        _compute(listing, items, place)
        found = quick_answer(listing, **place, **head)
    return found


def without_views(config: dict[str, Any]) -> dict[str, Any]:
    """The same training without augmentation: an estimate needs the pictures alone."""
    return {**config, "augmentation": {}}


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
            f"{percent(found.accuracy.high, 0)} on {found.judged:,} validation pictures. It follows every change of "
            f"pictures and classes at once; training often adds a little.{some}",
            width="stretch",
        )
