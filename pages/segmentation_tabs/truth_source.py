"""Where the true mask of a photo comes from: the scene's own, painted by hand, or a file."""

import hashlib
from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnn_core.errors import InputError
from cnn_core.mask_files.colour_table import table_from_text, table_text
from cnn_core.mask_files.picture_labels import WAYS, ReadMask
from cnn_core.mask_files.reading import MASK_ENDINGS, class_places, read_mask
from cnn_core.masks import UNSURE, Labels, Masks
from cnn_core.segmentation.ready_made import NAMES as SHAPES
from pages.ui.box_picture import photo_source
from pages.ui.mask_painter import blank_label, has_mask, keep_mask, kept_mask, mask_painter
from pages.ui.mendable import mendable
from pages.ui.picture import Picture
from pages.ui.picture_names import clean_name
from pages.ui.upload_disk import let_go
from pages.ui.words import plain

PREFIX = "segmentation_truth"
SOURCE, FILE, PAINTED = f"{PREFIX}_source", f"{PREFIX}_kept", f"{PREFIX}_painted"
TITLES = {"scene": "The scene's own", "paint": "Paint it", "file": "A mask file"}
MEGABYTES = 64


@dataclass(frozen=True, eq=False)
class MaskFile:
    """The file that was brought."""

    name: str
    content: bytes
    digest: str


@dataclass(frozen=True, eq=False)
class Truth:
    """The true mask and whether there is more to show of it than an empty start."""

    labels: Labels
    begun: bool = True


def source_choice(picture: Picture) -> str:
    """Draw the choice of a source; gives its name."""
    options = [name for name in TITLES if name != "scene" or picture.scene]
    if st.session_state.get(SOURCE, options[0]) not in options:
        st.session_state[SOURCE] = options[0]
    source = st.segmented_control(
        "True mask",
        options,
        default=options[0],
        required=True,
        format_func=TITLES.__getitem__,
        key=SOURCE,
        bind="query-params",
    )
    return str(source)


def true_mask(source: str, picture: Picture, masks: Masks, found: Labels) -> Truth | None:
    """Draw what belongs to a source; gives the true mask, or None where there is none yet.

    Args:
        source: of `source_choice`.
        picture: the photo.
        masks: what the segmenter says of it: its classes and colours.
        found: label map to start painting from.

    Raises:
        InputError: the file cannot be used.
    """
    if source == "scene":
        return _of_scene(picture, masks)
    if source == "paint":
        return _painted(picture, masks, found)
    return _uploaded(picture, masks)


def _of_scene(picture: Picture, masks: Masks) -> Truth | None:
    if picture.scene is None:
        return None
    places = class_places(SHAPES, masks.names)
    if max(places[1:]) < 0:
        raise InputError(
            f"This segmenter knows none of the scene's shapes, but {', '.join(masks.names[:6])}",
            "Choose the segmenter of shapes, or paint the truth",
        )
    lookup = np.array([place if place >= 0 else UNSURE for place in places], np.uint8)
    return Truth(lookup[picture.scene.label_map])


def _painted(picture: Picture, masks: Masks, found: Labels) -> Truth:
    digests = st.session_state.setdefault(f"{PAINTED}_by_photo", {})
    of = (picture.key, masks.names)
    # The digest of the last stroke, else the one of this photo, else the one in the link.
    asked = st.session_state.pop(PAINTED, None) or digests.get(of) or st.query_params.get(PAINTED, "")
    kept = kept_mask(asked, photo=picture.key, names=masks.names)
    if kept is not None:
        digests[of] = asked
        if st.query_params.get(PAINTED) != asked:
            st.query_params[PAINTED] = asked
    elif asked:
        st.query_params.pop(PAINTED, None)
        # One that this browser painted on another photo waits for that photo.
        if not has_mask(asked):
            st.info(
                "The painted mask in this link is kept only for the browser that painted it, and only for some hours.",
                icon=":material/lock:",
            )
    blank = blank_label(masks.names)
    labels = kept if kept is not None else np.full(masks.size, blank, np.uint8)
    st.button(
        "Start from the network's mask",
        key=f"{PREFIX}_start",
        icon=":material/content_copy:",
        on_click=_take_found,
        args=(found, picture.key, masks.names),
    )
    mask_painter(
        photo_source(picture.key, picture.pixels),
        labels,
        photo_key=picture.key,
        key=f"{PREFIX}_painter",
        target=PAINTED,
        alt=f"{picture.name}, to paint its true mask on",
        names=masks.names,
        colours=masks.colours,
    )
    return Truth(labels, begun=bool((labels != blank).any()))


