"""What a training answers about some held-out photos, epoch by epoch."""

from pathlib import Path

import streamlit as st

from cnn_core.masks import class_colours, has_background
from cnn_core.runs.folder import read_status
from cnn_core.segmentation.training.epoch_pictures import kept_epochs, load_answers, load_photos
from cnn_core.segmentation.training.examples import MaskedPicture
from cnn_core.segmentation_metrics import confusion_matrix, mean_iou
from pages.segmentation_tabs.label_pictures import draw_beside, enlarged, legend, over
from pages.ui.epoch_slider import epoch_slider
from pages.ui.pictures import Shown, shown
from pages.ui.words import plain


def draw_epoch_pictures(run: Path, *, key: str) -> None:
    """A slider over the epochs; the truth and the answer of each photo."""
    epochs = kept_epochs(run)
    photos, names = _photos(str(run)) if epochs else ([], ())
    if not photos:
        return
    help_text = "Some of the photos that are held out. 0: before the first epoch."
    live = read_status(run).live
    epoch = epoch_slider(str(run), epochs, key=key, label="Answers after epoch", what=help_text, live=live)
    colours = class_colours(len(names), background=has_background(names))
    pictures: list[Shown] = []
    for photo, labels in zip(photos, load_answers(run, epoch), strict=False):
        matrix = confusion_matrix(photo.labels, labels, num_classes=len(names), ignore=255)
        name = plain(photo.name, 40)
        for title, one, caption in (
            ("Truth", photo.labels, name),
            ("Output", labels, f"Mean IoU {mean_iou(matrix):.3f}"),
        ):
            drawn = enlarged(over(photo.pixels, one, names, colours))
            pictures.append(shown(title, drawn, alt=f"{title}: {name}", caption=caption))
    draw_beside(pictures, key=f"{key}_epochs", columns=4)
    legend(names, colours)


@st.cache_resource(max_entries=16, show_spinner=False)
def _photos(run: str) -> tuple[list[MaskedPicture], tuple[str, ...]]:
    return load_photos(Path(run))
