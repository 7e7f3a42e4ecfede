"""Tab Curves: the loss of one pixel and its slope, against the probability that the network gives."""

import numpy as np
import streamlit as st

from cnn_core.drawing import significant
from cnn_core.losses.binary import TITLES, LossOptions, loss_of
from cnn_core.losses.formulas import ENTROPY, FOCAL, FOCAL_KINDS, pixel_steps
from cnn_core.losses.pixel_curves import GRID, pixel_curves
from cnn_core.losses.snippets import curve_code
from pages.losses_tabs.controls import chosen_losses, curves_download, loss_options
from pages.losses_tabs.line_chart import line_chart
from pages.ui.charts import CONFIG
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.tables import text_table

PREFIX = "losses_curves"
PIXELS = {"foreground": "Foreground, t = 1", "background": "Background, t = 0"}
# Steeper slopes leave the chart.
_STEEPEST = 12.0
DEFAULT = ("cross_entropy", "focal", "dice")


def _preset(losses: tuple[str, ...], **controls: object) -> dict[str, object]:
    return {f"{PREFIX}_losses": list(losses)} | {f"{PREFIX}_{name}": value for name, value in controls.items()}


PRESETS: dict[str, tuple[str, dict[str, object]]] = {
    "Easy pixels fall silent": (
        "At p = 0.9 the focal loss is hundreds of times below cross-entropy; at p = 0.1 hardly five times, four of "
        "which are α.",
        _preset(("cross_entropy", "focal"), pixel="foreground", gamma=2.0, alpha=0.25, smoothing=0.0, p=0.9, by="p"),
    ),
    "γ = 0, α = 0.5": (
        "The focal loss is half of cross-entropy, everywhere.",
        _preset(("cross_entropy", "focal"), pixel="foreground", gamma=0.0, alpha=0.5, smoothing=0.0, p=0.7, by="p"),
    ),
    "Too sure is punished": (
        "With label smoothing 0.2 the best p is 0.9, not 1: there the slope changes its sign.",
        _preset(("cross_entropy",), pixel="foreground", smoothing=0.2, p=0.95, by="p"),
    ),
    "Where the sigmoid is flat": (
        "By the logit, cross-entropy pulls hardest where it is most wrong; the slopes of Dice and its kin vanish there "
        "together with that of the sigmoid.",
        _preset(("cross_entropy", "dice", "jaccard"), pixel="foreground", smoothing=0.0, p=0.02, by="z"),
    ),
}


def draw() -> None:
    what_happens(
        "The network gives a pixel the probability p of foreground, and the loss says what that costs. Training "
        "follows the slope: where it is near 0, the pixel has no say.",
        rf"\begin{{gathered}} {ENTROPY} \\ {FOCAL} \\ {FOCAL_KINDS} \end{{gathered}}",
    )
    try_this(PRESETS, page=PREFIX)
    names = chosen_losses(f"{PREFIX}_losses", default=DEFAULT)
    with st.container(horizontal=True, gap="medium"):
        pixel = st.segmented_control(
            "The pixel is",
            list(PIXELS),
            default="foreground",
            required=True,
            format_func=PIXELS.__getitem__,
            key=f"{PREFIX}_pixel",
            bind="query-params",
        )
        by = st.segmented_control(
            "Slope",
            ["p", "z"],
            default="p",
            required=True,
            format_func={"p": "by the probability p", "z": "by the logit z"}.__getitem__,
            key=f"{PREFIX}_by",
            bind="query-params",
            help="A network gives the logit z, and p = 1 / (1 + exp(−z)). The slope by z is the slope by p times "
            "p (1 − p): that is what the last layer gets.",
        )
        found = st.slider("Read at p", 0.01, 0.99, 0.9, 0.01, key=f"{PREFIX}_p", bind="query-params", width=260)
    options = loss_options(PREFIX, names)
    truth = int(pixel == "foreground")
    lines = _lines(names, truth, options)
    _draw_charts(lines, found, by)
    _draw_numbers(names, truth, found, options)
    curves_download(
        {"p": GRID.tolist()},
        {
            f"{name}_{what}": line[number].tolist()
            for name, line in lines.items()
            for number, what in enumerate(("loss", "slope_by_p", "slope_by_z"))
        },
        key=PREFIX,
    )
    same_in_code(curve_code(names, truth=truth, found=found, options=options), key=PREFIX, file="losses")


@st.cache_data(max_entries=64, show_spinner=False)
def _lines(names: tuple[str, ...], truth: int, options: LossOptions) -> dict[str, np.ndarray]:
    return pixel_curves(names, truth, options)


def _draw_charts(lines: dict[str, np.ndarray], found: float, by: str) -> None:
    losses, slopes = st.columns(2, gap="medium")
    rest = "; ".join(
        f"{TITLES[name]} {significant(float(np.interp(found, GRID, line[0])))}" for name, line in lines.items()
    )
    with losses:
        st.markdown("**Loss**")
        figure = line_chart(
            GRID.tolist(),
            {name: line[0].tolist() for name, line in lines.items()},
            x_title="probability p of foreground",
            y_title="loss",
            marked=found,
        )
        st.plotly_chart(figure, config=CONFIG, key=f"{PREFIX}_loss", alt=f"Loss against p; at {found}: {rest}")
    with slopes:
        st.markdown(f"**Its slope by {'the probability' if by == 'p' else 'the logit'}**")
        figure = line_chart(
            GRID.tolist(),
            {name: line[1 if by == "p" else 2].tolist() for name, line in lines.items()},
            x_title="probability p of foreground",
            y_title=f"slope by {by}",
            marked=found,
        )
        if by == "p":
            # Towards the wrong end the slopes of logarithms grow without bound; the rest is in the file.
            every = np.concatenate([line[1] for line in lines.values()])
            figure.update_yaxes(range=[max(every.min(), -_STEEPEST) - 0.3, min(every.max(), _STEEPEST) + 0.3])
        st.plotly_chart(figure, config=CONFIG, key=f"{PREFIX}_slope", alt=f"Slope by {by} against p")
    st.caption(
        "Dice, Jaccard and Tversky are losses of a whole mask; here the mask has this one pixel. Below 0 the slope "
        "asks for a larger p, above 0 for a smaller one."
    )


def _draw_numbers(names: tuple[str, ...], truth: int, found: float, options: LossOptions) -> None:
    rows = []
    for name in names:
        value = loss_of(name, [truth], [found], options)
        rows.append(
            {
                f"at p = {found:.2f}": f"**{TITLES[name]}**",
                "loss": significant(value.value, 4),
                "slope by p": significant(float(value.gradient[0]), 4),
                "slope by z": significant(float(value.logit_gradient[0]), 4),
            }
        )
    text_table(rows)
    for first in range(0, len(names), 2):
        for cell, name in zip(st.columns(2, gap="medium"), names[first : first + 2], strict=False):
            with cell, st.container(border=True, gap="xsmall", height="stretch"):
                st.markdown(f"**{TITLES[name]}**")
                st.latex(pixel_steps(name, truth=truth, found=found, options=options))
