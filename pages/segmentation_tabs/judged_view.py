"""How good a segmenter is on photos with masks: figures, classes, and the photos that went worst."""

import json
from pathlib import Path

import numpy as np
import streamlit as st

from cnn_core.confidence import Interval
from cnn_core.drawing import encode
from cnn_core.errors import InputError
from cnn_core.images import open_photo
from cnn_core.mask_files.reading import fitted
from cnn_core.masks import class_colours, has_background, resized_labels
from cnn_core.segmentation.evaluation import Evaluation, classes_csv, evaluate, figures_of, photo_rows, photos_csv
from cnn_core.segmentation.judged import FILE, JudgedMasks, load_judged, load_labels
from cnn_core.segmentation.masked_labels import read_labels
from cnn_core.segmentation.masked_listing import MaskedItem, MaskedListing
from cnn_core.segmentation.overlay import Look, overlay
from cnn_core.segmentation.shared_classes import SharedLabels, shared_labels
from cnn_core.segmentation.truth import KIND_COLOURS, KINDS, RIGHT, error_map, error_picture
from pages.segmentation_tabs.truth_table import number
from pages.ui.legend import draw_legend
from pages.ui.tables import text_table
from pages.ui.words import plain

MEAN = "all classes"
SIDE = 320
# Two fit beside one another on a phone.
SHOWN = 150
_PER_PAGE = 4


def draw_judged(run: Path, listing: MaskedListing | None, *, key: str, part: str | None = None) -> None:
    """Everything that is known about a segmenter's answers.

    Args:
        run: the run that looked at the photos.
        listing: where the photos lie; None where they are gone.
        key: with which the keys of the widgets begin.
        part: the photos of one part alone.
    """
    path = run / FILE
    judged, figures = _judged(str(path), path.stat().st_mtime_ns if path.exists() else 0, part)
    _draw_sums(judged, figures)
    _draw_classes(figures)
    files = {
        "classes.csv": (classes_csv(figures), "text/csv"),
        "photos.csv": (photos_csv(judged), "text/csv"),
        "figures.json": (json.dumps(figures_of(judged), indent=2), "application/json"),
    }
    with st.container(horizontal=True, gap="small"):
        for name, (content, kind) in files.items():
            st.download_button(
                name,
                content,
                file_name=name,
                mime=kind,
                key=f"{key}_{name.partition('.')[0]}",
                on_click="ignore",
                icon=":material/download:",
            )
    if listing is not None:
        _draw_photos(run, judged, listing, key=key)


@st.cache_resource(max_entries=8, show_spinner="Computing the intervals …")
def _judged(path: str, changed: int, part: str | None) -> tuple[JudgedMasks, Evaluation]:
    judged = load_judged(Path(path))
    judged = judged if part is None else judged.of({part})
    return judged, evaluate(judged)


def _draw_sums(judged: JudgedMasks, figures: Evaluation) -> None:
    told = {
        "Mean IoU": (figures.mean_iou, "Over the classes that occur, background included"),
        "Mean Dice": (figures.mean_dice, "The same for Dice"),
        "Pixel accuracy": (figures.pixel_accuracy, "Part of all pixels that have their true class"),
    }
    with st.container(horizontal=True, gap="large"):
        for title, (value, meaning) in told.items():
            st.metric(
                title, number(value.value), width="content", help=f"{meaning}. 95 % interval: {_span(value) or 'none'}."
            )
        st.metric(
            "Boundary F1", number(figures.boundary), width="content", help="Mean over the photos, then over the classes"
        )
        st.metric("Photos", f"{len(judged):,}", width="content")
    st.caption(f"Mean IoU lies within {_span(figures.mean_iou)} with 95 % confidence (bootstrap over the photos).")


def _draw_classes(figures: Evaluation) -> None:
    text_table(
        [
            {
                "Class": plain(row.name, 30),
                "IoU": number(row.iou.value),
                "95 % of IoU": _span(row.iou),
                "Dice": number(row.dice.value),
                "Precision": number(row.precision),
                "Recall": number(row.recall),
                "Boundary F1": number(row.boundary),
                "Photos": f"{row.photos:,}",
            }
            for row in figures.by_class
        ]
    )


