"""Tab Focal loss, right and wrong: what the weight is for, and what goes wrong in code that is copied."""

import streamlit as st

from cnn_core.drawing import significant
from cnn_core.losses.focal_versions import GUIDE, VERSIONS, focal_code, focal_pixel
from cnn_core.losses.formulas import FOCAL, FOCAL_KINDS
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.tables import text_table

PREFIX = "losses_focal"
PIXELS = ((1, 0.9), (1, 0.3), (0, 0.2), (0, 0.7))
RIGHT = """from cnn_core.losses.entropy import BinaryFocal

# Serialisable, whole-number labels, logits without cutting off,
# soft labels, pixels to ignore.
model.compile("adam", BinaryFocal(gamma=2.0, alpha=0.25, from_logits=True))
"""


def _preset(**controls: float) -> dict[str, object]:
    values = {"gamma": 2.0, "alpha": 0.25, "smoothing": 0.0} | controls
    return {f"{PREFIX}_{name}": value for name, value in values.items()}


PRESETS: dict[str, tuple[str, dict[str, object]]] = {
    "As in the paper": (
        "α for both gives background pixels a third of their loss: α over 1 − α. The foreground's is the same.",
        _preset(),
    ),
    "α = 0.5": ("Both kinds weigh the same, so that one α is no mistake.", _preset(alpha=0.5)),
    "Soft labels": (
        "With label smoothing no label equals 1: the guide's loss takes every pixel for background and punishes what "
        "is right.",
        _preset(smoothing=0.1),
    ),
}


def draw() -> None:
    what_happens(
        "γ takes weight from pixels that are classified well already, α balances foreground and background. A weight "
        "that is the same for both balances nothing: it only makes the loss smaller.",
        rf"\begin{{gathered}} {FOCAL} \\ {FOCAL_KINDS} \end{{gathered}}",
    )
    try_this(PRESETS, page=PREFIX)
    with st.container(horizontal=True, gap="medium"):
        gamma = st.slider("γ", 0.0, 5.0, 2.0, 0.1, key=f"{PREFIX}_gamma", bind="query-params", width=220)
        alpha = st.slider("α", 0.05, 0.95, 0.25, 0.05, key=f"{PREFIX}_alpha", bind="query-params", width=220)
        smoothing = st.slider(
            "Label smoothing", 0.0, 0.5, 0.0, 0.05, key=f"{PREFIX}_smoothing", bind="query-params", width=220
        )
    rows = []
    for truth, found in PIXELS:
        pixel = focal_pixel(truth, found, gamma=gamma, alpha=alpha, label_smoothing=smoothing)
        kind = "foreground" if truth else "background"
        row = {"pixel": f"{kind}, t = {significant(pixel.truth)}, p = {found}"}
        for name, title in VERSIONS.items():
            value = significant(pixel.values[name], 4)
            same = abs(pixel.values[name] - pixel.values["paper"]) <= 1e-9
            row[title] = value if same else f":orange[**{value}**]"
        rows.append(row)
    text_table(rows)
    st.caption("Orange and bold: not what equation 5 gives.")
    right, wrong = st.columns(2, gap="medium")
    with right, st.container(border=True, height="stretch"):
        st.markdown("**:material/check_circle: Right**")
        st.code(RIGHT, language="python", wrap_lines=True)
        st.markdown(
            "- `keras.losses.BinaryFocalCrossentropy` weights with α only when told `apply_class_balancing=True`.\n"
            "- `keras.losses.CategoricalFocalCrossentropy` weights all classes with one α; give it a list, "
            "`[1 - alpha, alpha]`."
        )
    with wrong, st.container(border=True, height="stretch"):
        st.markdown("**:material/cancel: The guide's**")
        st.code(GUIDE, language="python", wrap_lines=True)
        st.markdown(
            "- `tf.log` went with TensorFlow 1: it fails in the first batch. It is `tf.math.log` now.\n"
            "- Its weights are those of the paper, α and 1 − α, but only for labels that equal 1 exactly.\n"
            "- Labels of whole numbers fail: `tf.ones_like(y_true) * alpha` multiplies integers by 0.25.\n"
            "- A function inside a function is not found again when a saved model is loaded."
        )
    code = focal_code(gamma=gamma, alpha=alpha, label_smoothing=smoothing)
    same_in_code(code, key=PREFIX, file="focal")
