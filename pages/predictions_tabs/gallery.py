"""Several photos at once: each with the networks' most probable classes, one to be looked at closely."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from cnn_core.classifiers.answer_files import answers_csv
from cnn_core.classifiers.answers import Answer, answer_about
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.drawing import encode, shrink
from pages.predictions_tabs.one_photo import draw_photo, titled
from pages.ui.answer_bars import draw_bars, spoken
from pages.ui.downloads import download
from pages.ui.photo_shelf import MOST, Kept, answers, open_photo_of, opened_photo, photo_shelf
from pages.ui.words import plain

PHOTOS = "predictions_photos"
PER_ROW = 3
SMALL_SIDE = 440
FEW = 3


def draw(networks: Sequence[LookedAt], top: int) -> None:
    """Intake, then the gallery or the photo that is open."""
    opened = opened_photo(PHOTOS)
    if opened:
        key, photo = opened
        st.button(
            "Back to all photos",
            key="predictions_back",
            icon=":material/arrow_back:",
            on_click=open_photo_of,
            args=(PHOTOS, None),
        )
        draw_photo(photo.picture(key), networks, top)
        return
    photos = photo_shelf(PHOTOS)
    if not photos:
        st.info(
            f"Bring up to {MOST} photos: each is shown with its most probable classes, and all are exported together. "
            "They stay in this session only.",
            icon=":material/photo_library:",
        )
        return
    asked = titled(networks)
    name = " + ".join(network.key for network in networks)
    found = answers(PHOTOS, photos, name, lambda photo: {title: _ask(one, photo) for title, one in asked.items()})
    _grid(photos, found, min(top, FEW))
    rows = {f"{photo.name}, {title}": answer for key, photo in photos.items() for title, answer in found[key].items()}
    give = partial(download, key="predictions_photos_download")
    give("Probabilities of all photos (CSV)", partial(answers_csv, rows), "photos.csv", "text/csv")


def _ask(network: LookedAt, photo: Kept) -> Answer:
    return answer_about(network, photo.pixels())


def _grid(photos: dict[str, Kept], found: dict[str, dict[str, Answer]], top: int) -> None:
    keys = list(photos)
    for first in range(0, len(keys), PER_ROW):
        for column, key in zip(st.columns(PER_ROW, gap="small"), keys[first : first + PER_ROW], strict=False):
            with column:
                name, told = photos[key].name, found[key]
                said = "; ".join(f"{title}: {spoken(answer.top(1))}" for title, answer in told.items())
                st.image(_small(key, photos[key]), alt=f"{name}. {said}", width="stretch")
                for title, answer in told.items():
                    if len(told) > 1:
                        st.caption(plain(title))
                    draw_bars(answer.top(top), told=title)
                st.button(
                    plain(name, 30),
                    key=f"predictions_open_{key}",
                    icon=":material/open_in_full:",
                    type="tertiary",
                    on_click=open_photo_of,
                    args=(PHOTOS, key),
                )


@st.cache_data(max_entries=128, show_spinner=False)
def _small(key: str, _photo: Kept) -> bytes:
    return encode(shrink(_photo.pixels(), side=SMALL_SIDE), lossless=False)