def _span(interval: Interval) -> str:
    """Both bounds; a dash where there is no value."""
    return "–" if np.isnan([interval.low, interval.high]).any() else f"{interval.low:.3f}–{interval.high:.3f}"


def _draw_photos(run: Path, judged: JudgedMasks, listing: MaskedListing, *, key: str) -> None:
    st.markdown("**Photos**, the worst first: photo, truth, what the network says, mistakes")
    with st.container(horizontal=True, gap="small"):
        name = st.selectbox(
            "By the IoU of",
            [MEAN, *judged.names],
            key=f"{key}_class",
            bind="query-params",
            persist_state="session",
            width=200,
        )
        rows = photo_rows(judged, label=None if name == MEAN else judged.names.index(name))
        pages = max(-(-len(rows) // _PER_PAGE), 1)
        page = 1
        if pages > 1:
            page = st.number_input(f"Page, of {pages:,}", 1, pages, 1, key=f"{key}_page", width=120)
    if not rows:
        st.info("This class occurs in no photo.", icon=":material/image_search:")
        return
    classes = shared_labels(listing.names, judged.names)
    colours = class_colours(len(judged.names), background=has_background(judged.names))
    draw_legend(dict(list(zip(judged.names, colours, strict=True))[has_background(judged.names) :][:12]))
    draw_legend(dict(list(zip(KINDS, KIND_COLOURS, strict=True))[:5]))
    for row in rows[(page - 1) * _PER_PAGE : page * _PER_PAGE]:
        try:
            shown = _pictures(
                run, judged.places[row.place], row.file, listing=listing, classes=classes, colours=colours
            )
        except InputError as error:
            st.warning(plain(str(error), 200), icon=":material/broken_image:")
            continue
        with st.container(horizontal=True, gap="small"):
            for picture, what in zip(
                shown, ("the photo", "its mask", "what the network says", "mistakes"), strict=True
            ):
                st.image(picture, alt=f"{row.file}: {what}", width=SHOWN)
        st.caption(
            f"{plain(row.file, 50)}: IoU {row.mean_iou:.3f}, pixel accuracy {row.pixel_accuracy:.3f}, "
            f"boundary F1 {number(row.boundary)}"
        )


def _pictures(
    run: Path, place: int, file: str, *, listing: MaskedListing, classes: SharedLabels, colours: tuple[str, ...]
) -> list[bytes]:
    """The photo, its mask, what was said, and the mistakes, small."""
    item = next((item for item in listing.items if item.file == file), None)
    path = listing.path(file)
    if item is None or not path.is_file():
        raise InputError(f"{file} is no longer here", "Choose the photos again")
    return _drawn(str(run), place, path.stat().st_mtime_ns, path, item, listing, classes, colours)


@st.cache_data(max_entries=256, show_spinner=False)
def _drawn(
    run: str,
    place: int,
    changed: int,
    _path: Path,
    _item: MaskedItem,
    _listing: MaskedListing,
    _classes: SharedLabels,
    _colours: tuple[str, ...],
) -> list[bytes]:
    found = load_labels(Path(run), place)
    truth = _classes.truth(read_labels(_listing, _item))
    truth = fitted(truth, (found.shape[0], found.shape[1]), name=_item.mask)[0]
    pixels = open_photo(_path, name=_item.file, working_side=SIDE).pixels
    size = (pixels.shape[0], pixels.shape[1])
    # Mistakes are those of all pixels: found before anything is made small.
    kinds = resized_labels(error_map(truth, found, names=_classes.names), size)
    truth, found = resized_labels(truth, size), resized_labels(found, size)
    hidden = frozenset({0}) if has_background(_classes.names) else frozenset()
    look = Look(hidden=hidden, outline=1)
    hits = (kinds == RIGHT) & (truth != 0) if hidden else None
    drawn = [
        pixels,
        overlay(pixels, truth, colours=_colours, look=look),
        overlay(pixels, found, colours=_colours, look=look),
        error_picture(pixels, kinds, hits=hits),
    ]
    return [encode(picture, lossless=False) for picture in drawn]
