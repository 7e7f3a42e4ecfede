"""One cell of a detector's grid: its raw numbers, and step by step the box that they make."""

import numpy as np
import streamlit as st

from cnn_core.detection.candidates import Candidates, GridHead
from cnn_core.detection.cell_formula import (
    CellBox,
    box_steps,
    cell_box,
    corner_steps,
    photo_steps,
    score_steps,
    telling_cells,
)
from cnn_core.detection.detector import Detector
from cnn_core.detection.learn_snippets import PICTURE_FILE, cell_code
from cnn_core.drawing import png
from pages.ui.box_picture import Mark, box_picture, photo_source
from pages.ui.cell_grid import cell_grid
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.picture import Picture
from pages.ui.tables import text_table
from pages.ui.words import plain

PREFIX = "detection_cell"
ROW, COLUMN, HEAD = f"{PREFIX}_row", f"{PREFIX}_column", f"{PREFIX}_head"
MOST_CLASSES = 6
COLOUR = "#56B4E9"


def draw(picture: Picture, detector: Detector, candidates: Candidates) -> None:
    framed = candidates.framed
    if not candidates.heads or framed is None:
        st.info(
            "This detector gives finished boxes and keeps its grid to itself. Choose a starter, or a YOLOX file, to "
            "see how a cell becomes a box.",
            icon=":material/grid_off:",
        )
        return
    best = int(candidates.cells[0, 0]) if len(candidates.cells) else 0
    try_this(_presets(candidates.heads, best), page=PREFIX)
    number = _head_control(candidates.heads, best)
    head = candidates.heads[number]
    row, column = _cell_controls(head)
    box = cell_box(head, framed, row, column, classes=detector.classes)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Input of the network, and its grid**")
        cell_grid(
            head,
            framed,
            key=f"{PREFIX}_grid",
            picture_key=f"{picture.key}-{detector.name}-{number}",
            chosen=(row, column),
            classes=detector.classes,
            row_target=ROW,
            column_target=COLUMN,
        )
    with right:
        st.markdown("**Output: the box of this cell in the photo**")
        _draw_photo(picture, box)
    _draw_steps(box, detector.classes)
    what_happens(
        "The network's output is a grid, and each cell is a row of numbers: where a box lies relative to the cell, how "
        "large it is, whether there is an object at all, and of which class. Every cell makes a box; most of them have "
        "a score near 0.",
        _formula(head),
    )
    code = cell_code(box, detector.classes, number=number, detector=detector.code)
    same_in_code(code, key=PREFIX, file="cell")
    st.download_button(
        f"Download {PICTURE_FILE}, which the code reads",
        lambda: png(picture.pixels),
        file_name=PICTURE_FILE,
        mime="image/png",
        key=f"{PREFIX}_file",
        on_click="ignore",
        icon=":material/image:",
    )


def _presets(heads: tuple[GridHead, ...], best: int) -> dict[str, tuple[str, dict[str, object]]]:
    cells = telling_cells(heads[best])

    def preset(name: str) -> dict[str, object]:
        return {HEAD: best, ROW: cells[name][0], COLUMN: cells[name][1]}

    return {
        "The surest cell": ("Objectness near 1, and one class far above the others.", preset("best")),
        "Its neighbour": (
            "It says almost the same box: the centre is counted from another cell, so t changes by about 1. "
            "Suppression has to choose between the two.",
            preset("neighbour"),
        ),
        "An empty cell": (
            "It makes a box as well, but its objectness is near 0, and so is the score.",
            preset("empty"),
        ),
    }


def _head_control(heads: tuple[GridHead, ...], best: int) -> int:
    if st.session_state.get(HEAD, 0) not in range(len(heads)):
        del st.session_state[HEAD]
    if len(heads) == 1:
        return 0
    return st.segmented_control(
        "Grid",
        range(len(heads)),
        default=best,
        required=True,
        format_func=lambda number: (
            f"Stride {heads[number].stride}: {heads[number].raw.shape[0]} × {heads[number].raw.shape[1]}"
        ),
        key=HEAD,
        bind="query-params",
        help="A small stride has many cells for small objects, a large one few cells for large objects.",
    )


