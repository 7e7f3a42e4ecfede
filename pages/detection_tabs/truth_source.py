"""Where the true boxes of a photo come from: the scene's own, drawn by hand, or annotation files."""

import hashlib
from dataclasses import dataclass

import streamlit as st

from cnn_core.box_matching import Truth
from cnn_core.box_text import boxes_from_text, boxes_to_text
from cnn_core.boxes import Boxes
from cnn_core.detection.truth import in_classes
from cnn_core.detection.truth_files import MOST_FILES, truth_from_files
from cnn_core.errors import InputError
from cnn_core.scenes import CLASSES
from pages.ui.box_editor import box_editor
from pages.ui.box_picture import photo_source
from pages.ui.picture import Picture
from pages.ui.picture_names import clean_name
from pages.ui.upload_disk import let_go
from pages.ui.words import counted, plain

PREFIX = "detection_truth"
SOURCE, DRAWN, FILES = f"{PREFIX}_source", f"{PREFIX}_boxes", f"{PREFIX}_kept"
TITLES = {"scene": "The scene's own", "draw": "Draw them", "files": "Annotation files"}
MEGABYTES = 32


@dataclass(frozen=True, eq=False)
class Annotations:
    """The files that were brought, by name."""

    files: dict[str, bytes]
    digest: str


def true_boxes(picture: Picture, classes: tuple[str, ...], found: Boxes) -> Truth:
    """Draw the choice and what belongs to it; gives the true boxes in the detector's classes.

    Args:
        picture: the photo.
        classes: of the detector.
        found: boxes to start drawing from.

    Raises:
        InputError: the text of the drawn boxes cannot be read.
    """
    options = [name for name in TITLES if name != "scene" or picture.scene]
    if st.session_state.get(SOURCE, options[0]) not in options:
        st.session_state[SOURCE] = options[0]
    source = st.segmented_control(
        "True boxes",
        options,
        default=options[0],
        required=True,
        format_func=TITLES.__getitem__,
        key=SOURCE,
        bind="query-params",
    )
    if source == "scene":
        return _of_scene(picture, classes)
    if source == "draw":
        return Truth(_drawn(picture, classes, found))
    return _uploaded(picture, classes)


def _of_scene(picture: Picture, classes: tuple[str, ...]) -> Truth:
    if picture.scene is None:
        return Truth(Boxes.empty(classes))
    boxes = Boxes(picture.scene.boxes, picture.scene.labels, None, CLASSES)
    truth, problems = in_classes(Truth(boxes), classes)
    _draw_problems(problems)
    return truth


def _drawn(picture: Picture, classes: tuple[str, ...], found: Boxes) -> Boxes:
    size = picture.pixels.shape[:2]
    with st.expander("Draw the true boxes", icon=":material/draw:", expanded=True):
        # The text comes first: a box of another detector's classes is said here and not where the picture should be.
        place = st.container()
        st.text_input(
            "True boxes as text",
            key=DRAWN,
            bind="query-params",
            help="Class, x_min, y_min, x_max, y_max in pixels of the photo; a semicolon between boxes.",
        )
        try:
            boxes_from_text(str(st.session_state.get(DRAWN) or ""), names=classes, size=size)
        except InputError as error:
            st.error(str(error), icon=":material/error:")
            return Boxes.empty(classes)
        with place, st.container(horizontal=True):
            st.button(
                "Start from the boxes found",
                key=f"{PREFIX}_start",
                icon=":material/content_copy:",
                on_click=st.session_state.__setitem__,
                args=(DRAWN, boxes_to_text(found)),
                disabled=not len(found),
            )
            st.button(
                "Clear",
                key=f"{PREFIX}_clear",
                icon=":material/delete:",
                on_click=st.session_state.__setitem__,
                args=(DRAWN, ""),
            )
        with place, st.container(width=640):
            return box_editor(
                photo_source(picture.key, picture.pixels),
                key=f"{PREFIX}_editor",
                alt=f"{picture.name}, to draw true boxes on",
                target=DRAWN,
                names=classes,
            )


def _uploaded(picture: Picture, classes: tuple[str, ...]) -> Truth:
    _intake()
    kept: Annotations | None = st.session_state.get(FILES)
    if kept is None:
        return Truth(Boxes.empty(classes))
    with st.container(horizontal=True, vertical_alignment="center"):
        names = ", ".join(plain(name, 40) for name in list(kept.files)[:4]) + (", …" if len(kept.files) > 4 else "")
        st.caption(f":material/draft: {names}", width="content")
        st.button(
            "Remove",
            key=f"{PREFIX}_remove",
            icon=":material/delete:",
            on_click=st.session_state.__setitem__,
            args=(FILES, None),
        )
    width, height = picture.original_size
    truth, problems = _read(
        kept.digest, picture.key, classes, kept.files, picture.name, (height, width), picture.pixels.shape[:2]
    )
    st.caption(f"{len(truth)} true {'box' if len(truth) == 1 else 'boxes'} for this photo.")
    _draw_problems(problems)
    return truth


def _intake() -> None:
    """Keep the files that were brought for this session: the next photo may be among those that they are about."""
    turn = st.session_state.setdefault(f"{PREFIX}_turn", 0)
    brought = st.file_uploader(
        "COCO JSON, Pascal VOC XML, or YOLO text with its classes.txt",
        type=["json", "xml", "txt", "yaml", "yml", "names"],
        accept_multiple_files=True,
        key=f"{PREFIX}_files_{turn}",
        max_upload_size=MEGABYTES,
    )
    # A run that was stopped half-way meets the files again after they have been let go of.
    if not brought or not all(hasattr(file, "getvalue") for file in brought):
        return
    files = {clean_name(file.name): file.getvalue() for file in brought}
    for file in brought:
        let_go(file)
    st.session_state[f"{PREFIX}_turn"] = turn + 1
    total = sum(map(len, files.values()))
    if len(brought) > MOST_FILES or total > MEGABYTES * 1_000_000:
        raise InputError(
            "There are too many annotations for one photo",
            f"Give at most {MOST_FILES} files of {MEGABYTES} MB together",
            files=len(brought),
            bytes=total,
        )
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name} {len(content)} ".encode() + content)
    st.session_state[FILES] = Annotations(files, digest.hexdigest())
    st.rerun()


@st.cache_resource(max_entries=32, show_spinner="Reading the annotations …")
def _read(
    digest: str,
    picture_key: str,
    classes: tuple[str, ...],
    _files: dict[str, bytes],
    _name: str,
    _file_size: tuple[int, int],
    _size: tuple[int, int],
) -> tuple[Truth, tuple[str, ...]]:
    return truth_from_files(_files, name=_name, file_size=_file_size, size=_size, classes=classes)


def _draw_problems(problems: tuple[str, ...]) -> None:
    if problems:
        with st.expander(
            counted(len(problems), "remark", "remarks"), icon=":material/report:", expanded=len(problems) <= 3
        ):
            for problem in problems[:50]:
                st.text(problem)
            if len(problems) > 50:
                st.text(f"And {len(problems) - 50} more.")
