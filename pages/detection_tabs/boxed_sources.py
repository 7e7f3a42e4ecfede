"""Where pictures with boxes come from: a folder, zips, scenes drawn here, a path on the server."""

from functools import partial
from pathlib import Path

import streamlit as st

from cnn_core.detection.boxed_listing import PARTS, BoxedListing
from cnn_core.detection.ready_made import write_boxed_scenes
from pages.detection_tabs.boxed_data import DATA, chosen_listing
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
from pages.ui.words import plain

KEY = "detection_source"
SHELF = Shelf(KEY, "detection_source_told", DATA.kind, DATA.choose, wanted="a folder of pictures with annotation files")
SCENES = 400
_LAYOUTS = (
    "Pascal VOC (`Annotations/*.xml`), COCO (`annotations/*.json`) or YOLO (`labels/*.txt` with `classes.txt` or "
    "`data.yaml`), with the pictures beside them or in folders such as `train` and `val`."
)


def draw_data() -> BoxedListing | None:
    """The choice of pictures and what is in them; None where there are none yet."""
    data_id = DATA.get()
    if data_id is None:
        with st.container(border=True), mendable():
            _draw_sources()
        return None
    DATA.keep_in_link()
    draw_own_sets(DATA, data_id, label="Pictures with boxes", key="detection")
    with st.expander("Other pictures", icon=":material/add_photo_alternate:"), mendable():
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
            "A folder": partial(folder_source, SHELF, "A folder of pictures with annotations", _LAYOUTS),
            "A zip": partial(zip_source, SHELF, f"{_LAYOUTS} Nothing in it is trusted."),
            "Drawn here": _scenes,
        },
    )


def _scenes() -> None:
    st.markdown(
        "**Scenes**, drawn here: circle, square, triangle, star, ring and cross, one to six in a picture of 192 × 192 "
        "pixels, with exact boxes."
    )
    count = st.number_input(
        "Pictures", 10, 5_000, SCENES, 10, key=f"{KEY}_scenes", bind="query-params", persist_state="session", width=200
    )
    if st.button("Draw them", icon=":material/draw:", key=f"{KEY}_draw", type="primary"):
        make(SHELF, "Scenes", partial(_write_scenes, int(count)))


def _write_scenes(count: int, folder: Path, progress: object) -> None:
    write_boxed_scenes(folder, count=count, progress=progress)  # type: ignore[arg-type]


def _draw_counts(listing: BoxedListing) -> None:
    told = parts_in_words({part: len(listing.of({part})) for part in PARTS})
    st.markdown(f"**{len(listing.items):,} pictures**: {told}. **{len(listing.names)} classes.**")
    with st.expander("Boxes by class", icon=":material/table_rows:"):
        text_table(
            [
                {"Class": plain(name), "Training": row["train"], "Validation": row["validation"], "Test": row["test"]}
                for name, row in listing.counts().items()
            ]
        )
    draw_remarks(listing.problems)
