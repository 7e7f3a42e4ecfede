"""What a finished training is worth: IoU of each class with its interval, and the photos that went worst."""

from pathlib import Path

import numpy as np
import streamlit as st

from cnn_core.errors import InputError
from cnn_core.images import to_float
from cnn_core.masks import class_colours, has_background
from cnn_core.runs.store import RunEntry
from cnn_core.segmentation.masked_listing import MaskedListing, load_masked_listing
from cnn_core.segmentation.training.examples import read_masked
from cnn_core.segmentation.training.measured import FILE, Measured, by_class, by_picture, load_measured, mean_iou_of
from pages.segmentation_tabs.label_pictures import draw_beside, enlarged, legend, over
from pages.segmentation_tabs.segmenter_pick import PREFIX, run_segmenter
from pages.ui.pictures import Shown, shown
from pages.ui.runs_here import config_of_run
from pages.ui.tables import text_table
from pages.ui.words import plain

PARTS = {"validation": "Validation photos", "test": "Test photos"}
_WORST, _SIDE = 4, 512


def draw_result(entry: RunEntry, *, key: str) -> None:
    """Figures, classes, the worst photos."""
    measured = load_measured(entry.folder / FILE)
    there = [part for part in PARTS if part in measured.parts]
    if not there:
        st.info("Nothing was held out, so nothing was measured.", icon=":material/info:")
        return
    part = there[-1]
    if len(there) > 1:
        part = str(
            st.segmented_control(
                "Measured on",
                there,
                default=part,
                required=True,
                format_func=PARTS.__getitem__,
                key=f"{key}_part",
                bind="query-params",
            )
        )
    if part == "validation":
        st.caption("Training chose its best epoch by these photos, so the figures are a little too good.")
    chosen = measured.of(part)
    _figures(chosen)
    _worst(entry, chosen, key)


def _figures(measured: Measured) -> None:
    mean = mean_iou_of(measured)
    with st.container(horizontal=True, gap="large"):
        between = f"95 %: {mean.low:.3f} to {mean.high:.3f}" if mean and mean.low < mean.high else None
        st.metric(
            "Mean IoU",
            f"{mean.value:.3f}" if mean else "–",
            between,
            delta_color="off",
            delta_arrow="off",
            width="content",
            help="Over the classes, from all pixels of all photos. Below it the 95 % interval: in 95 of 100 draws of "
            "as many of these photos, with repetition, it lay between these two (bootstrap).",
        )
        st.metric("Photos", f"{len(measured.files):,}", width="content")
    text_table(
        [
            {
                "Class": plain(row.name, 30),
                "IoU": f"{row.iou.value:.3f}" if row.iou else "–",
                "95 % interval": f"{row.iou.low:.3f} to {row.iou.high:.3f}" if row.iou else "–",
                "Dice": f"{row.dice:.3f}" if row.dice is not None else "–",
                "True pixels": f"{row.pixels:,}",
            }
            for row in by_class(measured)
        ]
    )


def _worst(entry: RunEntry, measured: Measured, key: str) -> None:
    """The photos with the smallest mean IoU: truth and answer."""
    listing = _listing_of(entry)
    worst = by_picture(measured)[:_WORST]
    if listing is None or not worst:
        return
    st.markdown("**Where it went worst**")
    pictures: list[Shown] = []
    names = measured.names
    colours = class_colours(len(names), background=has_background(names))
    for file, value in worst:
        try:
            pixels, truth, found = _answered(PREFIX + entry.run_id, str(config_listing(entry)), file, listing)
        except InputError as error:
            st.caption(f":material/hide_image: {plain(str(error), 300)}")
            continue
        for title, labels, caption in (
            ("Truth", truth, plain(file, 40)),
            ("Output", found, f"Mean IoU {value:.3f}"),
        ):
            drawn = enlarged(over(pixels, labels, names, colours))
            pictures.append(shown(title, drawn, alt=f"{title}: {plain(file, 40)}", caption=caption))
    if pictures:
        draw_beside(pictures, key=f"{key}_worst", columns=4)
        legend(names, colours)


@st.cache_resource(max_entries=32, show_spinner="Looking at the worst photos …")
def _answered(name: str, path: str, file: str, _listing: MaskedListing) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    item = next(item for item in _listing.items if item.file == file)
    # Reduced: of a dozen megapixels nobody sees more here.
    picture = read_masked(_listing, item, side=_SIDE)
    return picture.pixels, picture.labels, run_segmenter(name).predict(to_float(picture.pixels)).labels


def config_listing(entry: RunEntry) -> Path:
    """The list of photos that a run was started on."""
    return Path(str((config_of_run(entry).get("data") or {}).get("listing")))


def _listing_of(entry: RunEntry) -> MaskedListing | None:
    try:
        return load_masked_listing(config_listing(entry))
    except InputError:
        st.info("The photos of this run were deleted; its figures stay.", icon=":material/hide_image:")
        return None
