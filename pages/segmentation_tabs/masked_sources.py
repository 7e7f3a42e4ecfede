"""Where photos with masks come from: a folder, zips, scenes drawn here, a path on the server."""

from functools import partial
from pathlib import Path

import streamlit as st

from cnn_core.segmentation.masked_listing import PARTS, MaskedListing
from cnn_core.segmentation.ready_made import write_masked_scenes
from pages.segmentation_tabs.masked_data import DATA, chosen_listing
from pages.ui.data_sources import (
    draw_own_sets,
    draw_remarks,
    draw_sources,
    draw_told,
    folder_source,
    parts_in_words,
    zip_source,
)
from pages.ui.mendable import mendable
from pages.ui.tables import text_table
from pages.ui.taking_in import Shelf, make
from pages.ui.words import percent, plain

KEY = "segmentation_source"
SHELF = Shelf(KEY, "segmentation_source_told", DATA.kind, DATA.choose, wanted="a folder of photos and masks")
SCENES = 200
_LAYOUTS = (
    "Photos in a folder such as `images`, masks of the same names in `masks`, `labels` or `SegmentationClass`; or "
    "`a_mask.png` beside `a.jpg`; or COCO JSON with outlines. Palette, grey, black and white, colours; `classes.txt` "
    "names the classes."
)


def draw_data() -> MaskedListing | None:
    """The choice of photos and what is in them; None where there are none yet."""
    data_id = DATA.get()
    if data_id is None:
        with st.container(border=True), mendable():
            _draw_sources()
        return None
    DATA.keep_in_link()
    draw_own_sets(DATA, data_id, label="Photos with masks", key="segmentation")
    with st.expander("Other photos", icon=":material/add_photo_alternate:"), mendable():
        _draw_sources()
    draw_told(SHELF)
    with mendable():
        _, listing = chosen_listing()
        _draw_counts(listing)
        return listing
    return None


def _draw_sources() -> None:
    draw_sources(
        SHELF,
        {
            "A folder": partial(folder_source, SHELF, "A folder of photos and masks", _LAYOUTS),
            "A zip": partial(zip_source, SHELF, f"{_LAYOUTS} Nothing in it is trusted."),
            "Drawn here": _scenes,
        },
    )


def _scenes() -> None:
    st.markdown(
        "**Scenes**, drawn here: circle, square, triangle, star, ring and cross, one to six in a picture of 128 × 128 "
        "pixels, with exact masks."
    )
    count = st.number_input(
        "Pictures", 10, 5_000, SCENES, 10, key=f"{KEY}_scenes", bind="query-params", persist_state="session", width=200
    )
    if st.button("Draw them", icon=":material/draw:", key=f"{KEY}_draw", type="primary"):
        make(SHELF, "Scenes", partial(_write_scenes, int(count)))


def _write_scenes(count: int, folder: Path, progress: object) -> None:
    write_masked_scenes(folder, count=count, progress=progress)  # type: ignore[arg-type]


def _draw_counts(listing: MaskedListing) -> None:
    told = parts_in_words({part: len(listing.of({part})) for part in PARTS})
    st.markdown(f"**{len(listing.items):,} photos**: {told}. **{len(listing.names)} classes.**")
    shares = listing.shares()
    with st.expander("Photos and pixels by class", icon=":material/table_rows:"):
        text_table(
            [
                {
                    "Class": plain(name),
                    "Training": f"{row['train']:,}",
                    "Validation": f"{row['validation']:,}",
                    "Test": f"{row['test']:,}",
                    "Of the pixels": percent(shares[name], 1),
                }
                for name, row in listing.counts().items()
            ]
        )
    draw_remarks(listing.problems)
