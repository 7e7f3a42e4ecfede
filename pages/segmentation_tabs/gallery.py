"""Several photos at once: all with their masks, one to be looked at closely."""

from functools import partial

import streamlit as st

from cnn_core.detection.box_exports import zipped
from cnn_core.drawing import encode, shrink
from cnn_core.images import load_image
from cnn_core.masks import Masks, thinned
from cnn_core.segmentation.mask_exports import drawn_png, labels_at, mask_png, polygons_json
from cnn_core.segmentation.overlay import overlay
from cnn_core.segmentation.segmenter import Segmenter
from pages.segmentation_tabs.answer import seen
from pages.segmentation_tabs.one_photo import LOOK, alt_text, draw_masks
from pages.ui.downloads import download, file_name
from pages.ui.mask_picture import Shown, shown_masks
from pages.ui.photo_shelf import MOST, Kept, answers, open_photo_of, opened_photo, photo_shelf
from pages.ui.picture import Picture
from pages.ui.words import counted, plain

PER_ROW = 3
SMALL_SIDE = 440
PHOTOS = "segmentation_photos"
# Bytes of one photo's map that are kept: 24 maps of many classes would fill the memory.
MOST_BYTES = 4_000_000


def size_of(picture: Picture) -> tuple[int, int] | None:
    """Photos of several sizes have none in common."""
    return None


def draw(picture: Picture, segmenter: Segmenter, way: str) -> None:
    """Intake, then the gallery or the photo that is open."""
    asked = seen(segmenter, way)
    opened = opened_photo(PHOTOS)
    if not opened:
        photos = photo_shelf(PHOTOS)
        if not photos:
            st.info(
                f"Bring up to {MOST} photos: each is shown with its masks, and all are exported together. "
                "They stay in this session only.",
                icon=":material/photo_library:",
            )
            return
    else:
        st.button(
            "Back to all photos",
            key="segmentation_back",
            icon=":material/arrow_back:",
            on_click=open_photo_of,
            args=(PHOTOS, None),
        )
        photos = {opened[0]: opened[1]}
    found = answers(PHOTOS, photos, asked.name, partial(_look, asked))
    if opened:
        key, photo = opened
        draw_masks(photo.picture(key), asked, found[key], photo.pixels)
        return
    shown = shown_masks(next(iter(found.values())), prefix=LOOK, model=asked.name)
    _grid(photos, found, shown)
    _downloads(photos, found, shown)


def _look(segmenter: Segmenter, photo: Kept) -> Masks:
    """The answer about a photo, its map small enough to be kept."""
    return thinned(segmenter.look(load_image(photo.file, name=photo.name)), most_bytes=MOST_BYTES)


def _grid(photos: dict[str, Kept], found: dict[str, Masks], shown: Shown) -> None:
    keys = list(photos)
    for first in range(0, len(keys), PER_ROW):
        for column, key in zip(st.columns(PER_ROW, gap="small"), keys[first : first + PER_ROW], strict=False):
            with column:
                name, masks = photos[key].name, found[key]
                st.image(_small(key, photos[key], masks, shown), alt=alt_text(name, masks), width="stretch")
                st.button(
                    plain(name, 30),
                    key=f"segmentation_open_{key}",
                    icon=":material/open_in_full:",
                    type="tertiary",
                    on_click=open_photo_of,
                    args=(PHOTOS, key),
                )


def _small(key: str, photo: Kept, masks: Masks, shown: Shown) -> bytes:
    pixels = shrink(photo.pixels(), side=SMALL_SIDE)
    labels = labels_at(masks, (pixels.shape[0], pixels.shape[1]), least=shown.least)
    return encode(overlay(pixels, labels, colours=masks.colours, look=shown.look), lossless=False)


def _downloads(photos: dict[str, Kept], found: dict[str, Masks], shown: Shown) -> None:
    names = {key: f"{number:02}_{photo.name}" for number, (key, photo) in enumerate(photos.items(), start=1)}
    sizes = {key: (photo.original_size[1], photo.original_size[0]) for key, photo in photos.items()}

    def drawn() -> bytes:
        return zipped(
            {
                f"{names[key]}.png": drawn_png(photo.pixels(), found[key], shown.look, least=shown.least)
                for key, photo in photos.items()
            }
        )

    def masks() -> bytes:
        return zipped({f"{names[key]}.png": mask_png(found[key], sizes[key], least=shown.least) for key in photos})

    def polygons() -> bytes:
        entries = [(file_name(photo.name), found[key], sizes[key]) for key, photo in photos.items()]
        return polygons_json(entries, least=shown.least)

    give = partial(download, key="segmentation_photos_download")
    with st.container(horizontal=True, gap="small"):
        give("Masks (zip of palette PNG)", masks, "photos_masks.zip", "application/zip")
        give("Photos with masks (zip)", drawn, "photos_overlays.zip", "application/zip")
        give("COCO polygons (JSON)", polygons, "photos.json", "application/json")
    st.caption(f"{counted(len(photos), 'photo', 'photos')}, drawn as the picture is: change the look there.")
