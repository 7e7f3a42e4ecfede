"""Tab Compare: several networks in one chart and one table."""

import plotly.graph_objects as go
import streamlit as st

from cnn_core.architectures.catalog import ARCHITECTURES
from cnn_core.comparison import CLASSIFIERS, VARIANTS
from cnn_core.network_pictures.kinds import count_text
from cnn_core.summary import Summary
from pages.architectures_tabs.cached import summary_of
from pages.architectures_tabs.runs import latency_text, measure_controls
from pages.architectures_tabs.summary_view import bytes_text
from pages.ui.charts import CONFIG
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.tables import text_table

MOST = 4
START = ("vgg16", "resnet50", "mobilenet_v2", "efficientnet_b0")
NO_FIGURE = "#8893A2"


def _preset(*names: str) -> dict[str, object]:
    return {"architectures_compared": [VARIANTS[name].title for name in names], "architectures_all": False}


PRESETS = {
    "Plain or residual": (
        "A shortcut is an addition: the few parameters more are projections where the size changes.",
        _preset("resnet34", "resnet34_plain"),
    ),
    "Standard or depthwise separable": (
        "The same shapes throughout; the separable layers take a fraction of parameters and multiply-adds.",
        _preset("standard_cnn", "separable_cnn"),
    ),
    "Flatten or global pooling": (
        "Flatten hands every position to the dense layer; global pooling hands over one number per channel.",
        _preset("flatten_cnn", "gap_cnn"),
    ),
}

CODE = """from cnn_core.comparison import VARIANTS
from cnn_core.summary import summarize

for name in {names}:
    summary = summarize(VARIANTS[name].reference().build)
    print(f"{{VARIANTS[name].title}}: {{summary.parameters:,}} parameters, {{summary.macs:,}} multiply-adds")
"""


def draw() -> None:
    """Choose networks; chart, table, latency."""
    try_this(PRESETS, page="architectures_compare")
    titles = {variant.title: name for name, variant in VARIANTS.items()}
    every = st.toggle("All classifiers of the catalog", key="architectures_all", bind="query-params")
    chosen = st.multiselect(
        f"Up to {MOST} networks",
        list(titles),
        default=[VARIANTS[name].title for name in START],
        max_selections=MOST,
        key="architectures_compared",
        bind="query-params",
        disabled=every,
    )
    names = list(CLASSIFIERS) if every else [titles[title] for title in chosen]
    if not names:
        st.info("Choose a network to begin with.", icon=":material/add:")
        return
    references = {name: VARIANTS[name].reference() for name in names}
    summaries = {name: summary_of(reference) for name, reference in references.items()}
    st.plotly_chart(
        _chart(summaries),
        config=CONFIG,
        key="architectures_chart",
        alt="Parameters against multiply-adds of the chosen networks, coloured by published top-1 accuracy",
    )
    measure_controls(references, key="architectures_compare")
    _table(summaries)
    what_happens(
        "Each network at its usual input size, one picture at a time. Parameters decide the file's size, multiply-adds "
        "roughly the time, and neither the accuracy.",
        r"\text{FLOPs} = 2 \times \text{multiply-adds}",
    )
    same_in_code({"Keras": CODE.format(names=names)}, key="architectures_compare")


def _chart(summaries: dict[str, Summary]) -> go.Figure:
    figure = go.Figure()
    for known in (True, False):
        part = {name: s for name, s in summaries.items() if (VARIANTS[name].top1 is not None) is known}
        if not part:
            continue
        titles = [VARIANTS[name].title for name in part]
        top1 = [VARIANTS[name].top1 for name in part]
        marker: dict[str, object] = {"size": 18, "line": {"width": 1.5, "color": "#FFFFFF"}}
        if known:
            marker |= {
                "color": top1,
                "colorscale": "Cividis",
                "cmin": 55,
                "cmax": 80,
                "colorbar": {"title": "top-1 %", "thickness": 12},
            }
        else:
            marker |= {"color": NO_FIGURE, "symbol": "square"}
        figure.add_scatter(
            x=[s.macs for s in part.values()],
            y=[s.parameters for s in part.values()],
            mode="markers+text" if len(summaries) <= MOST else "markers",
            text=titles,
            textposition="top center",
            marker=marker,
            customdata=[f"{value} % top-1" if value else "no published top-1" for value in top1],
            hovertemplate="<b>%{text}</b><br>%{y:,} parameters<br>%{x:,} multiply-adds<br>%{customdata}<extra></extra>",
        )
    figure.update_layout(height=460, showlegend=False, margin={"l": 8, "r": 8, "t": 24, "b": 8})
    figure.update_xaxes(type="log", title="Multiply-adds for one picture", fixedrange=True, dtick=1)
    figure.update_yaxes(type="log", title="Parameters", fixedrange=True, dtick=1)
    return figure


def _table(summaries: dict[str, Summary]) -> None:
    text_table(
        [
            {
                "Network": VARIANTS[name].title,
                "Input": " × ".join(map(str, summary.input_shape)),
                "Parameters": f"{summary.parameters:,}",
                "Multiply-adds": count_text(summary.macs),
                "Activations at once": bytes_text(summary.peak_inference_bytes),
                "Top-1": _accuracy(name),
                "Latency here": latency_text(VARIANTS[name].reference()),
            }
            for name, summary in summaries.items()
        ]
    )
    sources: dict[str, list[str]] = {}
    for name in summaries:
        if VARIANTS[name].top1:
            sources.setdefault(ARCHITECTURES[VARIANTS[name].network].top1_source, []).append(VARIANTS[name].title)
    cited = " ".join(f"{', '.join(titles)}: {source}." for source, titles in sources.items())
    st.caption(f"Top-1: ImageNet validation, as published for exactly these networks. {cited}")


def _accuracy(name: str) -> str:
    top1 = VARIANTS[name].top1
    return f"{top1} %" if top1 else "none published"
