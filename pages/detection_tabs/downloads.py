"""What was found, to take home: a drawn photo and the boxes in the formats that other tools read."""

from functools import partial
from pathlib import PurePosixPath

import streamlit as st

from cnn_core.box_drawing import draw_boxes
from cnn_core.detection.box_exports import (
    FoundIn,
    coco_json,
    table_csv,
    voc_files,
    yolo_files,
    zipped,
)
from cnn_core.detection.class_colours import class_colours
from cnn_core.drawing import png
from pages.detection_tabs.answer import Answer
from pages.ui.box_picture import Look
from pages.ui.downloads import download, file_name
from pages.ui.words import plain


def downloads(given: Answer, look: Look) -> None:
    """Buttons for the photo with its boxes, and for the boxes in pixels of the photo's own file."""
    width, height = given.picture.original_size
    name = file_name(given.picture.name)
    found = [FoundIn(name, given.candidates.size, given.boxes).at_size((height, width))]
    colours = class_colours(given.candidates.boxes)

    def drawn() -> bytes:
        pixels, boxes = given.picture.pixels, given.boxes
        return png(draw_boxes(pixels, boxes, colours=colours, line=look.line, fill=look.fill, labels=look.labels))

    stem = PurePosixPath(name).stem
    give = partial(download, key="detection_download")
    with st.container(horizontal=True, gap="small"):
        give("Photo with boxes (PNG)", drawn, f"{stem}_boxes.png", "image/png")
        give("COCO JSON", partial(coco_json, found), f"{stem}.json", "application/json")
        give("CSV", partial(table_csv, found), f"{stem}.csv", "text/csv")
        give("YOLO text", lambda: zipped(yolo_files(found)), f"{stem}_yolo.zip", "application/zip")
        give("VOC XML", lambda: next(iter(voc_files(found).values())), f"{stem}.xml", "application/xml")
    st.caption(f"Coordinates are pixels of {plain(name)} ({width:,} × {height:,}).")
