"""The numbers of a training run as widgets: what each is called, its range, and what it does in plain words."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

# The widgets of a tab that is not open are not drawn: their values are kept, and in the link.
KEPT: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}


@dataclass(frozen=True)
class Number:
    """One number: label, smallest and largest, step, help, and how it is written."""

    label: str
    low: float
    high: float
    step: float
    help: str
    form: str | None = None


WHOLE = {
    "epochs": Number("Epochs", 1, 500, 1, "How often every picture is seen."),
    "dense": Number("Hidden units", 0, 8192, 1, "A layer with ReLU before the answer; 0 leaves it out."),
    "batch": Number("Batch", 1, 1024, 1, "Pictures per step."),
    "patience": Number(
        "Early stopping",
        *(0, 500, 1),
        "Stops after so many epochs without a better validation loss, and goes back to the best one. 0: never.",
    ),
    "seed": Number("Seed", 0, 2**31 - 1, 1, "The same seed gives the same run."),
    "layers": Number("Layers", 1, 1000, 1, "So many layers before the head."),
    "tuning_epochs": Number("Its epochs", 1, 500, 1, "How often every picture is seen."),
    "views": Number(
        "Views of each picture", 1, 32, 1, "Before a frozen network: the features of so many views are computed once."
    ),
}
NUMBERS = {
    "dropout": Number("Dropout", 0.0, 0.95, 0.05, "Drops this share at random: against learning by heart."),
    "l2": Number("L2", 0.0, 1.0, 0.0001, "Keeps weights small. 0.0001 is a usual value.", "%.5f"),
    "smoothing": Number("Label smoothing", 0.0, 0.9, 0.05, "0.1 asks for 90 % instead of 100 %: less overconfident."),
    "rate": Number("Learning rate", 1e-6, 1.0, 0.0005, "The size of a step. Too large: the loss jumps.", "%.6f"),
    "tuning_rate": Number("Its learning rate", 1e-8, 0.1, 1e-5, "Small: good weights are changed.", "%.7f"),
}
SLIDERS = {
    "rotation": Number("Rotation, degrees", 0.0, 180.0, 5.0, "To either side."),
    "shift": Number("Shift", 0.0, 0.5, 0.05, "Share of height and width, to either side."),
    "zoom": Number("Zoom", 0.0, 0.9, 0.05, "Larger or smaller by up to this share."),
    "brightness": Number("Brightness", 0.0, 1.0, 0.05, "Share of white added or taken away."),
    "contrast": Number("Contrast", 0.0, 1.0, 0.05, "Stronger or weaker by up to this share."),
    "cutout": Number("Cutout", 0.0, 0.9, 0.05, "Side of a grey square, as a share of the picture."),
    "mixup": Number("MixUp alpha", 0.0, 2.0, 0.1, "Mixes two pictures and their labels; 0.2 is usual."),
}


def whole(name: str, value: int) -> int:
    """A whole number of `WHOLE`, at first `value`."""
    one = WHOLE[name]
    return int(
        st.number_input(
            one.label, int(one.low), int(one.high), int(value), 1, key=f"fine_tune_{name}", help=one.help, **KEPT
        )
    )


def number(name: str, value: float) -> float:
    """A number of `NUMBERS`, at first `value`."""
    one = NUMBERS[name]
    key = f"fine_tune_{name}"
    return float(
        st.number_input(one.label, one.low, one.high, float(value), one.step, one.form, key=key, help=one.help, **KEPT)
    )


def slider(name: str, value: float) -> float:
    """A number of `SLIDERS`, at first `value`."""
    one = SLIDERS[name]
    key = f"fine_tune_{name}"
    return float(st.slider(one.label, one.low, one.high, float(value), one.step, key=key, help=one.help, **KEPT))
