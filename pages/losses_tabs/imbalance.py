"""Tab Imbalance: rare foreground, a network that says "background" everywhere, and what each loss makes of it."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from cnn_core.drawing import significant
from cnn_core.losses.binary import TITLES, LossOptions
from cnn_core.losses.imbalance import GRID, Imbalance, imbalance_curves, imbalance_of
from cnn_core.losses.snippets import imbalance_code
from pages.losses_tabs.controls import chosen_losses, curves_download, loss_options
from pages.losses_tabs.line_chart import line_chart
from pages.ui.charts import COLOURS, CONFIG
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.tables import text_table

PREFIX = "losses_rare"


def _preset(share: float, says: float, **controls: object) -> dict[str, object]:
    values = {"share": share, "says": says, "gamma": 2.0, "alpha": 0.25} | controls
    return {f"{PREFIX}_{name}": value for name, value in values.items()}


PRESETS: dict[str, tuple[str, dict[str, object]]] = {
    "One pixel in a thousand": (
        "Cross-entropy is content with a network that finds nothing; Dice is not.",
        _preset(0.1, 0.01),
    ),
    "At the start of training": (
        "p is 0.5 everywhere, and cross-entropy's pull comes from the background by 99 parts in 100: first of all, the "
        "network learns to say no. With α = 0.25 focal loss makes that worse, not better: it is γ that helps, later.",
        _preset(1.0, 0.5),
    ),
    "The starting value of RetinaNet": (
        "Lin et al. let p begin at 0.01, so that the many background pixels are easy from the start: with γ = 2 nearly "
        "all of the pull is the foreground's.",
        _preset(1.0, 0.01),
    ),
    "Half and half": ("Nothing is rare: the losses agree about who is wrong.", _preset(50.0, 0.1)),
}


def draw() -> None:
    what_happens(
        "Nearly all pixels are background, and the network gives every pixel the same small p: accuracy is splendid, "
        "and nothing is found. What does a loss say of it, and whose pull moves the network, foreground's or "
        "background's?",
        r"\text{foreground's part} = \frac{\sum_{t=1} |\partial L / \partial z|}{\sum |\partial L / \partial z|}",
    )
    try_this(PRESETS, page=PREFIX)
    with st.container(horizontal=True, gap="medium"):
        percent = st.slider(
            "Foreground, % of the pixels", 0.1, 50.0, 1.0, 0.1, key=f"{PREFIX}_share", bind="query-params", width=320
        )
        says = st.slider("p everywhere", 0.01, 0.5, 0.01, 0.01, key=f"{PREFIX}_says", bind="query-params", width=260)
    share = percent / 100
    names = chosen_losses(f"{PREFIX}_losses")
    options = loss_options(PREFIX, names)
    results = {name: imbalance_of(name, share=share, says=says, options=options) for name in names}
    if not _guessed(names, results):
        return
    _draw_results(share, results)
    lines = _lines(names, says, options)
    values, shares = st.columns(2, gap="medium")
    for place, number, title in ((values, 0, "Loss"), (shares, 1, "Foreground's part of the pull")):
        with place:
            st.markdown(f"**{title}, by how rare the foreground is**")
            figure = line_chart(
                (100 * GRID).tolist(),
                {name: line[number].tolist() for name, line in lines.items()},
                x_title="foreground, % of the pixels",
                y_title=title.lower() if number == 0 else "part",
                marked=percent,
                log_x=True,
            )
            figure.update_yaxes(rangemode="tozero", range=None if number == 0 else [0, 1.02])
            figure.update_xaxes(tickvals=[0.1, 1, 10, 50])
            st.plotly_chart(
                figure, config=CONFIG, key=f"{PREFIX}_by_{number}", alt=f"{title} against the share of foreground"
            )
    columns = {
        f"{name}_{what}": line[n].tolist() for name, line in lines.items() for n, what in enumerate(("loss", "part"))
    }
    curves_download({"foreground": GRID.tolist()}, columns, key=PREFIX)
    same_in_code(imbalance_code(names, share=share, says=says, options=options), key=PREFIX, file="imbalance")


def _guessed(names: tuple[str, ...], results: dict[str, Imbalance]) -> bool:
    """Whether the question is answered, or not to be asked; says who was right."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        ask = st.toggle("Predict first", True, key=f"{PREFIX}_predict", bind="query-params")
        if not ask:
            return True
        guess = st.segmented_control(
            "Which of them is most content with a network that finds nothing: whose loss is smallest?",
            list(names),
            format_func=TITLES.__getitem__,
            key=f"{PREFIX}_guess",
            bind="query-params",
        )
    if guess is None:
        return False
    least = min(results, key=lambda name: results[name].value)
    said = f"{TITLES[least]}, with {significant(results[least].value)}"
    if guess == least:
        st.success(f"Right: {said}.", icon=":material/check_circle:")
    else:
        st.info(f"It is {said}. {TITLES[guess]} is {significant(results[guess].value)}.", icon=":material/lightbulb:")
    return True


def _draw_results(share: float, results: dict[str, Imbalance]) -> None:
    table, bars = st.columns([1.1, 1], gap="medium")
    with table:
        text_table(
            [
                {
                    "": f"**{TITLES[name]}**",
                    "loss": significant(result.value, 4),
                    "pull of the foreground": significant(result.foreground_pull),
                    "of the background": significant(result.background_pull),
                }
                for name, result in results.items()
            ]
        )
        st.caption(f"Accuracy: {1 - share:.1%}, with nothing found. Pull: the sum of |∂L/∂z| over the pixels.")
    with bars:
        _draw_shares(results)


def _draw_shares(results: dict[str, Imbalance]) -> None:
    names = list(results)[::-1]
    figure = go.Figure()
    for part, colour in (("foreground", COLOURS[0]), ("background", COLOURS[2])):
        parts = [results[name].foreground_share for name in names]
        if part == "background":
            parts = [1 - one for one in parts]
        figure.add_bar(
            x=parts,
            y=[TITLES[name] for name in names],
            name=part,
            orientation="h",
            marker={"color": colour, "pattern": {"shape": "" if part == "foreground" else "/"}},
            text=[f"{one:.1%}" if part == "foreground" else "" for one in parts],
            textposition="inside",
            insidetextanchor="start",
            hovertemplate="%{y}: %{x:.2%}<extra></extra>",
        )
    figure.update_layout(
        barmode="stack",
        height=260,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "traceorder": "normal"},
    )
    figure.update_xaxes(range=[0, 1], tickformat=".0%", title="part of the pull", fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    said = ", ".join(f"{TITLES[name]} {result.foreground_share:.1%}" for name, result in results.items())
    st.plotly_chart(
        figure, config=CONFIG, key=f"{PREFIX}_shares", alt=f"Part of the pull that is the foreground's: {said}"
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _lines(names: tuple[str, ...], says: float, options: LossOptions) -> dict[str, np.ndarray]:
    return imbalance_curves(names, says=says, options=options)
