"""One step of non-maximum suppression, drawn: the boxes over the photo, and those that wait as a table."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st

from cnn_core.boxes import Boxes
from cnn_core.detection.trace import waiting_boxes
from cnn_core.suppression import SuppressionStep
from pages.ui.box_picture import Look, Mark, box_picture, photo_source
from pages.ui.picture import Picture
from pages.ui.tables import text_table
from pages.ui.words import plain

MOST_ROWS = 12
KEPT, WAITING, GOES = "#0072B2", "#E69F00", "#D55E00"


@dataclass(frozen=True, eq=False)
class Moment:
    """One step: the boxes, what is done, and what each box is by then, by `cnn_core.detection.trace.STATES`."""

    boxes: Boxes
    step: SuppressionStep
    state: npt.NDArray[np.str_]

    @property
    def order(self) -> list[int]:
        """Places of the boxes as they are drawn: that kept now, those that wait or go, those kept before."""
        rank = {"current": 0, "waiting": 1, "going": 1, "kept": 2}
        places = [(rank[state], place) for place, state in enumerate(self.state.tolist()) if state in rank]
        return [place for _, place in sorted(places)]

    @property
    def words(self) -> str:
        """Which box is kept, and how many wait."""
        kept, waiting = self.step.kept, len(self.step.waiting)
        name = plain(self.boxes.names[self.boxes.labels[kept]])
        before = int((self.state == "gone").sum())
        return (
            f"**Box {kept + 1} is kept: {name}, {self.boxes.scores[kept]:.2f}.** "
            f"It has the highest score of those that wait. Behind it {waiting} {'waits' if waiting == 1 else 'wait'}"
            + (f"; {before} went before." if before else ".")
        )


def draw_moment(picture: Picture, moment: Moment, *, key: str, target: str) -> None:
    """The photo with the boxes of a step.

    Args:
        picture, moment: what is drawn.
        key: of the component.
        target: session_state key that takes the place of the box that is clicked, in `Moment.order`; "" for none.
    """
    boxes, state, step = moment.boxes, moment.state, moment.step
    overlaps = dict(zip(step.waiting.tolist(), step.overlaps.tolist(), strict=True))
    marks = []
    for place in moment.order:
        left, top, right, bottom = boxes.corners[place].tolist()
        corners = (left, top, right, bottom)
        if state[place] == "current":
            marks.append(Mark(corners, KEPT, f"{place + 1} kept now", strong=True))
        elif state[place] == "kept":
            marks.append(Mark(corners, KEPT, f"{place + 1} kept"))
        elif state[place] == "going":
            marks.append(Mark(corners, GOES, f"✕ {place + 1}: IoU {overlaps[place]:.2f}", dashed=True, crossed=True))
        else:
            # What does not touch the kept box cannot go: it is drawn pale.
            marks.append(Mark(corners, WAITING, f"{place + 1}", dashed=True, faint=overlaps[place] == 0))
    box_picture(
        photo_source(picture.key, picture.pixels),
        marks,
        key=key,
        alt=f"{picture.name}: {moment.words}",
        look=Look(line=2, fill=0),
        target=target,
    )
    st.caption(
        "Solid: kept, the thick one now. Dashed: waiting, numbered by score, pale where it does not touch the kept "
        "one. Crossed: suppressed in this step. Boxes suppressed before are no longer drawn."
    )


def draw_waiting(moment: Moment) -> None:
    """The boxes that wait, those that overlap the kept one most first."""
    boxes, rows = moment.boxes, waiting_boxes(moment.step, moment.boxes)
    if not rows:
        st.caption("No box is waiting.")
        return
    text_table(
        [
            {
                "Box": row.box + 1,
                "Class": plain(boxes.names[boxes.labels[row.box]], 30),
                "Score": f"{boxes.scores[row.box]:.2f}",
                "IoU": f"**{row.overlap:.3f}**" if row.goes else f"{row.overlap:.3f}",
                "": "✕ goes" if row.goes else "stays" if row.same_class else "stays: another class",
            }
            for row in rows[:MOST_ROWS]
        ]
    )
    if len(rows) > MOST_ROWS:
        going = sum(row.goes for row in rows[MOST_ROWS:])
        rest = len(rows) - MOST_ROWS
        st.caption(f"{rest} more overlap it less" + (f"; {going} of them go." if going else ", and stay."))
