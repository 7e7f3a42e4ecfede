"""No box is a result: what comes closest is said, and one click shows it."""

import math

import numpy as np
import streamlit as st

from cnn_core.boxes import Boxes
from cnn_core.detection.candidates import Candidates
from cnn_core.detection.detector import Detector
from pages.detection_tabs.answer import Settings
from pages.ui.words import plain

LOWEST = 0.01


def best_below(candidates: Candidates, settings: Settings) -> Boxes | None:
    """The best candidate of the classes asked for; None where there is none."""
    boxes = candidates.boxes
    if settings.classes is not None:
        boxes = boxes[np.isin(boxes.labels, settings.classes)]
    return boxes[0] if len(boxes) else None


def nothing_found(candidates: Candidates, settings: Settings, detector: Detector) -> None:
    """Say what comes closest, and what the detector knows at all."""
    best = best_below(candidates, settings)
    known = ", ".join(plain(name, 30) for name in detector.classes[:12]) + (" …" if len(detector.classes) > 12 else "")
    if best is None and settings.classes is not None and len(candidates.boxes):
        st.info(
            "Nothing of the chosen classes is here, not even at the lowest score. "
            f"The best candidate of another class: {_named(candidates.boxes[0])}.",
            icon=":material/search_off:",
        )
        st.button("All classes", key="detection_all_classes", on_click=_set, args=("classes", []))
        return
    if best is None:
        st.info(
            f"The detector sees nothing that it knows, not even at the lowest score. It knows: {known}.",
            icon=":material/search_off:",
        )
        return
    st.info(
        f"Nothing reaches {settings.threshold:.2f}. The best candidate is {_named(best)}; it is drawn dotted. "
        f"The detector knows: {known}.",
        icon=":material/search_off:",
    )
    lower = max(LOWEST, math.floor(float(best.scores[0]) * 100) / 100)
    st.button(f"Lower the threshold to {lower:.2f}", key="detection_lower", on_click=_set, args=("threshold", lower))


def _named(best: Boxes) -> str:
    return f"**{plain(best.names[best.labels[0]])}** with {best.scores[0]:.2f}"


def _set(name: str, value: object) -> None:
    st.session_state[f"detection_{name}"] = value
