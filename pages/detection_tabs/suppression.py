"""Non-maximum suppression step by step, and the question first: which box goes?"""

import streamlit as st

from cnn_core.detection.candidates import Candidates
from cnn_core.detection.detector import Detector
from cnn_core.detection.learn_snippets import suppression_code
from cnn_core.detection.trace import Verdict, choices, judge, states, trace
from cnn_core.samples import SCENE
from pages.detection_tabs.answer import FITTING, agnostic_control, iou_control, threshold_control
from pages.detection_tabs.suppression_moment import Moment, draw_moment, draw_waiting
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.picture import Picture
from pages.ui.words import plain

PREFIX = "detection_nms"
STEP, PREDICT, PICK, GUESSES = (f"{PREFIX}_{name}" for name in ("step", "predict", "pick", "guesses"))
MOST_BOXES = 40
NONE = -1

FORMULA = (
    r"\begin{gathered} B_k: \text{ the best that waits} \\ "
    r"\text{IoU}(B, B_k) = \frac{|B \cap B_k|}{|B \cup B_k|} > t \;\Rightarrow\; B \text{ goes} \end{gathered}"
)


def _preset(iou_threshold: float, *, agnostic: bool = False) -> dict[str, object]:
    """A scene of four shapes that overlap, from the first step on."""
    return {
        "picture_source": "sample",
        "picture_sample": SCENE,
        "picture_scene": 9,
        "detection_model": FITTING,
        "detection_threshold": 0.35,
        "detection_iou": iou_threshold,
        "detection_agnostic": agnostic,
        STEP: 1,
    }


PRESETS = {
    "The usual": (
        "IoU above 0.5: neighbours that mean the same object go. Four objects, four boxes at the end.",
        _preset(0.5),
    ),
    "Too patient": (
        "Only above 0.9: duplicates that lie a little beside the best box stay. Eight boxes for four objects.",
        _preset(0.9),
    ),
    "Too strict": (
        "Above 0.1 already, whatever the class: an object beside a better one loses its box, and three are left.",
        _preset(0.1, agnostic=True),
    ),
}


def draw(picture: Picture, detector: Detector, candidates: Candidates) -> None:
    try_this(PRESETS, page=PREFIX)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        with st.container(width=230):
            threshold = threshold_control()
        with st.container(width=230):
            iou_threshold = iou_control()
        agnostic = agnostic_control()
        predict = st.toggle("Predict first", True, key=PREDICT, bind="query-params")
    if candidates.suppressed:
        st.info(
            "This network suppresses overlapping boxes itself: here are those that it left.", icon=":material/info:"
        )
    above = candidates.boxes[candidates.boxes.scores >= threshold]
    boxes = above[:MOST_BOXES]
    if not len(boxes):
        best = float(candidates.boxes.scores.max(initial=0.0))
        words = f"The best has {best:.2f}. Lower the least score." if best else "Choose another picture."
        st.info(f"No box reaches a score of {threshold:g}. {words}", icon=":material/search_off:")
        return
    if len(above) > len(boxes):
        st.caption(f"The {len(boxes)} best of {len(above)} boxes.")
    steps = trace(boxes, iou_threshold=iou_threshold, agnostic=agnostic)
    number = _step_control(len(steps)) - 1
    step = steps[number]
    situation = (picture.key, detector.name, threshold, iou_threshold, agnostic, number)
    beside = _take_pick(situation, Moment(boxes, step, states(steps, number, count=len(boxes), told=False)))
    guesses = st.session_state.setdefault(GUESSES, {})
    told = not predict or situation in guesses or not len(step.waiting)
    moment = Moment(boxes, step, states(steps, number, count=len(boxes), told=told))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        draw_moment(picture, moment, key=f"{PREFIX}_picture", target="" if told else PICK)
    with right:
        st.markdown(moment.words)
        if not told:
            _ask(moment, situation)
            if beside:
                st.caption(":material/info: The box that was clicked is kept. Choose one that waits.")
        elif situation in guesses:
            guess = None if guesses[situation] == NONE else guesses[situation]
            _draw_verdict(guess, judge(step, boxes, guess, iou_threshold=iou_threshold, agnostic=agnostic))
        if told:
            draw_waiting(moment)
        if told and number == len(steps) - 1:
            gone = len(boxes) - len(steps)
            st.success(f"Done: {len(steps)} of {len(boxes)} boxes are kept, {gone} suppressed.", icon=":material/flag:")
    what_happens(
        "Many cells see the same object, so many boxes lie on it. The best box is kept, every box that overlaps it by "
        "more than the threshold goes, and the same again with the best of those that wait.",
        FORMULA,
    )
    same_in_code(suppression_code(boxes, iou_threshold=iou_threshold, agnostic=agnostic), key=PREFIX, file="nms")


def _step_control(count: int) -> int:
    st.session_state[STEP] = min(max(int(st.session_state.get(STEP, _asked_step())), 1), count)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        if count > 1:
            st.slider("Step", 1, count, key=STEP, bind="query-params", width=300)
        at = int(st.session_state[STEP])
        for label, icon, by, off in (("Back", "arrow_back", -1, at <= 1), ("Next", "arrow_forward", 1, at >= count)):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"{PREFIX}_{label.lower()}",
                on_click=_go,
                args=(by,),
                disabled=off,
            )
        st.markdown(f"Step **{at}** of {count}", width="content")
    return at


def _asked_step() -> int:
    """The step in the link, before the slider has been drawn."""
    text = str(st.query_params.get(STEP, "1"))
    return int(text) if text.isdecimal() and len(text) < 4 else 1


def _go(by: int) -> None:
    st.session_state[STEP] = st.session_state[STEP] + by


def _take_pick(situation: tuple, moment: Moment) -> bool:
    """A click on a box of the picture is a guess, where that box is waiting; gives whether it is another one."""
    place = st.session_state.pop(PICK, None)
    if place is None or place >= len(moment.order):
        return False
    box = moment.order[place]
    if box in moment.step.waiting:
        _guess(situation, box)
        return False
    return True


def _guess(situation: tuple, place: int) -> None:
    guesses = st.session_state.setdefault(GUESSES, {})
    guesses.setdefault(situation, place)


def _ask(moment: Moment, situation: tuple) -> None:
    boxes = moment.boxes
    st.markdown("**Which box goes because of it?** Click a box in the picture, or choose:")
    with st.container(horizontal=True, gap="small"):
        for place in choices(moment.step, boxes):
            name = plain(boxes.names[boxes.labels[place]], 30)
            st.button(
                f"{place + 1} {name} {boxes.scores[place]:.2f}",
                key=f"{PREFIX}_guess_{place}",
                on_click=_guess,
                args=(situation, place),
            )
        st.button("No box goes", key=f"{PREFIX}_guess_none", on_click=_guess, args=(situation, NONE))


def _draw_verdict(guess: int | None, verdict: Verdict) -> None:
    said = "no box" if guess is None else f"box {guess + 1}"
    if verdict.right:
        st.success(f"**Right**, you said {said}. {plain(verdict.why, 300)}", icon=":material/check_circle:")
    else:
        st.warning(f"**Not so**, you said {said}. {plain(verdict.why, 300)}", icon=":material/cancel:")
