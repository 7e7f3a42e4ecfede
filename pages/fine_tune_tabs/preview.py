"""What the network will see: augmented views, and the right and the wrong preprocessing side by side."""

from dataclasses import asdict
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.augmentation import augmentation_of
from cnn_core.augmentation_sheet import view_sheet
from cnn_core.backbones import Backbone, preprocessed, wrong_preprocessing
from cnn_core.backbones.preprocessing import preprocessing_sentence
from cnn_core.drawing import encode, enlarge
from cnn_core.folders.listing import Listing
from cnn_core.folders.pictures import read_picture
from cnn_core.folders.sheets import chosen_files
from pages.ui.tables import text_table

_PICTURES = 3
_VIEWS = 5
# Small pictures are enlarged before they are encoded, so that their pixels stay pixels.
_SIDE = 128


def draw_views(listing: Listing, config: dict[str, Any]) -> None:
    """A few pictures with augmented views of each; a click draws other views."""
    seed = st.session_state.setdefault("fine_tune_views_seed", 0)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**What the network will see**: each picture, then views of it", width="stretch")
        st.button("Other views", key="fine_tune_other_views", icon=":material/refresh:", on_click=_next_seed)
    files = tuple(
        file for label in listing.classes[:_PICTURES] for file in chosen_files(listing, label, count=1, part="train")
    )
    if not files:
        return
    options = asdict(augmentation_of(config["augmentation"]))
    sheet = _sheet(str(listing.root), files, tuple(config["input_size"]), tuple(options.items()), seed, listing)
    st.image(sheet, width="stretch", alt="Pictures of the data, each with augmented views of it in a row")


def _next_seed() -> None:
    st.session_state["fine_tune_views_seed"] = st.session_state.get("fine_tune_views_seed", 0) + 1


@st.cache_data(max_entries=64, show_spinner=False)
def _sheet(
    root: str,
    files: tuple[str, ...],
    size: tuple[int, int],
    options: tuple[tuple[str, Any], ...],
    seed: int,
    _listing: Listing,
) -> bytes:
    pictures = [read_picture(_listing, file, size=size) for file in files]
    sheet = view_sheet(pictures, augmentation_of(dict(options)), views=_VIEWS, seed=seed)
    times = max(1, round(_SIDE / size[0]))
    return encode(sheet.repeat(times, axis=0).repeat(times, axis=1), lossless=False)


def draw_preprocessing(listing: Listing, backbone: Backbone, size: tuple[int, int]) -> None:
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
        (columns[0], "Its own preprocessing", picture, right),
        (columns[1], "1/255 for all networks", np.rint(np.clip(fed, 0, 255)).astype(np.uint8), wrong),
    ):
        with column, st.container(key=f"sharp_fine_tune_{'right' if values is right else 'wrong'}"):
            st.markdown(title)
            st.image(
                encode(enlarge(pixels, side=2 * _SIDE)),
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
        "On the right, the picture that the network takes these numbers for. It still answers, and more often wrongly: "
        "so every network here has its own preprocessing, inside the model."
    )


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
