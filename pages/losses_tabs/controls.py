"""The widgets that several tabs of the losses page have: which losses, and their options."""

from collections.abc import Mapping, Sequence

import streamlit as st

from cnn_core.csv_table import csv_table
from cnn_core.errors import InputError
from cnn_core.losses.binary import MASK_LOSSES, TITLES, LossOptions


def chosen_losses(key: str, *, default: Sequence[str] = tuple(TITLES)) -> tuple[str, ...]:
    """The losses to compare, in the order of the menu.

    Raises:
        InputError: none is chosen.
    """
    chosen = st.multiselect(
        "Losses", list(TITLES), default=list(default), format_func=TITLES.__getitem__, key=key, bind="query-params"
    )
    if not chosen:
        raise InputError("No loss is chosen", "Choose at least one")
    return tuple(name for name in TITLES if name in chosen)


def loss_options(prefix: str, names: Sequence[str]) -> LossOptions:
    """Sliders of what the chosen losses depend on; the others keep their usual values."""
    usual = LossOptions()
    values = {}
    with st.container(horizontal=True, gap="medium"):
        if "focal" in names:
            values["gamma"] = _slider("Focal γ", (0.0, 5.0, 0.1), usual.gamma, key=f"{prefix}_gamma")
            values["alpha"] = _slider(
                "Focal α",
                (0.0, 1.0, 0.05),
                usual.alpha,
                key=f"{prefix}_alpha",
                say="Weight of the foreground; the background has 1 − α.",
            )
        if {"focal", "cross_entropy"} & set(names):
            values["label_smoothing"] = _slider(
                "Label smoothing ε",
                (0.0, 0.5, 0.01),
                usual.label_smoothing,
                key=f"{prefix}_smoothing",
                say="Of cross-entropy and focal loss: a label 1 becomes 1 − ε/2, a label 0 becomes ε/2.",
            )
        if "tversky" in names:
            values["fp_weight"] = _slider(
                "Tversky α",
                (0.0, 2.0, 0.05),
                usual.fp_weight,
                key=f"{prefix}_fp",
                say="Weight of what is found and not there.",
            )
            values["fn_weight"] = _slider(
                "Tversky β",
                (0.0, 2.0, 0.05),
                usual.fn_weight,
                key=f"{prefix}_fn",
                say="Weight of what is there and missed.",
            )
        if set(MASK_LOSSES) & set(names):
            values["smooth"] = _slider(
                "Mask smoothing s",
                (0.01, 10.0, 0.01),
                usual.smooth,
                key=f"{prefix}_smooth",
                say="Of Dice, Jaccard and Tversky: added above and below.",
            )
    return LossOptions(**values)


def curves_download(x: Mapping[str, Sequence[float]], lines: Mapping[str, Sequence[float]], *, key: str) -> None:
    """The curves as CSV: a column of x, and one for each line.

    Args:
        x: its title -> its values.
        lines: title -> values.
        key: of the button, and the file's name.
    """
    columns = {**x, **lines}
    st.download_button(
        "Download the curves",
        lambda: csv_table(list(columns), zip(*columns.values(), strict=True)),
        file_name=f"{key}.csv",
        mime="text/csv",
        key=f"{key}_csv",
        on_click="ignore",
        icon=":material/download:",
    )


def _slider(label: str, limits: tuple[float, float, float], usual: float, *, key: str, say: str = "") -> float:
    """Limits are the least, the greatest and the step."""
    low, high, step = limits
    return st.slider(label, low, high, usual, step, key=key, bind="query-params", help=say or None, width=200)
