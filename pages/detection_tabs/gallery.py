"""Several photos at once: all with their boxes, one to be looked at closely."""

from collections import Counter
from functools import partial

import streamlit as st

from cnn_core.box_drawing import draw_boxes
from cnn_core.boxes import Boxes
from cnn_core.detection.box_exports import FoundIn, coco_json, table_csv, voc_files, yolo_files, zipped
from cnn_core.detection.candidates import Candidates
from cnn_core.detection.class_colours import class_colours
from cnn_core.detection.detector import Detector
from cnn_core.drawing import png
from pages.detection_tabs import one_photo
from pages.detection_tabs.answer import Settings, boxes_left
from pages.detection_tabs.lean import lean_candidates
from pages.ui.box_picture import Look, PhotoSource, box_picture, marks_of, photo_source
from pages.ui.downloads import download, file_name
from pages.ui.photo_shelf import MOST, Kept, answers, open_photo_of, opened_photo, photo_shelf
from pages.ui.picture import Picture
from pages.ui.words import counted, plain

PER_ROW = 3
SMALL_SIDE = 440
PHOTOS = "detection_photos"


def draw(picture: Picture, detector: Detector, settings: Settings, look: Look) -> None:
    """Intake, then the gallery or the photo that is open."""
    opened = opened_photo(PHOTOS)
    if opened:
        st.button(
            "Back to all photos",
            key="detection_back",
            icon=":material/arrow_back:",
            on_click=open_photo_of,
            args=(PHOTOS, None),
        )
        key, photo = opened
        one_photo.draw(photo.picture(key), detector, settings, look)
        return
    photos = photo_shelf(PHOTOS)
    if not photos:
        st.info(
            f"Bring up to {MOST} photos: each is shown with its boxes, and all are exported together. "
            "They stay in this session only.",
            icon=":material/photo_library:",
        )
        return
    seen = answers(PHOTOS, photos, detector.name, lambda photo: lean_candidates(detector, photo.file, name=photo.name))
    found = {key: boxes_left(candidates, settings) for key, candidates in seen.items()}
    _overview(list(found.values()))
    _grid(photos, found, seen, look)
    _downloads(photos, found, seen, look)


def _overview(found: list[Boxes]) -> None:
    counts = Counter(boxes.names[label] for boxes in found for label in boxes.labels)
    words = ", ".join(f"{plain(name, 30)} {count:,}" for name, count in counts.most_common(12))
    total = counted(sum(counts.values()), "box", "boxes")
    empty = sum(1 for boxes in found if not len(boxes))
    nothing = f" Nothing is found in {counted(empty, 'photo', 'photos')}." if empty else ""
    st.markdown(f"**{total}** in {counted(len(found), 'photo', 'photos')}: {words or 'none'}.{nothing}")


def _grid(photos: dict[str, Kept], found: dict[str, Boxes], seen: dict[str, Candidates], look: Look) -> None:
    colours = class_colours([candidates.boxes for candidates in seen.values()])
    keys = list(photos)
    for first in range(0, len(keys), PER_ROW):
        for column, key in zip(st.columns(PER_ROW, gap="small"), keys[first : first + PER_ROW], strict=False):
            with column:
                name, boxes = photos[key].name, found[key]
                box_picture(
                    _small(key, photos[key]),
                    marks_of(boxes, colours=colours),
                    key=f"detection_small_{key}",
                    alt=one_photo.alt_text(name, boxes),
                    look=look,
                    spot_target=f"{PHOTOS}_opened_{key}",
                    small=True,
                )
                st.button(
                    f"{plain(name, 24)}: {counted(len(boxes), 'box', 'boxes')}",
                    key=f"detection_open_{key}",
                    icon=":material/open_in_full:",
                    type="tertiary",
                    on_click=open_photo_of,
                    args=(PHOTOS, key),
                )


@st.cache_data(max_entries=256, show_spinner=False)
def _small(key: str, _photo: Kept) -> PhotoSource:
    return photo_source(key, _photo.pixels(), side=SMALL_SIDE)


def _downloads(photos: dict[str, Kept], boxes: dict[str, Boxes], seen: dict[str, Candidates], look: Look) -> None:
    found = []
    for key, photo in photos.items():
        width, height = photo.original_size
        found.append(FoundIn(file_name(photo.name), seen[key].size, boxes[key]).at_size((height, width)))
    colours = class_colours([candidates.boxes for candidates in seen.values()])

    def drawn() -> bytes:
        return zipped(
            {
                f"{number:02}_{photo.name}.png": png(
                    draw_boxes(photo.pixels(), boxes[key], colours=colours, line=look.line, fill=look.fill)
                )
                for number, (key, photo) in enumerate(photos.items(), start=1)
            }
        )

    with st.container(horizontal=True, gap="small"):
        both = partial(download, key="detection_photos_download")
        both("Photos with boxes (zip)", drawn, "photos_boxes.zip", "application/zip")
        both("COCO JSON", partial(coco_json, found), "photos.json", "application/json")
        both("CSV", partial(table_csv, found), "photos.csv", "text/csv")
        both("YOLO text", lambda: zipped(yolo_files(found)), "photos_yolo.zip", "application/zip")
        both("VOC XML", lambda: zipped(voc_files(found)), "photos_voc.zip", "application/zip")
