"""Tab Answers: the most probable classes of the photo, by one network or several side by side."""

import plotly.graph_objects as go
import streamlit as st

from cnn_core.classifiers.answers import Answer, answer_about
from cnn_core.classifiers.looked_at import LookedAt
from pages.ui.charts import COLOURS, CONFIG
from pages.ui.lesson import what_happens
from pages.ui.network_pick import network_choice
from pages.ui.picture import Picture, shared_picture
from pages.ui.time_parts import draw_time
from pages.ui.words import percent, plain

FORMULA = r"p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}, \qquad \sum_k p_k = 1"


def draw() -> None:
    """The network on the left, its answer on the right."""
    left, right = st.columns([1, 2.2], gap="medium")
    with left:
        network = network_choice()
    with right:
        picture = shared_picture()
        found = answer_of(network, picture)
        st.markdown(f"**{plain(found.top(1)[0][0])}**, {percent(found.top(1)[0][1])}")
        st.plotly_chart(bars(found), config=CONFIG, key="predictions_bars", alt=spoken(found))
        draw_time({**({"decode": picture.seconds} if picture.seconds else {}), **found.seconds}, "from file to answer")
    what_happens(
        "The photo is brought to the network's size and goes through it. The last layer gives one score for each "
        "class; softmax makes probabilities of them, which add up to 1 whatever is in the photo.",
        FORMULA,
    )


def answer_of(network: LookedAt, picture: Picture) -> Answer:
    """What a network says of a picture; it is asked once for both."""
    return _answer(network.key, picture.key, network, picture)


@st.cache_resource(max_entries=256, show_spinner="Asking the network …")
def _answer(name: str, key: str, _network: LookedAt, _picture: Picture) -> Answer:
    return answer_about(_network, _picture.pixels)


def spoken(found: Answer) -> str:
    """The bars in words."""
    return "; ".join(f"{label} {percent(value)}" for label, value in found.top())


def bars(found: Answer) -> go.Figure:
    """The most probable classes, the first one on top."""
    top = found.top()[::-1]
    figure = go.Figure()
    figure.add_bar(
        x=[value for _, value in top],
        y=[label if len(label) <= 24 else label[:23] + "…" for label, _ in top],
        orientation="h",
        marker={"color": [COLOURS[2]] * (len(top) - 1) + [COLOURS[1]]},
        text=[percent(value) for _, value in top],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    figure.update_layout(height=60 + 44 * len(top), margin={"l": 8, "r": 48, "t": 8, "b": 8}, showlegend=False)
    figure.update_xaxes(range=[0, 1], tickformat=".0%", fixedrange=True)
    figure.update_yaxes(fixedrange=True, type="category")
    return figure