def _cell_controls(head: GridHead) -> tuple[int, int]:
    best = telling_cells(head)["best"]
    with st.container(horizontal=True, gap="small"):
        row = _place("Row", ROW, head.raw.shape[0])
        column = _place("Column", COLUMN, head.raw.shape[1])
    return best[0] if row is None else row, best[1] if column is None else column


def _place(label: str, key: str, count: int) -> int | None:
    kept = st.session_state.get(key)
    if kept is not None and kept >= count:
        # Another grid has fewer cells; a value beyond it would be an exception.
        st.session_state[key] = count - 1
    return st.number_input(label, 0, count - 1, None, key=key, bind="query-params", placeholder="the surest", width=150)


def _draw_photo(picture: Picture, box: CellBox) -> None:
    left, top, right, bottom = (float(side) for side in box.corners)
    sides = f"{left:.0f}, {top:.0f} to {right:.0f}, {bottom:.0f}"
    box_picture(
        photo_source(picture.key, picture.pixels),
        [Mark((left, top, right, bottom), COLOUR, f"{box.name} {box.score:.2f}")],
        key=f"{PREFIX}_photo",
        alt=f"{picture.name} with the box of this cell: {box.name}, score {box.score:.2f}, from {sides}",
    )
    if right <= left or bottom <= top:
        st.caption("The box lies beside the photo, in the grey frame: nothing of it is left.")
    else:
        st.caption(
            f"{plain(box.name)}, score {box.score:.3f}: from x {left:.1f}, y {top:.1f} to x {right:.1f}, "
            f"y {bottom:.1f}."
        )


def _draw_steps(box: CellBox, classes: tuple[str, ...]) -> None:
    cell = box.cell
    names = (f"t_{name}" for name in "xywh")
    st.markdown(f"**Raw numbers of row {cell.row}, column {cell.column}**")
    text_table(
        [
            {f"${name}$": f"{value:.3f}" for name, value in zip(names, cell.raw[:4].tolist(), strict=True)}
            | {"objectness $o$": f"{cell.raw[4]:.3f}"}
            | {f"$p$ {plain(classes[place], 24)}": f"{cell.raw[5 + place]:.3f}" for place in _best_classes(box)}
        ]
    )
    if len(classes) > MOST_CLASSES:
        st.caption(f"The {MOST_CLASSES} highest of {len(classes)} class scores.")
    steps = {
        "1. Centre and size, in pixels of the input": box_steps(box),
        "2. Its sides": corner_steps(box),
        "3. The score": score_steps(box),
        "4. Back to the photo: the letterbox undone": photo_steps(box),
    }
    for names_of_row in (list(steps)[:2], list(steps)[2:]):
        for place, name in zip(st.columns(2, gap="medium"), names_of_row, strict=True):
            with place, st.container(border=True, gap="xsmall", height="stretch"):
                st.markdown(f"**{name}**")
                st.latex(steps[name])


def _best_classes(box: CellBox) -> list[int]:
    return np.argsort(-box.cell.class_scores, kind="stable")[:MOST_CLASSES].tolist()


def _formula(head: GridHead) -> str:
    middle = f" + {head.centre:g}" if head.centre else ""
    score = r"o \cdot p_c" if head.probabilities else r"\sigma(o) \cdot \sigma(p_c)"
    return (
        rf"\begin{{gathered}} x = s\,(j{middle} + t_x) \\ y = s\,(i{middle} + t_y) \\ "
        r"w = s\,e^{t_w} \qquad h = s\,e^{t_h} \\ "
        rf"\text{{score}}_c = {score} \end{{gathered}}"
    )
