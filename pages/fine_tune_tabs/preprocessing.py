"""The right and the wrong preprocessing side by side: the picture that the network gets, and what the mistake costs."""

from typing import Any

import numpy as np
import streamlit as st

from cnn_core.backbones import Backbone, preprocessed, weights_present, wrong_preprocessing
from cnn_core.backbones.preprocessing import preprocessing_sentence
from cnn_core.drawing import encode, enlarge
from cnn_core.folders.listing import Listing
from cnn_core.folders.pictures import read_picture
from cnn_core.folders.sheets import chosen_files
from cnn_core.transfer.features import OWN, UNIT
from cnn_core.transfer.quick import QuickAnswer
from pages.fine_tune_tabs.ahead import draw_work
from pages.fine_tune_tabs.instant import estimate, without_views
from pages.ui.mendable import mendable
from pages.ui.tables import text_table
from pages.ui.words import percent

WAYS = ("its own preprocessing", "1/255 for all networks")
_SIDE = 256


def draw_preprocessing(listing: Listing, backbone: Backbone, config: dict[str, Any]) -> None:
    """What the classic mistake does to a picture, and what it costs in accuracy."""
    _draw_pictures(listing, backbone, (config["input_size"][0], config["input_size"][1]))
    if weights_present(backbone.name):
        with mendable():
            _draw_cost(listing, config)


def _draw_pictures(listing: Listing, backbone: Backbone, size: tuple[int, int]) -> None:
    """One picture as this network wants it, and as it would take it if all pixels were divided by 255."""
    files = chosen_files(listing, listing.classes[0], count=1)
    if not files:
        return
    picture = read_picture(listing, files[0], size=size)
    right = preprocessed(backbone.name, picture)
    fed = wrong_preprocessing(backbone.name, picture)
    wrong = picture.astype(np.float32) / np.float32(255)
    st.markdown(f"**{backbone.title}** {_lower(preprocessing_sentence(backbone.name))}")
    columns = st.columns(2)
    for column, title, pixels, values in (
        (columns[0], WAYS[0], picture, right),
        (columns[1], WAYS[1], np.rint(np.clip(fed, 0, 255)).astype(np.uint8), wrong),
    ):
        with column, st.container(key=f"sharp_fine_tune_{'right' if values is right else 'wrong'}"):
            st.markdown(title[0].upper() + title[1:])
            st.image(
                encode(enlarge(pixels, side=_SIDE)),
                alt=f"{title}: the picture that the network takes these numbers for",
                width="stretch",
            )
    text_table(
        [
            {"": title, "smallest": f"{v.min():.2f}", "mean": f"{v.mean():.2f}", "largest": f"{v.max():.2f}"}
            for title, v in (("its own", right), ("1/255", wrong))
        ]
    )
    st.caption(
        "The second is the picture that the network takes these numbers for. It still answers, as a rule more often "
        "wrongly: so every network here has its own preprocessing, inside the model."
    )


def _draw_cost(listing: Listing, config: dict[str, Any]) -> None:
    """The accuracy of a closed-form head on features of either, on the same pictures."""
    right, wrong = (estimate(listing, config, preprocessing=way) for way in (OWN, UNIT))
    if missing := max(right.missing, wrong.missing):
        draw_work(
            "rescaled_features",
            f"Measure what it costs: {missing:,} pictures",
            without_views(config),
            icon=":material/bolt:",
            take=lambda _: None,
        )
        return
    if right.accuracy is None or wrong.accuracy is None:
        st.caption(":material/info: What it costs cannot be said: there are no validation pictures.")
        return
    for column, title, accuracy in zip(st.columns(2), WAYS, (right.accuracy, wrong.accuracy), strict=True):
        change = None if accuracy is right.accuracy else f"{100 * (accuracy.value - right.accuracy.value):+.1f} points"
        with column:
            st.metric(f"Accuracy, {title}", percent(accuracy.value), change)
            st.caption(f"95 % interval: {percent(accuracy.low, 0)} to {percent(accuracy.high, 0)}")
    chance = " The intervals overlap: the difference may be chance." if _overlap(right, wrong) else ""
    st.caption(
        f"A head in closed form on features of {right.trained:,} pictures, asked about the same {right.judged:,} "
        f"validation pictures.{chance}"
    )


def _overlap(one: QuickAnswer, other: QuickAnswer) -> bool:
    if one.accuracy is None or other.accuracy is None:
        return True
    return max(one.accuracy.low, other.accuracy.low) <= min(one.accuracy.high, other.accuracy.high)


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