def _take_found(found: Labels, photo: str, names: tuple[str, ...]) -> None:
    st.session_state[PAINTED] = keep_mask(found, photo=photo, names=names)


def _uploaded(picture: Picture, masks: Masks) -> Truth | None:
    _intake()
    kept: MaskFile | None = st.session_state.get(FILE)
    if kept is None:
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f":material/draft: {plain(kept.name, 60)}", width="content")
        st.button(
            "Remove",
            key=f"{PREFIX}_remove",
            icon=":material/delete:",
            on_click=st.session_state.__setitem__,
            args=(FILE, None),
        )
    way, text, label = _options(kept, masks)
    with mendable():
        read = _read((kept.digest, picture.key, masks.names), (way, text, label), kept, picture.name, masks)
        _draw_notes(read, masks)
        return Truth(read.labels)
    return None


def _options(kept: MaskFile, masks: Masks) -> tuple[str, str, int]:
    """How the file is read: by values or colours, the colour table, and what white stands for."""
    if kept.name.lower().endswith(".json"):
        return "auto", "", 1
    with st.expander("How it is read", icon=":material/tune:"):
        way = st.segmented_control(
            "Read it by",
            list(WAYS),
            default="auto",
            required=True,
            format_func=WAYS.__getitem__,
            key=f"{PREFIX}_way",
            bind="query-params",
        )
        text = st.text_area(
            "Colour table",
            key=f"{PREFIX}_table",
            placeholder="#000000 = background\n#C08080 = person\n#E0E0C0 = ignore",
            help="A line for each colour: its class by name or number, or ignore.",
            disabled=way == "numbers",
            bind="query-params",
            height=110,
        )
        names = list(masks.names)
        label = 1
        if len(names) > 2:
            name = st.selectbox(
                "White, or the second of two colours, is",
                names,
                index=_most_seen(masks),
                key=f"{PREFIX}_white",
                bind="query-params",
                width=260,
            )
            label = names.index(name)
    return str(way), str(text) if way != "numbers" else "", label


def _most_seen(masks: Masks) -> int:
    """The class that the network sees most of, the first one left aside."""
    counts = np.bincount(masks.labels.ravel(), minlength=len(masks.names))[1:]
    return int(counts.argmax()) + 1


def _draw_notes(read: ReadMask, masks: Masks) -> None:
    for note in read.notes[:8]:
        st.caption(f":material/info: {plain(note, 300)}")
    if read.table and any("guessed" in note for note in read.notes):
        st.caption("Should it be otherwise, copy this table into *How it is read* and change it:")
        st.code(table_text(read.table, classes=masks.names), language="text")


def _intake() -> None:
    """Keep the file that was brought for this session."""
    turn = st.session_state.setdefault(f"{PREFIX}_turn", 0)
    brought = st.file_uploader(
        "A mask of this photo: PNG, BMP, …, COCO JSON, or NPY",
        type=list(MASK_ENDINGS),
        key=f"{PREFIX}_file_{turn}",
        max_upload_size=MEGABYTES,
    )
    # A run that was stopped half-way meets the file again after it has been let go of.
    if brought is None or not hasattr(brought, "getvalue"):
        return
    content = brought.getvalue()
    st.session_state[FILE] = MaskFile(clean_name(brought.name), content, hashlib.sha256(content).hexdigest())
    let_go(brought)
    st.session_state[f"{PREFIX}_turn"] = turn + 1
    st.rerun()


@st.cache_resource(max_entries=32, show_spinner="Reading the mask …")
def _read(about: object, options: tuple[str, str, int], _kept: MaskFile, _photo: str, _masks: Masks) -> ReadMask:
    way, table, object_label = options
    return read_mask(
        _kept.content,
        name=_kept.name,
        size=_masks.size,
        classes=_masks.names,
        photo=_photo,
        way=way,
        table=table_from_text(table, classes=_masks.names) or None,
        colours=_masks.colours,
        object_label=object_label,
    )
