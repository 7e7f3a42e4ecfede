"""What two networks are trained with: their losses, the task, the numbers of the training."""

from typing import Any

import streamlit as st

from cnn_core.losses.segmentation import COMBINATIONS, SEGMENTATION_LOSSES
from cnn_core.losses.training.config import LIMITS, TASKS, ComparisonConfig

KEY = "losses_training"
SINGLE = {
    "cross_entropy": "Cross-entropy",
    "dice": "Dice",
    "focal": "Focal",
    "tversky": "Tversky",
    "jaccard": "Jaccard",
}
NAMES = {name: " + ".join(SINGLE[part] for part in name.split("+")) for name in (*SEGMENTATION_LOSSES, *COMBINATIONS)}
TASK_NAMES = {
    "object": "Shapes against the background",
    "rare": "Stars alone: 1 % of the pixels",
    "shapes": "Six kinds of shapes and the background",
}


def draw_settings() -> dict[str, Any]:
    """The controls; what they say, as a configuration."""
    kept: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}
    usual = ComparisonConfig()
    config: dict[str, Any] = {}
    left, right = st.columns(2)
    for place, side, start in ((left, "first", "cross_entropy"), (right, "second", "dice")):
        with place:
            config[side] = st.selectbox(
                f"{side.capitalize()} loss",
                list(NAMES),
                index=list(NAMES).index(start),
                format_func=NAMES.__getitem__,
                key=f"{KEY}_{side}",
                **kept,
            )
    config["task"] = st.segmented_control(
        "What is to be found",
        list(TASKS),
        default="rare",
        required=True,
        format_func=TASK_NAMES.__getitem__,
        key=f"{KEY}_task",
        **kept,
    )
    with st.expander("Learning", icon=":material/tune:"):
        numbers = {
            "epochs": ("Epochs", 1),
            "pictures": ("Pictures to learn from", 16),
            "base_filters": ("Filters of the first level", 1),
            "seed": ("Seed", 1),
        }
        with st.container(horizontal=True, gap="medium"):
            for name, (label, step) in numbers.items():
                low, high = LIMITS[name]
                value = getattr(usual, name)
                config[name] = int(
                    st.number_input(label, low, high, value, step, key=f"{KEY}_{name}", width=190, **kept)
                )
            config["learning_rate"] = float(
                st.number_input(
                    "Learning rate", 1e-5, 0.1, usual.learning_rate, 0.001, "%.5f", key=f"{KEY}_rate", width=190, **kept
                )
            )
        parts = set(f"{config['first']}+{config['second']}".split("+"))
        with st.container(horizontal=True, gap="medium"):
            if "focal" in parts:
                config["focal_gamma"] = st.slider("Focal γ", 0.0, 5.0, 2.0, 0.1, key=f"{KEY}_gamma", width=220, **kept)
            if "tversky" in parts:
                say = "Weight of what is found and not there."
                config["tversky_alpha"] = st.slider(
                    "Tversky α", 0.0, 2.0, 0.3, 0.05, key=f"{KEY}_fp", help=say, width=220, **kept
                )
                say = "Weight of what is there and missed."
                config["tversky_beta"] = st.slider(
                    "Tversky β", 0.0, 2.0, 0.7, 0.05, key=f"{KEY}_fn", help=say, width=220, **kept
                )
    config["name"] = f"{NAMES[config['first']]} and {NAMES[config['second']]}, {TASK_NAMES[config['task']].lower()}"
    return config
