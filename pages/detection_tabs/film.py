"""A GIF or a short video, frame by frame."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import streamlit as st

from cnn_core.boxes import Boxes
from cnn_core.detection.box_exports import FoundIn, coco_json, table_csv
from cnn_core.detection.candidates import Candidates
from cnn_core.detection.class_colours import class_colours
from cnn_core.detection.detector import Detector
from cnn_core.detection.film_export import boxes_gif
from cnn_core.errors import InputError
from cnn_core.images import open_photo
from cnn_core.untrusted.film import EXTENSIONS, MOST_BYTES, Film, read_film
from pages.detection_tabs import one_photo
from pages.detection_tabs.answer import Settings, boxes_left
from pages.detection_tabs.lean import lean_candidates
from pages.ui.box_picture import Look, box_picture, marks_of, photo_source
from pages.ui.charts import CONFIG, curves
from pages.ui.downloads import download
from pages.ui.photo_shelf import session_dict
from pages.ui.picture import Picture
from pages.ui.picture_names import clean_name
from pages.ui.progress import ProgressBar
from pages.ui.upload_disk import let_go
from pages.ui.words import counted, plain

FILM, SEEN, STOPPED, TOLD = (f"detection_film{part}" for part in ("", "_seen", "_stopped", "_told"))
MOST_CURVES = 5


def draw(picture: Picture, detector: Detector, settings: Settings, look: Look) -> None:
    """Intake, work with its progress, then the frames."""
    _intake()
    if told := st.session_state.get(TOLD):
        st.error(told, icon=":material/broken_image:")
    film: Film | None = st.session_state.get(FILM)
    if film is None:
        st.info(
            "Bring a GIF or a short video: up to 120 frames of its first minute are looked at, one by one. "
            "It stays in this session only.",
            icon=":material/movie:",
        )
        return
    rows, columns = film.original_size
    notes = " ".join(film.notes)
    st.caption(
        f"**{plain(film.name)}**: {counted(len(film.frames), 'frame', 'frames')} of {columns} × {rows} "
        f"pixels, looked at with {film.size[1]} × {film.size[0]}. {notes}"
    )
    seen = _look_at_frames(film, detector)
    if not seen:
        return
    _frame(film, seen, settings, look)
    found = [boxes_left(candidates, settings) for candidates in seen]
    colours = class_colours([candidates.boxes for candidates in seen])
    _over_time(film, found, colours)
    _downloads(film, found, colours, look)


def _intake() -> None:
    turn = st.session_state.setdefault(f"{FILM}_turn", 0)
    file = st.file_uploader(
        "Your GIF or video",
        type=list(EXTENSIONS),
        key=f"{FILM}_upload_{turn}",
        max_upload_size=MOST_BYTES // 1_000_000,
        label_visibility="collapsed" if FILM in st.session_state else "visible",
    )
    # A run that was stopped half-way meets the file again after it has been let go of.
    if file is None or not hasattr(file, "getvalue"):
        return
    _clear()
    bar = ProgressBar("Decoding the film")
    try:
        st.session_state[FILM] = read_film(file.getvalue(), name=clean_name(file.name), progress=bar.draw)
    except InputError as error:
        st.session_state[TOLD] = plain(str(error), 300)
    let_go(file)
    st.session_state[f"{FILM}_turn"] = turn + 1
    st.rerun()


def _look_at_frames(film: Film, detector: Detector) -> list[Candidates]:
    """Ask the detector about each frame, until it is stopped; what has been seen stays."""
    store: dict[tuple[str, str], list[Candidates]] = session_dict(SEEN)
    if (film.key, detector.name) not in store:
        store.clear()
    seen = store.setdefault((film.key, detector.name), [])
    if len(seen) == len(film.frames):
        return seen
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        if st.session_state.get(STOPPED):
            st.markdown(f"Stopped after {len(seen)} of {len(film.frames)} frames.", width="stretch")
            st.button("Go on", key="detection_film_go_on", icon=":material/play_arrow:", on_click=_stop, args=(False,))
            return seen
        with st.container(width="stretch"):
            bar = ProgressBar("Asking the network about each frame")
        st.button("Stop", key="detection_film_stop", icon=":material/stop:", on_click=_stop, args=(True,))
    for number in range(len(seen), len(film.frames)):
        seen.append(lean_candidates(detector, film.frames[number], name=f"Frame {number + 1}"))
        bar.draw(number + 1, len(film.frames))
    place.empty()
    return seen


@st.fragment
def _frame(film: Film, seen: list[Candidates], settings: Settings, look: Look) -> None:
    """One frame with its boxes; the slider draws it alone anew."""
    number = 1
    if len(seen) > 1:
        number = st.slider("Frame", 1, len(seen), key="detection_frame", bind="query-params", persist_state="session")
    boxes = boxes_left(seen[number - 1], settings)
    name = f"Frame {number}"
    box_picture(
        photo_source(f"{film.key}_{number}", _pixels(film, number)),
        marks_of(boxes, colours=class_colours([candidates.boxes for candidates in seen])),
        key="detection_film_picture",
        alt=one_photo.alt_text(name, boxes),
        look=look,
    )
    words = counted(len(boxes), "box", "boxes")
    st.caption(f"{name} of {len(film.frames)}, at {film.times[number - 1]:.2f} s: {words}.")


def _over_time(film: Film, found: list[Boxes], colours: Mapping[int, str]) -> None:
    """How many boxes of each class there are in each frame."""
    counts: dict[str, list[float]] = {}
    for number, boxes in enumerate(found):
        for label in boxes.labels:
            counts.setdefault(boxes.names[label], [0.0] * len(found))[number] += 1
    most = sorted(counts, key=lambda name: -sum(counts[name]))[:MOST_CURVES]
    if not most or len(found) < 2:
        return
    chart = curves(
        film.times[: len(found)],
        {name: counts[name] for name in most},
        x_title="seconds",
        y_title="boxes",
    )
    chart.update_layout(height=240)
    chart.update_xaxes(dtick=None)
    chart.update_yaxes(tickformat="d")
    # Each class has the colour of its boxes.
    by_name = {found[0].names[label]: colour for label, colour in colours.items()}
    chart.update_traces(mode="lines")
    chart.for_each_trace(lambda trace: trace.line.update(color=by_name[trace.name], shape="hv"))
    said = "; ".join(f"{name} up to {max(counts[name]):.0f} at once" for name in most)
    st.plotly_chart(chart, config=CONFIG, key="detection_film_chart", alt=f"Boxes over time: {said}")


def _downloads(film: Film, found: list[Boxes], colours: Mapping[int, str], look: Look) -> None:
    frames = [FoundIn(f"{film.name}_{number:04}.jpg", film.size, boxes) for number, boxes in enumerate(found, start=1)]
    frames = [frame.at_size(film.original_size) for frame in frames]

    def animated() -> bytes:
        pixels = [_pixels(film, number) for number in range(1, len(found) + 1)]
        return boxes_gif(pixels, found, film.times[: len(found)], colours=colours, line=look.line)

    with st.container(horizontal=True, gap="small"):
        both = partial(download, key="detection_film_download")
        both("Film with boxes (GIF)", animated, "film_boxes.gif", "image/gif")
        both("COCO JSON", partial(coco_json, frames), "film.json", "application/json")
        both("CSV", partial(table_csv, frames), "film.csv", "text/csv")
        st.button(
            "Remove the film", key="detection_film_clear", icon=":material/delete:", type="tertiary", on_click=_clear
        )


def _pixels(film: Film, number: int) -> np.ndarray:
    return open_photo(film.frames[number - 1], name=f"Frame {number}").pixels


def _stop(stopped: bool) -> None:
    st.session_state[STOPPED] = stopped


def _clear() -> None:
    for key in (FILM, SEEN, STOPPED, TOLD):
        st.session_state.pop(key, None)
