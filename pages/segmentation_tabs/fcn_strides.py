"""FCN-32s, FCN-16s and FCN-8s on the same picture: what one skip and two are worth."""

import numpy as np
import streamlit as st

from cnn_core.segmentation.starters import segmenter_starters
from pages.segmentation_tabs.answer import masks_for, segmenter_of
from pages.segmentation_tabs.inside_code import strides_code
from pages.segmentation_tabs.inside_picture import truth_of
from pages.segmentation_tabs.label_pictures import Answer, answer, draw_answers, draw_close_up, legend
from pages.ui.lesson import same_in_code, what_happens
from pages.ui.picture import Picture

KEY = "seg_inside_fcn"
# From coarse to fine.
NAMES = ("starter_fcn32s", "starter_fcn16s", "starter_fcn8s")


def draw(picture: Picture) -> None:
    """Three answers beside one another, through LiteRT: no Keras is needed."""
    names = [name for name in NAMES if name in segmenter_starters()]
    if not names:
        st.info("The trained FCNs are not installed.", icon=":material/info:")
        return
    every = [masks_for(segmenter_of(name), picture) for name in names]
    classes, colours = every[0].names, every[0].colours
    truth = truth_of(picture, classes)
    reference: np.ndarray = every[-1].labels if truth is None else truth
    titles = [segmenter_of(name).title.partition(",")[0] for name in names]
    answers = [] if truth is None else [Answer("The truth", truth)]
    for name, title, masks in zip(names, titles, every, strict=True):
        last = truth is None and name == names[-1]
        answers.append(Answer(title, masks.labels) if last else answer(title, masks.labels, reference, len(classes)))
    if truth is None:
        st.caption(
            "These networks know drawn shapes alone, and nobody has said what is right here: figures say how far an "
            f"answer agrees with that of {titles[-1]}."
        )
    draw_answers(picture, answers, names=classes, colours=colours, key=f"{KEY}_answer")
    legend(classes, colours)
    draw_close_up(picture, answers, reference=reference, names=classes, colours=colours, key=f"{KEY}_close")
    for name in names:
        st.caption(f"**{segmenter_of(name).title}.** {segmenter_of(name).about}")
    what_happens(
        "FCN-32s scores classes every 32 pixels and enlarges the scores at once. FCN-16s first adds scores of pool 4, "
        "every 16 pixels; FCN-8s adds those of pool 3 too. All three went on from one first training, for the same "
        "number of steps.",
        r"\text{FCN-8s}: \; \uparrow_8 \big( s_3 + \uparrow_2 ( s_4 + \uparrow_2 s_{fc7} ) \big)",
    )
    same_in_code({"Python": strides_code(picture, names)}, key=KEY, file="fcn")
